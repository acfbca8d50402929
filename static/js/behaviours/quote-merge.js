// What a form says, row by row, what of it has to be sent, and how what was typed meanwhile gets into what comes back.
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

export const rowsOf = (said) => [...said.keys()].join();
export const isSame = (one, other) => rowsOf(one) === rowsOf(other) && [...one].every(([row, text]) => text === other.get(row));
export const whole = (said) => [...said.values()].join("&");

/** Of the rows that are as they were saved, and not wrong, only that they are there: their key and their id. */
export function needed(form, said, saved) {
  const wrong = new Set([...form.querySelectorAll("[data-lines] .error")].map((text) => text.closest("[data-id]").dataset.id));
  return [...said].map(([row, text]) => (row && text === saved.get(row) && !wrong.has(row) ? text.split("&", 2).join("&") : text)).join("&");
}

/** Writes into the fresh form what the old one's fields say and did not say when they were sent. Whether there is any. */
export function carryOver(form, fresh, sent) {
  const before = new URLSearchParams(whole(sent));
  const now = (field) => (field.type === "checkbox" && !field.checked ? null : field.value);
  const fields = [...form.elements].filter((field) => field.id && field.name && field.name !== "find" && field.matches("input:not([type=hidden]), textarea, select"));
  const changed = fields.filter((field) => before.get(field.name)?.replaceAll("\r\n", "\n") !== (now(field) ?? undefined));
  for (const field of changed) {
    const there = fresh.querySelector(`#${CSS.escape(field.id)}`);
    if (!there) continue;
    if (field.type === "checkbox") there.toggleAttribute("checked", field.checked);
    else if (field.matches("select")) [...there.options].forEach((option) => option.toggleAttribute("selected", option.value === field.value));
    else if (field.matches("textarea")) there.textContent = field.value;
    else there.setAttribute("value", field.value);
  }
  return changed.length > 0;
}
