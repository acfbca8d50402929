// The board: cards that can be moved in every way, patched live, with the deal beside it. Each part is a module.
import cardMenu from "penstock/board-menu";
import chips from "penstock/board-chips";
import makeDraggable from "penstock/board-drag";
import fold from "penstock/board-fold";
import boardKeys from "penstock/board-keys";
import boardLive from "penstock/board-live";
import { askFor, move, send } from "penstock/board-moves";
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
  const kind = part?.dataset.kind;
  if (kind === "mine" && mayMove(cards[0])) return send(board, cards, "hand_over", { owner: board.dataset.me });
  if (kind === "other") return askFor(board, cards, "move");
  if (!(kind in CLOSING)) return null;
  const rows = cards.map((card) => wait(board, card, part));
  return askFor(board, cards, CLOSING[kind], () => {
    cards.forEach((card) => card.classList.remove("is-hole"));
    rows.forEach((row) => row?.remove());
  });
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
  const onAsk = (cards, verb) => askFor(element, cards, verb);
  makeDraggable(element, onDrop);
  boardSelect(element, onAsk);
  boardKeys(element, onDrop, open, onAsk);
  boardPanel(element);
  boardLive(element);
  fold(element);
  cardMenu(element, onDrop);
  if (getComputedStyle(document.querySelector(".stage-chips")).display !== "none") chips(element);
  tidy(element);
  element.dataset.ready = "";
}
