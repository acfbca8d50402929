// The grid of prices: Enter and the arrows go from cell to cell, a block of a spreadsheet is laid from a cell on.
const inputs = (row) => [...row.querySelectorAll(".price-input")];

function near(input, down, right) {
  const row = input.closest("tr");
  const rows = [...row.parentElement.rows];
  return inputs(rows[rows.indexOf(row) + down] ?? row)[inputs(row).indexOf(input) + right];
}

function move(event) {
  const input = event.target;
  const [down, right] = { Enter: [1, 0], ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ?? [0, 0];
  if (!(down || right) || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const whole = input.selectionStart === 0 && input.selectionEnd === input.value.length;
  if (right && !whole && input.selectionStart !== (right > 0 ? input.value.length : 0)) return;
  event.preventDefault();
  const next = near(input, down, right);
  next?.focus();
  next?.select();
}

function paste(event) {
  const text = event.clipboardData.getData("text/plain").replace(/\r?\n$/, "");
  if (!/[\t\n]/.test(text)) return;
  event.preventDefault();
  text.split(/\r?\n/).forEach((line, down) => {
    const start = down ? near(event.target, down, 0) : event.target;
    if (!start || (down && start.closest("tr") === event.target.closest("tr"))) return;
    line.split("\t").forEach((value, right) => {
      const cell = inputs(start.closest("tr"))[inputs(start.closest("tr")).indexOf(start) + right];
      if (cell) cell.value = value.trim();
    });
  });
}

export default function priceGrid(table) {
  const at = (then) => (event) => event.target.matches(".price-input") && then(event);
  table.addEventListener("focusin", at((event) => event.target.select()));
  table.addEventListener("keydown", at((event) => (event.key === "Escape" ? (event.target.value = event.target.defaultValue) : move(event))));
  table.addEventListener("paste", at(paste));
}
