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
    const count = Number(response.headers.get("X-Pages")) || 1;
    const shown = [...aside.querySelectorAll("img")];
    shown.slice(count).forEach((page) => page.remove());
    for (let number = 1; number <= count; number += 1) {
      const page = shown[number - 1] ?? aside.appendChild(following(number));
      if (isNew || !page.src) page.src = address.replace(/1\/$/, `${number}/`) + at;
    }
  }

  function following(number) {
    const page = first.cloneNode();
    page.removeAttribute("src");
    page.alt = first.dataset.sayPage.replace("{n}", number);
    page.loading = "lazy";
    return page;
  }

  document.addEventListener("quote:drawn", (event) => event.detail.isSaved && look(true));
  look(false);
}
