// One grant, the chain above it and what hangs below.

import { at, get } from "../api.js";
import { count, h, hash, moment, party } from "../dom.js";
import { badge, card, empty, facts, head, table } from "../parts.js";

const list = (realm, rows, title, none) => card(title, { flush: true }, rows.length ? table(title, [
  { name: "Grant", cell: (one) => hash(one.grant, { href: `#/realms/${realm}/grants/${one.grant}`, what: "grant id" }) },
  { name: "From", cell: (one) => party(one.issuer, { realm }) },
  { name: "To", cell: (one) => party(one.described.delegate, { realm }) },
  { name: "State", cell: (one) => (one.valid ? badge("holds", "good") : badge(one.revoked_by ? "revoked" : "does not hold", "bad")) },
], rows, { href: (one) => `#/realms/${realm}/grants/${one.grant}` }).view : empty("None", none));

export async function view({ values, signal }) {
  const { realm, grant: id } = values;
  const grant = await get(at("/v1/realms/", realm, "/grants/", id), { signal });
  const said = grant.described;
  return [
    head("Grant", hash(grant.grant, { length: 24, what: "grant id" }), grant.valid ? badge("holds", "good") : badge("does not hold", "bad")),
    card("What it allows", {}, facts([
      ["Why not", grant.refusal ? grant.refusal.message : undefined],
      ["From", party(grant.issuer, { realm })],
      ["To", party(said.delegate, { realm })],
      ["Actions", said.actions.map((one) => [h("code", {}, one), " "])],
      ["Resources", said.resources.map((one) => [h("code", {}, one), " "])],
      ["Expires", moment(said.expires_ms)],
      ["May be handed on", said.hops ? `${count(said.hops)} times` : "no"],
      ["Rate", said.rate ? `${count(said.rate.count)} in ${count(said.rate.window_ms / 1000)} s, ${count(grant.used_in_window)} used` : "unlimited"],
      ["Budget", said.budget === null ? "unlimited" : `${count(grant.spent)} of ${count(said.budget)} spent`],
      ["Given by", hash(grant.event, { href: `#/events/${grant.event}`, length: 16, what: "event id" })],
      ["Revoked by", grant.revoked_by ? hash(grant.revoked_by, { href: `#/events/${grant.revoked_by}`, length: 16, what: "event id" }) : undefined],
    ])),
    list(realm, grant.chain, "Chain above it", "It is a first grant: its issuer owns the right."),
    list(realm, grant.below, "What hangs below", "Nobody was handed a part of it."),
  ];
}
