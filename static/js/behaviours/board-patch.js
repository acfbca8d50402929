// Puts what the server drew in its place: cards by rank, heads, rails and totals by id. Never redraws the board.
export const cardOf = (id) => document.getElementById(`deal-${id}`);
export const listOf = (board, column) => board.querySelector(`.cards[data-column="${column}"]`);
export const cardsIn = (list) => [...list.querySelectorAll(":scope > .card:not(.is-hole)")];

function put(board, card) {
  const list = listOf(board, card.dataset.column);
  if (!list) return false;
  const [rank, turned] = [card.dataset.rank, "descending" in board.dataset];
  const below = cardsIn(list).find((other) => other.id !== card.id && (turned ? other.dataset.rank < rank : other.dataset.rank > rank));
  const pager = list.querySelector(":scope > .pager");
  if (!below && pager) return false; // further down than has been loaded
  list.insertBefore(card, below ?? null);
  return true;
}

const focusOn = (card) => card.querySelector("a")?.focus({ preventScroll: true });

function replaceCard(board, old, card) {
  const hadFocus = old?.contains(document.activeElement);
  const heir = hadFocus && (old.nextElementSibling ?? old.previousElementSibling); // who has it when the card is gone
  if (old && card && old.dataset.column === card.dataset.column && old.dataset.rank === card.dataset.rank && old.parentElement.dataset.column === card.dataset.column) old.replaceWith(card);
  else {
    old?.remove();
    if (!card || !put(board, card)) return heir && focusOn(heir);
  }
  for (const name of ["is-selected", "is-picked"]) if (old?.classList.contains(name)) card.classList.add(name);
  if (hadFocus) focusOn(card);
}

/** Bars are drawn against the largest column; columns without cards show their guidance; chips repeat the counts. */
export function tidy(board) {
  const heads = [...board.querySelectorAll("[data-head]")];
  const largest = Math.max(...heads.map((head) => Number(head.dataset.value)), 0) || 1;
  for (const head of heads) {
    const [sum, weighted] = head.querySelectorAll(".share-bar rect");
    sum.setAttribute("width", `${(head.dataset.value / largest) * 100}%`);
    weighted.setAttribute("width", `${(head.dataset.weighted / largest) * 100}%`);
    const chip = document.querySelector(`.stage-chip[href="#column-${head.dataset.head}"] small`);
    if (chip) chip.textContent = head.querySelector("[data-number]").textContent;
    const guide = board.querySelector(`#column-${head.dataset.head} > .column-guide`);
    if (guide) guide.hidden = head.dataset.count !== "0";
  }
  const isTyping = board.querySelector(".first-deal")?.contains(document.activeElement);
  if (!isTyping && heads.some((head) => head.dataset.count !== "0")) board.querySelector(".first-deal")?.remove();
}

/** `asked` are the deals the answer is about: one that is not in it has left the board. Returns the cards put in. */
export function apply(board, html, asked = []) {
  const drawn = document.createRange().createContextualFragment(html);
  const fresh = [];
  for (const id of asked) {
    const card = drawn.getElementById(`deal-${id}`);
    replaceCard(board, cardOf(id), card);
    if (card?.isConnected) fresh.push(card);
  }
  for (const part of drawn.querySelectorAll("[id^=head-], [id^=rail-]:not(h2), #board-totals")) {
    const old = document.getElementById(part.id);
    if (old && !old.matches(".is-target")) old.replaceWith(part);
  }
  tidy(board);
  board.dispatchEvent(new CustomEvent("board:patched"));
  return fresh;
}

/** Whether it was drawn before what is shown already. */
const isOvertaken = (html) => [...document.createRange().createContextualFragment(html).querySelectorAll(".card")]
  .some(({ id, dataset }) => Number(dataset.version) < document.getElementById(id)?.dataset.version);

/** Asks how these deals are now, heads and totals with them, and puts it in place; null when it could not. */
export async function refresh(board, ids, isBusy = () => false) {
  const query = [board.dataset.query, ...ids.map((id) => `deal=${id}`)].filter(Boolean).join("&");
  const response = await fetch(`${board.dataset.url}news/?${query}`).catch(() => null);
  const html = response?.ok && await response.text().catch(() => "");
  return html && !isBusy() && !isOvertaken(html) ? apply(board, html, ids) : null;
}
