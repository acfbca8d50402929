// <form data-behaviour="theme"> with buttons or radios named "theme" (system, light, dark): shows the choice at once; the form saves it.
function show(value, form) {
  if (value === "light" || value === "dark") document.documentElement.dataset.theme = value;
  else delete document.documentElement.dataset.theme;
  form.querySelectorAll("button[name=theme]").forEach((button) => button.setAttribute("aria-pressed", String(button.value === value)));
}

export default function theme(form) {
  form.addEventListener("submit", (event) => event.submitter?.name === "theme" && show(event.submitter.value, form));
  form.addEventListener("change", (event) => event.target.name === "theme" && show(event.target.value, form));
}
