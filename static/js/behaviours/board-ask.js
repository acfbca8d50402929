// The server asks before it does something: the cards wait for the form. When it closes without an answer they go back.
import { openDialog } from "penstock/deal-requests";

let waiting = null; // { cards, undone }

export function waitFor(form, cards) {
  waiting = cards;
  openDialog(form);
}

function end(isDone) {
  if (!waiting) return;
  const { cards, undone } = waiting;
  waiting = null;
  if (!isDone) undone();
  const ids = cards.map((card) => card.dataset.deal);
  document.body.dispatchEvent(new CustomEvent("penstock:deals", { detail: { ids } })); // and look what became of them
}

document.addEventListener("penstock:dialog-closed", () => end(false));
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const isAnswer = detail.target?.id === "dialog" && detail.requestConfig.verb === "post";
  if (isAnswer && detail.xhr.status >= 200 && detail.xhr.status < 400) end(true);
});
