// Which address shows which page.

export const GROUPS = [
  { name: "Node", pages: [
    { title: "Overview", hash: "#/" },
    { title: "Live events", hash: "#/events", needs: "stream" },
    { title: "Metrics", hash: "#/metrics", needs: "metrics" },
    { title: "Peers and sync", hash: "#/peers", needs: "network" },
    { title: "State graph", hash: "#/graph" },
  ] },
  { name: "Realm", pages: [
    { title: "Realms", hash: "#/realms", needs: "realms" },
    { title: "Identities", hash: "#/identities", needs: "identities" },
    { title: "Decisions", hash: "#/decisions", needs: "decisions" },
    { title: "Policy playground", hash: "#/policies", needs: "policies" },
  ] },
  { name: "Proof", pages: [
    { title: "Verify a file", hash: "#/verify", needs: "page-verifier" },
  ] },
];

const ROUTES = [
  ["#/", "Overview", "overview"],
  ["#/sign-in", "Sign in", "sign-in"],
  ["#/events", "Live events", "events"],
  ["#/events/{event}", "Live events", "event"],
  ["#/metrics", "Metrics", "metrics"],
  ["#/peers", "Peers and sync", "peers"],
  ["#/graph", "State graph", "graph"],
  ["#/graph/{component}", "State graph", "graph"],
  ["#/realms", "Realms", "realms"],
  ["#/realms/{realm}", "Realms", "realm"],
  ["#/realms/{realm}/identities/{did}", "Identities", "identity"],
  ["#/realms/{realm}/state/{component}", "Realms", "entries"],
  ["#/realms/{realm}/grants/{grant}", "Decisions", "grant"],
  ["#/identities", "Identities", "identities"],
  ["#/decisions", "Decisions", "decisions"],
  ["#/policies", "Policy playground", "policies"],
  ["#/verify", "Verify a file", "verify"],
  ["#/verify/{decision}", "Verify a file", "verify"],
];

function match(pattern, parts) {
  const own = pattern.split("/");
  if (own.length !== parts.length) return null;
  const values = {};
  for (const [index, word] of own.entries()) {
    if (word.startsWith("{")) values[word.slice(1, -1)] = decodeURIComponent(parts[index]);
    else if (word !== parts[index]) return null;
  }
  return values;
}

/** The page of an address; an unknown address is said to be one. */
export function find(hash) {
  const parts = (hash || "#/").split("?")[0].split("/");
  for (const [pattern, title, name] of ROUTES) {
    let values = null;
    try {
      values = match(pattern, parts);
    } catch {
      // An address with broken escapes is none of these.
    }
    if (values) return { page: { title }, module: `./pages/${name}.js`, values };
  }
  return { page: { title: "Not found" }, module: "./pages/nowhere.js", values: {} };
}
