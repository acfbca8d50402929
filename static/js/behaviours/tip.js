// <figure data-behaviour="tip">: marks with data-tip show it under the pointer and on focus. The same words stand in the table.
let bubble;

function show(text, x, y) {
  bubble ??= Object.assign(document.createElement("div"), { className: "tip", popover: "manual", ariaHidden: "true" });
  if (!bubble.isConnected) document.body.append(bubble);
  bubble.textContent = text;
  bubble.showPopover();
  const { width, height } = bubble.getBoundingClientRect();
  Object.assign(bubble.style, { inset: "auto", left: `${Math.max(8, Math.min(x + 12, innerWidth - width - 8))}px`, top: `${y - height - 8 < 8 ? y + 16 : y - height - 8}px` });
}

const hide = () => bubble?.isConnected && bubble.hidePopover();

export default function tip(figure) {
  figure.addEventListener("pointermove", (event) => {
    const mark = event.target.closest("[data-tip]");
    if (mark) show(mark.dataset.tip, event.clientX, event.clientY); else hide();
  });
  figure.addEventListener("focusin", (event) => {
    const mark = event.target.closest("[data-tip]");
    if (!mark) return;
    const box = mark.getBoundingClientRect();
    show(mark.dataset.tip, box.left + box.width / 2, box.top);
  });
  for (const name of ["pointerleave", "focusout"]) figure.addEventListener(name, hide);
}
