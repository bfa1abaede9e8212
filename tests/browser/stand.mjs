// What every test stands on: a browser, the node's link, and a wire between them that can be cut.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { connect, createServer } from "node:net";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

import { chromium } from "playwright-core";

const { PLUTO_CHROMIUM, PLUTO_LINK, PLUTO_BIN, PLUTO_DATA } = process.env;

export const link = new URL(PLUTO_LINK);
export const token = new URLSearchParams(link.hash.slice(1)).get("token");
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** The browser that is installed; a name is looked for where programs are. */
export const browser = () => {
  const places = PLUTO_CHROMIUM.includes("/") ? [PLUTO_CHROMIUM] : process.env.PATH.split(delimiter).map((folder) => join(folder, PLUTO_CHROMIUM));
  return chromium.launch({ executablePath: places.find(existsSync), args: FLAGS });
};

/** The realm of the story. */
export const story = async () => (await pluto("realm", "list")).find(({ name }) => name === "ops");

/** A page that must not complain: what scripts log as errors, throw, or are refused is collected. */
export async function open(running, { width = 1280, height = 900, scheme = "light", origin = link.origin } = {}) {
  const context = await running.newContext({ viewport: { width, height }, colorScheme: scheme, reducedMotion: "reduce" });
  const page = await context.newPage();
  const complaints = [];
  const elsewhere = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("request", (request) => {
    const { url } = { url: request.url() };
    if (!url.startsWith(origin) && !url.startsWith("data:") && !url.startsWith("blob:")) elsewhere.push(url);
  });
  const go = async (hash) => {
    await page.goto(`${origin}/${hash}`);
    await settled(page);
  };
  await page.goto(`${origin}/#token=${token}`);
  await settled(page);
  const quiet = () => {
    assert.deepEqual(complaints.splice(0), []);
    assert.deepEqual(elsewhere.splice(0), []);
  };
  return { page, go, quiet, complaints, close: () => context.close() };
}

/** Until the page has what it asked for. */
export const settled = (page) => page.locator("main:not([aria-busy]) h1").waitFor();

/** A command on the data of the running node. */
export async function pluto(...words) {
  const env = { ...process.env, PLUTO_PASSPHRASE: "demo", PLUTO_DATA };
  const { stdout } = await promisify(execFile)(PLUTO_BIN, ["--json", ...words], { env });
  return JSON.parse(stdout);
}

/** A wire to the node that can be cut and mended. */
export async function wire() {
  const ends = new Set();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) return near.destroy();
    const far = connect(Number(link.port), link.hostname);
    for (const [one, other] of [[near, far], [far, near]]) {
      ends.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => (ends.delete(one), other.destroy()));
      one.pipe(other);
    }
    return undefined;
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    cut: () => ((isCut = true), ends.forEach((end) => end.destroy())),
    mend: () => (isCut = false),
    close: () => (ends.forEach((end) => end.destroy()), server.close()),
  };
}
