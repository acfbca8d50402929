// The pages of the document as they would be printed now: drawn anew whenever the quote has been saved.
export default function quotePreview(aside) {
  const first = aside.querySelector("img");
  if (!first) return;
  const address = first.getAttribute("src");
  let asked = 0;

  async function look(isNew) {
    const mine = ++asked;
    const at = isNew ? `?${Date.now()}` : "";
    aside.setAttribute("aria-busy", "true");
    const response = await fetch(address + at).catch(() => null);
    if (mine !== asked) return;
    aside.removeAttribute("aria-busy");
    if (!response?.ok) return;
    if (isNew) first.src = address + at;
    const count = Number(response.headers.get("X-Pages")) || 1;
    aside.querySelectorAll("img ~ img").forEach((page) => page.remove());
    for (let number = 2; number <= count; number += 1) {
      const page = first.cloneNode();
      page.src = address.replace(/1\/$/, `${number}/`) + at;
      page.alt = first.dataset.sayPage.replace("{n}", number);
      page.loading = "lazy";
      aside.append(page);
    }
  }

  document.addEventListener("quote:drawn", (event) => event.detail.isSaved && look(true));
  look(false);
}
