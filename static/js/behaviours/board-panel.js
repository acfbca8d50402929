// The deal beside its board: a card's link opens it there, Back closes it, J and K go to the neighbours.
import { cardOf } from "penstock/board-patch";
import { host, show as ask } from "penstock/panel";

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

function show(board, id) {
  select(board, id)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  ask(id && `/deals/${id}/?beside=${board.dataset.pipeline}&${board.dataset.query}`);
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
    if (!id && history.state?.panel) return history.back();
    history[id ? "replaceState" : "pushState"]({ panel: id }, "", address(id));
    show(board, id);
  });
  window.addEventListener("popstate", () => show(board, new URL(location).searchParams.get("panel")));
  board.addEventListener("board:patched", () => { const id = host().querySelector(".panel")?.dataset.deal; if (id) select(board, id); });
  select(board, host().querySelector(".panel")?.dataset.deal);
}
