// What others do, as it happens: one stream for the whole browser, shared by its tabs. On every page of a signed-in person.
// Announces on document "penstock:live", and on body "penstock:deal" and "penstock:forecast"; ids only, pages ask again.
const BUFFER = 200;
const [SOON, RETRY] = [3000, 20000];
let source;
let place = 0;
let channel;
let recent = [];

function announce(told) {
  const detail = { ...told, id: told.deal ?? told.id };
  document.dispatchEvent(new CustomEvent("penstock:live", { detail }));
  if (told.deal) document.body.dispatchEvent(new CustomEvent("penstock:deal", { bubbles: true, detail }));
  if (told.noun === "forecast") document.body.dispatchEvent(new CustomEvent("penstock:forecast", { bubbles: true, detail }));
}

const connected = (ok) => document.dispatchEvent(new CustomEvent("penstock:connection", { detail: { ok } }));

function heard(message) {
  if (message.place) place = Math.max(place, message.place);
  if (message.told) announce(message.told);
  if ("ok" in message) connected(message.ok);
}

function tell(message) {
  if (message.told) recent = [...recent, message].slice(-BUFFER);
  channel.postMessage(message);
  heard(message);
}

// A tab that has just been drawn may have missed what came between its drawing and its listening.
function answer(after) {
  for (const message of recent) if (after && message.place >= after) channel.postMessage({ ...message, again: true });
}

async function poll(url) {
  const answered = await fetch(`${url}?after=${place}`, { headers: { Accept: "application/json" } }).catch(() => null);
  tell({ ok: Boolean(answered?.ok) });
  if (answered?.status === 403) return;
  const { after, news } = answered?.ok ? await answered.json() : { after: place, news: [] };
  news.forEach((told) => tell({ place: after, told }));
  place = Math.max(place, after);
  setTimeout(stream, answered?.ok ? RETRY : SOON, url); // and perhaps it streams again
}

function stream(url) {
  source = new EventSource(`${url}?after=${place}`);
  let late;
  source.onopen = () => { clearTimeout(late); tell({ ok: true }); };
  source.onmessage = (event) => tell({ place: Number(event.lastEventId) || 0, told: JSON.parse(event.data) });
  source.onerror = () => {
    clearTimeout(late);
    if (source.readyState === EventSource.CLOSED) poll(url);
    else late = setTimeout(tell, SOON, { ok: false });
  };
}

export default function live(element) {
  const url = element.dataset.live;
  const name = `penstock-live-${element.dataset.me}`;
  place = Number(document.querySelector("[data-after]")?.dataset.after ?? 0);
  channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }) => (data.hello === undefined ? heard(data) : answer(data.hello));
  channel.postMessage({ hello: place });
  let leave = () => {};
  const lead = () => new Promise((resolve) => {
    stream(url);
    leave = () => { source.close(); resolve(); };
  });
  const join = () => (navigator.locks ? navigator.locks.request(name, lead) : lead());
  addEventListener("pagehide", () => leave());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  join();
}
