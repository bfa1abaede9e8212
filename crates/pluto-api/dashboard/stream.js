// The events of the node as they come: server-sent events over `fetch`, since `EventSource` cannot show
// a token. After a lost connection it resumes behind the last event it was given, so nothing is missing
// and nothing comes twice.

import { ask } from "./api.js";

const WAIT_MS = [500, 1000, 2000, 4000, 8000, 15_000];
/** Longest frame that is held; the node sends none as long. */
const FRAME_CHARS_MAX = 4 * 1024 * 1024;

/** One frame as its fields; comments are none. */
export function parse(frame) {
  const fields = { event: "message", data: "" };
  for (const line of frame.split("\n")) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const value = line.slice(colon + 1).replace(/^ /u, "");
    const name = line.slice(0, colon);
    if (name === "data") fields.data += value;
    else fields[name] = value;
  }
  return fields;
}

/** Frames of a body, one by one. */
async function* frames(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += value;
    if (rest.length > FRAME_CHARS_MAX) throw new Error("a frame of the stream is too long");
    const whole = rest.split("\n\n");
    rest = whole.pop();
    yield* whole.map(parse);
  }
}

const search = (filter) => {
  const named = Object.entries(filter).filter(([, value]) => value);
  return named.length ? `?${new URLSearchParams(named)}` : "";
};

/**
 * Opens a stream until `stop()` of what is returned. `told` hears of `event(event, id)`, `lag({from, to,
 * read})`, `reorganised({realm, from})` and `state(word, detail)`: `live`, `resumed`, `waiting`, `refused`.
 */
export function open(filter, told) {
  const control = new AbortController();
  let last = null;
  let failures = 0;
  let wake = () => {};

  const attempt = async () => {
    const headers = last ? { "Last-Event-ID": last } : {};
    const response = await ask(`/v1/stream${search(filter)}`, { headers, signal: control.signal });
    told.state(failures > 0 && last ? "resumed" : "live", last);
    failures = 0;
    for await (const { event, id, data } of frames(response.body)) {
      if (id) last = id;
      if (event === "event") told.event(JSON.parse(data), id);
      else if (event === "lag") told.lag(JSON.parse(data));
      else if (event === "reorganised") told.reorganised(JSON.parse(data));
      else if (event === "error") throw new Error(JSON.parse(data).code);
    }
  };

  const run = async () => {
    while (!control.signal.aborted) {
      try {
        await attempt();
      } catch (error) {
        if (control.signal.aborted) return;
        if (error.status >= 400 && error.status < 500 && error.status !== 429) {
          told.state("refused", error);
          return;
        }
      }
      if (control.signal.aborted) return;
      const wait = WAIT_MS[Math.min(failures, WAIT_MS.length - 1)];
      failures += 1;
      told.state("waiting", wait);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, wait);
        wake = () => (clearTimeout(timer), resolve());
      });
    }
  };
  const online = () => wake();
  addEventListener("online", online);
  run();
  return {
    stop() {
      control.abort();
      removeEventListener("online", online);
      wake();
    },
    retry: () => wake(),
  };
}

/** The events between two marks, for what a lag left out. */
export async function missed(path, told) {
  const response = await ask(path);
  for await (const { event, id, data } of frames(response.body)) {
    if (event === "event") told(JSON.parse(data), id);
    if (event === "end") return;
  }
}
