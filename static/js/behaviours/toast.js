// Toasts: rendered by the server (Django messages) or made here from <template id="toast-template">.
// toast({ text, level, undo: url, label + act or href, seconds }). A toast with something to press stays 8 s, others 5.
const stay = (element, seconds) => {
  let timer;
  const start = () => { timer = setTimeout(() => element.remove(), seconds * 1000); };
  const stop = () => clearTimeout(timer);
  for (const name of ["pointerenter", "focusin"]) element.addEventListener(name, stop);
  for (const name of ["pointerleave", "focusout"]) element.addEventListener(name, () => { stop(); start(); });
  start();
};

export function toast({ text, level = "good", undo, label, href, act = href && (() => location.assign(href)), seconds }) {
  const region = document.getElementById("toasts");
  const element = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
  element.querySelector("p").textContent = text;
  element.classList.toggle("toast-bad", level === "bad");
  element.querySelectorAll("[data-level]").forEach((icon) => { if (icon.dataset.level !== level) icon.remove(); });
  const form = element.querySelector("form");
  const button = element.querySelector("[data-act]");
  if (undo) form.action = undo; else form.remove();
  if (act) {
    button.textContent = label;
    button.addEventListener("click", () => { element.remove(); act(); });
  } else button.remove();
  if (undo) element.querySelector("[data-dismiss]").remove();
  // Behind a modal dialog nothing can be pressed: the region moves into it, and dialog.js moves it out again.
  (document.querySelector("dialog[open]") ?? document.body).append(region);
  region.append(element);
  if (undo) window.htmx?.process(element);
  attach(element, seconds ?? (undo || act ? 8 : 5));
  while (region.children.length > 3) region.firstElementChild.remove();
  return element;
}

function attach(element, seconds) {
  element.querySelector("[data-dismiss]")?.addEventListener("click", () => element.remove());
  element.querySelector("form")?.addEventListener("submit", () => setTimeout(() => element.remove()));
  stay(element, seconds);
}

export default (element) => attach(element, Number(element.dataset.seconds || 6));
