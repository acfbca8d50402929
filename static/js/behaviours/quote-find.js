// The box that adds lines: a combobox over the catalogue. Arrows choose, Enter adds; Enter that comes before the answer waits.
export default function quoteFind(box) {
  const input = box.querySelector("[role=combobox]");
  const found = box.querySelector(".quote-found");
  const options = () => [...found.querySelectorAll("[role=option]")];
  const chosen = () => found.querySelector("[aria-selected=true]");
  const isAnswered = () => found.querySelector("[data-asked]")?.dataset.asked === input.value.trim();
  let isWaiting = false;

  function choose(option) {
    chosen()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
  }

  function open(isOpen) {
    found.hidden = !isOpen;
    input.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) choose(null);
  }

  function add() {
    isWaiting = false;
    const option = chosen();
    if (!option) return;
    box.closest("form").requestSubmit(option);
    open(false);
  }

  input.addEventListener("input", () => input.value.trim() || open(false));
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const list = options();
    if (event.isComposing) return;
    if (event.key === "Enter") {
      event.preventDefault();
      if (!input.value.trim()) return;
      if (isAnswered() && !found.hidden) add();
      else isWaiting = true;
    } else if (event.key === "Escape" && !found.hidden) {
      event.preventDefault();
      open(false);
    } else if (step && !found.hidden) {
      event.preventDefault();
      choose(list[(list.indexOf(chosen()) + step + list.length) % list.length]);
    } else if (event.key === "ArrowUp") {
      event.preventDefault();
      [...box.closest("form").querySelectorAll("[data-col=quantity]")].at(-1)?.focus();
    }
  });
  found.addEventListener("htmx:afterSwap", () => {
    if (!isAnswered()) return;
    open(Boolean(input.value.trim()));
    choose(options()[0]);
    if (isWaiting) add();
  });
  found.addEventListener("pointerdown", (event) => event.preventDefault()); // the box keeps the focus
  found.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    event.preventDefault();
    choose(option);
    add();
  });
  input.addEventListener("blur", () => open(false));
}
