// A fact edited in its own place: Enter or leaving it saves, Escape puts it back. Whoever else changes the same fact
// meanwhile is told of beside it, with the choice between theirs and one's own; what one has typed stays.
// The form may have been filled in, and left, before this has loaded: what it was is what the server wrote into it.
const LONE_SELECT = ".fact-field:only-of-type > select";
const typed = (form) => new URLSearchParams(new FormData(form)).toString();

function written(form) {
  const copy = form.cloneNode(true);
  copy.reset();
  return typed(copy);
}

export default function fact(form) {
  const root = form.closest("[data-deal]");
  const focus = `#${form.closest(".fact-value").id} a`;
  const news = form.querySelector(".fact-news");
  const version = form.elements.version;
  const first = form.querySelector("[aria-invalid=true], input:not([type=hidden]), select, textarea");
  const was = written(form);
  form.tabIndex = -1; // a press on a label is still inside

  const isOver = () => !form.isConnected || form.matches(".htmx-request") || form.querySelector(".fact-news button");
  const end = () => {
    form.remove();
    root.dispatchEvent(new CustomEvent("deal:stale", { detail: { focus } }));
  };
  const leave = () => {
    if (isOver() || form.contains(document.activeElement)) return;
    if (typed(form) === was) end(); else form.requestSubmit();
  };
  const overtaken = (html) => { news.innerHTML = html; };

  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    end();
  });
  form.addEventListener("focusout", () => setTimeout(leave));
  form.addEventListener("change", (event) => { if (event.target.matches(LONE_SELECT)) form.requestSubmit(); });
  form.addEventListener("penstock:conflict", (event) => {
    event.preventDefault();
    event.stopPropagation();
    overtaken(event.detail.xhr.responseText);
  });
  form.addEventListener("htmx:afterRequest", ({ detail }) => { if (detail.successful && detail.elt === form) end(); });
  news.addEventListener("click", (event) => {
    const use = event.target.closest("[data-use]")?.dataset.use;
    if (use === "theirs") end();
    if (use !== "mine") return;
    version.value = news.querySelector("[data-version]").dataset.version;
    news.replaceChildren();
    form.requestSubmit();
  });
  document.body.addEventListener("penstock:deal", async function live({ detail }) {
    if (!form.isConnected) return document.body.removeEventListener("penstock:deal", live);
    if (detail.mine || String(detail.id) !== root.dataset.deal) return;
    const response = await fetch(`${form.getAttribute("action")}?since=${version.value}`).catch(() => null);
    if (response?.status === 200 && form.isConnected) overtaken(await response.text());
  });

  const isLeft = !form.contains(document.activeElement);
  if (typed(form) !== was) {
    if (!isOver() && (isLeft || form.querySelector(LONE_SELECT))) form.requestSubmit();
  } else if (isLeft && !document.activeElement.matches("input, textarea, select")) {
    first?.focus();
    if (!form.querySelector(".error")) first?.select?.();
  }
}
