// <input type="range" data-behaviour="slider"> in a field with an <output>: says where it stands while it is moved.
export default function slider(input) {
  const said = input.closest(".field").querySelector("output");
  const digits = (input.step.split(".")[1] ?? "").length;
  const say = () => { said.value = Number(input.value).toLocaleString(document.documentElement.lang, { minimumFractionDigits: digits }); };
  input.addEventListener("input", say);
  say();
}
