// What a form says, and how what was typed meanwhile gets into the fresh one.
export const content = (form) => new URLSearchParams([...new FormData(form)].filter(([name]) => name !== "find")).toString();
/** What the server wrote into it, whatever was typed since. */
export function written(form) {
  const copy = form.cloneNode(true);
  copy.reset();
  return content(copy);
}
export const rowsOf = (text) => new URLSearchParams(text).getAll("row").join();

/** Writes into the fresh form what the old one's fields say and did not say when they were sent. Whether there is any. */
export function carryOver(form, fresh, sent) {
  const before = new URLSearchParams(sent);
  const changed = [...form.elements].filter((field) => field.id && field.matches("input:not([type=hidden], [type=checkbox]), textarea") && field.name !== "find" && before.get(field.name)?.replaceAll("\r\n", "\n") !== field.value);
  for (const field of changed) {
    const there = fresh.querySelector(`#${CSS.escape(field.id)}`);
    if (there?.matches("textarea")) there.textContent = field.value;
    else there?.setAttribute("value", field.value);
  }
  return changed.length > 0;
}
