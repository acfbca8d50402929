// What dragging looks like: the card follows the pointer, leaves a hole where it was, and a line shows where it would go.
import { cardsIn } from "penstock/board-patch";

const [EDGE, SPEED] = [56, 14]; // this near to an edge the list or the board scrolls by itself, this far a frame

function ghostOf(card, count) {
  const ghost = Object.assign(card.cloneNode(true), { id: "", inert: true, className: `card is-dragged${count > 1 ? " is-stack" : ""}` });
  ghost.style.width = `${card.offsetWidth}px`;
  if (count > 1) ghost.append(Object.assign(document.createElement("b"), { className: "stack-count", textContent: count }));
  document.body.append(ghost);
  return ghost;
}

export function lift(board, cards, { card, x, y }) {
  const box = card.getBoundingClientRect();
  const line = Object.assign(document.createElement("li"), { className: "drop-line", ariaHidden: "true" });
  const drag = { board, cards, line, ghost: ghostOf(card, cards.length), dx: box.left - x, dy: box.top - y };
  cards.forEach((each) => each.classList.add("is-hole"));
  board.classList.add("is-dragging");
  follow(drag, x, y);
  tick(drag);
  return drag;
}

export function follow(drag, x, y) {
  Object.assign(drag, { x, y, isStale: true });
}

const middle = (card) => { const { top, height } = card.getBoundingClientRect(); return top + height / 2; };

function tick(drag) {
  if (scroll(drag) || drag.isStale) {
    drag.ghost.style.translate = `${drag.x + drag.dx}px ${drag.y + drag.dy}px`;
    aim(drag);
    drag.isStale = false;
  }
  drag.frame = requestAnimationFrame(() => tick(drag));
}

function scroll({ board, target, x, y }) {
  const speed = (at, from, to) => (at < from + EDGE ? -SPEED : at > to - EDGE ? SPEED : 0);
  const before = [board.scrollLeft, target?.scrollTop];
  const { left, right } = board.getBoundingClientRect();
  board.scrollLeft += speed(x, left, right);
  if (target?.matches(".cards")) {
    const { top, bottom } = target.getBoundingClientRect();
    target.scrollTop += speed(y, top, bottom);
  }
  return board.scrollLeft !== before[0] || target?.scrollTop !== before[1];
}

export function aim(drag) {
  const { board, cards, line, x, y } = drag;
  const column = document.elementFromPoint(x, y)?.closest(".drop-zone, .column");
  const list = column?.querySelector(".cards");
  const inOrder = list && !board.dataset.sort;
  drag.target = board.contains(column) ? list ?? column : null;
  drag.next = (inOrder && cardsIn(list).find((card) => middle(card) > y)) || null;
  const below = inOrder && (drag.next ?? list.querySelector(":scope > .pager"));
  if (!inOrder) line.remove(); else if (line.parentElement !== list || line.nextElementSibling !== below) list.insertBefore(line, below);
  const isBeside = [line.previousElementSibling, line.nextElementSibling].includes(cards[0]);
  drag.isHome = cards.length === 1 && cards[0].parentElement === list && (!inOrder || isBeside);
  line.hidden = drag.isHome;
  mark(board, drag.target);
}

function mark(board, target) {
  const now = target?.closest(".column:not(.rail-column)") ?? (target?.matches(".drop-zone") ? target : target?.querySelector(".drop-zone"));
  board.querySelectorAll(".is-target, .is-over").forEach((old) => old !== now && old.classList.remove("is-target", "is-over"));
  now?.classList.add(now.matches(".drop-zone") ? "is-over" : "is-target");
}

export function lay(board, { cards, line, ghost, frame }) {
  cancelAnimationFrame(frame);
  ghost.remove();
  line.remove();
  cards.forEach((card) => card.classList.remove("is-hole"));
  board.classList.remove("is-dragging");
  mark(board, null);
}
