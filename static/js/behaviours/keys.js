// Shortcuts: an element with data-key is pressed by that key ("c", "Shift+L", "Mod+k", or two in a row: "g b").
// Off while typing or composing, and altogether with <html data-keys="off">. Cyrillic layouts match by the key's place.
const typing = (target) => target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

/** The key as shortcuts are written; nothing while an input method composes. */
export function keyOf(event) {
  if (event.isComposing || event.keyCode === 229) return "";
  const latin = /^[\x20-\x7e]$/.test(event.key) || event.key.length > 1;
  const key = latin ? event.key : event.code.replace(/^(Key|Digit)/, "");
  const letter = key.length === 1 ? key.toLowerCase() : key;
  return `${event.ctrlKey || event.metaKey ? "Mod+" : ""}${event.altKey ? "Alt+" : ""}${event.shiftKey && /^[a-z]$|^.{2,}$/.test(letter) ? "Shift+" : ""}${letter}`;
}

const name = (root) => root.querySelectorAll("kbd").forEach((key) => { key.textContent = key.textContent.replace("⌘", "Ctrl "); });

export default function keys(root) {
  if (!/Mac|iP(hone|ad)/.test(navigator.platform)) {
    name(root);
    root.addEventListener("htmx:load", (event) => name(event.detail.elt));
  }
  let before = "";
  let forget;
  root.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.repeat) return;
    const key = keyOf(event);
    if (!key) return;
    const global = key.startsWith("Mod+");
    if (!global && (document.documentElement.dataset.keys === "off" || typing(event.target))) return;
    const scope = document.querySelector("dialog[open]") ?? document;
    const find = (wanted) => [...scope.querySelectorAll("[data-key]")].find((element) => element.dataset.key.split(",").includes(wanted) && (element.offsetParent || element.closest("[popover]")));
    const hit = (before && find(`${before} ${key}`)) || find(key);
    clearTimeout(forget);
    before = hit ? "" : key;
    forget = setTimeout(() => { before = ""; }, 1200);
    if (!hit) return;
    event.preventDefault();
    if (hit.matches("input:not([type=checkbox]):not([type=radio]), textarea")) hit.focus();
    else hit.click();
  });
}
