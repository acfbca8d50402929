// <button data-behaviour="print">: the page on paper.
export default function print(button) {
  button.addEventListener("click", () => window.print());
}
