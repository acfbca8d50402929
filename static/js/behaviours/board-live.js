// What others did, put in place card by card; it waits while one drags, or has a menu or a form open.
import { apply, cardOf } from "penstock/board-patch";
import { isSending } from "penstock/board-moves";
import { say } from "penstock/shell";

const QUIET = 10000; // others' changes are read out at most this often
const known = new Map(); // deals and the version last put in place
let wanted = new Set();
let timer;
let spoken = 0;
let unsaid = [];

const isBusy = (board) => board.classList.contains("is-dragging") || isSending(board)
  || document.querySelector(".card.is-lifted, dialog[open], #card-menu:popover-open");

function later(board, delay) {
  clearTimeout(timer);
  timer = setTimeout(flush, delay, board);
}

async function flush(board) {
  if (isBusy(board) || document.hidden && !wanted.size) return later(board, 200);
  const ids = [...wanted];
  wanted = new Set();
  const query = [board.dataset.query, ...ids.map((id) => `deal=${id}`)].filter(Boolean).join("&");
  const response = await fetch(`${board.dataset.url}news/?${query}`).catch(() => null);
  if (!response?.ok) return later(board, 5000), ids.forEach((id) => wanted.add(id));
  const html = await response.text();
  if (isBusy(board)) return ids.forEach((id) => wanted.add(id)), later(board, 200);
  const fresh = apply(board, html, ids);
  fresh.forEach((card) => known.set(card.dataset.deal, Number(card.dataset.version)));
  show(fresh.filter((card) => card.classList.contains("is-live")));
}

function show(cards) {
  for (const card of cards) {
    const strip = card.querySelector(".card-live");
    const list = card.parentElement.dataset.name;
    unsaid.push(`${strip.firstElementChild.nextSibling.textContent.trim()}: ${card.querySelector(".card-title").textContent}, ${list}`);
    setTimeout(() => { strip.remove(); card.classList.remove("is-live"); }, 8000);
  }
  const wait = Math.max(0, spoken + QUIET - Date.now());
  if (unsaid.length) setTimeout(() => { if (unsaid.length) say(unsaid.splice(0).join(". ")); spoken = Date.now(); }, wait);
}

const isHere = (board, stages) => stages.some((stage) => board.querySelector(`[data-head="${stage}"], [data-rail="${stage}"]`));

export default function boardLive(board) {
  document.body.addEventListener("penstock:deal", ({ detail }) => {
    const id = String(detail.id);
    if (!isHere(board, detail.stages ?? []) && !cardOf(id)) return;
    const shown = Math.max(known.get(id) ?? 0, Number(cardOf(id)?.dataset.version ?? 0));
    if (detail.version && detail.version <= shown) { if (detail.mine) later(board, 500); return; }
    if (detail.version) known.set(id, detail.version);
    wanted.add(id);
    later(board, 60);
  });
  document.addEventListener("penstock:live", ({ detail }) => detail.noun === "reload" && location.reload());
}
