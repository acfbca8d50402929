// The forecast: asks again whenever cells were recomputed, folds teams, keeps both across answers. Numbers are the server's.
import "idiomorph"; // htmx's "morph" swap: what has focus keeps it

const PAUSE = 500; // ms between two questions
const folds = new Map(); // what this person folded and opened, by row

const rows = (table) => [...table.querySelectorAll("tbody > tr")];
const isFolded = (row) => folds.get(row.id) ?? row.dataset.folds === "1";

function draw(table) {
  const hidden = new Set();
  for (const row of rows(table)) {
    const parent = row.dataset.parent;
    const gone = parent && (hidden.has(parent) || isFolded(document.getElementById(parent)));
    if (gone) hidden.add(row.id);
    row.classList.toggle("is-folded", Boolean(gone));
    row.querySelector(".f-twist")?.setAttribute("aria-expanded", String(!isFolded(row)));
  }
}

function follow(element) {
  let [asked, waiting, late] = [0, null, false];
  const ask = () => {
    if (waiting) return;
    waiting = setTimeout(() => {
      waiting = null;
      if (document.hidden || element.ariaBusy === "true") return void (late = true);
      asked = Date.now();
      window.htmx.trigger(element, "forecast:ask");
    }, Math.max(0, asked + PAUSE - Date.now()));
  };
  const again = () => { if (late) ask(); late = false; };
  let connected = false;
  document.body.addEventListener("penstock:forecast", ask);
  document.addEventListener("penstock:connection", (event) => { // what was missed before listening, or while cut off
    if (event.detail.ok && !connected) ask();
    connected = event.detail.ok;
  });
  document.addEventListener("visibilitychange", () => document.hidden || again());
  element.addEventListener("htmx:beforeRequest", (event) => { if (event.target === element) element.ariaBusy = "true"; });
  element.addEventListener("htmx:afterRequest", (event) => {
    if (event.target !== element) return;
    element.ariaBusy = null;
    again();
  });
}

function tick() {
  const time = document.querySelector("#fresh time[data-words]");
  if (!time) return;
  const minutes = Math.floor((Date.now() - Date.parse(time.dateTime)) / 60000);
  const [size, unit] = minutes < 60 ? [minutes, "minute"] : minutes < 2880 ? [Math.floor(minutes / 60), "hour"] : [Math.floor(minutes / 1440), "day"];
  if (!minutes) return;
  const { lang } = document.documentElement;
  const words = new Intl.RelativeTimeFormat(lang, { style: "short" }).format(-size, unit);
  time.textContent = time.dataset.words.replace("%s", lang.startsWith("en") ? words.replace(".", "") : words);
}

export default function forecast(element) {
  element.addEventListener("click", (event) => {
    const row = event.target.closest(".f-twist")?.closest("tr");
    if (!row || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    folds.set(row.id, !isFolded(row));
    if (!isFolded(row) && row.nextElementSibling?.dataset.parent !== row.id) window.htmx.trigger(element, "forecast:ask"); // its lines were not sent
    else draw(row.closest("table"));
  });
  element.addEventListener("htmx:configRequest", (event) => {
    if (event.target === element) event.detail.parameters.open = [...folds].filter(([, folded]) => !folded).map(([id]) => id);
  });
  let open = []; // tables beneath drawings stay as they are
  const details = () => [...element.querySelectorAll("details")];
  element.addEventListener("htmx:beforeSwap", () => { open = details().map((each) => each.open); });
  element.addEventListener("htmx:afterSwap", () => {
    details().forEach((each, index) => { each.open = open[index] ?? each.open; });
    element.querySelectorAll("[data-table]").forEach(draw);
  });
  follow(element);
  setInterval(tick, 30000);
}
