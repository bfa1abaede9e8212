// The page: takes a file, shows the report, and lets the reader try to cheat.
//
// Text is only ever set as text. The file is held in memory and never changed; a flipped byte goes
// into a copy. Of two files dropped in a row, the later one is shown whichever is checked first.
"use strict";

(() => {
  const SIGNS = { ok: "✓", refused: "✗", open: "–" };
  const WORDS = { ok: "holds", refused: "refused", open: "left open" };
  const at = (id) => document.getElementById(id);
  /** The file at hand, as it was chosen. */
  let file = null;
  let turn = 0;

  function element(name, text, attributes = {}) {
    const made = document.createElement(name);
    if (text !== null) made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  function checkRow({ check, outcome, detail }) {
    const row = element("li", null, outcome === "refused" ? { "data-refused": "" } : {});
    const sign = element("span", SIGNS[outcome], {
      class: "sign",
      "data-outcome": outcome,
      "aria-hidden": "true",
    });
    const name = element("span", check);
    name.append(element("span", `: ${WORDS[outcome]}`, { class: "spoken" }));
    row.append(sign, name, element("span", detail, { class: "detail" }));
    return row;
  }

  function factRow({ name, value }) {
    const row = element("div", null);
    row.append(element("dt", name), element("dd", value));
    return row;
  }

  /** What a report comes to, in one word and one sentence. */
  function verdictOf(report) {
    const open = report.checks.filter((check) => check.outcome === "open").length;
    if (!report.holds) return ["refused", "Refused: this file proves nothing"];
    if (open === 0) return ["ok", "Every check holds"];
    const left = open === 1 ? "1 check is" : `${open} checks are`;
    return ["open", `What was checked holds; ${left} left open`];
  }

  function show(report, size, change, took) {
    const [outcome, sentence] = verdictOf(report);
    const verdict = at("verdict");
    verdict.textContent = `${SIGNS[outcome]} ${sentence}`;
    verdict.dataset.outcome = outcome;
    const bytes = `${size.toLocaleString("en")} bytes`;
    at("about").textContent = `${file.name} · ${bytes} · ${report.format} · ${took.toFixed(1)} ms`;
    at("change").hidden = change === null;
    at("change").textContent = change ?? "";
    at("restore").hidden = change === null;
    at("checks").replaceChildren(...report.checks.map(checkRow));
    at("summary").replaceChildren(...report.summary.map(factRow));
    at("shows").hidden = report.summary.length === 0;
    at("flip").hidden = size === 0;
    at("offset").max = String(Math.max(size - 1, 0));
    at("result").hidden = false;
    document.title = `${SIGNS[outcome]} ${WORDS[outcome]} · Pluto verifier`;
  }

  async function check(bytes, change = null) {
    turn += 1;
    const mine = turn;
    await globalThis.plutoVerifier.prepare();
    const started = performance.now();
    const report = await globalThis.plutoVerifier.verify(bytes);
    if (mine === turn) show(report, bytes.length, change, performance.now() - started);
  }

  async function take(chosen) {
    // One byte above the bound is enough to be refused for it.
    const part = chosen.slice(0, globalThis.plutoVerifier.FILE_BYTES_MAX + 1);
    try {
      file = { name: chosen.name, bytes: new Uint8Array(await part.arrayBuffer()) };
    } catch (error) {
      at("drop-note").textContent = `${chosen.name} cannot be read: ${error.message}`;
      return;
    }
    at("offset").value = "";
    await check(file.bytes);
  }

  async function flip() {
    const { bytes } = file;
    const chosen = at("offset").value;
    const offset = chosen === "" ? Math.floor(Math.random() * bytes.length) : Number(chosen);
    const changed = bytes.slice();
    changed[offset] ^= 0xff;
    const hex = (byte) => byte.toString(16).padStart(2, "0");
    const values = `${hex(bytes[offset])} to ${hex(changed[offset])}`;
    const place = `Byte ${offset.toLocaleString("en")} of ${bytes.length.toLocaleString("en")}`;
    await check(changed, `${place} changed from ${values}.`);
  }

  async function restore() {
    await check(file.bytes);
    at("offset").focus();
  }

  function holdsFiles(event) {
    return event.dataTransfer?.types.includes("Files") ?? false;
  }

  const built = globalThis.plutoVerifierModule;
  if (built) at("module").textContent = `Module, SHA-256 ${built.sha256}`;
  globalThis.plutoVerifier.prepare();
  at("file").addEventListener("change", (event) => {
    const [chosen] = event.target.files;
    // So that the same file can be chosen again after it changed on disk.
    if (chosen) take(chosen).finally(() => (event.target.value = ""));
  });
  at("flip").addEventListener("submit", (event) => {
    event.preventDefault();
    flip();
  });
  at("restore").addEventListener("click", restore);
  document.addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    document.body.classList.add("dragging");
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) document.body.classList.remove("dragging");
  });
  document.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    document.body.classList.remove("dragging");
    const [dropped] = event.dataTransfer.files;
    if (dropped) take(dropped);
  });
})();
