// Rows as they are now: after one's own changes at once, after others' as soon as nothing is being edited.
import { isEditing } from "penstock/list-editor";

const AT_ONCE = 100;
const wanted = new Set();
let root;
let timer;

const rowOf = (id) => root.querySelector(`[data-deal="${id}"]`);

// Cell by cell: the one that is being edited stays, and so do the tick and the focus.
function put(old, fresh) {
  const focused = old.contains(document.activeElement) && document.activeElement.closest("td, th")?.dataset.col;
  for (const cell of fresh.querySelectorAll("[data-col]")) {
    const there = old.querySelector(`[data-col="${CSS.escape(cell.dataset.col)}"]`);
    if (there && !isEditing(there) && there.innerHTML !== cell.innerHTML) there.replaceWith(cell);
  }
  window.htmx.process(old);
  if (focused && !old.contains(document.activeElement)) old.querySelector(`[data-col="${CSS.escape(focused)}"] a`)?.focus({ preventScroll: true });
}

async function refresh(ids) {
  const query = ids.map((id) => `&deal=${id}`).join("");
  const response = await fetch(`${root.dataset.rows}${query}`).catch(() => null);
  if (!response?.ok) return;
  const fresh = document.createElement("template");
  fresh.innerHTML = await response.text();
  for (const id of ids) {
    const row = fresh.content.querySelector(`[data-deal="${id}"]`);
    if (row && rowOf(id)) put(rowOf(id), row);
    else rowOf(id)?.remove();
  }
  root.dispatchEvent(new CustomEvent("list:drawn", { bubbles: true }));
}

function flush() {
  if (isEditing()) return; // until it is closed
  const ids = [...wanted].slice(0, AT_ONCE);
  ids.forEach((id) => wanted.delete(id));
  if (ids.length) refresh(ids).then(() => wanted.size && later());
}

function later(delay = 150) {
  clearTimeout(timer);
  timer = setTimeout(flush, delay);
}

function changed(ids, mine) {
  const here = ids.map(String).filter(rowOf);
  if (mine) document.body.dispatchEvent(new CustomEvent("penstock:sums"));
  if (mine && here.length <= AT_ONCE) return void refresh(here);
  here.forEach((id) => wanted.add(id));
  if (here.length) later();
}

export default function listLive(element) {
  root = element;
  document.body.addEventListener("penstock:deal", ({ detail }) => changed([detail.id], detail.mine));
  document.body.addEventListener("penstock:deals", ({ detail }) => changed(detail.ids, detail.mine));
  document.addEventListener("penstock:live", ({ detail }) => {
    if (detail.noun === "reload") changed([...root.querySelectorAll("[data-deal]")].map((row) => row.dataset.deal), false);
  });
  document.addEventListener("list:closed", () => later());
}
