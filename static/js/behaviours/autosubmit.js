// <form data-behaviour="autosubmit">: a filter form that applies itself. Its own button stays for those without scripts.
export default function autosubmit(form) {
  form.addEventListener("change", () => form.requestSubmit());
}
