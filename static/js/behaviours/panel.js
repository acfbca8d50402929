// The side panel: Esc closes it, focus moves into it when it opens and back to where it came from when it closes.
let opener = null;
let asked = null; // the address last asked for; null: closed

export const host = () => document.getElementById("panel-host");

/** Shows what an address answers, or nothing. What was asked for before and is still on its way does not come any more. */
export function show(href) {
  asked = href;
  if (href) window.htmx.ajax("GET", href, { source: host(), target: host(), swap: "innerHTML" });
  else host().replaceChildren();
}

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.requestConfig.elt === host() && detail.requestConfig.path !== asked) detail.shouldSwap = false;
});

export default function panel(element) {
  if (document.activeElement !== document.body && !element.contains(document.activeElement)) opener = document.activeElement;
  const title = element.querySelector("h1, h2");
  if (title) {
    title.tabIndex = -1;
    title.focus({ preventScroll: true });
  }
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || event.target.matches("input, textarea, select")) return;
    element.querySelector("[data-panel-close]")?.click();
  });
  new MutationObserver((_, observer) => {
    if (element.isConnected) return;
    observer.disconnect();
    if (!document.querySelector(".panel") && opener?.isConnected) opener.focus({ preventScroll: true });
  }).observe(host(), { childList: true });
}
