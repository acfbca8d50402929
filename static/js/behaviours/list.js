// The list of deals: cells are edited where they stand, rows are selected for a change of many, others' changes appear.
import "penstock/deal-undo";
import edit from "penstock/list-edit";
import live from "penstock/list-live";
import select from "penstock/list-select";

export default function list(root) {
  edit(root);
  select(root);
  live(root);
  root.dataset.ready = "";
}
