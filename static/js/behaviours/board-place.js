// Where cards stand: how they get there and back, their neighbours, and the words for it.
import { cardsIn } from "penstock/board-patch";

const pagerOf = (list) => list.querySelector(":scope > .pager");
const headOf = (list) => list.closest(".column").querySelector("[data-head]");

/** Where the card stands now, to be put back there. */
export function placeOf(card) {
  const { parentElement: list, nextElementSibling: next } = card;
  return () => list.insertBefore(card, next?.parentElement === list ? next : pagerOf(list));
}

/** Puts cards into a list above `next`, or at its end. Returns the way back. */
export function put(cards, list, next) {
  const ways = cards.map((card) => {
    const back = placeOf(card);
    list.insertBefore(card, next ?? pagerOf(list));
    return back;
  });
  return () => ways.reverse().forEach((back) => back());
}

/** The cards above and below those that were put down together. */
export function neighbours(cards) {
  const list = cardsIn(cards[0].parentElement);
  return { after: list[list.indexOf(cards[0]) - 1]?.dataset.deal, before: list[list.indexOf(cards.at(-1)) + 1]?.dataset.deal };
}

// The counts move with the cards; the sums follow with the server's answer.
export function recount(list, by) {
  const head = headOf(list);
  head.dataset.count = Number(head.dataset.count) + by;
  head.querySelector("[data-number]").textContent = new Intl.NumberFormat(document.documentElement.lang).format(head.dataset.count);
}

export function placeWords(board, card, list) {
  const isGuest = card.classList.contains("is-lifted") && card.dataset.column !== list.dataset.column;
  return board.dataset.sayPlace.replace("%(stage)s", list.dataset.name).replace("%(place)s", cardsIn(list).indexOf(card) + 1)
    .replace("%(count)s", Number(headOf(list).dataset.count) + isGuest);
}
