// One realm: roots, rules, members, policies, quotas, grants, checkpoints, and what its state holds.

import { at, get } from "../api.js";
import { count, h, hash, moment, party, plural } from "../dom.js";
import { badge, card, empty, facts, figure, figures, head, paged, table } from "../parts.js";

const number = (value) => (typeof value === "number" ? count(value) : value);

/** Rules in words: what is a number is grouped, what is a list is joined. */
function said(value) {
  if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) return null;
  if (Array.isArray(value)) return value.map(said).join(", ");
  if (typeof value === "object") return Object.entries(value).map(([name, inner]) => `${name.replaceAll("_", " ")} ${said(inner) ?? "none"}`).join(", ");
  return String(number(value));
}

function rulesCard(realm) {
  const rules = Object.entries(realm.rules ?? {}).filter(([name]) => name !== "name" && name !== "what");
  const shown = rules.map(([name, value]) => {
    const isDid = typeof value === "string" && value.startsWith("did:");
    const isHash = typeof value === "string" && /^[0-9a-f]{64}$/u.test(value);
    const dids = Array.isArray(value) && value.length > 0 && value.every((one) => String(one).startsWith("did:"));
    const cell = dids ? value.map((did) => h("div", {}, party(did, { realm: realm.as_of.realm })))
      : isDid ? party(value, { realm: realm.as_of.realm }) : isHash ? hash(value, { length: 16 }) : said(value);
    return [name.replaceAll("_", " "), cell];
  });
  return card("Rules", { className: "w6", note: "of its genesis and its changes" }, shown.length ? facts(shown) : empty("No rules", "The genesis of this realm has no effect."));
}

function rootsCard(realm, state) {
  return card("Roots", { className: "w6", note: `at ${count(realm.as_of.position)}` }, facts([
    ["State root", hash(realm.as_of.state_root, { length: 20, what: "state root" })],
    ["Log root", hash(realm.log_root, { length: 20, what: "log root" })],
    ["Component tree", hash(realm.component_tree_root, { length: 20, what: "root" })],
    ["Heads", h("div", {}, realm.heads.map((id) => h("div", {}, hash(id, { href: `#/events/${id}`, length: 20, what: "event id" }))))],
    ["Rival checkpoint", realm.rival ? badge(realm.rival, "bad") : "none"],
    ["Components with state", count(state.components.length)],
  ]));
}

function membersCard(id, first) {
  const path = at("/v1/realms/", id, "/members?limit=50");
  const list = paged("Members", [
    { name: "Member", cell: (one) => party(one.did, { label: one.label, realm: id }) },
    { name: "Role", cell: (one) => (one.banned ? badge("banned", "bad") : badge(one.role, one.role === "owner" ? "accent" : undefined)) },
    { name: "Since", cell: (one) => hash(one.event, { href: `#/events/${one.event}`, what: "event id" }) },
  ], first, (cursor) => get(`${path}&cursor=${encodeURIComponent(cursor)}`), { href: (one) => `#/realms/${id}/identities/${encodeURIComponent(one.did)}` });
  return card("Members", { className: "w6", flush: true }, first.items.length ? list.view : empty("No members", "Whoever is invited joins by the line that this prints:", "pluto realm invite"));
}

function policiesCard(policies) {
  const shown = table("Policies", [
    { name: "Slot", cell: (one) => h("a", { href: `#/policies?slot=${one.slot}` }, one.slot) },
    { name: "Policies", cell: (one) => one.policies.join(", ") },
    { name: "Most gas", number: true, cell: (one) => count(one.gas_max) },
    { name: "Artifact", cell: (one) => hash(one.artifact, { what: "artifact id" }) },
    { name: "Installed by", cell: (one) => hash(one.event, { href: `#/events/${one.event}`, what: "event id" }) },
  ], policies.items).view;
  return card("Policies", { className: "w6", flush: true, note: h("a", { href: "#/policies" }, "Playground") },
    policies.items.length ? shown : empty("No policy", "Without one, grants alone decide.", "pluto policy install actions.ecl --slot actions"));
}

function quotasCard(id, quotas) {
  const rows = quotas.items.flatMap(({ did, buckets }) => buckets.map((bucket) => ({ did, ...bucket })));
  const shown = table("Quotas", [
    { name: "Party", cell: (one) => party(one.did, { realm: id }) },
    { name: "Resource", cell: (one) => one.resource },
    { name: "Spent", number: true, cell: (one) => count(one.spent) },
    { name: "Left", number: true, cell: (one) => count(one.left) },
  ], rows).view;
  return card("Quotas", { className: "w6", flush: true, note: "what parties used of what the rules limit" },
    rows.length ? shown : empty("Nothing is limited", "A realm whose rules name quotas limits events, bytes, gas and storage for each party; this one names none.", null));
}

function checkpointsCard(id, found) {
  const witnesses = (found.witnesses ?? []).map((did) => h("div", {}, party(did, { realm: id })));
  return card("Checkpoints", { className: "w6", note: "what is final, and who says so" }, facts([
    ["Last final", found.checkpoint ? h("span", {}, `#${found.checkpoint.number} `, moment(found.checkpoint.time_ms)) : null],
    ["Its event", found.checkpoint ? hash(found.checkpoint.event, { href: `#/events/${found.checkpoint.event}`, length: 16, what: "event id" }) : null],
    ["Signatures needed", `${count(found.threshold)} of ${count(witnesses.length)}`],
    ["Witnesses", h("div", {}, witnesses)],
    ["Open", plural(found.open?.length ?? 0, "checkpoint")],
  ]));
}

function stateCard(id, state) {
  return card("State", { flush: true, className: "w12", note: "components that hold something" }, table("Components", [
    { name: "Component", cell: (one) => h("a", { href: `#/realms/${id}/state/${one.component}` }, one.component) },
    { name: "Entries", number: true, cell: (one) => count(one.entries) },
    { name: "Root", cell: (one) => hash(one.root, { length: 12, what: "root" }) },
  ], state.components, { href: (one) => `#/realms/${id}/state/${one.component}` }).view);
}

export async function view({ values, signal }) {
  const id = values.realm;
  const path = (rest) => get(at("/v1/realms/", id, rest), { signal });
  const [realm, members, policies, quotas, checkpoints, state] = await Promise.all([
    path(""), path("/members?limit=50"), path("/policies?limit=1000"), path("/quotas"), path("/checkpoints"), path("/state")]);
  const final = realm.border?.position ?? 0;
  return [
    head(realm.name || "Unnamed realm", h("span", {}, hash(id, { length: 24, what: "realm id" })),
      h("a", { href: "#/decisions" }, "Decisions"), h("a", { href: "#/identities" }, "Identities")),
    figures(
      figure("Events", count(realm.as_of.position)),
        realm.border ? figure("Final", count(final), { note: `${count(realm.as_of.position - final)} since then` })
        : figure("Checkpoint", checkpoints.checkpoint ? `#${checkpoints.checkpoint.number}` : "none", { note: checkpoints.checkpoint ? moment(checkpoints.checkpoint.time_ms) : "nothing is final yet" }),
      figure("Entries", count(realm.entries)),
      figure("Members", count(members.items.length) + (members.next ? "+" : "")),
      figure("Policies", count(policies.items.length))),
    h("div", { class: "grid" }, rulesCard(realm), rootsCard(realm, state), membersCard(id, members), policiesCard(policies),
      checkpointsCard(id, checkpoints), quotasCard(id, quotas), stateCard(id, state)),
  ];
}
