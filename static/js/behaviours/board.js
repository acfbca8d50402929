// The board: cards that can be moved in every way, patched live, with the deal beside it. Each part is a module.
import cardMenu from "penstock/board-menu";
import chips from "penstock/board-chips";
import makeDraggable from "penstock/board-drag";
import boardKeys from "penstock/board-keys";
import boardLive from "penstock/board-live";
import { move, send } from "penstock/board-moves";
import boardPanel from "penstock/board-panel";
import { tidy } from "penstock/board-patch";
import { mayMove } from "penstock/board-refuse";
import boardSelect from "penstock/board-select";
import "penstock/deal";

const CLOSING = { won: "win", lost: "lose" };
const open = (url) => window.htmx.ajax("GET", url, { target: "#dialog", swap: "innerHTML" });

/** Cards were dropped on a list, above `next`, or on a part of the tray. */
function dropped(board, cards, target, next) {
  if (target.matches(".cards")) return move(board, cards, target, next);
  const part = target.closest("[data-kind]");
  if (!part || !mayMove(cards[0])) return null;
  if (part.dataset.kind === "mine") return send(board, cards, "hand_over", { owner: board.dataset.me });
  if (part.dataset.kind === "other") return cards.length > 1 ? send(board, cards, "move") : open(`/deals/${cards[0].dataset.deal}/stage/`);
  const rows = cards.map((card) => wait(board, card, part));
  const undone = () => { cards.forEach((card) => card.classList.remove("is-hole")); rows.forEach((row) => row?.remove()); };
  return cards.length > 1 ? send(board, cards, CLOSING[part.dataset.kind], {}, undone) : send(board, cards, "move", { stage: part.dataset.rail }, undone);
}

/** Until it has its reason the card waits in the rail. */
function wait(board, card, rail) {
  card.classList.add("is-hole");
  const row = rail.querySelector(".rail-list li")?.cloneNode(true);
  if (!row) return null;
  const [title, state, amount] = row.children;
  title.textContent = card.querySelector(".card-title").textContent;
  Object.assign(state, { className: "warn", textContent: board.dataset.sayWaits });
  amount.textContent = card.dataset.amount ?? "";
  rail.querySelector(".rail-list").prepend(row);
  return row;
}

export default function board(element) {
  const onDrop = (cards, target, next) => dropped(element, cards, target, next);
  const onMany = (cards, verb) => mayMove(cards[0]) && send(element, cards, verb);
  makeDraggable(element, onDrop);
  boardSelect(element, onMany);
  boardKeys(element, onDrop, open, onMany);
  boardPanel(element);
  boardLive(element);
  cardMenu(element, onDrop);
  if (getComputedStyle(document.querySelector(".stage-chips")).display !== "none") chips(element);
  tidy(element);
  element.dataset.ready = "";
}
