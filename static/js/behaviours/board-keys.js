// The board by keyboard: arrows or HJKL rove, Space lifts and drops, Escape puts back, Shift+arrows move a stage, letters
// open what the menu has. Works on the card that has the focus.
import { cardsIn } from "penstock/board-patch";
import { neighbours, placeOf, placeWords } from "penstock/board-place";
import { keyOf } from "penstock/keys";
import { say } from "penstock/shell";

const STEPS = { ArrowLeft: [-1, 0], h: [-1, 0], ArrowRight: [1, 0], l: [1, 0], ArrowUp: [0, -1], k: [0, -1], ArrowDown: [0, 1], j: [0, 1] };
const FORMS = { w: "win/", "Shift+l": "lose/", a: "owner/", m: "stage/", v: "facts/amount/", e: "facts/title/", d: "facts/close/" };
let lifted = null; // { card, back }

const linkOf = (card) => card.querySelector(".card-title a");
const focus = (card) => { linkOf(card)?.focus(); card?.scrollIntoView({ block: "nearest", inline: "nearest" }); };
const tell = (text, card) => say(text.replace("%(title)s", linkOf(card).textContent), true);

function rove(lists, card, [across, down]) {
  const at = lists.indexOf(card.parentElement);
  const here = cardsIn(card.parentElement);
  if (down) return focus(here[here.indexOf(card) + down] ?? card);
  for (let to = at + across; lists[to]; to += across) {
    const there = cardsIn(lists[to]);
    if (there.length) return focus(there[Math.min(here.indexOf(card), there.length - 1)]);
  }
}

function shift(board, lists, card, [across, down]) {
  const list = lists[lists.indexOf(card.parentElement) + across];
  const here = cardsIn(card.parentElement);
  if (down) {
    const other = here[here.indexOf(card) + down];
    if (other) card.parentElement.insertBefore(card, down < 0 ? other : other.nextElementSibling);
  } else if (list) {
    const there = cardsIn(list);
    list.insertBefore(card, there[Math.min(here.indexOf(card), there.length)] ?? list.querySelector(":scope > .pager"));
  }
  focus(card);
  say(placeWords(board, card, card.parentElement), true);
}

function lift(board, card) {
  lifted = { card, back: placeOf(card), from: card.parentElement, next: card.nextElementSibling };
  card.classList.add("is-lifted");
  tell(board.dataset.sayLifted, card);
}

function drop(board, moved, isKept) {
  const { card, back, from, next } = lifted;
  lifted = null;
  card.classList.remove("is-lifted");
  if (isKept && (card.parentElement !== from || card.nextElementSibling !== next)) moved(card, card.parentElement, back);
  else { back(); tell(board.dataset.sayBack, card); }
  focus(card);
}

export default function boardKeys(board, moved, open) {
  const lists = () => [...board.querySelectorAll(".cards")];
  board.addEventListener("focusout", () => setTimeout(() => lifted && !lifted.card.contains(document.activeElement) && drop(board, moved, false)));
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.defaultPrevented || document.documentElement.dataset.keys === "off") return;
    const key = keyOf(event);
    const card = event.target.closest?.(".card");
    if (!card && event.target === document.body && STEPS[key]) return event.preventDefault(), focus(board.querySelector(".cards > .card"));
    if (!card || !board.contains(card) || event.target.matches("input, textarea, select, .card-menu")) return;
    const act = actionOf(key, card);
    if (act) { event.preventDefault(); act(); }
  });

  function actionOf(key, card) {
    if (/^[jk]$/.test(key) && !lifted && document.querySelector(".panel")) return null; // the panel's neighbours
    const fixed = card.classList.contains("is-fixed");
    if (lifted) return lifted.card !== card ? null : STEPS[key] ? () => shift(board, lists(), card, STEPS[key]) : { " ": () => drop(board, moved, true), Escape: () => drop(board, moved, false) }[key];
    if (STEPS[key]) return () => rove(lists(), card, STEPS[key]);
    if (fixed) return null;
    if (key === " ") return () => lift(board, card);
    if (FORMS[key]) return () => open(`/deals/${card.dataset.deal}/${FORMS[key]}`);
    const across = { "Shift+ArrowLeft": -1, "Shift+ArrowRight": 1 }[key];
    const list = across && lists()[lists().indexOf(card.parentElement) + across];
    return list ? () => { const back = placeOf(card); list.prepend(card); focus(card); moved(card, list, back); } : null;
  }
}
