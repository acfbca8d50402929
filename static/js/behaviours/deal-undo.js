// Undo: the button of a toast, and Z for the last 20 changes of this page. Undoing is a change of its own.
import { isPage, openDialog, post, sentence, triggers } from "penstock/deal-requests";
import { keyOf } from "penstock/keys";
import { toast } from "penstock/toast";

const MOST = 20;
const UNDO = /\/deals\/(\d+)\/undo\//;
let stack = [];

async function undo(url) {
  const deal = UNDO.exec(url)[1];
  stack = stack.filter((known) => UNDO.exec(known)[1] !== deal); // older versions of it are gone with this one
  const response = await post(url, {}, { "HX-Request": "true" }).catch(() => null);
  if (!response) return toast({ text: document.getElementById("toasts").dataset.unsent, level: "bad" });
  if (response.ok) return triggers(response);
  if (isPage(response) && response.status === 409) return openDialog(await response.text());
  return toast({ text: (await sentence(response)) || document.getElementById("toasts").dataset.failed, level: "bad" });
}

document.addEventListener("toast", (event) => {
  if (UNDO.test(event.detail?.undo ?? "")) stack = [...stack, event.detail.undo].slice(-MOST);
});

document.addEventListener("submit", (event) => {
  if (!event.target.closest("#toasts") || !UNDO.test(event.target.action)) return;
  event.preventDefault();
  undo(event.target.getAttribute("action"));
});

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.repeat || keyOf(event) !== "z" || document.documentElement.dataset.keys === "off") return;
  if (event.target.closest?.("input, textarea, select, dialog") || document.querySelector("#toasts [data-key=z]") || !stack.length) return;
  event.preventDefault();
  undo(stack.at(-1));
});
