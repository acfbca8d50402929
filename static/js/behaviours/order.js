// <form data-behaviour="order">: rows [data-id] are put in order by their grip, or one place at a time by their buttons
// "up" and "down". The whole order is sent at once; if the server refuses it, the rows go back.
import { say } from "penstock/shell";

export default function order(form) {
  const rows = () => [...form.querySelectorAll("[data-id]")];
  const ids = () => rows().map((row) => row.dataset.id);
  let saved = ids();
  let carried = null;

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

  function move(event) {
    const at = event.clientY;
    const above = rows().filter((row) => row !== carried && middle(row) < at).at(-1);
    if (above) above.after(carried);
    else rows().find((row) => row !== carried)?.before(carried);
  }
  const middle = (row) => { const box = row.getBoundingClientRect(); return box.top + box.height / 2; };

  function end(event) {
    document.removeEventListener("pointermove", move);
    document.removeEventListener("keydown", escape, true);
    carried.classList.remove("is-carried");
    if (event.type === "pointerup") save(carried);
    else restore();
    carried = null;
  }
  const escape = (event) => event.key === "Escape" && end(event);

  form.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest("[data-grip]");
    if (!grip || event.button || carried) return;
    event.preventDefault();
    carried = grip.closest("[data-id]");
    carried.classList.add("is-carried");
    document.addEventListener("pointermove", move);
    document.addEventListener("keydown", escape, true);
    for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, (ended) => carried && end(ended), { once: true });
  });
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
