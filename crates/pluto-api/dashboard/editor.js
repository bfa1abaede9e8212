// A small editor for ECL: a text area, and behind it the same text with colours and underlined faults.
//
// The places of faults come in bytes of UTF-8; the page counts in UTF-16, so they are carried over.

import { h } from "./dom.js";

const WORDS = /\b(policy|on|deny|allow|require|escalate|if|else|let|for|in|match|test|given|expect|store|fn|and|or|not|true|false|import|obligation|emit|audit|cost)\b/u;
const TOKENS = /(\/\/[^\n]*|#[^\n]*)|("(?:[^"\\\n]|\\.)*"?)|\b(\d[\d_.]*[a-z]*)\b|\b([a-z_][a-z0-9_]*)\b/gu;

function kind([, comment, string, number, word]) {
  if (comment) return "comment";
  if (string) return "string";
  if (number) return "figure-token";
  return word && WORDS.test(word) ? "keyword" : null;
}

/** Places in UTF-16 of places in UTF-8. */
export function place(text, byte) {
  const encoded = new TextEncoder().encode(text);
  return new TextDecoder().decode(encoded.subarray(0, byte)).length;
}

/** Coloured text with its faults underlined: cut at every border of both. */
function painted(text, faults) {
  const colours = [];
  for (const found of text.matchAll(TOKENS)) {
    const name = kind(found);
    if (name) colours.push({ from: found.index, to: found.index + found[0].length, name });
  }
  const borders = new Set([0, text.length]);
  [...colours, ...faults].forEach(({ from, to }) => (borders.add(from), borders.add(to)));
  const cuts = [...borders].filter((at) => at <= text.length).sort((a, b) => a - b);
  const covers = (one, from) => one.from <= from && from < one.to;
  return cuts.slice(0, -1).map((from, index) => {
    const names = [colours.find((one) => covers(one, from))?.name, faults.find((one) => covers(one, from)) && `fault ${faults.find((one) => covers(one, from)).severity}`];
    const part = text.slice(from, cuts[index + 1]);
    return names.some(Boolean) ? h("span", { class: names.filter(Boolean).join(" ") }, part) : part;
  });
}

export function editor(text, { changed, moved }) {
  const area = h("textarea", { id: "source", "aria-label": "Policy source", spellcheck: "false", autocapitalize: "off", autocomplete: "off", wrap: "off" });
  area.value = text;
  const back = h("pre", { class: "paint", "aria-hidden": "true" });
  const numbers = h("pre", { class: "numbers", "aria-hidden": "true" });
  let faults = [];
  const paint = () => {
    back.replaceChildren(...painted(area.value, faults), "\n");
    const lines = area.value.split("\n").length;
    numbers.textContent = Array.from({ length: lines }, (_, index) => index + 1).join("\n");
    area.rows = Math.max(lines + 1, 10);
  };
  area.addEventListener("input", () => ((faults = []), paint(), changed()));
  area.addEventListener("scroll", () => (back.scrollLeft = area.scrollLeft));
  for (const name of ["keyup", "click", "focus"]) area.addEventListener(name, () => moved());
  area.addEventListener("keydown", (event) => {
    // Tab leaves the editor, as everywhere else; two spaces begin a line by hand.
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
    const before = area.value.slice(0, area.selectionStart);
    const indent = /(?:^|\n)( *)[^\n]*$/u.exec(before)?.[1] ?? "";
    const deeper = before.trimEnd().endsWith("{") ? "  " : "";
    event.preventDefault();
    area.setRangeText(`\n${indent}${deeper}`, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input"));
  });
  paint();
  return {
    view: h("div", { class: "editor" }, numbers, h("div", { class: "sheet" }, back, area)),
    get text() { return area.value; },
    set text(value) { area.value = value; faults = []; paint(); changed(); },
    get cursor() { return area.selectionStart; },
    go(at) { area.focus(); area.setSelectionRange(at, at); moved(); },
    mark(found) { faults = found; paint(); },
    replace(from, to, text) { area.setRangeText(text, from, to, "end"); area.dispatchEvent(new Event("input")); area.focus(); },
  };
}
