// The deal beside its board: a card's link opens it there, Back closes it, J and K go to the neighbours.
import { cardOf, cardsIn } from "penstock/board-patch";

const host = () => document.getElementById("panel-host");
const address = (id) => {
  const url = new URL(location);
  if (id) url.searchParams.set("panel", id); else url.searchParams.delete("panel");
  return url;
};

function select(board, id) {
  board.querySelectorAll(".card.is-selected").forEach((card) => card.classList.remove("is-selected"));
  const card = id && cardOf(id);
  card?.classList.add("is-selected");
  return card;
}

// The panel knows its deal; where it stands among the cards as filtered only the board knows.
function place(board) {
  const panel = host().querySelector(".panel");
  const card = panel && cardOf(panel.dataset.deal);
  if (!card) return;
  const cards = cardsIn(card.parentElement);
  const at = cards.indexOf(card);
  panel.querySelector("[data-position]").textContent = board.dataset.sayPlacePanel.replace("%(place)s", at + 1)
    .replace("%(count)s", board.querySelector(`[data-head="${card.dataset.column}"]`).dataset.count).replace("%(stage)s", card.parentElement.dataset.name);
  for (const link of panel.querySelectorAll("[data-neighbour]")) {
    const other = cards[at + Number(link.dataset.neighbour)];
    link.hidden = false;
    link.ariaDisabled = other ? null : "true";
    if (other) link.href = address(other.dataset.deal); else link.removeAttribute("href");
  }
}

async function show(board, id) {
  select(board, id)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  if (!id) return host().replaceChildren();
  await window.htmx.ajax("GET", `/deals/${id}/`, { target: "#panel-host", swap: "innerHTML" });
}

export function openPanel(board, id) {
  history.pushState({ panel: id }, "", address(id));
  show(board, id);
}

export default function boardPanel(board) {
  board.addEventListener("click", (event) => {
    const link = event.target.closest(".card-title a, .rail-list a");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    openPanel(board, /\/deals\/(\d+)\//.exec(link.href)[1]);
  });
  host().addEventListener("click", (event) => {
    const link = event.target.closest("[data-panel-close], [data-neighbour]");
    if (!link || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    const id = link.href && !link.matches("[data-panel-close]") ? new URL(link.href).searchParams.get("panel") : null;
    if (link.matches("[data-neighbour]") && !id) return;
    if (!id && history.state?.panel) history.back();
    else if (id) { history.replaceState({ panel: id }, "", address(id)); show(board, id); } else { history.pushState({}, "", address(null)); show(board, null); }
  });
  window.addEventListener("popstate", () => show(board, new URL(location).searchParams.get("panel")));
  for (const name of ["htmx:afterSwap", "deal:drawn"]) document.addEventListener(name, () => place(board));
  board.addEventListener("board:patched", () => { const id = host().querySelector(".panel")?.dataset.deal; if (id) { select(board, id); place(board); } });
  select(board, host().querySelector(".panel")?.dataset.deal);
  place(board);
}
