// The page's one <dialog>: opens when htmx fills it, closes on [data-close], Esc, the shade, an empty answer and the
// event "dialog:close" (which the server can send in HX-Trigger).
const outside = (dialog, event) => {
  const box = dialog.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
};

const rescueToasts = () => document.body.append(document.getElementById("toasts"));

export default function dialog(element) {
  let dirty = false;
  let pressedOutside = false;
  element.addEventListener("htmx:beforeSwap", (event) => event.detail.shouldSwap && event.detail.target === element && rescueToasts());
  element.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== element) return;
    dirty = false;
    if (!element.childElementCount) element.close();
    else if (!element.open) element.showModal();
    (element.querySelector("[aria-invalid='true'], [autofocus]"))?.focus();
    const title = element.querySelector("h1, h2");
    if (title) {
      title.id ||= "dialog-title";
      element.setAttribute("aria-labelledby", title.id);
    }
  });
  element.addEventListener("input", () => { dirty = true; });
  element.addEventListener("click", (event) => {
    if (!event.target.closest("[data-close]")) return;
    event.preventDefault();
    element.close();
  });
  // What was typed is not lost to a slip of the pointer: a form that has been touched closes only on purpose.
  element.addEventListener("pointerdown", (event) => { pressedOutside = event.target === element && outside(element, event); });
  element.addEventListener("pointerup", (event) => {
    if (pressedOutside && !dirty && event.target === element && outside(element, event)) element.close();
  });
  element.addEventListener("close", () => {
    rescueToasts();
    element.replaceChildren();
    document.dispatchEvent(new CustomEvent("penstock:dialog-closed"));
  });
  document.addEventListener("dialog:close", () => element.close());
}
