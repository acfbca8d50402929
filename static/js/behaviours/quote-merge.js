// What a form says, row by row, what of it has to be sent, and how what was typed meanwhile gets into what comes back.
import { fill } from "penstock/quote-menu";

export const TOKEN = "csrfmiddlewaretoken"; // another one in every answer
const key = (name) => name.split(".")[0];

/** By the key of each row, in their order, what it says; under "" what is about the whole. */
export function content(form) {
  const said = new Map([["", new URLSearchParams()]]);
  for (const [name, value] of new FormData(form)) {
    if (name === "find" || name === TOKEN) continue;
    if (name === "row") said.set(value, new URLSearchParams());
    (said.get(name === "row" ? value : key(name)) ?? said.get("")).append(name, value);
  }
  return new Map([...said].map(([row, fields]) => [row, fields.toString()]));
}

/** What the server wrote into it, whatever was typed since. */
export function written(form) {
  const copy = form.cloneNode(true);
  copy.reset();
  return content(copy);
}

export const isMoved = (one, other) => [...one.keys()].join() !== [...other.keys()].join();
export const isSame = (one, other) => !isMoved(one, other) && [...one].every(([row, text]) => text === other.get(row));
export const whole = (said) => [...said.values()].join("&");

/** Of the rows that are as they were saved, and not wrong, only that they are there: their key and their id. */
export function needed(form, said, saved) {
  const wrong = new Set([...form.querySelectorAll("[data-lines] .error")].map((text) => text.closest("[data-id]").dataset.id));
  return [...said].map(([row, text]) => (row && text === saved.get(row) && !wrong.has(row) ? text.split("&", 2).join("&") : text)).join("&");
}

/** Writes into the fresh form what is said `now` and was not when it was sent. Whether there is any. */
export function carryOver(now, fresh, sent) {
  const late = [...now].filter(([row, text]) => text !== sent.get(row));
  for (const [row, text] of late) {
    const [said, before] = [new URLSearchParams(text), new URLSearchParams(sent.get(row))];
    const fields = [...fresh.elements].filter((field) => field.name && (row ? key(field.name) === row : !now.has(key(field.name))) && field.matches("input:not([type=hidden]), textarea, select"));
    for (const there of fields) {
      const value = said.get(there.name);
      if (value === before.get(there.name)) continue;
      if (there.dataset.choices) fill(there);
      if (there.type === "checkbox") there.toggleAttribute("checked", value !== null);
      else if (there.matches("select")) [...there.options].forEach((option) => option.toggleAttribute("selected", option.value === value));
      else if (there.matches("textarea")) there.textContent = value;
      else there.setAttribute("value", value);
    }
  }
  return late.length > 0;
}

/** What has the focus keeps the list it is chosen from, and, unless something newer is in the fresh form, what stands in it. */
export function keepActive(form, fresh, isNewest) {
  const active = document.activeElement;
  const there = form.contains(active) && active.id && fresh.querySelector(`#${CSS.escape(active.id)}`);
  if (!there) return;
  if (there.dataset.choices) fill(there);
  if (isNewest) there.setAttribute("value", active.value);
}
