// <section data-behaviour="tree-drag" data-form="id">: rows [data-what] are carried by their [data-grip] onto a
// [data-drop] of the page; the form that does the same without scripts is filled and sent.
export default function treeDrag(section) {
  const form = document.getElementById(section.dataset.form);
  const page = section.parentElement;
  let carried = null;
  let target = null;

  function aim(next) {
    target?.classList.remove("is-target");
    target = next;
    target?.classList.add("is-target");
  }

  function allowed(place) {
    if (!place || place.dataset.drop === carried.dataset.what) return null;
    const kind = carried.dataset.what.split("-")[0];
    return place.dataset.for && place.dataset.for !== kind ? null : place;
  }

  function move(event) {
    aim(allowed(document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-drop]")));
    if (event.clientY < 80) window.scrollBy(0, -12);
    else if (event.clientY > window.innerHeight - 80) window.scrollBy(0, 12);
  }

  function end(event) {
    document.removeEventListener("pointermove", move);
    document.removeEventListener("keydown", escape, true);
    carried.classList.remove("is-carried");
    if (event.type === "pointerup" && target) {
      form.elements.what.value = carried.dataset.what;
      form.elements.to.value = target.dataset.drop;
      form.requestSubmit();
    }
    aim(null);
    carried = null;
  }
  const escape = (event) => event.key === "Escape" && end(event);

  page.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest("[data-grip]");
    if (!grip || event.button || carried) return;
    event.preventDefault();
    carried = grip.closest("[data-what]");
    carried.classList.add("is-carried");
    document.addEventListener("pointermove", move);
    document.addEventListener("keydown", escape, true);
    for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, (ended) => carried && end(ended), { once: true });
  });
}
