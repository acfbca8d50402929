// <details data-behaviour="picker">: says what is picked while it is closed; typing leaves those that match.
export default function picker(details) {
  const search = details.querySelector("[type=search]");
  const rows = [...details.querySelectorAll("li")];
  const nameOf = (row) => row.textContent.trim();
  const tell = () => {
    const said = details.querySelector("[data-said]");
    said.textContent = rows.filter((row) => row.querySelector("input").checked).map(nameOf).join(", ") || said.dataset.any;
  };
  search.hidden = rows.length < 8;
  search.addEventListener("input", (event) => {
    event.stopPropagation();
    const wanted = search.value.trim().toLowerCase();
    rows.forEach((row) => { row.hidden = !nameOf(row).toLowerCase().includes(wanted); });
  });
  search.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
  details.addEventListener("change", tell);
  details.addEventListener("toggle", () => details.open && !search.hidden && search.focus());
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open) return;
    event.preventDefault();
    event.stopPropagation();
    details.open = false;
    details.querySelector("summary").focus();
  });
  tell();
}
