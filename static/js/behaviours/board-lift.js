// A card lifted by keyboard: it is carried card by card and list by list, then dropped, or put back.
import { cardsIn } from "penstock/board-patch";
import { placeOf, placeWords } from "penstock/board-place";
import { mayMove } from "penstock/board-refuse";
import { say } from "penstock/shell";

let lifted = null; // { card, back, from, next }

const linkOf = (card) => card?.querySelector(".card-title a");
const tell = (text, card) => say(text.replace("%(title)s", linkOf(card).textContent), true);

export const isLifted = (card = lifted?.card) => Boolean(lifted) && card === lifted.card;

export function focus(card) {
  linkOf(card)?.focus();
  card?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

export function shift(board, lists, card, [across, down]) {
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

export function lift(board, card) {
  if (!mayMove(card)) return;
  lifted = { card, back: placeOf(card), from: card.parentElement, next: card.nextElementSibling };
  card.classList.add("is-lifted");
  tell(board.dataset.sayLifted, card);
}

export function drop(board, dropped, isKept) {
  const { card, back, from, next } = lifted;
  const [list, below] = [card.parentElement, card.nextElementSibling];
  lifted = null;
  card.classList.remove("is-lifted");
  back();
  if (isKept && (list !== from || below !== next)) dropped([card], list, below?.matches(".card") ? below : null);
  else tell(board.dataset.sayBack, card);
  focus(card);
}
