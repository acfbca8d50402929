// What is said beside the title: not saved yet, saving, saved. “Saved 4 s ago” counts on; its seconds come from the server, so
// that no clock needs to be right.
const STEPS = [["day", 86400], ["hour", 3600], ["minute", 60]];
const since = new WeakMap();
const place = () => document.getElementById("saved");
let said = place()?.cloneNode(true); // when nothing is typed

export const say = (text) => place() && (place().textContent = text);
export const remember = () => { said = place()?.cloneNode(true); };
export const calm = () => said && place()?.replaceWith(said.cloneNode(true));

export default function quoteSaved(form) {
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang);

  function ago(seconds) {
    const [unit, size] = STEPS.find(([, each]) => seconds >= each) ?? [];
    return unit ? words.format(-Math.floor(seconds / size), unit) : form.dataset.sayAgo.replace("{n}", Math.max(1, Math.floor(seconds)));
  }

  setInterval(() => {
    const told = place()?.querySelector("[data-age]");
    if (!told) return;
    if (!since.has(told)) since.set(told, performance.now() - Number(told.dataset.age) * 1000);
    told.textContent = ago((performance.now() - since.get(told)) / 1000);
  }, 1000);
}
