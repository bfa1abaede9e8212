// One event: header, parents, verdict, what it says, the proof that it is in the log, its bytes.

import { file, get } from "../api.js";
import { bytes, count, fields, h, hash, moment, party } from "../dom.js";
import { badge, card, empty, facts, head, outcome, trouble, verdict } from "../parts.js";

const BYTES_SHOWN = 512;
const DECISION = "ActionDecided";

/** Bytes as a hex dump: offset, sixteen bytes, what of them is ASCII. */
function dump(data) {
  const lines = [];
  for (let at = 0; at < data.length; at += 16) {
    const part = [...data.slice(at, at + 16)];
    const hex = part.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const ascii = part.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : "·")).join("");
    lines.push(`${at.toString(16).padStart(4, "0")}  ${hex.padEnd(47)}  ${ascii}`);
  }
  return lines.join("\n");
}

const stateOf = ({ payload, erased }) => (payload === null ? (erased === null ? "not here" : "erased") : "here");

/** Why there is nothing to read. */
const absent = ({ erased }) => (erased === null
  ? empty("The payload is not here", "It has not come yet. The header commits to it by its hash, so nobody can put another in its place.")
  : empty("The payload was erased", `The reason given: ${erased}. The event keeps its id, its place and its verdict.`));

function headerCard(event) {
  return card("Header", { className: "w7" }, facts([
    ["Kind", event.kind],
    ["Author", party(event.author, { label: event.label, realm: event.realm })],
    ["Realm", h("span", { class: "hash" }, hash(event.realm, { href: `#/realms/${event.realm}`, length: 16, what: "realm id" }))],
    ["Author's number", `${count(event.author_seq)}, from 0`],
    ["Lamport time", count(event.lamport)],
    ["Written", h("span", {}, moment(event.wall_ms), h("span", { class: "soft" }, " by its author's clock"))],
    ["Signed by the key of", hash(event.key_ref, { href: `#/events/${event.key_ref}`, length: 16, what: "event id" })],
    ["Own event before", event.prev ? hash(event.prev, { href: `#/events/${event.prev}`, length: 16, what: "event id" }) : null],
    ["Payload", `${bytes(event.payload_bytes)}, version ${event.payload_version}, ${stateOf(event)}`],
    ["Payload hash", hash(event.payload_hash, { length: 16, what: "payload hash" })],
  ]));
}

function parentsCard(event) {
  const parents = event.parents.map((id) => h("div", {}, hash(id, { href: `#/events/${id}`, length: 20, what: "event id" })));
  return card("Parents", { note: "what its author had seen" },
    parents.length ? parents : empty("None", "It is the first event of its realm: its id is the realm's id."));
}

function verdictCard(event) {
  const place = event.position === null ? "not in order yet" : `${count(event.position)} in the canonical order`;
  const judged = event.judgements.map((one) => [one.policy, h("span", {}, outcome(one.outcome),
    h("span", { class: "soft" }, one.rule ? ` rule ${one.rule}` : "", one.line ? `, line ${one.line}` : ""),
    one.reason && h("div", {}, one.reason), one.text && h("code", { class: "small" }, one.text))]);
  return card("Verdict", {}, facts([["In the fold", verdict(event.verdict)], ["Place", place], ...judged]));
}

/** One field of a payload: what is an identity, a hash or a moment looks like one. */
function field(name, value, realm) {
  if (value === null || value === "") return null;
  if (name.endsWith("_ms") && typeof value === "number") return moment(value);
  if (typeof value === "string" && value.startsWith("did:erynoa:")) return party(value, { realm });
  if (typeof value === "string" && /^[0-9a-f]{64}$/u.test(value)) return hash(value, { length: 20 });
  if (Array.isArray(value)) return value.length ? value.map((one) => h("div", {}, field("", one, realm))) : null;
  if (typeof value === "object") return h("code", {}, JSON.stringify(value));
  return typeof value === "number" ? count(value) : String(value);
}

const says = ({ described, realm }) => facts(fields(described).map(([name, value]) =>
  [name === "what" ? "In words" : name.replace(/_(ms|ppm)$/u, "").replaceAll("_", " "), field(name, value, realm)]));

function saysCard(event) {
  const text = event.described !== null;
  return card("What it says", { note: text ? "the payload in words" : null },
    text ? says(event) : event.payload === null ? absent(event)
      : empty("No words for this kind", "This build shows its bytes below; it stores and relays what it does not know."));
}

function proofCard(id) {
  const place = h("div", {}, h("button", { type: "button", id: "prove" }, "Get the proof"));
  const run = async () => {
    try {
      const proof = await get(`/v1/events/${id}/proof`);
      place.replaceChildren(facts([
        ["Leaf", hash(proof.leaf, { length: 16, what: "leaf" })],
        ["Place", `${count(proof.position)} of ${count(proof.size)} leaves`],
        ["Log root", hash(proof.log_root, { length: 16, what: "log root" })],
        ["Path", proof.path.length ? h("div", {}, proof.path.map((step) => h("div", {}, hash(step, { length: 32 })))) : "the leaf is the root"],
      ]));
    } catch (error) {
      place.replaceChildren(trouble(error, run));
    }
  };
  place.firstChild.addEventListener("click", run);
  return card("Proof of inclusion", { className: "w6", note: "RFC 9162" },
    h("p", { class: "soft" }, "The hashes from this event's leaf to the root of the realm's log. The leaf commits to the event and to its verdict."), place);
}

function bytesCard(event) {
  const place = h("div", {});
  const show = (name, data) => {
    const part = data.slice(0, BYTES_SHOWN);
    const rest = data.length > part.length ? ` (the first ${count(part.length)} are shown)` : "";
    const link = h("a", { href: URL.createObjectURL(new Blob([data])), download: `${event.event.slice(0, 16)}.${name}` }, "Download");
    place.replaceChildren(h("p", { class: "soft small" }, `${bytes(data.length)}${rest} · `, link), h("pre", { class: "block" }, dump(part)));
  };
  const payload = h("button", { type: "button", disabled: event.payload === null }, event.payload === null ? `Payload ${stateOf(event)}` : "Payload");
  payload.addEventListener("click", () => show("payload", Uint8Array.from(event.payload.match(/../gu) ?? [], (pair) => parseInt(pair, 16))));
  const run = h("button", { type: "button", id: "run" }, "Signed run");
  run.addEventListener("click", async () => {
    try {
      show("run", await file(`/v1/events/${event.event}/run`));
    } catch (error) {
      place.replaceChildren(trouble(error));
    }
  });
  return card("Raw bytes", { className: "w6" },
    h("p", { class: "soft" }, "As they came: the run is what was signed, one signature over up to 256 events."), h("div", { class: "row" }, payload, run), place);
}

export async function view({ values, signal, known }) {
  const event = await get(`/v1/events/${encodeURIComponent(values.event)}`, { signal });
  const isDecision = event.kind === DECISION;
  const verify = isDecision && h("a", { href: `#/verify/${event.event}` }, h("span", {}, known.why("page-verifier") ? "Its bundle" : "Verify this decision"));
  return [
    head(event.kind, h("span", {}, hash(event.event, { length: 24, what: "event id" })), verify || badge("event")),
    h("div", { class: "grid" },
      headerCard(event),
      h("div", { class: "w5 page" }, verdictCard(event), parentsCard(event))),
    saysCard(event),
    h("div", { class: "grid" }, proofCard(event.event), bytesCard(event)),
  ];
}
