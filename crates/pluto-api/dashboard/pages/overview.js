// The overview: what comes in, roots, finality, health and mode.

import { get, health } from "../api.js";
import { chart } from "../chart.js";
import { bytes, count, h, hash, moment, party, plural } from "../dom.js";
import { badge, card, empty, facts, figure, figures, head, table, trouble, verdict } from "../parts.js";
import { open } from "../stream.js";

const REFRESH_MS = 15_000;
const LATEST = 8;
const BUCKETS = 60;
const HISTORY = 500;

/** Events that a realm's last checkpoint covers: the border, or what its last signed checkpoint says. */
const covered = ({ border, signed, latest }) =>
  border?.position ?? latest.find(({ event }) => event === signed?.event)?.described?.size ?? 0;

const STATES = { healthy: "good", normal: "good", degraded: "warn", strained: "warn", emergency: "bad", failing: "bad" };

/** Realms with their finality and their latest events. */
async function realmsNow(signal) {
  const { items } = await get("/v1/realms?limit=50", { signal });
  return Promise.all(items.map(async (realm) => {
    const id = realm.as_of.realm;
    const [about, checkpoints, latest] = await Promise.all([
      get(`/v1/realms/${id}`, { signal }),
      get(`/v1/realms/${id}/checkpoints`, { signal }),
      get(`/v1/realms/${id}/events?order=newest&limit=${HISTORY}`, { signal }),
    ]);
    return { ...realm, border: about.border, heads: about.heads, signed: checkpoints.checkpoint, latest: latest.items };
  }));
}


function tops(status, realms, ready, live) {
  const final = realms.reduce((sum, realm) => sum + covered(realm), 0);
  const share = status.events ? `${Math.floor((final / status.events) * 100)} %` : "0 %";
  return figures(
    live,
    figure("Events", count(status.events), { note: `${plural(status.realms, "realm")}, ${count(status.state_entries)} entries` }),
    figure("Final", share, { note: `${count(final)} of ${count(status.events)} under a checkpoint` }),
    figure("Health", status.health.level, { state: STATES[status.health.level], note: status.health.reasons[0] ?? `last ${status.health.window_s / 60} minutes` }),
    figure("Mode", status.mode, { state: STATES[status.mode], note: ready.ok ? "takes writes" : ready.reason }),
    figure("Log", bytes(status.log_bytes), { note: `${bytes(status.disk_bytes)} on disk` }));
}

function realmTable(realms) {
  if (realms.length === 0) return empty("No realm yet", "Events live in realms. This opens the first one:", "pluto realm create ops --invite");
  return table("Realms and their roots", [
    { name: "Realm", cell: ({ name, as_of }) => h("a", { href: `#/realms/${as_of.realm}` }, name || "unnamed") },
    { name: "Events", number: true, cell: ({ as_of }) => count(as_of.position) },
    { name: "State root", cell: ({ as_of }) => hash(as_of.state_root, { length: 12, what: "state root" }) },
    { name: "Last checkpoint", cell: ({ signed }) => (signed ? h("span", {}, `#${signed.number}`, h("span", { class: "sub" }, moment(signed.time_ms))) : h("span", { class: "soft" }, "none")) },
    { name: "Since then", number: true, cell: (realm) => count(realm.as_of.position - covered(realm)) },
    { name: "Heads", number: true, cell: ({ heads }) => count(heads.length) },
  ], realms, { href: ({ as_of }) => `#/realms/${as_of.realm}` }).view;
}

function latestTable(realms) {
  const all = realms.flatMap(({ latest }) => latest).sort((a, b) => b.wall_ms - a.wall_ms).slice(0, LATEST);
  if (all.length === 0) return empty("No events yet", "The first command that writes fills this.", "pluto event append notes hello world");
  return table("Latest events", [
    { name: "Kind", cell: (event) => h("a", { href: `#/events/${event.event}` }, event.kind) },
    { name: "Author", cell: (event) => party(event.author, { label: event.label, realm: event.realm }) },
    { name: "Verdict", cell: (event) => verdict(event.verdict) },
    { name: "Written", tight: true, cell: (event) => moment(event.wall_ms) },
  ], all, { href: (event) => `#/events/${event.event}` }).view;
}

/** The events by the clocks of their authors, in equal stretches of time. */
function history(realms) {
  const times = realms.flatMap(({ latest }) => latest.map(({ wall_ms }) => wall_ms / 1000)).filter(Boolean).sort((a, b) => a - b);
  if (times.length < 2) return null;
  const [begin, end] = [times[0], times[times.length - 1]];
  const step = Math.max((end - begin) / BUCKETS, 1);
  const size = Math.floor((end - begin) / step) + 1;
  const counts = new Array(size).fill(0);
  times.forEach((time) => (counts[Math.min(Math.floor((time - begin) / step), size - 1)] += 1));
  return [counts.map((_, index) => begin + index * step), counts];
}

function healthCard(status) {
  const { indicators } = status.health;
  return card("Health", { className: "w5", note: `over ${status.health.window_s / 60} minutes` }, facts([
    ["Writer", status.live.ok ? badge("runs", "good") : badge(status.live.reason, "bad")],
    ["Writes", status.ready.ok ? badge("taken", "good") : badge(status.ready.reason, "bad")],
    ["Log", status.read_only ? badge("read only", "bad") : badge("whole", "good")],
    ["Anomalies", `${count(indicators.node_anomalies)} of the node, ${count(indicators.author_anomalies)} of authors`],
    ["Faults of peers", indicators.peers === null ? "n/a, offline" : count(indicators.peer_faults)],
    ["Fullest queue", `${(indicators.queue_ppm / 10_000).toFixed(1)} %`],
    ["Opened", `from checkpoint ${count(status.opened?.from_checkpoint)}, ${plural(status.opened?.replayed ?? 0, "event")} replayed`],
    ["Version", status.version],
  ]));
}

/** Events that arrive, counted by the second. */
function arrivals() {
  const seen = [];
  const value = h("span", { class: "value" }, "0");
  const note = h("span", { class: "note" }, "in the last minute");
  const tick = () => {
    const now = Date.now();
    while (seen.length && seen[0] < now - 60_000) seen.shift();
    const rate = seen.filter((time) => time > now - 10_000).length / 10;
    value.textContent = rate.toFixed(1);
    note.textContent = `${count(seen.length)} in the last minute`;
  };
  const view = h("div", { class: "figure", id: "rate" }, h("span", { class: "name" }, "Events a second"), value, note);
  return { view, tick, add: () => seen.push(Date.now()) };
}

export async function view({ known, signal, onEnd, live }) {
  const rate = arrivals();
  const places = { tops: h("div", {}), realms: h("div", {}), latest: h("div", {}), health: h("div", { class: "w5" }), trouble: h("div", {}) };
  const shown = await chart("Events over time, by the clocks of their authors", "events", { bars: true, onEnd });
  const refresh = async () => {
    const [status, realms, ready] = await Promise.all([get("/v1/status", { signal }), realmsNow(signal), health("ready")]);
    places.tops.replaceChildren(tops(status, realms, ready, rate.view));
    places.realms.replaceChildren(realmTable(realms));
    places.latest.replaceChildren(latestTable(realms));
    places.health.replaceChildren(healthCard(status));
    places.trouble.replaceChildren();
    const data = history(realms);
    shown.set(data ?? [[], []]);
  };
  await refresh();
  const later = () => refresh().catch((error) => error.name !== "AbortError" && places.trouble.replaceChildren(trouble(error, later)));
  let soon = null;
  if (!known.why("stream")) {
    const stream = open({}, {
      event: () => {
        rate.add();
        soon ??= setTimeout(() => ((soon = null), rate.tick(), later()), 300);
      },
      lag: later,
      reorganised: later,
      state: live,
    });
    onEnd(() => stream.stop());
  }
  const clocks = [setInterval(rate.tick, 1000), setInterval(() => !document.hidden && later(), REFRESH_MS)];
  onEnd(() => (clocks.forEach(clearInterval), clearTimeout(soon)));
  return [
    head("Overview", "What this node holds and how it is."),
    places.trouble, places.tops,
    card("Realms", { flush: true, note: "equal roots mean equal state" }, places.realms),
    h("div", { class: "grid" },
      card("Events over time", { className: "w7", note: `the newest ${count(HISTORY)} of each realm` }, shown.view), places.health),
    card("Latest events", { flush: true, note: h("a", { href: "#/events" }, "All, as they come") }, places.latest),
  ];
}
