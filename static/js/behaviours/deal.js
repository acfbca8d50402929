// A deal's page or panel: drawn again when somebody changes it, part by part, but never under what one is typing.
import "penstock/deal-fact";
import "penstock/deal-requests";
import "penstock/deal-undo";

const TYPED = ".fact-form, :popover-open";
const isBusy = (part) => part.querySelector(TYPED) || [...part.querySelectorAll("textarea, .plan [name=text]")].some((field) => field.value);
const partsOf = (part) => [...part.querySelectorAll("[data-part]")].filter((each) => each.parentElement.closest("[data-part], [data-deal], .bar") === part);

// A part in which somebody types is left alone; those inside it that are not are replaced. What is loaded apart stays until it comes again.
function patch(old, drawn) {
  if (!isBusy(old)) {
    for (const empty of drawn.querySelectorAll("section[hx-get]")) empty.append(...(old.querySelector(`[hx-get="${empty.getAttribute("hx-get")}"]`)?.childNodes ?? []));
    old.replaceChildren(...drawn.childNodes);
    old.className = drawn.className;
    Object.assign(old.dataset, drawn.dataset);
    return window.htmx.process(old);
  }
  for (const part of partsOf(old)) {
    const fresh = drawn.querySelector(`[data-part="${part.dataset.part}"]`);
    if (fresh) patch(part, fresh);
    else if (!isBusy(part)) part.remove();
  }
}

const selectorOf = (element) => element?.id ? `#${element.id}` : element?.getAttribute("href") ? `[href="${CSS.escape(element.getAttribute("href"))}"]`
  : element?.closest("form") ? `form[action="${CSS.escape(element.closest("form").getAttribute("action"))}"] ${element.localName}` : null;

const isAsking = (root) => root.querySelector(".htmx-request"); // whoever asked must be there for the answer to be heard

// Scroll and focus stay where they were.
async function redraw(root, wanted) {
  const isPanel = root.matches(".panel");
  const told = root.querySelector("#told")?.dataset.told ?? "";
  const response = await fetch(`${root.dataset.url}${root.dataset.url.includes("?") ? "&" : "?"}told=${told}`, { headers: isPanel ? { "HX-Target": "panel-host" } : {} }).catch(() => null);
  if (!response?.ok || !root.isConnected) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (isAsking(root)) return root.dispatchEvent(new CustomEvent("deal:stale", { detail: { focus: wanted } }));
  const focused = root.contains(document.activeElement) || document.activeElement === document.body ? wanted ?? selectorOf(document.activeElement) : null;
  const scrolled = root.querySelector(".panel-body")?.scrollTop ?? 0;
  for (const part of isPanel ? [".panel"] : [".bar", ".deal-page"]) {
    const drawn = page.querySelector(part);
    if (drawn) patch(document.querySelector(part), drawn);
  }
  root.dataset.version = page.querySelector("[data-deal]")?.dataset.version ?? root.dataset.version;
  root.querySelector(".panel-body")?.scrollTo(0, scrolled);
  if (focused && !root.querySelector(".fact-form")?.contains(document.activeElement)) root.querySelector(focused)?.focus({ preventScroll: true });
  root.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true, detail: { elt: root } }));
  root.dispatchEvent(new CustomEvent("deal:drawn", { bubbles: true }));
}

// Changes heard of while a panel was on its way: it may have been drawn before them.
const [heard, JUST_NOW] = [new Map(), 3000];
const isBehind = (root, { version, at }) => (version ? version > Number(root.dataset.version) : Date.now() - at < JUST_NOW);

document.body.addEventListener("penstock:deal", ({ detail }) => heard.set(String(detail.id), { version: detail.version, at: Date.now() }));

export default function deal(root) {
  let timer, focus; // whoever asks last, the focus that one of them wished for is kept
  const look = (wanted) => {
    focus = wanted ?? focus;
    clearTimeout(timer);
    timer = setTimeout(() => { if (isAsking(root)) return look(); redraw(root, focus); focus = null; }, 50);
  };
  function changed({ detail }) {
    if (!root.isConnected) return document.body.removeEventListener("penstock:deal", changed);
    if (String(detail.id) !== root.dataset.deal || (!detail.mine && !isBehind(root, { version: detail.version, at: Date.now() }))) return;
    look();
  }
  const before = heard.get(root.dataset.deal);
  if (before && isBehind(root, before)) look();
  document.body.addEventListener("penstock:deal", changed);
  root.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.successful && detail.elt.matches(".composer, .plan form")) detail.elt.reset();
  });
  root.addEventListener("deal:stale", ({ detail }) => look(detail.focus));
  root.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) event.target.closest("form")?.requestSubmit();
  });
}
