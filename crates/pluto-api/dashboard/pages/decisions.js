// What agents asked and were answered, the grants behind it, and a question to ask now.

import { at, get, post } from "../api.js";
import { count, h, hash, moment, nameOf, party } from "../dom.js";
import { badge, card, empty, facts, head, outcome, paged, table, trouble, verdict } from "../parts.js";

const DECISION = "ActionDecided";

function said(item) {
  if (item.kind !== DECISION) return h("span", { class: "soft" }, item.outcome);
  const [word] = item.outcome.split(/[ :]/u);
  const rest = item.outcome.slice(word.length).replace(/^: ?/u, "").trim();
  return h("span", {}, outcome(word), rest && h("span", { class: "sub" }, rest));
}

function storyCard(realm, first) {
  const path = `${at("/v1/realms/", realm, "/decisions")}?limit=50`;
  const list = paged("Decisions and what belongs to them", [
    { name: "What", cell: (one) => [h("a", { href: `#/events/${one.event}` }, one.what), h("span", { class: "sub" }, one.kind)] },
    { name: "Who", cell: (one) => party(one.author, { realm }) },
    { name: "Answer", cell: said },
    { name: "In the fold", cell: (one) => verdict(one.verdict) },
    { name: "Bundle", tight: true, cell: (one) => (one.kind === DECISION ? h("a", { href: `#/verify/${one.event}` }, "Verify") : "") },
    { name: "Written", tight: true, cell: (one) => moment(one.wall_ms) },
  ], first, (cursor) => get(`${path}&cursor=${encodeURIComponent(cursor)}`), { href: (one) => `#/events/${one.event}` });
  return card("Decisions", { flush: true, note: "the newest first" },
    first.items.length ? list.view : empty("Nothing was decided yet", "An agent asks before it acts:", "pluto act read prod/web --as bot"));
}

const state = (one) => (one.valid ? badge("holds", "good") : badge(one.revoked_by ? "revoked" : "does not hold", "bad"));

function grantsCard(realm, grants) {
  const shown = table("Grants", [
    { name: "Grant", cell: (one) => hash(one.grant, { href: `#/realms/${realm}/grants/${one.grant}`, what: "grant id" }) },
    { name: "To", cell: (one) => party(one.described.delegate, { realm }) },
    { name: "May", cell: (one) => [one.described.actions.join(", "), h("span", { class: "sub mono" }, one.described.resources.join(", "))] },
    { name: "Spent", number: true, cell: (one) => (one.described.budget === null ? count(one.spent) : `${count(one.spent)} of ${count(one.described.budget)}`) },
    { name: "State", cell: state },
  ], grants.items, { href: (one) => `#/realms/${realm}/grants/${one.grant}` }).view;
  return card("Grants", { className: "w7", flush: true },
    grants.items.length ? shown : empty("No grants", "An owner gives an agent a narrow right that ends by itself:", "pluto grant create --to bot --action read --resource 'prod/**' --expires 8h"));
}

/** A question that is recorded nowhere; by the policy that `source()` gives, or by the realm's own. */
export function checkCard(realm, identities, { title = "Ask now", button = "Ask", source } = {}) {
  const place = h("div", { role: "status", class: "answered" });
  const actor = h("select", { name: "actor" }, identities.items.map((one) => h("option", { value: one.did }, nameOf(one.did, one.label))));
  const action = h("input", { name: "action", required: true, maxlength: "128", placeholder: "read", autocomplete: "off" });
  const resource = h("input", { name: "resource", required: true, maxlength: "512", placeholder: "prod/web", autocomplete: "off" });
  const amount = h("input", { name: "amount", type: "number", min: "0", value: "0" });
  const form = h("form", { class: "filters" }, h("label", { class: "field" }, "Who", actor), h("label", { class: "field" }, "Action", action),
    h("label", { class: "field" }, "Resource", resource), h("label", { class: "field" }, "Amount", amount), h("button", { type: "submit", class: "main" }, button));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const asked = { actor: actor.value, action: action.value, resource: resource.value, amount: Number(amount.value), source: source?.() };
      const answer = await post(at("/v1/realms/", realm, "/check"), asked);
      place.replaceChildren(facts([["Answer", outcome(answer.outcome)], ["Why", answer.reason || undefined], ["Rule", answer.rule ?? undefined],
        ["As of", h("span", {}, `${count(answer.as_of?.position)}, root `, hash(answer.as_of?.state_root ?? answer.as_of?.root, { length: 12, what: "state root" }))]]));
    } catch (error) {
      place.replaceChildren(trouble(error));
    }
  });
  return card(title, { className: "w5", note: "records nothing" }, form, place);
}

export async function view({ known, signal }) {
  const title = head("Decisions", "Each is a signed event that every node judges again. Any of them can be verified here, in this page.");
  const { realm } = known;
  if (!realm) return [title, card("Decisions", {}, empty("No realm yet", "Decisions are made in realms.", "pluto realm create ops --invite"))];
  const path = (rest) => get(at("/v1/realms/", realm, rest), { signal });
  const [first, grants, identities] = await Promise.all([path("/decisions?limit=50"), path("/grants?limit=1000"), path("/identities?limit=200")]);
  return [title, storyCard(realm, first), h("div", { class: "grid" }, grantsCard(realm, grants), checkCard(realm, identities))];
}
