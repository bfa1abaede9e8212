// Events as they come, with filters; a lost connection resumes, and what was left out is said.

import { get } from "../api.js";
import { count, fields, h, hash, moment, nameOf, party, plural, short } from "../dom.js";
import { card, empty, head, missing, table, trouble, verdict } from "../parts.js";
import { missed, open } from "../stream.js";

const ROWS_MAX = 300;
const BACKLOG = 50;

const COLUMNS = [
  { name: "Kind", cell: (event) => [h("a", { href: `#/events/${event.event}` }, event.kind), event.described && h("span", { class: "sub" }, words(event.described))] },
  { name: "Event", cell: (event) => hash(event.event, { what: "event id" }) },
  { name: "Author", cell: (event) => party(event.author, { label: event.label, realm: event.realm }) },
  { name: "Verdict", cell: (event) => verdict(event.verdict) },
  { name: "Place", number: true, cell: (event) => (event.position === null ? "" : count(event.position)) },
  { name: "Written", tight: true, cell: (event) => moment(event.wall_ms) },
];

const brief = (text) => (text.startsWith("did:erynoa:") ? nameOf(text) : /^[0-9a-f]{64}$/u.test(text) ? short(text) : text.slice(0, 40));

/** A payload in one line. */
export function words(described) {
  if (typeof described === "string") return described;
  const isShort = (value) => ["string", "number", "boolean"].includes(typeof value);
  const shown = fields(described).filter(([name, value]) => name !== "what" && isShort(value));
  const text = shown.slice(0, 3).map(([name, value]) => `${name.replace(/_ms$/u, "").replaceAll("_", " ")} ${name.endsWith("_ms") ? moment(value).textContent : brief(String(value))}`).join(", ");
  return text.length > 110 ? `${text.slice(0, 110)}…` : text;
}

function filters(known, changed) {
  const realm = h("select", { name: "realm" }, h("option", { value: "" }, "All realms"),
    known.realms.map(({ name, as_of }) => h("option", { value: as_of.realm }, name || as_of.realm.slice(0, 8))));
  const kind = h("input", { name: "kind", list: "kinds", placeholder: "any", autocomplete: "off", spellcheck: "false" });
  const kinds = h("datalist", { id: "kinds" });
  const author = h("input", { name: "author", placeholder: "did:erynoa:…", autocomplete: "off", spellcheck: "false" });
  const form = h("form", { class: "filters", "aria-label": "Filters" },
    h("label", { class: "field" }, "Realm", realm), h("label", { class: "field" }, "Kind", kind, kinds),
    h("label", { class: "field" }, "Author", author),
    h("button", { type: "submit", class: "main" }, "Filter"), h("button", { type: "reset" }, "Clear"));
  form.addEventListener("submit", (event) => (event.preventDefault(), changed()));
  form.addEventListener("reset", () => setTimeout(changed));
  const value = () => ({ realm: realm.value, kind: kind.value.trim(), author: author.value.trim() });
  const learn = (event) => {
    if (![...kinds.children].some((option) => option.value === event.kind)) kinds.append(h("option", { value: event.kind }));
  };
  return { form, value, learn };
}

/** The newest events that are here already. */
async function backlog(known, wanted, signal) {
  const realms = wanted.realm ? [wanted.realm] : known.realms.map(({ as_of }) => as_of.realm);
  const parts = await Promise.all(realms.slice(0, 20).map((realm) =>
    get(`/v1/realms/${realm}/events?order=newest&limit=${BACKLOG}`, { signal })));
  const fits = (event) => (!wanted.kind || event.kind === wanted.kind) && (!wanted.author || event.author === wanted.author);
  return parts.flatMap(({ items }) => items).filter(fits).sort((a, b) => a.wall_ms - b.wall_ms).slice(-BACKLOG);
}

/** The list: newest first, each event once, bounded. */
function list() {
  const seen = new Set();
  const shown = table("Events, the newest first", COLUMNS, [], { href: (event) => `#/events/${event.event}` });
  const nothing = empty("Nothing here yet", "Events appear as soon as they are written. From another terminal:", "pluto event append notes hello world");
  const view = h("div", {}, nothing, shown.view);
  const tidy = () => {
    nothing.hidden = seen.size > 0;
    shown.view.hidden = seen.size === 0;
    while (shown.body.children.length > ROWS_MAX) shown.body.lastElementChild.remove();
  };
  const add = (event, fresh) => {
    if (seen.has(event.event)) return;
    seen.add(event.event);
    shown.add(event, { first: true, fresh });
    tidy();
  };
  const note = (node) => shown.body.prepend(h("tr", {}, h("td", { colspan: COLUMNS.length }, node)));
  const clear = () => (seen.clear(), shown.body.replaceChildren(), tidy());
  tidy();
  return { view, add, note, clear };
}

/** Says that what was shown was read again. */
function movedNotice({ realm, from }) {
  const text = `Events of realm ${realm.slice(0, 8)} changed their places from ${from} on; the list was read again.`;
  return h("div", { class: "notice", data: { moved: from } }, text);
}

function lagNotice({ from, to, read }, events) {
  const button = h("button", { type: "button" }, "Read what was left out");
  const box = h("div", { class: "notice", data: { lag: to } }, `The page fell behind: events between ${from} and ${to} were left out.`, button);
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await missed(read, (event) => events.add(event, true));
      box.remove();
    } catch (error) {
      box.append(trouble(error));
    }
  });
  return box;
}

export async function view({ known, signal, onEnd, live }) {
  const title = head("Live events", "Events as this node takes them in, the newest first.");
  const why = known.why("stream");
  if (why) return [title, card("Live events", {}, missing("stream", why))];
  const events = list();
  const notices = h("div", {});
  const connection = h("div", { id: "connection" });
  const held = [];
  let paused = false;
  let stream = null;
  let moved = null;
  let turn = 0;
  const pause = h("button", { type: "button", "aria-pressed": "false" }, "Pause");
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    pause.textContent = paused ? "Go on" : "Pause";
    if (!paused) held.splice(0).forEach((event) => events.add(event, true));
  });
  const told = () => ({
    event: (event) => {
      wanted.learn(event);
      if (!paused) return events.add(event, true);
      held.push(event);
      if (held.length > ROWS_MAX) held.shift();
      pause.textContent = `Go on (${count(held.length)})`;
      return undefined;
    },
    lag: (lag) => notices.append(lagNotice(lag, events)),
    reorganised: (where) => {
      moved?.remove();
      moved = movedNotice(where);
      notices.append(moved);
      again();
    },
    state: (word, detail) => {
      live(word);
      if (word === "waiting") connection.replaceChildren(lost(detail, stream));
      else if (word === "resumed") connection.replaceChildren(h("div", { class: "notice" }, `The connection is back. It went on behind event ${detail}; nothing was left out.`));
      else if (word === "refused") connection.replaceChildren(trouble(detail));
      else connection.replaceChildren();
    },
  });
  const restart = async () => {
    turn += 1;
    const mine = turn;
    stream?.stop();
    events.clear();
    const before = await backlog(known, wanted.value(), signal);
    if (mine !== turn || signal.aborted) return;
    before.forEach((event) => (wanted.learn(event), events.add(event)));
    stream = open(wanted.value(), told());
  };
  const again = () => restart().catch((error) => error.name !== "AbortError" && connection.replaceChildren(trouble(error, again)));
  const wanted = filters(known, again);
  onEnd(() => stream?.stop());
  await restart();
  return [
    head("Live events", "Events as this node takes them in, the newest first.", pause),
    wanted.form, connection, notices,
    card("Events", { flush: true, note: `at most ${plural(ROWS_MAX, "row")} are kept here` }, events.view),
  ];
}

function lost(wait, stream) {
  return h("div", { class: "notice", data: { connection: "lost" } },
    `The connection is lost. It is tried again in ${(wait / 1000).toFixed(wait < 1000 ? 1 : 0)} s and goes on where it stopped.`,
    h("button", { type: "button", onclick: () => stream?.retry() }, "Try now"));
}
