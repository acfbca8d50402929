// Where a card stands: its neighbours, the way back, and the words for it.
import { cardsIn } from "penstock/board-patch";

/** Where the card stands now, to be put back there. */
export function placeOf(card) {
  const { parentElement: list, nextElementSibling: next } = card;
  return () => list.insertBefore(card, next?.parentElement === list ? next : list.querySelector(":scope > .pager"));
}

export function neighbours(card) {
  const cards = cardsIn(card.parentElement);
  const at = cards.indexOf(card);
  return { after: cards[at - 1]?.dataset.deal, before: cards[at + 1]?.dataset.deal };
}

// The count moves with the card; the sums follow with the server's answer.
export function recount(board, from, to) {
  for (const [stage, by] of [[from, -1], [to, 1]]) {
    const head = from !== to && board.querySelector(`[data-head="${stage}"]`);
    if (!head) continue;
    head.dataset.count = Number(head.dataset.count) + by;
    head.querySelector("[data-number]").textContent = new Intl.NumberFormat(document.documentElement.lang).format(head.dataset.count);
  }
}

export const placeWords = (board, card, list) => board.dataset.sayPlace.replace("%(stage)s", list.dataset.name)
  .replace("%(place)s", cardsIn(list).indexOf(card) + 1).replace("%(count)s", board.querySelector(`[data-head="${list.dataset.stage}"]`).dataset.count);
