// The figures of the node over time: read while this page is open, and kept in it.

import { text } from "../api.js";
import { chart } from "../chart.js";
import { bytes, count, h } from "../dom.js";
import { card, head, missing, table, trouble } from "../parts.js";

const STEP_MS = 2_000;
const KEPT = 900;
const CHARTS = [
  { title: "Events", note: "all realms", name: "pluto_realm_events", unit: "events" },
  { title: "State entries", note: "all realms", name: "pluto_realm_entries", unit: "entries" },
  { title: "Log", note: "bytes", name: "pluto_log_bytes", unit: "log", show: bytes },
  { title: "Fullest queue", note: "parts per million", name: "pluto_queue_ppm", unit: "ppm" },
  { title: "Waiting for a checkpoint", note: "the oldest event", name: "pluto_unsaved_ms", unit: "ms" },
  { title: "Peers connected", note: "now", name: "pluto_peers", unit: "peers", needs: "network" },
];

/** The text format of Prometheus, as far as this node writes it. */
export function parse(body) {
  const samples = [];
  const help = new Map();
  for (const line of body.split("\n")) {
    const about = /^# HELP (\S+) (.*)$/u.exec(line);
    if (about) help.set(about[1], about[2]);
    const found = /^([a-z_:][a-z0-9_:]*)(?:\{(.*)\})? (\S+)/iu.exec(line);
    if (found && !line.startsWith("#")) samples.push({ name: found[1], labels: found[2] ?? "", value: Number(found[3]) });
  }
  return { samples, help };
}

const total = (samples, name) => samples.filter((one) => one.name === name).reduce((sum, { value }) => sum + value, 0);

function figuresTable({ samples, help }) {
  return table("All figures", [
    { name: "Figure", cell: (one) => [h("code", {}, one.name), h("span", { class: "sub" }, help.get(one.name) ?? "")] },
    { name: "Labels", cell: (one) => one.labels && h("span", { class: "mono small soft" }, one.labels.replace(/[0-9a-f]{64}/gu, (id) => `${id.slice(0, 8)}…`)) },
    { name: "Value", number: true, cell: (one) => count(one.value) },
  ], samples).view;
}

export async function view({ known, signal, onEnd }) {
  const title = head("Metrics", `Read every ${STEP_MS / 1000} seconds while this page is open. /v1/metrics gives the same to Prometheus.`);
  const why = known.why("metrics");
  if (why) return [title, card("Metrics", {}, missing("metrics", why))];
  const drawn = await Promise.all(CHARTS.map(async (one) => (known.why(one.needs) ? { ...one, data: null, reason: known.why(one.needs) }
    : { ...one, data: [[], []], chart: await chart(`${one.title} over time`, one.unit, { show: one.show, height: 160, onEnd }) })));
  const rate = { data: [[], []], chart: await chart("Events a second over time", "events a second", { height: 160, onEnd }), last: null };
  const all = h("div", {});
  const failed = h("div", {});
  const push = (data, time, value) => {
    data[0].push(time);
    data[1].push(value);
    if (data[0].length > KEPT) data.forEach((each) => each.shift());
  };
  const read = async () => {
    const found = parse(await text("/v1/metrics", { signal }));
    const now = Date.now() / 1000;
    drawn.filter(({ data }) => data).forEach((one) => {
      push(one.data, now, total(found.samples, one.name));
      one.chart.set(one.data);
    });
    const events = total(found.samples, "pluto_realm_events");
    if (rate.last) push(rate.data, now, Math.max(0, (events - rate.last.events) / (now - rate.last.now)));
    rate.last = { events, now };
    rate.chart.set(rate.data);
    all.replaceChildren(figuresTable(found));
    failed.replaceChildren();
  };
  await read();
  const clock = setInterval(() => !document.hidden && read().catch((error) => error.name !== "AbortError" && failed.replaceChildren(trouble(error, read))), STEP_MS);
  onEnd(() => clearInterval(clock));
  const cards = drawn.map((one) => card(one.title, { className: "w4", note: one.note }, one.data ? one.chart.view : missing(one.needs, `Not here: ${one.reason}.`)));
  return [title, failed, h("div", { class: "grid" }, card("Events a second", { className: "w12", note: "all realms" }, rate.chart.view), cards), card("All figures", { flush: true, note: "now" }, all)];
}
