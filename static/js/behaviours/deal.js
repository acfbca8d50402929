// A deal's page or panel: drawn again when somebody changes it, but not under what one is typing.
import "penstock/deal-requests";
import "penstock/deal-undo";

const isTyping = (root) => [...root.querySelectorAll("textarea")].some((text) => text.value);

// Parts are replaced whole; scroll and focus stay where they were.
async function redraw(root) {
  const isPanel = root.matches(".panel");
  const response = await fetch(`/deals/${root.dataset.deal}/`, { headers: isPanel ? { "HX-Target": "panel-host" } : {} }).catch(() => null);
  if (!response?.ok || !root.isConnected) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const part of isPanel ? [".panel"] : [".bar", ".deal-page"]) {
    const old = document.querySelector(part);
    const drawn = page.querySelector(part);
    const scrolled = old.querySelector(".panel-body")?.scrollTop ?? 0;
    const focused = old.contains(document.activeElement) && document.activeElement.getAttribute("href");
    old.replaceChildren(...drawn.childNodes);
    Object.assign(old.dataset, drawn.dataset);
    window.htmx.process(old);
    if (old.querySelector(".panel-body")) old.querySelector(".panel-body").scrollTop = scrolled;
    if (focused) old.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }
  document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: root } }));
  root.dispatchEvent(new CustomEvent("deal:drawn", { bubbles: true }));
}

// Changes heard of while a panel was on its way: it may have been drawn before them.
const heard = new Map();
const JUST_NOW = 3000;
const isBehind = (root, { version, at }) => (version ? version > Number(root.dataset.version) : Date.now() - at < JUST_NOW);

document.body.addEventListener("penstock:deal", ({ detail }) => {
  heard.set(String(detail.id), { version: detail.version, at: Date.now() });
});

export default function deal(root) {
  let stale = false;
  const look = () => {
    if (!root.isConnected) return document.body.removeEventListener("penstock:deal", changed);
    if (!stale || isTyping(root)) return;
    stale = false;
    redraw(root);
  };
  function changed({ detail }) {
    if (String(detail.id) !== root.dataset.deal || (!detail.mine && !isBehind(root, { version: detail.version, at: Date.now() }))) return;
    if (detail.mine) root.querySelector(".composer")?.reset();
    stale = true;
    setTimeout(look, 50);
  }
  const before = heard.get(root.dataset.deal);
  if (before && isBehind(root, before)) { stale = true; look(); }
  document.body.addEventListener("penstock:deal", changed);
  root.addEventListener("focusout", () => setTimeout(look));
  root.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) event.target.closest("form")?.requestSubmit();
  });
}
