// A number's explanation beside the table, where there is room: elsewhere its link leads to a page of its own.
import { host, show } from "penstock/panel";

const room = matchMedia("(min-width: 1100px)");
const SIDES = { quota: "left", won: "left", gap: "left", attainment: "left", open: "middle", weighted: "middle", commit: "middle", best_case: "middle", coverage: "right", forecast: "right" };
const named = (href) => /\/cell\/([^/]+)\/([^/]+)\//.exec(href)?.slice(1);
const shown = () => host().querySelector(".panel")?.dataset.cell;
const address = (cell) => {
  const url = new URL(location);
  if (cell) url.searchParams.set("cell", cell); else url.searchParams.delete("cell");
  return url;
};

/** Which cell is explained, and which columns stay beside the panel. */
function mark(page) {
  const [key, measure] = shown()?.split(".") ?? [];
  page.querySelectorAll("td[aria-current]").forEach((cell) => cell.removeAttribute("aria-current"));
  const table = page.querySelector(".forecast-table");
  if (!table) return;
  if (measure) table.dataset.keeps = SIDES[measure]; else delete table.dataset.keeps;
  if (key) document.getElementById(key)?.querySelector(`a[href*="/${measure}/"]`)?.closest("td")?.setAttribute("aria-current", "true");
}

function hrefOf(page, cell) {
  const [key, measure] = cell.split(".");
  return [...page.querySelectorAll("a[data-cell]")].find((link) => String(named(link.href)) === `${key},${measure}`)?.href;
}

function opens(event) {
  return event.button || event.metaKey || event.ctrlKey || event.shiftKey || !room.matches ? null : event.target.closest("a[data-cell]");
}

export default function forecastCell(page) {
  const click = (event) => {
    const link = opens(event);
    if (!link) return;
    event.preventDefault();
    history.pushState({ cell: true }, "", address(named(link.href).join(".")));
    show(link.href);
  };
  page.addEventListener("click", click);
  host().addEventListener("click", (event) => {
    if (!event.target.closest("[data-panel-close]") || event.metaKey || event.ctrlKey) return click(event);
    event.preventDefault();
    if (history.state?.cell) return history.back();
    history.pushState({}, "", address(null));
    show(null);
    mark(page);
  });
  window.addEventListener("popstate", () => {
    const cell = new URL(location).searchParams.get("cell");
    show(cell && hrefOf(page, cell));
    mark(page);
  });
  page.addEventListener("htmx:afterSwap", (event) => { // the numbers changed: so did what explains them
    if (event.target !== page) return;
    const href = shown() && hrefOf(page, shown());
    if (href) show(href); else mark(page);
  });
  host().addEventListener("htmx:afterSwap", () => mark(page));
  mark(page);
}
