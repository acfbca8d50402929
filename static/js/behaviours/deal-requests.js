// Asking the server as forms do, and what its answers set off.
const headers = () => JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");

const SMALL = 8000; // browsers finish no more than 64 kB behind a page that is left

/** What is small arrives though the page is left before its answer. */
export function post(url, fields = {}, more = {}) {
  const pairs = Object.entries(fields).flatMap(([name, value]) => [value].flat().map((each) => [name, each]));
  const body = new URLSearchParams(pairs.filter(([, value]) => value !== undefined && value !== null));
  return fetch(url, { method: "POST", body, keepalive: String(body).length < SMALL, headers: { ...headers(), Accept: "text/html, application/json", ...more } });
}

let before = Promise.resolve();

/** Notes that something is on its way. */
export function during(promise) {
  before = Promise.allSettled([before, promise]);
  return promise;
}

/** When all that was on its way has arrived. */
export const arrived = () => before;

/** Sends off the events that the answer names in HX-Trigger, as htmx would. */
export function triggers(response) {
  const named = response.headers.get("HX-Trigger");
  for (const [name, detail] of Object.entries(named ? JSON.parse(named) : {})) {
    document.body.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }
}

export const isPage = (response) => response.headers.get("Content-Type")?.startsWith("text/html");

/** Shows a form in the page's dialog. */
export function openDialog(html) {
  const target = document.getElementById("dialog");
  window.htmx.swap(target, html, { swapStyle: "innerHTML" }, { eventInfo: { target, shouldSwap: true } });
}

/** The sentence of a refusal, or nothing. */
export async function sentence(response) {
  if (!response.headers.get("Content-Type")?.includes("json")) return "";
  return (await response.json().catch(() => ({}))).detail ?? "";
}

// Somebody was first: the server's own words replace the general ones.
document.addEventListener("penstock:conflict", (event) => {
  const { xhr } = event.detail;
  if (!xhr.getResponseHeader("Content-Type")?.startsWith("text/html")) return;
  event.preventDefault();
  openDialog(xhr.responseText);
});

// One change of many deals is heard as one of each.
document.body.addEventListener("penstock:deals", ({ detail: { ids, ...detail } }) => {
  for (const id of ids) document.body.dispatchEvent(new CustomEvent("penstock:deal", { bubbles: true, detail: { ...detail, id } }));
});
