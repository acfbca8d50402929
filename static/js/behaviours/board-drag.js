// Dragging by mouse, pen and finger. A press that moves lifts the card; a finger has to stay first, for a swipe scrolls.
// Cards that are picked go together. Calls dropped(cards, target, next): a list and the card below, or a part of the tray.
import { aim, follow, lay, lift } from "penstock/board-ghost";
import { cardOf } from "penstock/board-patch";
import { mayMove } from "penstock/board-refuse";
import { together } from "penstock/board-select";

const MOUSE = { slack: 4 };
const FINGER = { slack: 8, hold: 220 };
let press = null; // { card, x, y, way, timer }
let drag = null; // { cards, … } as board-ghost keeps it

export default function makeDraggable(board, dropped) {
  const listen = (to) => {
    for (const name of ["pointermove", "pointerup", "pointercancel"]) window[to](name, hear);
    window[to]("keydown", escape, true);
  };

  function forget() {
    clearTimeout(press?.timer);
    press = null;
    board.classList.remove("is-pressed");
    listen("removeEventListener");
  }

  function begin() {
    press.card = cardOf(press.card.dataset.deal);
    if (!press.card || !mayMove(press.card)) return forget();
    getSelection().removeAllRanges();
    drag = lift(board, together(board, press.card), press);
  }

  function end(isKept) {
    if (isKept) aim(drag); // where it was let go, which may be further than what has been drawn
    const { cards, target, next, isHome } = drag;
    lay(board, drag);
    drag = null;
    forget();
    const stop = (event) => { event.preventDefault(); event.stopPropagation(); };
    addEventListener("click", stop, { capture: true, once: true });
    setTimeout(() => removeEventListener("click", stop, true));
    if (isKept && target && !isHome) dropped(cards, target, next);
  }

  function hear(event) {
    if (!event.isPrimary) return;
    if (drag) follow(drag, event.clientX, event.clientY);
    if (event.type !== "pointermove") return drag ? end(event.type === "pointerup") : forget();
    if (drag) return;
    const { slack, hold } = press.way;
    if (Math.hypot(event.clientX - press.x, event.clientY - press.y) <= slack) return;
    if (hold) return forget();
    begin();
    if (drag) follow(drag, event.clientX, event.clientY);
  }

  function escape(event) {
    if (event.key !== "Escape" || !drag) return;
    event.preventDefault();
    event.stopPropagation();
    end(false);
  }

  board.addEventListener("pointerdown", (event) => {
    const card = event.target.closest(".card");
    const isPlain = event.isPrimary && !event.button && !event.metaKey && !event.ctrlKey && !event.shiftKey;
    if (press || drag || !card || !isPlain || card.matches(".is-fixed, .is-hole") || event.target.closest(".card-menu")) return;
    const way = event.pointerType === "touch" ? FINGER : MOUSE;
    press = { card, way, x: event.clientX, y: event.clientY, timer: way.hold && setTimeout(begin, way.hold) };
    board.classList.add("is-pressed"); // from here on others' changes wait
    listen("addEventListener");
  });
  const hold = (event) => drag && event.preventDefault();
  for (const name of ["touchmove", "touchend"]) board.addEventListener(name, hold, { passive: false });
  board.addEventListener("contextmenu", (event) => press?.way === FINGER && event.preventDefault());
}
