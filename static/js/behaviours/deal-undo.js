// Undo: the button of a toast, and Z for the last 20 changes of this tab, also after a reload. Undoing is a change of its
// own. Kept are numbers only: of the deal and its version, or of a change of many.
import { arrived, isPage, openDialog, post, sentence, triggers } from "penstock/deal-requests";
import { keyOf } from "penstock/keys";
import { toast } from "penstock/toast";

const MOST = 20;
const UNDO = /\/deals\/(bulk\/)?(\d+)\/undo\/(?:\?version=(\d+))?$/;
const shelf = `penstock-undo-${document.body.dataset.me}`;
const words = (key) => document.getElementById("toasts").dataset[key];
const read = () => JSON.parse(sessionStorage.getItem(shelf) ?? "[]");
const write = (stack) => sessionStorage.setItem(shelf, JSON.stringify(stack.slice(-MOST)));
const address = ([number, version]) => (version ? `/deals/${number}/undo/?version=${version}` : `/deals/bulk/${number}/undo/`);
let queue = Promise.resolve(); // one after the other, however fast Z is pressed

function numbers(url) {
  const [, isMany, number, version] = UNDO.exec(url ?? "") ?? [];
  return number && (isMany || version) ? [Number(number), Number(version ?? 0)] : null;
}

async function undo(entry) {
  document.querySelector(`#toasts form[action="${address(entry)}"]`)?.closest(".toast").remove();
  const response = await post(address(entry), {}, { "HX-Request": "true" }).catch(() => null);
  if (!response || response.status >= 500) return toast({ text: words(response ? "failed" : "unsent"), level: "bad" });
  write(read().filter((known) => String(known) !== String(entry)));
  if (response.ok) return triggers(response);
  if (isPage(response) && response.status === 409) return openDialog(await response.text());
  return toast({ text: (await sentence(response)) || words("gone"), level: "bad" });
}

function undoNext(entry = read().at(-1)) {
  if (read().some((known) => String(known) === String(entry))) return undo(entry);
}

document.addEventListener("toast", (event) => {
  const entry = numbers(event.detail?.undo);
  if (entry) write([...read(), entry]);
});

document.addEventListener("submit", (event) => {
  const entry = event.target.closest("#toasts") && numbers(event.target.getAttribute("action"));
  if (!entry) return;
  event.preventDefault();
  queue = queue.then(arrived).then(() => undoNext(entry));
});

document.addEventListener("keydown", (event) => {
  if (event.repeat || keyOf(event) !== "z" || document.documentElement.dataset.keys === "off") return;
  if (event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select") || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  queue = queue.then(arrived).then(() => undoNext());
}, true);
