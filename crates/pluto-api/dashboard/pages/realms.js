// The realms that are here.

import { get } from "../api.js";
import { count, h, hash, moment } from "../dom.js";
import { card, empty, head, paged } from "../parts.js";

const COLUMNS = [
  { name: "Realm", cell: ({ name, as_of }) => h("a", { href: `#/realms/${as_of.realm}` }, name || "unnamed") },
  { name: "Events", number: true, cell: ({ as_of }) => count(as_of.position) },
  { name: "Entries", number: true, cell: ({ entries }) => count(entries) },
  { name: "State root", cell: ({ as_of }) => hash(as_of.state_root, { length: 12, what: "state root" }) },
  { name: "Realm id", cell: ({ as_of }) => hash(as_of.realm, { what: "realm id" }) },
  { name: "Realm time", tight: true, cell: ({ realm_time_ms }) => moment(realm_time_ms) },
];

export async function view({ signal }) {
  const path = "/v1/realms?limit=50";
  const first = await get(path, { signal });
  const none = empty("No realm yet", "A realm has members, rules, policies and a state of its own.", "pluto realm create ops --invite");
  const list = paged("Realms", COLUMNS, first, (cursor) => get(`${path}&cursor=${encodeURIComponent(cursor)}`), { href: ({ as_of }) => `#/realms/${as_of.realm}` });
  return [head("Realms", "Each has members, rules, policies, and one state under one root."),
    card("All realms", { flush: true }, first.items.length ? list.view : none)];
}
