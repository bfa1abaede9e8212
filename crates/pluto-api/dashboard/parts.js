// The parts that pages are made of: cards, figures, tables that the arrow keys go through, states.

import { copy, h } from "./dom.js";

export const card = (title, { note, className = "", flush = false } = {}, ...children) =>
  h("section", { class: `card ${className}`, "aria-label": title },
    h("header", {}, h("h2", {}, title), note && h("span", { class: "note" }, note)),
    h("div", { class: flush ? "body flush" : "body" }, ...children));

export const head = (title, lead, ...right) =>
  h("div", { class: "head" },
    h("div", {}, h("h1", {}, title), lead && h("div", { class: "lead" }, lead)),
    right.length > 0 && h("div", { class: "row" }, ...right));

export const figure = (name, value, { note, state } = {}) =>
  h("div", { class: "figure", data: state ? { state } : {} },
    h("span", { class: "name" }, name), h("span", { class: "value" }, value),
    note && h("span", { class: "note" }, note));

export const figures = (...all) => h("div", { class: "figures" }, ...all);

/** Names and values; what has no value is left out. */
export const facts = (pairs) =>
  h("dl", { class: "facts" }, pairs.filter(([, value]) => value !== undefined && value !== false)
    .map(([name, value]) => [h("dt", {}, name), h("dd", {}, value ?? h("span", { class: "soft" }, "none"))]));

export const badge = (text, state) => h("span", { class: "badge", data: state ? { state } : {} }, text);

export const command = (text) => h("div", { class: "command" }, h("code", {}, text), copy(text, "the command"));

/** Nothing is here, and what fills it. */
export const empty = (title, why, line) =>
  h("div", { class: "empty" }, h("strong", {}, title), why && h("p", {}, why), line && command(line));

/** The node does not offer this. */
export const missing = (what, reason, line) =>
  h("div", { class: "empty", data: { missing: what } }, badge("n/a"), h("strong", {}, reason),
    h("p", {}, "Nothing is asked of the node for it."), line && command(line));

/** What went wrong, with its code, and a way to try again. */
export const trouble = (error, again) =>
  h("div", { class: "trouble", role: "alert" },
    h("strong", {}, error.code ? `${error.message} (${error.code})` : error.message),
    error.detail && error.detail !== error.message && h("span", {}, error.detail),
    again && h("button", { type: "button", onclick: again }, "Try again"));

const EFFECTS = { effective: "good", pending: "warn" };

/** Whether an event has effect. */
export function verdict(text) {
  if (!text) return badge("not in order");
  const [word, why] = text.split(": ");
  return h("span", {}, badge(word, EFFECTS[word] ?? "bad"), why && h("span", { class: "sub" }, why));
}

const OUTCOMES = { allow: "good", deny: "bad", escalate: "warn", indeterminate: "warn" };
export const outcome = (word) => badge(word, OUTCOMES[word]);

/**
 * A table. Columns are `{name, cell, number, tight}`; with `href` a row can be opened, the arrow keys go
 * from row to row, and one row at a time is a stop of the Tab key.
 */
export function table(label, columns, rows, { href, stack = true } = {}) {
  const body = h("tbody", {});
  const made = h("table", { class: stack ? "stack" : "", "aria-label": label },
    h("thead", {}, h("tr", {}, columns.map((column) =>
      h("th", { scope: "col", class: column.number ? "number" : "" }, column.name)))), body);
  const add = (row, { first = false, fresh = false } = {}) => {
    const cells = columns.map((column) => h("td", {
      class: [column.number && "number", column.tight && "tight"].filter(Boolean).join(" "),
      "data-name": column.name,
    }, column.cell(row)));
    const line = h("tr", { class: fresh ? "fresh" : "" }, cells);
    if (href) rove(line, href(row), body);
    if (first) body.prepend(line);
    else body.append(line);
    if (href) body.querySelectorAll("tr").forEach((each, at) => (each.tabIndex = at === 0 ? 0 : -1));
    return line;
  };
  rows.forEach((row) => add(row));
  const view = h("div", { class: "scroll" }, made);
  return { view, body, add };
}

function rove(line, href, body) {
  line.tabIndex = -1;
  // One stop of the Tab key for each row; what is inside is for pointers, and for `c`.
  line.querySelectorAll("a, button").forEach((inner) => (inner.tabIndex = -1));
  line.setAttribute("aria-keyshortcuts", "Enter c");
  line.addEventListener("click", (event) => {
    if (!event.target.closest("a, button") && !String(getSelection())) location.hash = href;
  });
  line.addEventListener("keydown", (event) => {
    const rows = [...body.querySelectorAll("tr")];
    const at = rows.indexOf(line);
    const goals = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 };
    if (event.key === "Enter") location.hash = href;
    else if (event.key === "c" && !event.ctrlKey && !event.metaKey) line.querySelector(".copy")?.click();
    else if (event.key in goals) {
      const goal = rows[Math.max(0, Math.min(goals[event.key], rows.length - 1))];
      rows.forEach((row) => (row.tabIndex = row === goal ? 0 : -1));
      goal.focus();
    } else return;
    event.preventDefault();
  });
}

/** A list that is read on by its cursor. */
export function paged(label, columns, first, more, options) {
  const made = table(label, columns, first.items, options);
  let { next } = first;
  const button = h("button", { type: "button", hidden: !next }, "Show more");
  const trouble_ = h("div", {});
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const part = await more(next);
      trouble_.replaceChildren();
      part.items.forEach((row) => made.add(row));
      ({ next } = part);
      button.hidden = !next;
    } catch (error) {
      trouble_.replaceChildren(trouble(error));
    } finally {
      button.disabled = false;
    }
  });
  return { ...made, view: h("div", {}, made.view, trouble_, h("div", { class: "empty", hidden: !next }, button)) };
}
