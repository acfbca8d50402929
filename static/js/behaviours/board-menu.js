// One menu for all cards, filled when it is opened. “Move to” goes the way a drag does.
import { send } from "penstock/board-moves";
import { cardOf, cardsIn, listOf } from "penstock/board-patch";
import { mayMove } from "penstock/board-refuse";
import { pick } from "penstock/board-select";
import { showAt } from "penstock/menu";

export default function cardMenu(board, dropped) {
  const menu = document.getElementById("card-menu");
  let id, asked; // whose menu was asked for last: no other is shown
  board.addEventListener("click", (event) => {
    const button = event.target.closest(".card-menu");
    if (!button || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    const card = button.closest(".card");
    if (!mayMove(card)) return;
    id = card.dataset.deal;
    asked = button.href;
    window.htmx.ajax("GET", asked, { source: menu, target: menu, swap: "innerHTML" });
  });
  menu.addEventListener("htmx:beforeSwap", ({ target, detail }) => {
    if (target === menu && detail.requestConfig.path !== asked) detail.shouldSwap = false;
  });
  menu.addEventListener("htmx:afterSwap", ({ target }) => {
    const button = cardOf(id)?.querySelector(".card-menu"); // the card may have been drawn anew
    if (target === menu && button && !menu.matches(":popover-open")) showAt(menu, button);
  });
  menu.addEventListener("submit", (event) => {
    const stage = event.target.dataset.move;
    const card = cardOf(id);
    if (!stage || !card) return;
    event.preventDefault();
    const list = listOf(board, stage); // not there when the columns are months
    if (list) dropped([card], list, cardsIn(list)[0]); else send(board, [card], "move", { stage });
  }, true);
  menu.addEventListener("click", (event) => event.target.closest("[data-pick]") && cardOf(id) && pick(board, cardOf(id)));
}
