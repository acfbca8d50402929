// <form data-behaviour="order">: rows [data-id] are put in order by their grip, or one place at a time by their buttons
// "up" and "down". The whole order is sent at once; if the server refuses it, the rows go back.
import { carry } from "penstock/carry";
import { say } from "penstock/shell";

export default function order(form) {
  const rows = () => [...form.querySelectorAll("[data-id]")];
  const ids = () => rows().map((row) => row.dataset.id);
  let saved = ids();

  function draw() {
    const all = rows();
    all.forEach((row, at) => {
      row.querySelector("[name=up]").disabled = at === 0;
      row.querySelector("[name=down]").disabled = at === all.length - 1;
    });
  }

  function restore() {
    const first = rows()[0];
    const before = document.createComment("");
    first.before(before);
    for (const id of saved) before.before(form.querySelector(`[data-id="${id}"]`));
    before.remove();
    draw();
  }

  async function save(row) {
    draw();
    const now = ids();
    if (now.join() === saved.join()) return;
    say(`${row.dataset.name}, ${now.indexOf(row.dataset.id) + 1} / ${now.length}`, true);
    let ok = false;
    form.addEventListener("htmx:afterRequest", (event) => { ok = event.detail.successful; }, { once: true });
    await window.htmx.ajax("POST", form.getAttribute("action"), { source: form, swap: "none", values: { ids: now } });
    if (ok) saved = now;
    else restore();
  }

  carry(form, rows, (row, isGivenUp) => (isGivenUp ? restore() : save(row)));
  form.addEventListener("submit", (event) => {
    const { name, value } = event.submitter ?? {};
    const row = form.querySelector(`[data-id="${value}"]`);
    if (!row) return;
    event.preventDefault();
    const beside = name === "up" ? rows()[ids().indexOf(value) - 1] : rows()[ids().indexOf(value) + 1];
    if (name === "up") beside?.before(row);
    else beside?.after(row);
    save(row);
    (event.submitter.disabled ? row.querySelector("[name=up]:enabled, [name=down]:enabled") : event.submitter)?.focus();
  });
}
