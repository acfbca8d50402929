// Moves: shown at once, sent with the neighbours one saw, put back when refused.
import { apply, cardOf, listOf } from "penstock/board-patch";
import { placeWords, recount } from "penstock/board-place";
import { isPage, openDialog, post, sentence, triggers } from "penstock/deal-requests";
import { say } from "penstock/shell";

const words = (key) => document.getElementById("toasts").dataset[key];
let waiting = null; // a card whose move waits for a form: { back, ids }

export const isSending = (board) => Number(board.dataset.sending ?? 0) > 0;
const sending = (board, by) => { board.dataset.sending = Number(board.dataset.sending ?? 0) + by; };

function refuse(card, text) {
  card.classList.add("is-refused");
  const reason = Object.assign(document.createElement("p"), { className: "card-refused", textContent: text });
  reason.setAttribute("role", "alert");
  card.append(reason);
  setTimeout(() => { reason.remove(); card.classList.remove("is-refused"); }, 8000);
}

/** Send the move of a card that already stands in its new place; `back` puts it where it was. */
export async function move(board, card, stage, { after, before }, back) {
  const from = card.dataset.stage;
  if (!navigator.onLine) return back(), refuse(card, board.dataset.offline);
  recount(board, from, stage);
  sending(board, 1);
  const busy = setTimeout(() => card.setAttribute("aria-busy", "true"), 300);
  const undone = () => { back(); recount(board, stage, from); };
  try {
    const fields = { stage, after, before, version: card.dataset.version };
    const response = await post(`/deals/${card.dataset.deal}/stage/?${board.dataset.query}`, fields, { "X-Board": board.dataset.pipeline });
    if (response.ok) settle(board, card, response, await response.text());
    else if (isPage(response) && response.status < 500) ask(card, undone, await response.text());
    else { undone(); refuse(card, (await sentence(response)) || words("failed")); }
  } catch { undone(); refuse(card, words("unsent")); } finally {
    clearTimeout(busy);
    card.removeAttribute("aria-busy");
    sending(board, -1);
  }
}

function settle(board, card, response, html) {
  apply(board, html, [card.dataset.deal]);
  triggers(response);
  const now = cardOf(card.dataset.deal);
  const list = now && listOf(board, now.dataset.stage);
  if (list) say(placeWords(board, now, list), true);
}

// The server asks before it moves: the card waits; when the form closes without an answer it goes back.
function ask(card, undone, html) {
  waiting = { card, undone };
  openDialog(html);
}

document.addEventListener("penstock:dialog-closed", () => {
  const { card, undone } = waiting ?? {};
  waiting = null;
  if (!card?.isConnected) return;
  undone();
  const detail = { id: card.dataset.deal, stages: [card.dataset.stage] }; // and look what became of it meanwhile
  document.body.dispatchEvent(new CustomEvent("penstock:deal", { bubbles: true, detail }));
});
document.addEventListener("penstock:deal", (event) => {
  if (waiting && event.detail.mine && String(event.detail.id) === waiting.card.dataset.deal) waiting = null;
});
