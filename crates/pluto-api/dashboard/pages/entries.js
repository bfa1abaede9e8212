// The entries of one component, and the proof of each against the state root.

import { at, get } from "../api.js";
import { count, h, hash, short } from "../dom.js";
import { card, empty, head, paged, trouble } from "../parts.js";

function download(entry) {
  const data = Uint8Array.from(entry.proof.match(/../gu) ?? [], (pair) => parseInt(pair, 16));
  return h("a", { href: URL.createObjectURL(new Blob([data])), download: `${entry.component}-${entry.key.slice(0, 12)}.proof` }, `${count(data.length)} bytes`);
}

function prover(realm, entry) {
  const place = h("span", {}, h("button", { type: "button" }, "Prove"));
  place.firstChild.addEventListener("click", async () => {
    try {
      const key = `hex:${entry.key}`;
      place.replaceChildren(download(await get(`${at("/v1/realms/", realm, "/state/", entry.component, "/", key)}?proof=true`)));
    } catch (error) {
      place.replaceChildren(trouble(error));
    }
  });
  return place;
}

const text = (described) => (typeof described === "string" ? described : JSON.stringify(described));

export async function view({ values, signal }) {
  const { realm, component } = values;
  const path = `${at("/v1/realms/", realm, "/state/", component)}?limit=50`;
  const first = await get(path, { signal });
  const list = paged(`Entries of ${component}`, [
    { name: "Key", cell: (entry) => hash(entry.key, { length: 18, what: "key" }) },
    { name: "Value", cell: (entry) => (entry.described ? h("span", { class: "small" }, short(text(entry.described), 260)) : h("span", { class: "mono small" }, short(entry.value ?? "", 64))) },
    { name: "Proof", tight: true, cell: (entry) => prover(realm, entry) },
  ], first, (cursor) => get(`${path}&cursor=${encodeURIComponent(cursor)}`));
  return [
    head(component, h("span", {}, "State of ", h("a", { href: `#/realms/${realm}` }, "this realm"), ` at ${count(first.as_of.position)}, root `, hash(first.as_of.state_root, { length: 16, what: "state root" })),
      h("a", { href: `#/graph/${component}` }, "In the state graph")),
    card("Entries", { flush: true, note: "a proof is a file for pluto verify" }, first.items.length ? list.view : empty("No entry", "This component holds nothing in this realm.")),
  ];
}
