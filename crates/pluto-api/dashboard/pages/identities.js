// Who wrote in the realm, and who is trusted.

import { at, get } from "../api.js";
import { count, h, hash, party, ppm } from "../dom.js";
import { badge, card, empty, head, paged, table } from "../parts.js";

const DIMENSIONS = ["reliability", "integrity", "competence", "prestige", "vigilance", "omega"];

function ranking(realm, first) {
  const place = h("div", {});
  const show = (found) => {
    const rows = found.top;
    place.replaceChildren(rows.length
      ? table("The most trusted", [
        { name: "Identity", cell: (one) => party(one.did, { label: one.label, realm }) },
        { name: found.dimension, number: true, cell: (one) => ppm(one.value_ppm) },
      ], rows, { href: (one) => `#/realms/${realm}/identities/${encodeURIComponent(one.did)}` }).view
      : empty("Nobody is ranked yet", "Trust moves only by what others attest.", "pluto attest bob 5"));
  };
  const choice = h("select", { "aria-label": "Dimension" }, DIMENSIONS.map((name) => h("option", { value: name }, name)));
  choice.addEventListener("change", async () => show(await get(`${at("/v1/realms/", realm, "/trust")}?limit=10&dimension=${choice.value}`)));
  show(first);
  return card("The most trusted", { className: "w5", flush: true, note: choice }, place);
}

export async function view({ known, signal }) {
  const title = head("Identities", "Whoever wrote in the realm, with the key that is active now.");
  const { realm } = known;
  if (!realm) return [title, card("Identities", {}, empty("No realm yet", "Identities are seen in realms.", "pluto realm create ops --invite"))];
  const path = `${at("/v1/realms/", realm, "/identities")}?limit=50`;
  const [first, trust] = await Promise.all([get(path, { signal }), get(`${at("/v1/realms/", realm, "/trust")}?limit=10`, { signal })]);
  const href = (one) => `#/realms/${realm}/identities/${encodeURIComponent(one.did)}`;
  const list = paged("Identities", [
    { name: "Identity", cell: (one) => party(one.did, { label: one.label, realm }) },
    { name: "Role", cell: (one) => (one.role ? badge(one.role, one.role === "owner" ? "accent" : undefined) : h("span", { class: "soft" }, "no member")) },
    { name: "State", cell: (one) => (one.frozen ? badge("frozen", "bad") : badge("active", "good")) },
    { name: "Active key", cell: (one) => hash(one.key, { length: 18, what: "key" }) },
  ], first, (cursor) => get(`${path}&cursor=${encodeURIComponent(cursor)}`), { href });
  return [title, h("div", { class: "grid" },
    card("All identities", { className: "w7", flush: true, note: `at ${count(first.as_of.position)}` }, first.items.length ? list.view : empty("Nobody wrote here", "An identity joins with its first event.", "pluto id create bob")),
    ranking(realm, trust))];
}
