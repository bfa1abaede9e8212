// The playground: a policy is edited, checked as it is typed, asked in both modes with its reasons, and
// tried on the log of the realm and on its state. Nothing is installed.

import { at, get, post } from "../api.js";
import { count, h, hash, plural } from "../dom.js";
import { editor, place } from "../editor.js";
import { badge, card, empty, facts, head, outcome, table, trouble } from "../parts.js";
import { checkCard } from "./decisions.js";

const WAIT_MS = 350;
const EXAMPLE = `policy action on controller (action: text<128>, resource: text<512>, amount: int) {
  deny if glob("**/secrets", resource), "secrets are for people"
  require amount <= 50, "at most 50 at a time"
  if action == "deploy" && glob("prod/**", resource) {
    escalate { timeout: 1h, fallback: deny }
  }
  allow
}
`;
const NAMED = { action: '"read"', resource: '"prod/web"' };
const EXAMPLES = { text: '"prod/web"', int: "1", bool: "true", decimal: "1.5" };

/** Diagnostics as places in the text. */
const faultsOf = (text, diagnostics) => diagnostics.map((one) => {
  const from = place(text, one.span.start.byte);
  const to = Math.max(place(text, one.span.end.byte), from + 1);
  return { from, to, severity: one.severity, one };
});

const gas = (parts) => (typeof parts === "object" && parts ? Object.values(parts).reduce((sum, part) => sum + part, 0) : parts);

function diagnosticsView(code, faults, compiled) {
  const verdict = h("p", {}, compiled ? badge("compiles", "good") : badge("does not compile", "bad"));
  return [verdict, ...faults.map(({ from, severity, one }) => {
    const fixes = one.fixes.map((fix) => h("button", {
      type: "button",
      onclick: () => code.replace(place(code.text, fix.span.start.byte), place(code.text, fix.span.end.byte), fix.replacement),
    }, fix.title));
    return h("div", { class: "diagnostic", data: { from: String(from) } },
      h("button", { type: "button", class: "quiet", onclick: () => code.go(from) }, `${one.span.start.line}:${one.span.start.column}`),
      h("div", {}, badge(one.severity, severity === "error" ? "bad" : "warn"), h("span", { class: "soft small" }, ` ${one.code} `), one.message,
        one.notes.map((note) => h("div", { class: "soft small" }, typeof note === "string" ? note : note.message)), fixes.length > 0 && h("div", { class: "row" }, fixes)));
  })];
}

function rulesView(policies) {
  return policies.flatMap((policy) => [
    h("p", {}, h("code", {}, policy.name), h("span", { class: "soft" }, ` on ${policy.kind}, at most ${count(gas(policy.gas_max))} gas`)),
    table(`Rules of ${policy.name}`, [
      { name: "Rule", cell: (rule) => `${rule.number}` },
      { name: "Statement", cell: (rule) => rule.statement },
      { name: "Reason", cell: (rule) => rule.reason || h("span", { class: "soft" }, "none") },
      { name: "Line", number: true, cell: (rule) => count(rule.span.start.line) },
    ], policy.rules).view,
  ]);
}

function answerView(found) {
  if (!found.compiled) return [h("p", {}, badge("does not compile", "bad"))];
  const { legacy, wasm } = found.modes;
  const conditions = found.conditions.map((one) => h("li", { data: { state: one.held ? "good" : "open" } },
    h("span", { class: "sign", "aria-hidden": "true" }, one.held ? "✓" : "–"),
    h("span", {}, one.source && h("code", {}, `${one.source} `), h("span", { class: "soft" }, [one.rule && `rule ${one.rule}`, one.source ? (one.held ? "held" : "did not hold") : "was reached"].filter(Boolean).join(" "))),
    one.checks.map((check) => h("span", { class: "detail mono" }, check))));
  return [
    facts([
      ["Answer", h("span", { id: "answer" }, outcome(found.outcome))],
      ["Rule", found.rule === null || found.rule === undefined ? undefined : `${found.rule}, ${found.statement}`],
      ["Reason", found.reason || undefined],
      ["Gas", `${count(gas(found.gas))} of at most ${count(gas(found.gas_max))}`],
      ["Interpreted", h("span", {}, outcome(legacy.outcome), h("span", { class: "soft" }, ` ${count(gas(legacy.gas))} gas`))],
      ["Native (WASM)", h("span", {}, outcome(wasm.outcome), h("span", { class: "soft" }, ` ${count(gas(wasm.gas))} gas`))],
      ["Both modes", found.modes_agree ? badge("agree", "good") : badge("differ", "bad")],
    ]),
    conditions.length > 0 && h("ol", { class: "checks" }, conditions),
    h("details", {}, h("summary", {}, "As text"), h("pre", { class: "block wrap" }, found.text)),
  ];
}

function askCard(code) {
  const place_ = h("div", { class: "page", role: "status", id: "asked" }, empty("Nothing was asked yet", "Give what the policy is told, one fact a line, and ask."));
  const given = h("textarea", { id: "given", rows: "5", spellcheck: "false", class: "mono", "aria-label": "Facts, one a line" });
  let touched = false;
  given.addEventListener("input", () => (touched = true));
  const button = h("button", { type: "submit", class: "main" }, "Ask in both modes");
  const form = h("form", { class: "page" }, h("label", { class: "field" }, "Facts, one a line", given), h("div", { class: "row" }, button));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      const lines = given.value.split("\n").map((line) => line.trim()).filter(Boolean);
      place_.replaceChildren(...answerView(await post("/v1/policies/explain", { source: code.text, given: lines })).filter(Boolean));
    } catch (error) {
      place_.replaceChildren(trouble(error));
    } finally {
      button.disabled = false;
    }
  });
  const offer = (policies) => {
    if (touched || policies.length === 0) return;
    given.value = policies[0].parameters.map(({ name, type }) => `${name} = ${NAMED[name] ?? EXAMPLES[type.split("<")[0]] ?? '"…"'}`).join("\n");
  };
  return { view: card("Ask it", { className: "w5", note: "interpreted and native" }, form, place_), offer };
}

const stateCard = (realm, identities, code) =>
  checkCard(realm, identities, { title: "Ask it on the realm’s state", button: "Ask on the state", source: () => code.text });

function logCard(realm, code) {
  const place_ = h("div", { class: "page", role: "status", id: "tried" });
  const button = h("button", { type: "button" }, "Try on the log");
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const found = await post(at("/v1/realms/", realm, "/policies/simulation"), { source: code.text });
      const changes = table("Changed verdicts", [
        { name: "Event", cell: (one) => hash(one.event, { href: `#/events/${one.event}`, what: "event id" }) },
        { name: "Kind", cell: (one) => one.kind }, { name: "Now", cell: (one) => one.now }, { name: "Proposed", cell: (one) => one.proposed },
      ], found.changes, { href: (one) => `#/events/${one.event}` }).view;
      place_.replaceChildren(h("p", {}, `${plural(found.judged, "event")} judged, ${plural(found.changed, "verdict")} would change.`), ...(found.changes.length ? [changes] : []));
    } catch (error) {
      place_.replaceChildren(trouble(error));
    } finally {
      button.disabled = false;
    }
  });
  return card("Try it on the realm’s log", { note: "folds a snapshot anew, changes nothing" },
    h("p", { class: "soft" }, "Takes a policy named ", h("code", {}, "admission"), ", which judges every event, and says which verdicts would differ."), h("div", { class: "row" }, button), place_);
}

/** The source to begin with: that of a slot, or an example. */
async function begin(realm, policies, signal) {
  const wanted = new URLSearchParams(location.hash.split("?")[1] ?? "").get("slot") ?? policies[0]?.slot;
  if (!wanted || !policies.some(({ slot }) => slot === wanted)) return { slot: null, source: EXAMPLE };
  return get(at("/v1/realms/", realm, "/policies/", wanted), { signal });
}

export async function view({ known, signal, onEnd }) {
  const { realm } = known;
  const policies = realm ? (await get(at("/v1/realms/", realm, "/policies?limit=1000"), { signal })).items : [];
  const identities = realm && (await get(at("/v1/realms/", realm, "/identities?limit=200"), { signal }));
  const first = await begin(realm, policies, signal);
  const diagnostics = h("div", { class: "page", id: "diagnostics", role: "status" });
  const under = h("p", { class: "under", id: "under", role: "status" });
  const rules = h("div", { class: "page" });
  let faults = [];
  let timer = null;
  let turn = 0;
  const moved = () => {
    const found = faults.find(({ from, to }) => from <= code.cursor && code.cursor <= to);
    under.textContent = found ? `${found.one.code}: ${found.one.label || found.one.message}` : faults.length ? plural(faults.length, "problem") : "No problem under the cursor";
    under.dataset.state = found ? "bad" : "";
    diagnostics.querySelectorAll(".diagnostic").forEach((one) => one.classList.toggle("current", Boolean(found) && one.dataset.from === String(found.from)));
  };
  const check = async () => {
    turn += 1;
    const mine = turn;
    const source = code.text;
    try {
      const found = await post("/v1/policies/compile", { source }, { signal });
      if (mine !== turn) return;
      faults = faultsOf(source, found.diagnostics);
      code.mark(faults);
      diagnostics.replaceChildren(...diagnosticsView(code, faults, found.compiled));
      if (found.compiled) {
        rules.replaceChildren(...rulesView(found.policies), h("p", { class: "soft small" }, `Artifact of ${count(found.bytes)} bytes, `, hash(found.artifact, { length: 12, what: "artifact id" })));
        ask.offer(found.policies);
      }
      moved();
    } catch (error) {
      if (error.name !== "AbortError") diagnostics.replaceChildren(trouble(error));
    }
  };
  const code = editor(first.source, { changed: () => (clearTimeout(timer), (timer = setTimeout(check, WAIT_MS))), moved });
  const ask = askCard(code);
  onEnd(() => clearTimeout(timer));
  await check();
  const slots = policies.map(({ slot }) => h("a", { href: `#/policies?slot=${encodeURIComponent(slot)}`, "aria-current": slot === first.slot ? "true" : undefined }, slot));
  return [
    head("Policy playground", "Edit, ask, and see why. Nothing here is installed; pluto policy install does that."),
    slots.length > 0 && h("nav", { class: "tabs", "aria-label": "Installed policies" }, slots),
    h("div", { class: "grid" },
      h("div", { class: "w7 page" }, card("Source", { flush: true, note: first.slot ? `slot ${first.slot}` : "an example" }, code.view, under),
        card("Diagnostics", {}, diagnostics), card("Rules", {}, rules)),
      h("div", { class: "w5 page" }, ask.view, realm && stateCard(realm, identities, code), realm && logCard(realm, code))),
  ];
}
