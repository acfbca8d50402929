// A cell is edited where it stands: a click or Enter opens it, Enter saves, Tab saves and goes on, Esc leaves it as it was.
import { close, complain, open, save, show } from "penstock/list-editor";
import { cellAt, next, placeOf, walk } from "penstock/list-places";

async function begin(link) {
  if (open && !(await save())) return;
  const place = placeOf(link.closest("td, th"));
  const response = await fetch(link.href, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!response?.ok) return complain(response ? "gone" : "unsent");
  const html = await response.text();
  if (cellAt(place)) show(cellAt(place), html);
}

function typed(event) {
  const { cell } = open;
  if (event.key === "Escape") close(true);
  else if (event.key === "Enter" && !event.target.matches("textarea, a, button")) save(true);
  else if (event.key === "Tab" && !open.editor.matches(".is-conflict")) {
    const to = next(cell, event.shiftKey ? -1 : 1);
    save(!to).then((done) => done && to && begin(cellAt(to).querySelector("[data-edit]")));
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

export default function listEdit(root) {
  root.addEventListener("click", (event) => {
    if (event.target.closest(".cell-editor [data-close]")) return event.preventDefault(), close(true);
    if (event.target.closest(".cell-editor .choice") && event.detail) return void setTimeout(save, 0, true);
    const link = event.target.closest("[data-edit]") ?? (event.target.matches("td") ? event.target.querySelector("[data-edit]") : null);
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    begin(link);
  });
  root.addEventListener("submit", (event) => {
    if (!event.target.closest(".cell-editor")) return;
    event.preventDefault();
    save(true);
  });
  root.addEventListener("keydown", (event) => (event.target.closest(".cell-editor") ? typed(event) : walk(event)));
  root.addEventListener("focusout", () => setTimeout(() => {
    if (open && document.hasFocus() && !open.editor.contains(document.activeElement) && !open.editor.matches(".is-conflict")) save();
  }));
}
