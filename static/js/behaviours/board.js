// The board: cards that can be moved in every way, patched live, with the deal beside it. Each part is a module.
import chips from "penstock/board-chips";
import makeDraggable from "penstock/board-drag";
import boardKeys from "penstock/board-keys";
import boardLive from "penstock/board-live";
import { move } from "penstock/board-moves";
import boardPanel from "penstock/board-panel";
import { listOf, tidy } from "penstock/board-patch";
import { neighbours, placeOf } from "penstock/board-place";
import { showAt } from "penstock/menu";
import "penstock/deal";

const open = (url) => window.htmx.ajax("GET", url, { target: "#dialog", swap: "innerHTML" });

/** A card stands in a list, or was dropped on a rail: send it there. */
function moved(board, card, target, back) {
  if (target.matches(".cards")) return move(board, card, target.dataset.stage, neighbours(card), back);
  back();
  if (target.dataset.kind === "other") return open(`/deals/${card.dataset.deal}/stage/`);
  card.classList.add("is-hole");
  const row = wait(board, card, target);
  return move(board, card, target.dataset.rail, {}, () => { card.classList.remove("is-hole"); row?.remove(); });
}

/** Until it has its reason the card waits in the rail. */
function wait(board, card, rail) {
  const row = rail.querySelector(".rail-list li")?.cloneNode(true);
  if (!row) return null;
  const [title, state, amount] = row.children;
  title.textContent = card.querySelector(".card-title").textContent;
  Object.assign(state, { className: "warn", textContent: board.dataset.sayWaits });
  amount.textContent = card.dataset.amount ?? "";
  rail.querySelector(".rail-list").prepend(row);
  return row;
}

// One menu for all cards, filled when it is opened. “Move to” goes the way a drag does.
function cardMenu(board) {
  const menu = document.getElementById("card-menu");
  let card;
  board.addEventListener("click", async (event) => {
    const button = event.target.closest(".card-menu");
    if (!button || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    card = button.closest(".card");
    await window.htmx.ajax("GET", button.href, { target: "#card-menu", swap: "innerHTML" });
    showAt(menu, button);
  });
  menu.addEventListener("submit", (event) => {
    const stage = event.target.dataset.move;
    if (!stage || !card?.isConnected) return;
    event.preventDefault();
    const back = placeOf(card);
    listOf(board, stage).prepend(card);
    move(board, card, stage, {}, back);
  }, true);
}

export default function board(element) {
  const onMoved = (card, target, back) => moved(element, card, target, back);
  makeDraggable(element, onMoved);
  boardKeys(element, onMoved, open);
  boardPanel(element);
  boardLive(element);
  cardMenu(element);
  if (getComputedStyle(document.querySelector(".stage-chips")).display !== "none") chips(element);
  tidy(element);
}
