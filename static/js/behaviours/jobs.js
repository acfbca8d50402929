// Jobs of this tab: a strip for each in the corner of every page, until it is dismissed. The strips ask by themselves.
const KEY = "penstock-jobs";
const known = () => JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
const keep = (ids) => sessionStorage.setItem(KEY, JSON.stringify(ids));

export default function jobs(region) {
  const show = (id) => window.htmx.ajax("GET", `${region.dataset.url}${id}/`, { target: region, swap: "beforeend" });
  known().forEach(show);
  document.body.addEventListener("penstock:job", ({ detail }) => {
    keep([...new Set([...known(), detail.id])]);
    show(detail.id);
  });
  const dismiss = (strip) => {
    keep(known().filter((id) => String(id) !== strip.dataset.job));
    strip.remove();
  };
  region.addEventListener("click", (event) => {
    if (event.target.closest("[data-dismiss]")) dismiss(event.target.closest("[data-job]"));
  });
  region.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.successful && detail.elt.matches("[data-undo]")) dismiss(detail.elt.closest("[data-job]"));
  });
  region.addEventListener("htmx:responseError", (event) => {
    event.stopPropagation(); // a job of somebody who signed in here before
    keep(known().filter((id) => !event.detail.pathInfo.requestPath.endsWith(`/${id}/`)));
  });
}
