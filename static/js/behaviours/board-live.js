// What others did, put in place card by card; it waits while one drags, or has a menu or a form open.
import { cardOf, refresh } from "penstock/board-patch";
import { isSending } from "penstock/board-moves";
import { say } from "penstock/shell";

const QUIET = 10000; // others' changes are read out at most this often
const AT_ONCE = 100; // deals asked for with one request
const known = new Map(); // deals and the version last put in place
let board;
const wanted = new Set();
let isBehind = false; // too much was missed: only the whole page is right again
let timer;
let spoken = 0;
let unsaid = [];

// A card in the hand, a menu or a form open, something being typed: then nothing moves.
const isBusy = () => isSending() || document.querySelector(".board:is(.is-pressed, .is-dragging), .card.is-lifted, dialog[open], :popover-open:not(.tip)")
  || board.contains(document.activeElement) && document.activeElement.value;

function later(delay) {
  clearTimeout(timer);
  timer = setTimeout(flush, delay);
}

async function flush() {
  if (isBusy() || document.hidden && !wanted.size) return later(200);
  if (isBehind) return location.reload();
  const ids = [...wanted].slice(0, AT_ONCE);
  ids.forEach((id) => wanted.delete(id));
  const fresh = await refresh(board, ids, isBusy);
  if (!fresh) return ids.forEach((id) => wanted.add(id)), later(isBusy() ? 200 : 5000);
  fresh.forEach((card) => known.set(card.dataset.deal, Number(card.dataset.version)));
  show(fresh.filter((card) => card.classList.contains("is-live")));
  if (wanted.size) later(60);
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

const isHere = (stages) => stages.some((stage) => board.dataset.stages.split(" ").includes(String(stage)));

export default function boardLive(element) {
  board = element;
  document.body.addEventListener("penstock:deal", ({ detail }) => {
    const id = String(detail.id);
    if (!isHere(detail.stages ?? []) && !cardOf(id)) return;
    const shown = Math.max(known.get(id) ?? 0, Number(cardOf(id)?.dataset.version ?? 0));
    if (detail.version && detail.version <= shown) { if (detail.mine) later(500); return; }
    if (detail.version) known.set(id, detail.version);
    wanted.add(id);
    later(60);
  });
  document.addEventListener("penstock:live", ({ detail }) => {
    if (detail.noun === "reload") { isBehind = true; later(60); }
  });
}
