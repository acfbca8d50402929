// Menus are native popovers and work without this. It adds arrow keys, and the place where anchor positioning is missing.
const anchored = CSS.supports("position-area", "block-end");
const items = (menu) => [...menu.querySelectorAll(".menu-item:not(:disabled), input, select, textarea")].filter((item) => item.offsetParent);

function place(menu, button) {
  if (matchMedia("(max-width: 640px)").matches) return;
  const at = button.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  const left = at.left + size.width > innerWidth - 8 ? at.right - size.width : at.left;
  const top = at.bottom + 4 + size.height > innerHeight - 8 ? Math.max(8, at.top - 4 - size.height) : at.bottom + 4;
  Object.assign(menu.style, { positionArea: "none", margin: "0", left: `${Math.max(8, left)}px`, top: `${top}px` });
}

/** Opens a menu that many buttons share, at one of them. */
export function showAt(menu, button) {
  menu.showPopover();
  place(menu, button);
  button.setAttribute("aria-expanded", "true");
  menu.addEventListener("toggle", () => button.removeAttribute("aria-expanded"), { once: true });
  items(menu)[0]?.focus();
}

function keys(event) {
  const list = items(event.currentTarget);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const to = { Home: 0, End: list.length - 1 }[event.key] ?? (step && (list.indexOf(document.activeElement) + step + list.length) % list.length);
  if (to === undefined || event.target.matches("input, select, textarea")) return;
  event.preventDefault();
  list[to]?.focus();
}

export default function menu(element) {
  const button = () => [":focus", ""].map((which) => document.querySelector(`[popovertarget="${element.id}"]${which}`)).find(Boolean); // many may share it
  element.addEventListener("keydown", keys);
  element.addEventListener("toggle", (event) => {
    const open = event.newState === "open";
    if (open && !anchored && button()) place(element, button());
    if (open && button()?.matches(":focus-visible")) items(element)[0]?.focus();
  });
  element.addEventListener("click", (event) => {
    if (event.target.closest("a.menu-item, button.menu-item:not([data-stay])")) setTimeout(() => element.matches(":popover-open") && element.hidePopover());
  });
}
