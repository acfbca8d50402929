// Moves: shown at once, sent with the neighbours one saw, put back when refused. One card or many, the same way.
import { apply, cardOf, refresh } from "penstock/board-patch";
import { neighbours, placeWords, put, recount } from "penstock/board-place";
import { mayMove, refuse, words } from "penstock/board-refuse";
import { isPage, openDialog, post, sentence, triggers } from "penstock/deal-requests";
import { say } from "penstock/shell";

const idsOf = (cards) => cards.map((card) => card.dataset.deal);
let waiting = null; // cards whose move waits for a form: { board, cards, undone }
let sending = 0;

export const isSending = () => sending > 0;

/** Cards to a place in a list: they stand there before the server knows. */
export function move(board, cards, list, next) {
  if (!mayMove(cards[0])) return null;
  const from = cards.map((card) => card.parentElement);
  const count = (by) => from.forEach((old) => { recount(old, -by); recount(list, by); });
  const back = put(cards, list, next);
  count(1);
  const fields = board.dataset.sort ? {} : neighbours(cards);
  return send(board, cards, "move", { stage: list.dataset.stage, ...fields }, () => { back(); count(-1); });
}

const PATHS = { move: "stage", hand_over: "owner" };

/** Asks for a verb on the cards; `undone` takes back what has been shown of it. */
export async function send(board, cards, verb, fields = {}, undone = () => {}) {
  const [first] = cards;
  const isMany = cards.length > 1 || !(verb in PATHS);
  const url = isMany ? "/deals/bulk/" : `/deals/${first.dataset.deal}/${PATHS[verb]}/`;
  const facts = isMany ? { ...fields, verb, deal: idsOf(cards) } : { ...fields, version: first.dataset.version };
  sending += 1;
  const busy = setTimeout(() => cards.forEach((card) => card.setAttribute("aria-busy", "true")), 300);
  const response = await post(`${url}?${board.dataset.query}`, facts, { "X-Board": board.dataset.pipeline }).catch(() => null);
  const text = response && isPage(response) ? await response.text().catch(() => "") : "";
  clearTimeout(busy);
  sending -= 1;
  cards.forEach((card) => card.removeAttribute("aria-busy"));
  if (response?.ok) return settle(board, cards, response, text);
  if (response?.status === 422 && text) return ask(board, cards, undone, text);
  undone();
  if (response?.status === 409 && text) return refresh(board, idsOf(cards)).then(() => openDialog(text)); // first where it truly is
  const gone = response && [403, 404].includes(response.status) && words("gone");
  return refuse(first, response ? gone || await sentence(response) || words("failed") : words("unsent"));
}

async function settle(board, cards, response, html) {
  triggers(response);
  if (cards.length === 1 && html.trim()) apply(board, html, idsOf(cards)); else await refresh(board, idsOf(cards));
  const now = cards.length === 1 && cardOf(cards[0].dataset.deal);
  if (now) say(placeWords(board, now, now.parentElement), true);
}

// The server asks before it does it: the cards wait. When the form closes without an answer they go back.
function ask(board, cards, undone, html) {
  waiting = { board, cards, undone };
  openDialog(html);
}

function asked(isDone) {
  if (!waiting) return;
  const { board, cards, undone } = waiting;
  waiting = null;
  if (!isDone) undone();
  refresh(board, idsOf(cards));
}

document.addEventListener("penstock:dialog-closed", () => asked(false));
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.xhr.status < 400 && detail.xhr.status && detail.target?.id === "dialog" && detail.requestConfig.verb === "post") asked(true);
});
