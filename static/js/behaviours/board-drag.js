// Dragging by mouse and by touch, on SortableJS: the only file that knows it. A card leaves a hole where it was; a line
// shows where it would go. Calls moved(card, target, back): the card stands in `target`, a list of cards or a rail.
import "sortablejs";
import { placeOf } from "penstock/board-place";

const OPTIONS = {
  draggable: ".card:not(.is-hole)",
  filter: ".is-fixed, .card-menu",
  preventOnFilter: false,
  forceFallback: true,
  fallbackOnBody: true,
  fallbackClass: "is-dragged",
  fallbackTolerance: 4,
  ghostClass: "is-lifted-from",
  animation: 0,
  delay: 220,
  delayOnTouchOnly: true,
  touchStartThreshold: 8,
  invertSwap: true,
  scrollSensitivity: 56,
  scrollSpeed: 14,
};
let hole;
let back;
let cancelled = false;

function escape(event) {
  if (event.key !== "Escape") return;
  cancelled = true;
  for (const name of ["pointerup", "mouseup"]) document.dispatchEvent(new MouseEvent(name, { bubbles: true }));
}

function mark(board, target) {
  board.querySelectorAll(".is-target, .is-over").forEach((old) => old.classList.remove("is-target", "is-over"));
  target?.closest(".column:not(.rail-column)")?.classList.add("is-target");
  target?.querySelector(":scope > .drop-zone")?.classList.add("is-over");
}

function start(board, { item, from }) {
  cancelled = false;
  back = placeOf(item);
  hole = item.cloneNode(true);
  hole.removeAttribute("id");
  hole.style.height = `${document.querySelector(".is-dragged")?.offsetHeight ?? 105}px`;
  hole.className = "card is-hole";
  hole.inert = true;
  item.after(hole);
  item.classList.add("drop-line");
  board.classList.add("is-dragging");
  mark(board, from);
  addEventListener("keydown", escape, true);
}

function end(board, moved, { item, from, to, oldDraggableIndex, newDraggableIndex }) {
  removeEventListener("keydown", escape, true);
  hole.remove();
  item.classList.remove("drop-line");
  board.classList.remove("is-dragging");
  mark(board, null);
  const stays = from === to && oldDraggableIndex === newDraggableIndex;
  if (cancelled || stays) back();
  else moved(item, to, back);
}

export default function makeDraggable(board, moved) {
  const sortable = (element, more) => window.Sortable.create(element, {
    ...OPTIONS,
    ...more,
    onStart: (event) => start(board, event),
    onMove: ({ to }) => mark(board, to),
    onEnd: (event) => end(board, moved, event),
  });
  board.querySelectorAll(".cards").forEach((list) => sortable(list, { group: "deals" }));
  const rails = () => board.querySelectorAll(".rail-column:not([data-drop])").forEach((rail) => {
    rail.dataset.drop = "";
    sortable(rail, { group: { name: "deals", put: true, pull: false }, draggable: ".never" });
  });
  rails();
  board.addEventListener("board:patched", rails);
}
