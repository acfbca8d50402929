// The buttons of a quote wait until what was typed is saved: then they are drawn anew, and pressed.
const BUTTONS = "#quote-actions :is(form button, a[hx-get]), [form=prices]";

function placeOf(button) {
  if (button.matches("a")) return `a[href="${CSS.escape(button.getAttribute("href"))}"]`;
  const value = button.value && `[value="${CSS.escape(button.value)}"]`;
  return button.matches("[form]") ? "[form=prices]" : `form[action="${CSS.escape(button.form.getAttribute("action"))}"] button${value}`;
}

export default function quoteActions(form) {
  let isReleased = false;
  document.addEventListener("click", (event) => {
    const button = event.target.closest(BUTTONS);
    if (!button || isReleased) return;
    event.preventDefault();
    event.stopPropagation();
    const place = placeOf(button);
    const press = () => {
      isReleased = true;
      document.querySelector(place)?.click();
      isReleased = false;
    };
    form.dispatchEvent(new CustomEvent("quote:flush", { detail: press }));
  }, true);
}
