// Why a card did not move, said beside it.
export const words = (key) => document.getElementById("toasts").dataset[key];

export function refuse(card, text) {
  card.querySelector(".card-refused")?.remove();
  card.classList.add("is-refused");
  const reason = Object.assign(document.createElement("p"), { className: "card-refused", textContent: text });
  reason.setAttribute("role", "alert");
  card.append(reason);
  setTimeout(() => { reason.remove(); card.classList.toggle("is-refused", Boolean(card.querySelector(".card-refused"))); }, 8000);
}

/** Without a connection nothing moves, and the card says so. */
export function mayMove(card) {
  const isOffline = !document.getElementById("offline").hidden;
  if (isOffline) refuse(card, card.closest(".board").dataset.offline);
  return !isOffline;
}
