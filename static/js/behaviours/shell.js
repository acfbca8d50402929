// The whole page: what htmx does when a request fails, the offline strip, spoken messages.
import { toast } from "penstock/toast";

const words = (key) => document.getElementById("toasts").dataset[key];

/** Speaks to screen readers: one's own moves at once, everything else when there is a pause. */
export function say(text, urgent = false) {
  document.getElementById(urgent ? "live-assertive" : "live-polite").textContent = text;
}

function showConnection(ok) {
  document.getElementById("offline").hidden = ok;
}

function retry({ verb, path, elt, target, formData }) {
  window.htmx.ajax(verb, path, { source: elt, target, values: formData });
}

// 422 is a form with its errors: it replaces the form it came from, never anything else. 409 is for whoever sent the
// request: they cancel "penstock:conflict" and deal with it; otherwise the user is told.
function beforeSwap(event) {
  const { xhr, elt, target } = event.detail;
  if (xhr.status === 422 && (target.id === "dialog" || elt.matches("form[data-errors]"))) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
}

function responseError(event) {
  const { xhr, elt, requestConfig } = event.detail;
  if (xhr.status === 409) {
    const conflict = new CustomEvent("penstock:conflict", { bubbles: true, cancelable: true, detail: { xhr, requestConfig } });
    if (elt.dispatchEvent(conflict)) toast({ text: words("conflict"), level: "bad", label: words("reload"), act: () => location.reload() });
  } else if (xhr.status >= 500) {
    toast({ text: words("failed"), level: "bad", label: words("retry"), act: () => retry(requestConfig) });
  } else if (xhr.status === 403 || xhr.status === 404) {
    toast({ text: words("gone"), level: "bad" });
  } else if (xhr.status === 401) {
    location.reload();
  } else if (xhr.status === 422) {
    toast({ text: problem(xhr) ?? words("invalid"), level: "bad" });
  }
}

function problem(xhr) {
  if (!xhr.getResponseHeader("Content-Type")?.includes("json")) return null;
  const { detail, title } = JSON.parse(xhr.responseText);
  return detail ?? title ?? null;
}

export default function shell() {
  document.addEventListener("htmx:beforeSwap", beforeSwap);
  document.addEventListener("htmx:responseError", responseError);
  document.addEventListener("htmx:sendError", (event) =>
    toast({ text: words("unsent"), level: "bad", label: words("retry"), act: () => retry(event.detail.requestConfig) }));
  document.addEventListener("toast", (event) => toast(event.detail));
  document.addEventListener("penstock:connection", (event) => showConnection(event.detail.ok));
  window.addEventListener("online", () => showConnection(true));
  window.addEventListener("offline", () => showConnection(false));
  showConnection(navigator.onLine);
}
