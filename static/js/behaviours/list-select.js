// Selecting rows: ticks, Shift for all between, X on the row one is at; the bar at the foot says how many and what can be done.
import { keyOf } from "penstock/keys";
import { say } from "penstock/shell";

const bar = () => document.getElementById("bulk");

export default function listSelect(root) {
  const form = bar();
  if (!form) return;
  const ticks = () => [...root.querySelectorAll("[name=deal]")];
  const every = form.elements.namedItem("all");
  const head = root.querySelector("[data-all]");
  let last = null;
  let shown = 0;

  function show() {
    const count = ticks().filter((tick) => tick.checked).length;
    const total = document.getElementById("sums")?.dataset.count;
    form.toggleAttribute("data-idle", !count && !every.checked);
    const words = form.dataset.count.replace("%(count)s", every.checked ? total ?? every.nextElementSibling.textContent : count);
    form.querySelector("[data-number]").textContent = words;
    head.checked = count > 0 && count === ticks().length;
    head.indeterminate = count > 0 && !head.checked;
    if (count !== shown) say(words);
    shown = count;
  }

  function set(list, isOn) {
    list.forEach((tick) => { tick.checked = isOn; });
    show();
  }

  function clear() {
    every.checked = false;
    set(ticks(), false);
  }

  root.addEventListener("click", (event) => {
    const tick = event.target.closest("[name=deal]");
    if (!tick) return;
    const [from, to] = [ticks().indexOf(last), ticks().indexOf(tick)].sort((a, b) => a - b);
    if (event.shiftKey && from >= 0) set(ticks().slice(from, to + 1), tick.checked);
    last = tick;
    show();
  });
  head.addEventListener("change", () => set(ticks(), head.checked));
  every.addEventListener("change", () => set(ticks(), every.checked));
  form.querySelector("[data-clear]").addEventListener("click", clear);
  root.addEventListener("keydown", (event) => {
    const isTick = event.key === "Enter" && event.target.matches("[name=deal]"); // not: send the form
    if (isTick) event.preventDefault();
    if (!isTick && keyOf(event) !== "x" || event.target.closest(".cell-editor") || document.documentElement.dataset.keys === "off") return;
    event.target.closest("[data-deal]")?.querySelector("[name=deal]")?.click();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented && !form.hasAttribute("data-idle") && !document.querySelector("dialog[open], :popover-open:not(.tip)")) clear();
  });
  root.addEventListener("list:drawn", show);
  root.addEventListener("htmx:afterSettle", show);
  for (const name of ["penstock:deals", "penstock:job"]) document.body.addEventListener(name, ({ detail }) => { if (name.endsWith("job") || detail.mine) clear(); });
  document.addEventListener("htmx:afterSwap", ({ target }) => {
    const total = target.id === "sums" && target.dataset.count;
    if (total) every.nextElementSibling.textContent = form.dataset.words.replace("%(total)s", total);
  });
  show();
}
