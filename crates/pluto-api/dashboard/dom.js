// Elements, and how values look everywhere. Text is only ever set as text.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, properties, children) {
  const isDrawing = node instanceof SVGElement;
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.setAttribute("class", value);
    else if (name === "data") Object.assign(node.dataset, value);
    else if (!isDrawing && name in node && typeof value !== "string") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** An element with properties and children; `on…` listens, `data` fills the data set. */
export const h = (tag, properties, ...children) => fill(document.createElement(tag), properties, children);

/** The same for a drawing. */
export const s = (tag, properties, ...children) => fill(document.createElementNS(SVG, tag), properties, children);

const NUMBER = new Intl.NumberFormat("en-US");
const TIME = new Intl.DateTimeFormat("en-GB", {
  day: "2-digit", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit",
});

export const count = (value) => (value === null || value === undefined ? "n/a" : NUMBER.format(value));
export const ppm = (value) => `${(value / 10_000).toFixed(1)} %`;
export const short = (text, length = 8) => (text.length > length + 2 ? `${text.slice(0, length)}…` : text);

export function bytes(value) {
  if (value === null || value === undefined) return "n/a";
  const units = ["B", "KiB", "MiB", "GiB"];
  const power = value < 1024 ? 0 : Math.min(Math.floor(Math.log2(value) / 10), units.length - 1);
  const scaled = value / 1024 ** power;
  return `${power === 0 ? scaled : scaled.toFixed(scaled < 10 ? 1 : 0)} ${units[power]}`;
}

/** A moment, with its ISO form at hand for machines and pointers. */
export function moment(milliseconds) {
  if (!milliseconds) return h("span", { class: "soft" }, "none yet");
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime())) return h("span", {}, `${milliseconds} ms`);
  return h("time", { datetime: date.toISOString(), title: date.toISOString() }, TIME.format(date));
}

export function plural(number, one, many = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** A name of an identity without what all of them begin with. */
function didShort(did) {
  const [, , space, id] = did.split(":");
  return id ? `${space}:${short(id, 8)}` : short(did, 16);
}

function sheets() {
  return s("svg", { viewBox: "0 0 16 16", "aria-hidden": "true", fill: "none", stroke: "currentColor", "stroke-width": "1.6" },
    s("rect", { x: "5.5", y: "5.5", width: "8", height: "8", rx: "1.5" }),
    s("path", { d: "M10.5 2.5h-6a2 2 0 0 0-2 2v6" }));
}

const FIRST = ["what", "name", "action", "resource", "approve", "ended", "slot", "collection", "key", "value", "subject", "dimension", "delegate",
  "actions", "resources", "number", "size", "claimed", "rule", "reason"];

/** The fields of a description, what tells the most in front: their order in JSON says nothing. */
export function fields(described) {
  const rank = (name) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  return Object.entries(described).sort(([a], [b]) => rank(a) - rank(b));
}

/** A button that copies a text and says that it did. */
export function copy(text, what = "") {
  const label = `Copy ${what || "the whole text"}`;
  const button = h("button", { type: "button", class: "copy", title: label, "aria-label": label }, sheets());
  button.addEventListener("click", async (event) => {
    event.stopPropagation();
    try {
      await navigator.clipboard.writeText(text);
      button.replaceChildren("✓");
    } catch {
      button.replaceChildren("✗");
      button.title = "The browser lets nothing be copied here";
    }
    setTimeout(() => button.replaceChildren(sheets()), 1200);
  });
  return button;
}

/** A hash, shortened, with the whole of it to be copied; linked where it leads somewhere. */
export function hash(text, { href, length = 8, what = "hash" } = {}) {
  if (!text) return h("span", { class: "soft" }, "none");
  const shown = h(href ? "a" : "span", { class: "mono", href, title: text }, short(text, length));
  return h("span", { class: "hash" }, shown, copy(text, `the ${what}`));
}

/** What the owner of the node calls identities, by DID. */
const names = new Map();

/** Who is known by which name from now on. */
export function nameParties(items) {
  names.clear();
  for (const { did, name } of items) names.set(did, name);
}

/** An identity in a word: as the owner of the node calls it, else its label, else its DID cut short. */
export const nameOf = (did, label) => names.get(did) ?? (label || didShort(did));

/** An identity, linked where it leads somewhere. */
export function party(did, { label, realm } = {}) {
  if (!did) return h("span", { class: "soft" }, "none");
  const href = realm ? `#/realms/${realm}/identities/${encodeURIComponent(did)}` : undefined;
  const text = nameOf(did, label);
  const shown = h(href ? "a" : "span", { href, title: did, class: text === didShort(did) ? "mono" : "" }, text);
  return h("span", { class: "hash" }, shown, copy(did, "the DID"));
}
