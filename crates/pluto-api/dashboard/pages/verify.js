// A file is verified in this page, by the verifier that browsers run: nothing is asked of the node but
// the file itself, and a file of one's own goes nowhere.

import { at, file } from "../api.js";
import { script } from "../chart.js";
import { bytes, h, hash } from "../dom.js";
import { badge, card, empty, facts, head, missing, trouble } from "../parts.js";

const NOT_PROVEN = "DCN-0003";
const FILE_BYTES_MAX = 16 * 1024 * 1024;
const STATES = { ok: ["✓", "good"], refused: ["✗", "bad"], open: ["–", "open"] };

async function verifier() {
  await script("/assets/verifier.js");
  await script("/assets/verifier-wasm.js");
  return plutoVerifier;
}

const value = (text) => {
  if (/^[0-9a-f]{64}$/u.test(text)) return hash(text, { length: 20 });
  return /\S{40}/u.test(text) ? h("span", { class: "mono small" }, text) : text;
};

function reportView(report, name, size, tamper) {
  const steps = report.checks.map(({ check, outcome, detail }) => {
    const [sign, state] = STATES[outcome];
    return h("li", { data: { state } }, h("span", { class: "sign", "aria-hidden": "true" }, sign), h("span", {}, check, h("span", { class: "soft" }, outcome === "open" ? " (left open)" : "")), detail && h("span", { class: "detail" }, detail));
  });
  const source = report.summary.find((one) => one.name === "policy" || one.value.includes("\n"));
  const shown = report.summary.filter((one) => one !== source).map((one) => [one.name, value(one.value)]);
  return h("div", { class: "grid" },
    card("Result", { className: "w5", note: `${name}, ${bytes(size)}` },
      h("p", { id: "verdict", data: { holds: String(report.holds) } }, badge(report.holds ? "holds" : "refused", report.holds ? "good" : "bad"), ` ${report.holds ? "Every check holds. No server was believed." : "This file proves nothing."}`),
      shown.length > 0 && facts(shown), source && h("pre", { class: "block wrap" }, source.value), tamper),
    card("Checks, in order", { className: "w7", note: report.verifier }, h("ol", { class: "checks" }, steps)));
}

/** Verifies and shows bytes, and offers to change one of them. */
async function shown(data, name, place, original = null) {
  const report = await (await verifier()).verify(data);
  const flip = h("button", { type: "button", id: "flip" }, original ? "Back to the file as it was" : "Flip one byte and verify again");
  flip.addEventListener("click", () => {
    if (original) return shown(original, name, place);
    const changed = data.slice();
    changed[Math.floor(Math.random() * changed.length)] ^= 1;
    return shown(changed, `${name}, one bit changed`, place, data);
  });
  const save = h("a", { href: URL.createObjectURL(new Blob([data])), download: name }, "Download");
  place.replaceChildren(reportView(report, name, data.length, h("div", { class: "row" }, flip, save)));
}

const notYet = (error) => card("Its bundle", {}, empty("No checkpoint covers this decision yet",
  "A witness signs what is final; from then on the decision can be shown to a stranger.", "pluto checkpoint --sign-as me"), h("p", { class: "soft small" }, `${error.detail} (${error.code})`));

function chooser(place) {
  const input = h("input", { type: "file", id: "file" });
  const take = async (chosen) => {
    if (!chosen) return;
    if (chosen.size > FILE_BYTES_MAX) return place.replaceChildren(trouble(new Error(`expected at most ${bytes(FILE_BYTES_MAX)}, found ${bytes(chosen.size)}`)));
    await shown(new Uint8Array(await chosen.arrayBuffer()), chosen.name, place);
  };
  input.addEventListener("change", () => take(input.files[0]));
  const drop = h("label", { class: "drop", for: "file" }, h("strong", {}, "Choose a file, or drop it here"),
    h("span", { class: "soft" }, "A decision, an audit or a proof written by pluto, up to 16 MiB. It stays in this page."), input);
  drop.addEventListener("dragover", (event) => (event.preventDefault(), drop.classList.add("over")));
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => (event.preventDefault(), drop.classList.remove("over"), take(event.dataTransfer.files[0])));
  return drop;
}

export async function view({ known, values, signal }) {
  const title = head("Verify a file", "Recompute, don’t believe: every check runs in this page, the policy included.");
  const why = known.why("page-verifier");
  if (why) {
    const command = values.decision ? `pluto prove ${values.decision} && pluto verify decision.pluto` : "pluto verify decision.pluto";
    return [title, card("Verifier", {}, missing("page-verifier", `Not here: ${why}.`, command))];
  }
  const place = h("div", { id: "report" });
  if (values.decision) {
    try {
      const data = await file(at("/v1/decisions/", values.decision, "/bundle"), { signal });
      await shown(data, `${values.decision.slice(0, 16)}.pluto`, place);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      if (error.code === NOT_PROVEN) place.replaceChildren(notYet(error));
      else place.replaceChildren(trouble(error));
    }
  }
  return [title, values.decision && h("p", { class: "soft" }, "The bundle of decision ", hash(values.decision, { href: `#/events/${values.decision}`, length: 16, what: "decision" }), " as the node gave it; what is shown was computed here."),
    place, card("A file of your own", {}, chooser(place))];
}
