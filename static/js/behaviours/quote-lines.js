// The lines of a quote by keyboard and by hand. Enter and the arrows go to the same column of the next line, behind the last
// one to the box that adds another; Alt with an arrow moves the line; the grip is dragged.
import { carry } from "penstock/carry";
import { say } from "penstock/shell";

export default function quoteLines(form) {
  const body = () => form.querySelector("[data-lines] tbody");
  const rows = () => [...body().querySelectorAll("[data-id]")];
  let before = [];

  function go(row, column, step) {
    const all = rows();
    for (let at = all.indexOf(row) + step; all[at]; at += step) {
      const field = all[at].querySelector(`[data-col=${column}]`);
      if (field) return field.focus(), field.select();
    }
    if (step > 0) form.querySelector("[name=find]").focus();
  }

  function changed(row) {
    const all = rows();
    say(`${row.dataset.name}, ${all.indexOf(row) + 1} / ${all.length}`, true);
    form.dispatchEvent(new CustomEvent("quote:changed"));
  }

  function move(row, step) {
    const beside = step < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (!beside) return;
    const focused = document.activeElement;
    if (step < 0) beside.before(row);
    else beside.after(row);
    focused.focus();
    changed(row);
  }

  form.addEventListener("keydown", (event) => {
    const row = event.target.closest("[data-lines] [data-id]");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!row || event.isComposing || event.target.closest("[popover]")) return;
    if (step && event.altKey) move(row, step);
    else if (event.target.dataset.col && (step || event.key === "Enter")) go(row, event.target.dataset.col, step ?? (event.shiftKey ? -1 : 1));
    else return;
    event.preventDefault();
  });
  form.addEventListener("pointerdown", () => { before = rows(); }, true);
  carry(form, rows, (row, isGivenUp) => {
    if (isGivenUp) body().append(...before);
    else if (before.some((each, at) => rows()[at] !== each)) changed(row);
  });

  // A line that has just been added: how many of it, or what it is called.
  form.addEventListener("quote:drawn", ({ detail: { focus: key } }) => {
    if (!key) return;
    const row = form.querySelector(`[data-id="${CSS.escape(key)}"]`);
    const isFree = !row?.querySelector("[name$='.product']").value;
    const field = row?.querySelector(isFree ? "[data-col=name], textarea" : "[data-col=quantity]");
    field?.focus();
    field?.select();
  });
}
