// The editor of a quote: saved when one pauses, leaves a field or presses a button. What comes back is what the server made
// of it; what was typed meanwhile stays and is saved next. Totals are never worked out here.
import { drawBeside, drawParts, drawRows } from "penstock/quote-draw";
import { TOKEN, carryOver, content, isMoved, isSame, keepActive, needed, whole, written } from "penstock/quote-merge";
import { calm, remember, say } from "penstock/quote-saved";
import { toast } from "penstock/toast";

const PAUSE = 700;
const complain = (key) => toast({ text: document.getElementById("toasts").dataset[key], level: "bad" });

export default function quote(form) {
  let timer;
  let saved = written(form);
  let line = Promise.resolve();
  const isOvertaken = () => form.querySelector("[name=insist]");
  const isDirty = () => !isSame(content(form), saved);
  const toSend = (said) => new URLSearchParams(`${TOKEN}=${form.elements[TOKEN].value}&${isOvertaken() ? whole(said) : needed(form, said, saved)}`);

  function save(values = {}) {
    clearTimeout(timer);
    line = line.then(() => send(values)).catch(() => { say(form.dataset.sayUnsaved); complain("unsent"); });
    return line;
  }

  async function send(values) {
    const sent = content(form);
    if (!Object.keys(values).length && (isSame(sent, saved) || isOvertaken())) return calm();
    say(form.dataset.saySaving);
    const body = toSend(sent);
    Object.entries(values).forEach(([name, value]) => body.set(name, value));
    const response = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" } });
    if (!response.ok && ![409, 422].includes(response.status)) return say(form.dataset.sayUnsaved), complain(response.status === 404 ? "gone" : "failed");
    const { body: answer } = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = answer.querySelector("#fresh");
    answer.removeChild(fresh); // it has buttons called “remove”
    drawBeside(form, answer.innerHTML);
    if (response.status === 409) return drawParts(form, fresh, "#news");
    draw(fresh, sent, response.ok);
  }

  function draw(fresh, sent, isSaved) {
    const typed = content(form);
    if (isMoved(typed, sent)) { // moved meanwhile: only what the next saving needs is taken over
      for (const field of fresh.querySelectorAll("[name=lock], [name$='.id']")) document.getElementById(field.id).value = field.value;
      return save();
    }
    const clean = content(fresh);
    const isLate = carryOver(typed, fresh, sent);
    const focus = fresh.querySelector("[data-focus]");
    keepActive(form, fresh, !isLate && !focus);
    const now = isLate ? clean : content(fresh);
    const keys = [...fresh.querySelectorAll("[data-id]")].map((row) => row.dataset.id);
    if (isSaved) saved = new Map(["", ...keys].map((key) => [key, now.get(key) ?? saved.get(key)]));
    form.querySelectorAll("details[open]").forEach(({ id }) => fresh.querySelector(`#${id}`)?.setAttribute("open", ""));
    drawRows(form, fresh);
    drawParts(form, fresh);
    remember();
    form.dispatchEvent(new CustomEvent("quote:drawn", { bubbles: true, detail: { isSaved, focus: focus?.dataset.focus } }));
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
  addEventListener("pagehide", () => isDirty() && !isOvertaken() && navigator.sendBeacon(form.action, toSend(content(form))));
  if (isDirty()) save(); // typed before this was here
}
