// What the server answered, put into the page: what it drew anew is morphed, everything else stays untouched.
import "idiomorph"; // htmx's "morph" swap: what has focus keeps it

function swap(form, target, fresh, swapStyle) {
  window.htmx.swap(target, fresh, { swapStyle }, { contextElement: form });
}

export function drawParts(form, fresh, chosen = "[data-part]") {
  for (const part of fresh.querySelectorAll(chosen)) swap(form, document.getElementById(part.id), part.outerHTML, "morph:outerHTML");
}

/** A row with data-same is there already and only has its place. */
export function drawRows(form, fresh) {
  const body = form.querySelector("[data-lines] tbody");
  const rows = [...fresh.querySelectorAll("[data-lines] tbody > tr")];
  const left = new Set(rows.map((row) => row.id));
  const focused = document.activeElement;
  [...body.rows].filter((row) => !left.has(row.id)).forEach((row) => row.remove());
  rows.forEach((row, at) => {
    const there = document.getElementById(row.id);
    const place = body.rows[at] ?? null;
    if (!there) return at ? swap(form, body.rows[at - 1], row.outerHTML, "afterend") : swap(form, body, row.outerHTML, "afterbegin");
    if (there !== place) (body.moveBefore ?? body.insertBefore).call(body, there, place);
    if (!("same" in row.dataset)) swap(form, there, row.outerHTML, "morph:outerHTML");
  });
  if (focused !== document.activeElement && focused.isConnected) focused.focus();
}

/** What stands elsewhere on the page and came along. */
export const drawBeside = (form, html) => swap(form, form, html, "none");
