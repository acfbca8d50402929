// Rows [data-id] carried up and down by their [data-grip]: laid among the others as the pointer passes them.
// carry(root, rows, done): done(row) when it is let go, done(row, true) when that was by Esc or the system.
const middle = (row) => { const box = row.getBoundingClientRect(); return box.top + box.height / 2; };

export function carry(root, rows, done) {
  let carried = null;

  function move(event) {
    const at = event.clientY;
    const others = rows().filter((row) => row !== carried);
    const above = others.filter((row) => middle(row) < at).at(-1);
    if (above) above.after(carried);
    else others[0]?.before(carried);
  }

  function end(event) {
    document.removeEventListener("pointermove", move);
    document.removeEventListener("keydown", escape, true);
    const row = carried;
    carried = null;
    row.classList.remove("is-carried");
    done(row, event.type !== "pointerup");
  }
  const escape = (event) => event.key === "Escape" && end(event);

  root.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest("[data-grip]");
    if (!grip || event.button || carried) return;
    event.preventDefault();
    carried = grip.closest("[data-id]");
    carried.classList.add("is-carried");
    document.addEventListener("pointermove", move);
    document.addEventListener("keydown", escape, true);
    for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, (ended) => carried && end(ended), { once: true });
  });
}
