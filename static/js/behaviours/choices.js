// <fieldset data-behaviour="choices">: digits pick the reason whose <kbd> shows them; the field under it takes the focus.
export default function choices(fieldset) {
  const form = fieldset.closest("form");
  form.addEventListener("keydown", (event) => {
    if (event.target.matches("textarea, input:not([type=radio]):not([type=checkbox])") || !/^[1-9]$/.test(event.key)) return;
    const label = [...fieldset.querySelectorAll(".choice")].find((choice) => choice.querySelector("kbd")?.textContent === event.key);
    if (!label) return;
    event.preventDefault();
    label.querySelector("input").focus();
    label.querySelector("input").click();
  });
  fieldset.addEventListener("change", (event) => {
    const more = event.target.closest(".choice")?.nextElementSibling;
    if (more?.matches(".choice-more")) more.querySelector("input, textarea, select")?.focus();
  });
}
