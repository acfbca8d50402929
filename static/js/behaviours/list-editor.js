// The editor of a cell: the fact's own form in its place. What the server asks besides (a reason, missing fields) is asked
// in the page's dialog; who was first is said in the cell.
import { isPage, openDialog, post, sentence, triggers } from "penstock/deal-requests";
import { toast } from "penstock/toast";

export let open = null; // { cell, editor, form, was }
let busy = Promise.resolve(true);

export const isEditing = (cell) => Boolean(open) && (!cell || open.cell === cell);
export const complain = (key, text) => toast({ text: text || document.getElementById("toasts").dataset[key], level: "bad" });
const content = (form) => JSON.stringify([...new FormData(form)]);

export function close(back = false) {
  const { editor, cell } = open;
  open = null;
  editor.remove();
  cell.classList.remove("is-edited");
  if (back) cell.querySelector("a")?.focus();
  document.dispatchEvent(new CustomEvent("list:closed"));
}

export function show(cell, html, isConflict = false) {
  const editor = open?.editor ?? cell.appendChild(document.createElement("div"));
  editor.className = `cell-editor${isConflict ? " is-conflict" : ""}`;
  editor.tabIndex = -1; // a press on a label is still inside
  editor.innerHTML = html;
  const form = editor.querySelector("form");
  for (const name of ["hx-post", "hx-target"]) form.removeAttribute(name);
  window.htmx.process(editor);
  cell.classList.add("is-edited");
  open = { cell, editor, form, was: isConflict ? "" : open ? open.was : content(form) };
  const field = editor.querySelector("[aria-invalid=true], input:checked, input:not([type=hidden]), select, textarea, [data-close]");
  field?.focus();
  field?.select?.();
}

/** Whether the cell is closed afterwards. */
export const save = (back) => (busy = busy.then(() => !open || send(back)));

async function send(back) {
  const { cell, form, was } = open;
  if (content(form) === was) return close(back), true;
  const fields = Object.fromEntries([...new Set(new FormData(form).keys())].map((name) => [name, new FormData(form).getAll(name)]));
  const response = await post(form.action, fields, { "HX-Request": "true" }).catch(() => null);
  if (!response) return complain("unsent"), false;
  const html = isPage(response) ? await response.text() : "";
  if (response.ok) return close(back), triggers(response), true;
  if (!html) return complain("failed", await sentence(response)), close(back), true;
  const asks = new DOMParser().parseFromString(html, "text/html").querySelector("form");
  if (response.status === 409 || asks.getAttribute("action") === form.getAttribute("action") && !asks.querySelector("[name=needs]")) return show(cell, html, response.status === 409), false;
  return close(), openDialog(html), true;
}

