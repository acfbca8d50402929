// Attaches behaviours: <div data-behaviour="menu"> loads "penstock/menu" once and calls its default export with the element.
// Behaviours keep no truth: whatever they show is asked of the server again.
const attached = new WeakMap();
const turns = new WeakMap(); // an element's behaviours attach in their order, however often it is met

async function attach(element) {
  const done = attached.get(element) ?? attached.set(element, new Set()).get(element);
  for (const name of element.dataset.behaviour.split(/\s+/)) {
    if (!name || done.has(name)) continue;
    done.add(name);
    try {
      const behaviour = await import(`penstock/${name}`);
      behaviour.default?.(element);
    } catch (error) {
      console.warn(`Behaviour ${name} did not load`, error);
    }
  }
}

const inTurn = (element) => turns.set(element, (turns.get(element) ?? Promise.resolve()).then(() => attach(element)));

export function attachAll(root = document) {
  if (root.matches?.("[data-behaviour]")) inTurn(root);
  root.querySelectorAll("[data-behaviour]").forEach(inTurn);
}

attachAll();
document.addEventListener("htmx:load", (event) => attachAll(event.detail.elt));
