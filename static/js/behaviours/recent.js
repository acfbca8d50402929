// Remembers the numbers of the records one looked at, in this browser; the palette asks the server what they are called.
const KEY = "penstock:recent";
const RECORD = /^\/(deals|companies|contacts)\/(\d+)\/$/;
const KINDS = { deals: "deal", companies: "company", contacts: "contact" };
const known = () => (localStorage.getItem(KEY) ?? "").split(",").filter(Boolean);

function remember(path) {
  const [, kind, number] = RECORD.exec(path) ?? [];
  if (!kind) return;
  const key = `${KINDS[kind]}-${number}`;
  localStorage.setItem(KEY, [key, ...known().filter((other) => other !== key)].slice(0, 8).join(","));
}

remember(location.pathname);
document.addEventListener("htmx:afterOnLoad", ({ detail }) => detail.requestConfig.verb === "get" && remember(detail.pathInfo.requestPath.split("?")[0]));

export default function recent(link) {
  link.addEventListener("htmx:configRequest", ({ detail }) => { detail.parameters.recent = known().join(","); });
}
