// Moves: shown at once, sent with the neighbours one saw, put back when refused. One card or many, the same way.
import { waitFor } from "penstock/board-ask";
import { apply, cardOf, refresh } from "penstock/board-patch";
import { neighbours, placeWords, put, recount } from "penstock/board-place";
import { mayMove, refuse, words } from "penstock/board-refuse";
import { during, isPage, openDialog, post, sentence, triggers } from "penstock/deal-requests";
import { say } from "penstock/shell";

const idsOf = (cards) => cards.map((card) => card.dataset.deal);
let sending = 0;

export const isSending = () => sending > 0;

/** Cards to a place in a list: they stand there before the server knows. */
export function move(board, cards, list, next) {
  if (!mayMove(cards[0])) return null;
  const from = cards.map((card) => card.parentElement);
  const count = (by) => from.forEach((old) => { recount(old, -by); recount(list, by); });
  const back = put(cards, list, next);
  count(1);
  const undone = () => { back(); count(-1); };
  const { month, stage } = list.dataset;
  if (month) return send(board, cards, cards.length > 1 ? "revise" : "month", { month }, undone);
  return send(board, cards, "move", { stage, ...(board.dataset.sort ? {} : neighbours(cards)) }, undone);
}


const PATHS = { move: "stage", month: "month", hand_over: "owner", win: "win", lose: "lose" };
const ofMany = (cards, verb) => ({ verb, deal: idsOf(cards) });
const requested = (board, url, facts) => post(`${url}?${board.dataset.query}`, facts, { "X-Board": board.dataset.pipeline }).catch(() => null);
const failed = async (response) => ([403, 404].includes(response?.status) ? words("gone") : response ? await sentence(response) || words("failed") : words("unsent"));

/** Opens the form of a verb; without an answer `undone` takes back what has been shown of it. */
export async function askFor(board, cards, verb, undone = () => {}) {
  if (!mayMove(cards[0])) return undone();
  const response = cards.length > 1 ? await requested(board, "/deals/bulk/", { ...ofMany(cards, verb), ask: 1 })
    : await fetch(`/deals/${cards[0].dataset.deal}/${PATHS[verb]}/`, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (response?.ok) return waitFor(await response.text(), { cards, undone });
  undone();
  return refuse(cards[0], await failed(response));
}

/** Does a verb to the cards; `undone` takes back what has been shown of it. */
export const send = (...what) => during(deliver(...what));

async function deliver(board, cards, verb, fields = {}, undone = () => {}) {
  const [first] = cards;
  sending += 1;
  const busy = setTimeout(() => cards.forEach((card) => card.setAttribute("aria-busy", "true")), 300);
  const response = cards.length > 1 ? await requested(board, "/deals/bulk/", { ...fields, ...ofMany(cards, verb) })
    : await requested(board, `/deals/${first.dataset.deal}/${PATHS[verb]}/`, { ...fields, version: first.dataset.version });
  const text = response && isPage(response) ? await response.text().catch(() => "") : "";
  clearTimeout(busy);
  sending -= 1;
  cards.forEach((card) => card.removeAttribute("aria-busy"));
  if (response?.ok) return settle(board, cards, response, text);
  if (response?.status === 422 && text) return waitFor(text, { cards, undone });
  undone();
  if (response?.status === 409 && text) return refresh(board, idsOf(cards)).then(() => openDialog(text)); // first where it truly is
  return refuse(first, await failed(response));
}

function settle(board, cards, response, html) {
  if (html.trim()) apply(board, html, idsOf(cards));
  triggers(response);
  const now = cards.length === 1 && cardOf(cards[0].dataset.deal);
  if (now) say(placeWords(board, now, now.parentElement), true);
}
