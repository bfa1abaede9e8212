// Asks the node. Whoever is signed in has a token; it is kept for this tab only.

const KEY = "pluto-token";
let token = sessionStorage.getItem(KEY);
let signedOut = () => {};

/** What the node says is wrong: a problem document (RFC 9457), or that it cannot be reached. */
export class Problem extends Error {
  constructor(status, body) {
    super(body?.title ?? (status ? `the node answered ${status}` : "the node cannot be reached"));
    this.status = status;
    this.code = body?.code;
    this.detail = body?.detail;
  }
}

export const isSignedIn = () => Boolean(token);

export function signIn(text) {
  token = text;
  sessionStorage.setItem(KEY, text);
}

export function signOut() {
  token = null;
  sessionStorage.removeItem(KEY);
}

/** Called when a token is no longer good. */
export function onSignedOut(listener) {
  signedOut = listener;
}

/** A response of the node; anything but success is thrown as a problem. */
export async function ask(path, { method = "GET", json, body, headers = {}, signal } = {}) {
  const sent = { ...headers };
  if (token) sent.Authorization = `Bearer ${token}`;
  if (json !== undefined) sent["Content-Type"] = "application/json";
  if (body !== undefined) sent["Content-Type"] = "application/octet-stream";
  let response;
  try {
    const payload = json === undefined ? body : JSON.stringify(json);
    response = await fetch(path, { method, headers: sent, body: payload, signal, credentials: "omit" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0);
  }
  if (response.ok) return response;
  const problem = new Problem(response.status, await response.json().catch(() => null));
  if (response.status === 401) signedOut(problem);
  throw problem;
}

export const get = async (path, options) => (await ask(path, options)).json();
export const post = async (path, json, options) => (await ask(path, { method: "POST", json, ...options })).json();
export const text = async (path, options) => (await ask(path, options)).text();
export const file = async (path, options) => new Uint8Array(await (await ask(path, options)).arrayBuffer());

/** A path with its parts escaped: `at("/v1/realms/", realm, "/members")`, every second part is a name. */
export const at = (...parts) => parts.map((part, index) => (index % 2 ? encodeURIComponent(part) : part)).join("");

/** Health may say no with a document; that is an answer. */
export async function health(name) {
  const response = await fetch(`/v1/health/${name}`, { credentials: "omit" }).catch(() => null);
  if (!response) throw new Problem(0);
  return response.json();
}
