// Where one is in the list: from cell to cell by arrows, and which cell is edited next.
export const placeOf = (cell) => ({ row: cell.parentElement.id, col: cell.dataset.col });
export const cellAt = ({ row, col }) => document.getElementById(row)?.querySelector(`[data-col="${CSS.escape(col)}"]`);

/** The place of the cell that is edited after (or with -1 before) this one. */
export function next(cell, step) {
  const links = [...cell.closest("tbody").querySelectorAll("[data-edit]:not(.cell-pen)")];
  const here = links.findIndex((link) => cell.contains(link));
  const to = cell.dataset.col === "title" ? links.find((link) => cell.parentElement.contains(link)) : links[here + step];
  return to && placeOf(to.closest("td, th"));
}

const STEPS = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] };

export function walk(event) {
  const cell = event.target.closest("td, th");
  const [down, right] = STEPS[event.key] ?? [];
  if (down === undefined || !cell) return;
  const rows = [...cell.closest("table").querySelectorAll("tbody [data-deal]")];
  const row = rows[rows.indexOf(cell.parentElement) + down];
  const links = (each) => [...each.querySelectorAll("a:not(.cell-pen), input")];
  const to = down ? row?.querySelector(cell.dataset.col ? `[data-col="${CSS.escape(cell.dataset.col)}"] a` : "input") : links(row)[links(row).indexOf(event.target) + right];
  if (!to) return;
  event.preventDefault();
  to.focus();
}

