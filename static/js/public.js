// The totals of a quote's page follow what is ticked: the page itself, asked anew, says what they are. Until it has said
// so nothing is accepted.
const choice = document.querySelector("form[data-choice]")
const accept = document.querySelector("#accept button")
let newest = 0

async function follow() {
  const mine = ++newest
  accept.disabled = true
  const address = new URL(choice.action)
  address.search = new URLSearchParams(new FormData(choice)).toString()
  const response = await fetch(address)
  if (mine !== newest) return
  if (!response.ok) throw new Error(response.status)
  const page = new DOMParser().parseFromString(await response.text(), "text/html")
  const fresh = page.querySelectorAll("[data-fresh]")
  document.querySelectorAll("[data-fresh]").forEach((old, place) => old.replaceChildren(...fresh[place].childNodes))
  accept.disabled = false
}

choice?.querySelector("button")?.setAttribute("hidden", "")
choice?.addEventListener("change", () => follow().catch(() => choice.submit()))
