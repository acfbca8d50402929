// The grid of quotas: a changed cell saves itself, arrows move, a block is pasted, what is typed is never replaced.
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

/** The next cell that can be typed into: up and down always, sideways once the caret stands at that end. */
function move(event, table) {
  const input = event.target;
  const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ?? [0, 0];
  const cell = input.closest("td");
  if (!cell || !(down || right) || event.shiftKey) return;
  const whole = input.selectionStart === 0 && input.selectionEnd === input.value.length;
  if (right && !whole && input.selectionStart !== (right > 0 ? input.value.length : 0)) return;
  const rows = [...table.tBodies[0].rows];
  const row = rows.indexOf(cell.parentElement);
  for (let [y, x] = [row + down, cell.cellIndex + right]; rows[y]?.cells[x]; y += down, x += right) {
    const next = rows[y].cells[x].querySelector(".quota-input");
    if (!next) continue;
    event.preventDefault();
    next.focus();
    next.select();
    return;
  }
}

/** A block of a spreadsheet is laid from this cell on: the server shows what would become of it. */
function paste(event) {
  const text = event.clipboardData.getData("text/plain").replace(/\r?\n$/, "");
  const cell = event.target.closest("td");
  if (!cell || !/[\t\n]/.test(text)) return;
  event.preventDefault();
  const form = document.getElementById("pasting");
  form.elements.text.value = text;
  form.elements.subject.value = cell.dataset.subject;
  form.elements.period.value = cell.dataset.period;
  form.elements.currency.value = document.querySelector("#how [name=currency]")?.value ?? "";
  form.requestSubmit();
}

export default function quotas(table) {
  table.addEventListener("change", (event) => event.target.matches(".quota-input") && save(event.target));
  table.addEventListener("submit", (event) => event.preventDefault());
  table.addEventListener("focusin", (event) => event.target.matches(".quota-input") && event.target.select());
  table.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.matches(".quota-input")) event.target.value = event.target.defaultValue;
    else move(event, table);
  });
  table.addEventListener("paste", paste);
  const now = table.querySelector("[aria-current=date]");
  if (now) table.parentElement.scrollLeft = now.offsetLeft - table.parentElement.clientWidth + 3 * now.offsetWidth;
  document.body.addEventListener("htmx:oobBeforeSwap", answer);
}
