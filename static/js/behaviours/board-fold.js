// Folding a column: drawn at once, and remembered by the server. Folded, it still takes what is dropped on it.
import { post } from "penstock/deal-requests";

export default function fold(board) {
  board.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-fold]");
    if (!form) return;
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(form, event.submitter));
    const column = form.closest(".column");
    column.classList.toggle("is-folded", "folded" in fields);
    column.querySelector(fields.folded ? ".column-unfold button" : ".column-line button").focus();
    post(form.action, fields, { "X-Board": board.dataset.pipeline });
  });
}
