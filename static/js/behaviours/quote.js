// The editor of a quote: saved when one pauses, leaves a field or presses a button. What comes back is the same form as the
// server sees it; what was typed meanwhile stays and is saved next. Totals are never worked out here.
import "idiomorph"; // htmx's "morph" swap: what has focus keeps it
import { carryOver, content, rowsOf, written } from "penstock/quote-merge";
import { toast } from "penstock/toast";

const PAUSE = 700;
const complain = (key) => toast({ text: document.getElementById("toasts").dataset[key], level: "bad" });

export default function quote(form) {
  let timer;
  let saved = written(form);
  let line = Promise.resolve();
  const isOvertaken = () => form.querySelector("[name=insist]");
  const isDirty = () => content(form) !== saved;
  const standing = () => document.getElementById("saved")?.textContent;
  let said = standing(); // when nothing is typed
  const say = (text) => { const place = document.getElementById("saved"); if (place) place.textContent = text; };

  function save(values = {}) {
    clearTimeout(timer);
    line = line.then(() => send(values)).catch(() => { say(form.dataset.sayUnsaved); complain("unsent"); });
    return line;
  }

  async function send(values) {
    const isPressed = Object.keys(values).length > 0;
    if (!isPressed && (!isDirty() || isOvertaken())) return say(said);
    const sent = content(form);
    say(form.dataset.saySaving);
    const body = new URLSearchParams(sent);
    Object.entries(values).forEach(([name, value]) => body.set(name, value));
    const response = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" } });
    if (!response.ok && ![409, 422].includes(response.status)) return say(form.dataset.sayUnsaved), complain(response.status === 404 ? "gone" : "failed");
    draw(await response.text(), sent, response.ok);
  }

  function draw(html, sent, isSaved) {
    const { body } = new DOMParser().parseFromString(html, "text/html");
    const fresh = body.querySelector("#fresh");
    if (rowsOf(content(form)) !== rowsOf(sent)) { // moved meanwhile: only what the next saving needs is taken over
      for (const field of fresh.querySelectorAll("[name=lock], [name$='.id']")) (field.id ? document.getElementById(field.id) : form.elements.lock).value = field.value;
      return save();
    }
    const clean = content(fresh);
    const isLate = carryOver(form, fresh, sent);
    const active = document.activeElement;
    if (!isLate && active?.id && form.contains(active) && !fresh.querySelector("[data-focus]")) fresh.querySelector(`#${CSS.escape(active.id)}`)?.setAttribute("value", active.value);
    if (isSaved) saved = isLate ? clean : content(fresh);
    fresh.elements.find?.setAttribute("value", form.elements.find.value);
    form.querySelectorAll("details[open]").forEach(({ id }) => fresh.querySelector(`#${id}`)?.setAttribute("open", ""));
    fresh.replaceWith(...fresh.childNodes);
    window.htmx.swap(form, body.innerHTML, { swapStyle: "morph:innerHTML" }, { contextElement: form });
    said = standing();
    form.dispatchEvent(new CustomEvent("quote:drawn", { bubbles: true, detail: { isSaved } }));
    if (isLate) save();
  }

  form.addEventListener("input", (event) => {
    if (event.target.name === "find") return;
    say(form.dataset.sayUnsaved);
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  });
  form.addEventListener("change", (event) => event.target.name !== "find" && save());
  form.addEventListener("quote:changed", () => save());
  form.addEventListener("quote:flush", (event) => save().then(() => isDirty() || event.detail())); // what was waiting for it
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { name, value } = event.submitter ?? {};
    const { find } = form.elements;
    save({ ...(name && { [name]: value }), ...(name === "add" && { find: find.value }) });
    if (name === "add") find.value = "";
  });
  addEventListener("pagehide", () => isDirty() && !isOvertaken() && navigator.sendBeacon(form.action, new URLSearchParams(content(form))));
  if (isDirty()) save(); // typed before this was here
}
