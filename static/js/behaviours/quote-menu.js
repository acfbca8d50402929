// What all lines share: one menu, about the line at whose button it was opened, and one list of taxes, which a line's own
// field holds once somebody is about to choose from it.
export function fill(select) {
  const value = select.value;
  const own = [...select.options];
  const all = document.getElementById(select.dataset.choices).options;
  select.append(...[...all].map((option) => own.find((one) => one.value === option.value) ?? option.cloneNode(true)));
  select.value = value;
}

export default function quoteMenu(menu) {
  const form = menu.closest("form");
  const optional = menu.querySelector("[type=checkbox]");
  let key;
  const chosen = () => document.getElementById(`${key}-is_optional`);

  form.addEventListener("click", (event) => {
    const button = event.target.closest(`[popovertarget="${menu.id}"]`);
    if (!button) return;
    key = button.closest("[data-id]").dataset.id;
    menu.querySelectorAll("button").forEach((each) => { each.value = key; });
    if (!optional) return;
    optional.parentElement.hidden = !chosen();
    optional.checked = Boolean(chosen()?.checked);
  }, true);
  optional?.addEventListener("change", () => { chosen().checked = optional.checked; }); // and the form saves it
  for (const about of ["pointerdown", "focusin", "keydown"]) {
    form.addEventListener(about, ({ target }) => target.matches("[data-choices]") && fill(target), true);
  }
}
