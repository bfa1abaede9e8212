// A headless Chromium of its own, spoken to through a pipe (Chrome DevTools Protocol), and a page in it.
//
// Nothing is installed for it and no port is opened. Waiting is for events, never for time.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--remote-debugging-pipe",
];

export class Chromium {
  #child;
  #profile = mkdtempSync(join(tmpdir(), "pluto-page-"));
  #calls = new Map();
  #listeners = [];
  #rest = "";
  #number = 0;

  constructor(program) {
    const flags = [...FLAGS, `--user-data-dir=${this.#profile}`, "about:blank"];
    const stdio = ["ignore", "ignore", "ignore", "pipe", "pipe"];
    this.#child = spawn(program, flags, { stdio });
    this.#child.on("exit", () => this.#giveUp("the browser ended"));
    this.#child.stdio[4].setEncoding("utf8").on("data", (text) => this.#receive(text));
  }

  #receive(text) {
    const messages = (this.#rest + text).split("\0");
    this.#rest = messages.pop();
    for (const message of messages.map((each) => JSON.parse(each))) {
      const call = this.#calls.get(message.id);
      this.#calls.delete(message.id);
      if (message.error) call?.reject(new Error(message.error.message));
      else if (call) call.resolve(message.result);
      else if (message.method === "Inspector.targetCrashed") this.#giveUp("the page crashed");
      else this.#listeners.forEach((listener) => listener(message));
    }
  }

  /** Whoever waits would wait for ever. */
  #giveUp(why) {
    this.#calls.forEach(({ reject }) => reject(new Error(why)));
    this.#calls.clear();
  }

  send(method, params = {}, sessionId = undefined) {
    this.#number += 1;
    const id = this.#number;
    this.#child.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject }));
  }

  listen(listener) {
    this.#listeners.push(listener);
  }

  async page() {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(this, sessionId);
    const domains = ["Inspector", "Page", "Runtime", "Network", "DOM"];
    await Promise.all(domains.map((domain) => page.send(`${domain}.enable`)));
    return page;
  }

  async close() {
    const ended = once(this.#child, "exit");
    this.send("Browser.close").catch(() => {});
    await ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 3 });
  }
}

class Page {
  /** Addresses asked for, and what the page complained about. */
  requests = [];
  complaints = [];
  #loaded = [];

  constructor(browser, session) {
    this.send = (method, params) => browser.send(method, params, session);
    browser.listen(({ method, params, sessionId }) => {
      if (sessionId !== session) return;
      if (method === "Network.requestWillBeSent") this.requests.push(params.request.url);
      if (method === "Runtime.exceptionThrown") this.complaints.push(params.exceptionDetails.text);
      if (method === "Runtime.consoleAPICalled") this.complaints.push(params.type);
      if (method === "Page.loadEventFired") this.#loaded.splice(0).forEach((resolve) => resolve());
    });
  }

  async open(url) {
    const loaded = new Promise((resolve) => this.#loaded.push(resolve));
    await this.send("Page.navigate", { url });
    await loaded;
  }

  /** The value of an expression in the page; of a promise, what it comes to. */
  async value(expression) {
    const options = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", options);
    if (exceptionDetails) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    return result.value;
  }

  /** Waits until the expression is true; it is asked again whenever the document changes. */
  async until(expression) {
    await this.value(`new Promise((resolve) => {
      const ask = () => { if (${expression}) { watch.disconnect(); resolve(true); } };
      const watch = new MutationObserver(ask);
      const all = { subtree: true, childList: true, attributes: true, characterData: true };
      watch.observe(document, all);
      ask();
    })`);
  }

  async choose(selector, path) {
    const expression = `document.querySelector(${JSON.stringify(selector)})`;
    const { result } = await this.send("Runtime.evaluate", { expression });
    await this.send("DOM.setFileInputFiles", { files: [path], objectId: result.objectId });
  }

  async press(key, text = undefined) {
    const event = { key, code: key, text, windowsVirtualKeyCode: KEYS[key] ?? key.charCodeAt(0) };
    await this.send("Input.dispatchKeyEvent", { type: "keyDown", ...event });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...event, text: undefined });
  }

  async look(width, height, scheme) {
    const size = { width, height, deviceScaleFactor: 1, mobile: width < 600 };
    await this.send("Emulation.setDeviceMetricsOverride", size);
    const features = [{ name: "prefers-color-scheme", value: scheme }];
    await this.send("Emulation.setEmulatedMedia", { features });
  }

  async shoot(path) {
    const { data } = await this.send("Page.captureScreenshot", { captureBeyondViewport: true });
    writeFileSync(path, Buffer.from(data, "base64"));
  }
}

const KEYS = { Tab: 9, Enter: 13 };
