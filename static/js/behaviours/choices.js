// <fieldset data-behaviour="choices">: the reason picked by its digit has the focus, or the field under it that it opens.
export default function choices(fieldset) {
  fieldset.addEventListener("change", (event) => {
    const more = event.target.closest(".choice")?.nextElementSibling;
    const field = more?.matches(".choice-more") && more.querySelector("input, textarea, select");
    (field || event.target).focus();
  });
}
