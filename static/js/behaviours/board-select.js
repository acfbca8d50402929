// Picking several cards: X, Ctrl or ⌘ and a click, Shift and a click for all between, on a phone “Select” and then taps.
// The bar at the foot says how many and acts on all of them.
import { say } from "penstock/shell";

const bar = () => document.getElementById("bulk");
let last = null; // where a range begins: a deal's id

export const picked = (board) => [...board.querySelectorAll(".card.is-picked")];

/** The cards that go with this one. */
export const together = (board, card) => (card.classList.contains("is-picked") ? picked(board) : [card]);

function mark(card, isOn) {
  card.classList.toggle("is-picked", isOn);
  const link = card.querySelector(".card-title a");
  if (isOn) link.setAttribute("aria-description", bar().dataset.picked); else link.removeAttribute("aria-description");
}

function show(board) {
  const cards = picked(board);
  const words = bar().dataset.count.replace("%(count)s", cards.length);
  cards.forEach((card) => mark(card, true)); // those drawn anew have lost the words
  bar().querySelector("[data-number]").textContent = words;
  const changed = bar().hidden === cards.length > 0;
  bar().hidden = !cards.length;
  return changed || cards.length ? words : "";
}

const tell = (board) => say(show(board), true);

export function pick(board, card, isOn = !card.classList.contains("is-picked")) {
  if (card.classList.contains("is-fixed")) return;
  mark(card, isOn);
  last = card.dataset.deal;
  tell(board);
}

/** Returns whether there was anything to clear. */
export function clear(board) {
  const cards = picked(board);
  cards.forEach((card) => mark(card, false));
  if (cards.length) tell(board);
  return cards.length > 0;
}

function range(board, card) {
  const all = [...board.querySelectorAll(".card:not(.is-fixed)")];
  const [from, to] = [all.findIndex((each) => each.dataset.deal === last), all.indexOf(card)].sort((a, b) => a - b);
  all.slice(Math.max(from, 0), to + 1).forEach((each) => mark(each, true));
  tell(board);
}

export default function boardSelect(board, act) {
  board.addEventListener("click", (event) => {
    const card = event.target.closest(".card");
    const isMany = event.shiftKey || event.metaKey || event.ctrlKey || (picked(board).length && matchMedia("(pointer: coarse)").matches);
    if (!card || !isMany || event.target.closest(".card-menu")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.shiftKey && last && !card.classList.contains("is-fixed")) range(board, card); else pick(board, card);
  }, true);
  bar().addEventListener("click", (event) => {
    const verb = event.target.closest("[data-verb]")?.dataset.verb;
    if (verb === "clear") clear(board); else if (verb) act(picked(board), verb);
  });
  board.addEventListener("board:patched", () => show(board));
}
