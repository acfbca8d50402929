// The grid of quotas: a changed cell saves itself, arrows move up and down, what is being typed is never replaced.
const sent = new WeakMap(); // input → what it last asked to save

function answer(event) {
  const typing = document.activeElement;
  if (!typing.matches(".quota-input") || !event.detail.target?.contains(typing)) return;
  if (typing.value !== typing.defaultValue && typing.value !== sent.get(typing)) event.detail.shouldSwap = false;
}

function save(input) {
  const { form } = input;
  sent.set(input, input.value);
  const how = document.getElementById("how");
  const values = { note: how?.querySelector("[name=note]").value ?? "", currency: how?.querySelector("[name=currency]").value ?? "" };
  window.htmx.ajax("POST", form.getAttribute("action"), { source: form, swap: "none", values });
}

function move(event, table) {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const cell = event.target.closest("td");
  if (!step || !cell) return;
  const rows = [...table.tBodies[0].rows];
  for (let at = rows.indexOf(cell.parentElement) + step; rows[at]; at += step) {
    const next = rows[at].cells[cell.cellIndex].querySelector(".quota-input");
    if (!next) continue;
    event.preventDefault();
    next.focus();
    next.select();
    return;
  }
}

export default function quotas(table) {
  table.addEventListener("change", (event) => event.target.matches(".quota-input") && save(event.target));
  table.addEventListener("submit", (event) => event.preventDefault());
  table.addEventListener("focusin", (event) => event.target.matches(".quota-input") && event.target.select());
  table.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.matches(".quota-input")) event.target.value = event.target.defaultValue;
    else move(event, table);
  });
  const now = table.querySelector("[aria-current=date]");
  if (now) table.parentElement.scrollLeft = now.offsetLeft - table.parentElement.clientWidth + 3 * now.offsetWidth;
  document.body.addEventListener("htmx:oobBeforeSwap", answer);
}
