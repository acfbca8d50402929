// On the phone: a chip for each column scrolls to it, and the chip of the column in view is the current one.
export default function chips(board) {
  const nav = document.querySelector(".stage-chips");
  const chipOf = (column) => nav.querySelector(`[href="#${column.id}"]`);
  nav.addEventListener("click", (event) => {
    const chip = event.target.closest("a");
    if (!chip) return;
    event.preventDefault();
    board.querySelector(chip.getAttribute("href")).scrollIntoView({ inline: "start", block: "nearest" });
  });
  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      nav.querySelectorAll("[aria-current]").forEach((chip) => chip.removeAttribute("aria-current"));
      chipOf(target)?.setAttribute("aria-current", "true");
      chipOf(target)?.scrollIntoView({ inline: "center", block: "nearest" });
    }
  }, { root: board, threshold: 0.6 });
  board.querySelectorAll(":scope > .column, :scope > .rail").forEach((column) => seen.observe(column));
}
