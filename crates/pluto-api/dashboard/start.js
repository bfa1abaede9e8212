// The frame: who is signed in, which page is shown, what the node offers, and what went wrong.

import { get, isSignedIn, onSignedOut, signIn, signOut } from "./api.js";
import { h, nameParties } from "./dom.js";
import { trouble } from "./parts.js";
import { find, GROUPS } from "./pages.js";

const at = (id) => document.getElementById(id);
const main = at("main");
/** What is known of the node, for every page. */
const known = { capabilities: null, realms: [], realm: null, why: () => null };
let turn = null;

/** Scripts that fail say so, instead of a page that stands still. */
function complain(message) {
  const close = h("button", { type: "button", class: "quiet", "aria-label": "Dismiss" }, "✕");
  close.addEventListener("click", () => (at("banner").hidden = true));
  at("banner").replaceChildren(h("p", {}, `Something in this page failed: ${message}`), close);
  at("banner").hidden = false;
}
addEventListener("error", (event) => complain(event.message || "a file could not be loaded"));
addEventListener("unhandledrejection", (event) => complain(String(event.reason?.message ?? event.reason)));
addEventListener("securitypolicyviolation", (event) => complain(`${event.violatedDirective} was refused`));

const LIVE = { live: ["good", "Live"], resumed: ["good", "Live again"], waiting: ["warn", "Reconnecting"],
  refused: ["bad", "Refused"], off: ["off", "Not live"] };

/** The state of the page's stream, for everyone to see. */
function live(word) {
  const [state, text] = LIVE[word];
  at("live").dataset.state = state;
  at("live").textContent = text;
  at("live").hidden = word === "off";
}

function navigation(current) {
  at("nav").replaceChildren(...GROUPS.flatMap(({ name, pages }) => [
    h("span", { class: "group" }, name),
    ...pages.map(({ title, hash, needs }) => {
      const isCurrent = current === title;
      return h("a", { href: hash, "aria-current": isCurrent ? "page" : undefined }, title,
        known.why(needs) && h("span", { class: "na" }, "n/a"));
    }),
  ]));
  at("nav").classList.remove("open");
  at("menu").setAttribute("aria-expanded", "false");
}

function choices() {
  at("realm-choice").hidden = known.realms.length === 0;
  at("realm").replaceChildren(...known.realms.map(({ name, as_of: { realm } }) =>
    h("option", { value: realm, selected: realm === known.realm }, name || realm.slice(0, 8))));
}

/** What the owner of the node calls its identities; nothing for whom that is none of their business. */
async function names() {
  try {
    return (await get("/v1/names?limit=1000")).items;
  } catch (error) {
    if (error.status === 403) return [];
    throw error;
  }
}

/** Reads what the node offers and which realms are here. */
async function learn() {
  const [capabilities, about] = await Promise.all([get("/v1/capabilities"), get("/assets/about.json")]);
  known.capabilities = capabilities;
  if (about.verifier) capabilities.features.push("page-verifier");
  else capabilities.missing.push({ feature: "page-verifier", reason: "the binary was built before `cargo xtask wasm`" });
  const missing = new Map(known.capabilities.missing.map(({ feature, reason }) => [feature, reason]));
  known.why = (feature) => (feature && known.capabilities && !known.capabilities.features.includes(feature)
    ? missing.get(feature) ?? "this build does not offer it" : null);
  const [realms, own] = await Promise.all([get("/v1/realms?limit=1000"), names()]);
  known.realms = realms.items;
  nameParties(own);
  const stored = sessionStorage.getItem("pluto-realm");
  const busiest = known.realms.toSorted((a, b) => b.as_of.position - a.as_of.position)[0];
  const chosen = known.realms.find(({ as_of }) => as_of.realm === stored) ?? busiest;
  known.realm = chosen?.as_of.realm ?? null;
}

/** The token of the link, which is then taken out of the address. */
function takeToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!token) return;
  signIn(token);
  history.replaceState(null, "", `${location.pathname}#/`);
}

async function show({ moveFocus = true } = {}) {
  takeToken();
  turn?.end();
  const control = new AbortController();
  const ends = [() => control.abort()];
  const mine = { end: () => ends.splice(0).forEach((end) => end()) };
  turn = mine;
  at("sign-out").hidden = !isSignedIn();
  live("off");
  const { page, module, values } = find(isSignedIn() ? location.hash : "#/sign-in");
  navigation(page.title);
  main.replaceChildren(h("p", { class: "loading", role: "status" }, "Reading …"));
  main.setAttribute("aria-busy", "true");
  let node;
  try {
    if (isSignedIn() && !known.capabilities) await learn();
    if (values.realm && known.realms.some(({ as_of }) => as_of.realm === values.realm)) known.realm = values.realm;
    navigation(page.title);
    choices();
    const { view } = await import(module);
    node = await view({ known, values, signal: control.signal, onEnd: (end) => ends.push(end), live, again });
  } catch (error) {
    if (error.name === "AbortError" || turn !== mine) return;
    node = trouble(error, () => show());
  }
  if (turn !== mine) return;
  main.removeAttribute("aria-busy");
  main.replaceChildren(h("div", { class: "page" }, node));
  document.title = `${main.querySelector("h1")?.textContent ?? page.title} · Pluto`;
  if (moveFocus) {
    main.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
}

/** Nothing is known any more; who signs in next may see something else. */
function forget() {
  Object.assign(known, { capabilities: null, realms: [], realm: null, why: () => null });
  nameParties([]);
}

async function again({ learning = false } = {}) {
  if (learning) known.capabilities = null;
  await show();
}

onSignedOut((problem) => {
  if (!isSignedIn()) return;
  signOut();
  forget();
  sessionStorage.setItem("pluto-signed-out", problem.detail ?? problem.message);
  show();
});

at("sign-out").addEventListener("click", () => {
  signOut();
  forget();
  show();
});
at("menu").addEventListener("click", () => {
  const isOpen = at("nav").classList.toggle("open");
  at("menu").setAttribute("aria-expanded", String(isOpen));
});
at("realm").addEventListener("change", (event) => {
  known.realm = event.target.value;
  sessionStorage.setItem("pluto-realm", known.realm);
  if (/^#\/realms\/./u.test(location.hash)) location.hash = `#/realms/${known.realm}`;
  else show({ moveFocus: false });
});
const theme = (word) => (at("theme").textContent = `Theme: ${word}`);
at("theme").addEventListener("click", () => {
  theme(plutoTheme.next());
  dispatchEvent(new Event("pluto-theme"));
});
theme(plutoTheme.stored());
document.querySelector(".skip").addEventListener("click", (event) => {
  // The fragment is the page's address.
  event.preventDefault();
  main.focus();
});
addEventListener("hashchange", () => show());
show({ moveFocus: false });
