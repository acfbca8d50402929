// The totals of a quote's page follow what is ticked: the page itself, asked anew, says what they are.
const choice = document.querySelector("form[data-choice]")
let newest = 0

async function follow() {
  const mine = ++newest
  const address = new URL(choice.action)
  address.search = new URLSearchParams(new FormData(choice)).toString()
  const response = await fetch(address)
  if (!response.ok || mine !== newest) return
  const page = new DOMParser().parseFromString(await response.text(), "text/html")
  const fresh = page.querySelectorAll("[data-fresh]")
  document.querySelectorAll("[data-fresh]").forEach((old, place) => old.replaceChildren(...fresh[place].childNodes))
}

choice?.querySelector("button")?.setAttribute("hidden", "")
choice?.addEventListener("change", () => follow().catch(() => choice.submit()))
