// One identity: trust in six dimensions and why, what it wrote, its key and its DID document.

import { at, get } from "../api.js";
import { count, h, hash, moment, nameOf, party, ppm } from "../dom.js";
import { badge, card, empty, facts, head, paged, table, trouble, verdict } from "../parts.js";
import { radar } from "../radar.js";
import { words } from "./events.js";

const signed = (value) => `${value > 0 ? "+" : ""}${ppm(value)}`;

function whyView(realm, why) {
  const reasons = why.reasons.length
    ? table(`Reasons for ${why.dimension}`, [
      { name: "Said by", cell: (one) => party(one.attester, { realm }) },
      { name: "Word", number: true, cell: (one) => String(one.value) },
      { name: "Moves it by", number: true, cell: (one) => signed(one.contribution_ppm) },
      { name: "Event", cell: (one) => hash(one.event, { href: `#/events/${one.event}`, what: "event id" }) },
    ], why.reasons, { href: (one) => `#/events/${one.event}` }).view
    : empty("Nobody said anything", why.root ? "Trust in this realm flows from this identity." : "It stands where newcomers stand. Others move it by attesting:",
      why.root ? null : "pluto attest bob 5 --dimension reliability");
  return [h("div", { class: "padded" }, facts([
    ["Value", ppm(why.value_ppm)], ["Praise", ppm(why.praise_ppm)], ["Complaints", ppm(why.complaint_ppm)], ["Attesters", count(why.attesters)],
    ["Proven by", h("span", {}, h("a", { href: `#/realms/${realm}/state/Trust` }, "entry "), hash(why.entry.key, { length: 16, what: "key" }))],
  ])), reasons];
}

function trustCards(realm, trust, path, signal) {
  const place = h("div", {}, empty("Choose a dimension", "Each value is the sum of what others said; every reason is an event."));
  const title = h("h2", {}, "Why");
  const choose = async (dimension) => {
    title.textContent = `Why ${dimension}`;
    drawn.querySelectorAll(".axis").forEach((axis) => axis.classList.toggle("chosen", axis.dataset.dimension === dimension));
    try {
      place.replaceChildren(...whyView(realm, await get(`${path}/why?limit=50&dimension=${dimension}`, { signal })));
    } catch (error) {
      if (error.name !== "AbortError") place.replaceChildren(trouble(error, () => choose(dimension)));
    }
  };
  const drawn = radar(trust.dimensions, choose);
  const why = h("section", { class: "card w7", "aria-label": "Why" }, h("header", {}, title, h("span", { class: "note" }, "every reason is an event")), h("div", { class: "body flush" }, place));
  choose(trust.dimensions[0].dimension);
  return [
    card("Trust", { className: "w5", note: `all six as one: ${ppm(trust.norm_ppm)}` }, drawn,
      trust.root && h("p", {}, badge("root", "accent"), " Trust flows from here.")),
    why,
  ];
}

function historyCard(path, first) {
  const list = paged("What it wrote", [
    { name: "Kind", cell: (event) => [h("a", { href: `#/events/${event.event}` }, event.kind), event.described && h("span", { class: "sub" }, words(event.described))] },
    { name: "Number", number: true, cell: (event) => count(event.author_seq) },
    { name: "Verdict", cell: (event) => verdict(event.verdict) },
    { name: "Written", tight: true, cell: (event) => moment(event.wall_ms) },
  ], first, (cursor) => get(`${path}&cursor=${encodeURIComponent(cursor)}`), { href: (event) => `#/events/${event.event}` });
  return card("History", { flush: true, note: "back along its own chain" }, first.items.length ? list.view : empty("It wrote nothing here", "An event names its author and the author's event before."));
}

export async function view({ values, signal }) {
  const { realm, did } = values;
  const own = at("/v1/realms/", realm, "/identities/", did);
  const path = `${own}/history?limit=25`;
  const trustPath = at("/v1/realms/", realm, "/trust/", did);
  const unseen = (error) => (error.status === 404 ? null : Promise.reject(error));
  const [identity, trust, first] = await Promise.all([get(own, { signal }).catch(unseen), get(trustPath, { signal }), get(path, { signal })]);
  const label = identity?.label ?? trust.label;
  return [
    head(nameOf(trust.subject, label), h("span", {}, hash(trust.subject, { length: 34, what: "DID" })),
      identity?.role && badge(identity.role, "accent"), identity?.frozen && badge("frozen", "bad")),
    h("div", { class: "grid" }, trustCards(realm, trust, trustPath, signal)),
    historyCard(path, first),
    identity ? card("Key and document", {}, facts([
      ["Active key", hash(identity.key, { length: 28, what: "key" })],
      ["Since", hash(identity.key_event, { href: `#/events/${identity.key_event}`, length: 20, what: "event id" })],
    ]), h("details", {}, h("summary", {}, "DID document"), h("pre", { class: "block" }, JSON.stringify(identity.document, null, 2))))
      : card("Key and document", {}, empty("Not yet seen in this realm", "Its key is known here from its first event on.")),
  ];
}
