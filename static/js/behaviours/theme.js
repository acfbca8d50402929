// <form data-behaviour="theme"> with a control named "theme" (system, light, dark): shows the choice at once; the form saves it.
export default function theme(form) {
  form.addEventListener("change", (event) => {
    if (event.target.name !== "theme") return;
    const { value } = event.target;
    if (value === "light" || value === "dark") document.documentElement.dataset.theme = value;
    else delete document.documentElement.dataset.theme;
  });
}
