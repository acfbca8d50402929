// The palette: a combobox whose options are links. Arrows choose, Enter opens, with Ctrl or ⌘ in a new tab.
// Enter that comes before the answer waits for it. It belongs to the dialog, so that it listens before the first key.
import { say } from "penstock/shell";

function listen(form) {
  const input = form.querySelector("[role=combobox]");
  const hits = form.querySelector(".palette-hits");
  const options = () => [...hits.querySelectorAll("[role=option]")];
  let waiting = null;

  function choose(option) {
    hits.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-expanded", String(Boolean(option)));
  }

  function open(option, { newTab }) {
    if (!option) return;
    const { press } = option.dataset;
    if (press) document.querySelector(press)?.click();
    else if (newTab) window.open(option.href, "_blank", "noopener");
    else option.click();
    if (press || newTab) document.dispatchEvent(new Event("dialog:close"));
  }

  const chosen = () => hits.querySelector("[aria-selected=true]");
  const isAnswered = () => (hits.querySelector("[data-asked]")?.dataset.asked ?? "") === input.value.trim();

  function keydown(event) {
    if (event.isComposing || event.target.closest("button")) return;
    const list = options();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter") {
      const how = { newTab: event.ctrlKey || event.metaKey };
      if (isAnswered()) open(chosen(), how);
      else waiting = how;
    } else if (step && list.length) {
      choose(list[(list.indexOf(chosen()) + step + list.length) % list.length]);
    } else return;
    event.preventDefault();
  }

  form.addEventListener("keydown", keydown);
  form.addEventListener("submit", (event) => event.preventDefault());
  hits.addEventListener("pointermove", (event) => {
    const option = event.target.closest("[role=option]");
    if (option && option !== chosen()) choose(option);
  });
  hits.addEventListener("click", (event) => {
    const option = event.target.closest("[data-press]");
    if (!option) return;
    event.preventDefault();
    open(option, {});
  });
  hits.addEventListener("htmx:afterSwap", () => {
    choose(options()[0]);
    hits.scrollTop = 0;
    say(hits.querySelector("[data-say]")?.textContent ?? "");
    if (waiting && isAnswered()) open(chosen(), waiting);
    if (isAnswered()) waiting = null;
  });
  choose(options()[0]);
}

export default function palette(dialog) {
  const begin = () => dialog.querySelectorAll(":scope > .palette").forEach(listen);
  dialog.addEventListener("htmx:afterSwap", (event) => event.target === dialog && begin());
  begin();
}
