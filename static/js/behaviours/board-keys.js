// The board by keyboard: arrows or HJKL rove, Space lifts and drops, Escape puts back, Shift+arrows move a stage, X picks,
// letters open what the menu has. Works on the card that has the focus, and on all that are picked if it is one of them.
import { drop, focus, isLifted, lift, shift } from "penstock/board-lift";
import { cardsIn } from "penstock/board-patch";
import { clear, pick, together } from "penstock/board-select";
import { keyOf } from "penstock/keys";

const STEPS = { ArrowLeft: [-1, 0], h: [-1, 0], ArrowRight: [1, 0], l: [1, 0], ArrowUp: [0, -1], k: [0, -1], ArrowDown: [0, 1], j: [0, 1] };
const FORMS = { w: "win/", "Shift+l": "lose/", a: "owner/", m: "stage/", v: "facts/amount/", e: "facts/title/", d: "facts/close/" };
const MANY = { w: "win", "Shift+l": "lose", a: "hand_over", m: "move" };

function rove(lists, card, [across, down]) {
  const at = lists.indexOf(card.parentElement);
  const here = cardsIn(card.parentElement);
  if (down) return focus(here[here.indexOf(card) + down] ?? card);
  for (let to = at + across; lists[to]; to += across) {
    const there = cardsIn(lists[to]);
    if (there.length) return focus(there[Math.min(here.indexOf(card), there.length - 1)]);
  }
}

export default function boardKeys(board, dropped, open, act) {
  const lists = () => [...board.querySelectorAll(".cards")];
  board.addEventListener("focusout", () => setTimeout(() => isLifted() && !isLifted(document.activeElement.closest(".card")) && drop(board, dropped, false)));
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || document.documentElement.dataset.keys === "off") return;
    const key = keyOf(event);
    const card = event.target.closest?.(".card");
    if (key === "Escape" && !isLifted() && !event.target.closest?.("dialog, .panel, [popover]")) return clear(board);
    if (!card && event.target === document.body && STEPS[key]) return event.preventDefault(), focus(board.querySelector(".cards > .card"));
    if (!card || !board.contains(card) || event.target.matches("input, textarea, select, .card-menu")) return;
    const does = actionOf(key, card);
    if (does) { event.preventDefault(); does(); }
  });

  function actionOf(key, card) {
    if (/^[jk]$/.test(key) && !isLifted() && document.querySelector(".panel")) return null; // the panel's neighbours
    if (isLifted()) return !isLifted(card) ? null : STEPS[key] ? () => shift(board, lists(), card, STEPS[key]) : { " ": () => drop(board, dropped, true), Escape: () => drop(board, dropped, false) }[key];
    if (STEPS[key]) return () => rove(lists().filter((list) => !list.closest(".is-folded")), card, STEPS[key]);
    if (card.classList.contains("is-fixed")) return null;
    const cards = together(board, card);
    if (key === " ") return () => lift(board, card);
    if (key === "x") return () => pick(board, card);
    if (MANY[key] && cards.length > 1) return () => act(cards, MANY[key]);
    if (FORMS[key]) return () => open(`/deals/${card.dataset.deal}/${FORMS[key]}`);
    const across = { "Shift+ArrowLeft": -1, "Shift+ArrowRight": 1 }[key];
    const list = across && lists()[lists().indexOf(card.parentElement) + across];
    return list ? () => { dropped(cards, list, cardsIn(list)[0]); focus(card); } : null;
  }
}
