// The page in a real browser: choose, drop, flip a byte, by keyboard, at two widths, from a server and
// from disk. `PLUTO_CHROMIUM` is the program, `PLUTO_SAMPLE` a file that holds; with
// `PLUTO_SCREENSHOTS` set, pictures are written into that folder.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { basename, extname, join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

import { Chromium } from "./chromium.mjs";

const root = fileURLToPath(new URL("../../docs/verify/", import.meta.url));
const sample = process.env.PLUTO_SAMPLE;
const pictures = process.env.PLUTO_SCREENSHOTS;
const TYPES = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript" };

const server = createServer((request, response) => {
  const name = basename(request.url) || "index.html";
  response.setHeader("Content-Type", TYPES[extname(name)] ?? "application/octet-stream");
  try {
    response.end(readFileSync(join(root, name)));
  } catch {
    response.writeHead(404).end();
  }
});

let browser;
let page;
let address;

before(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  address = `http://127.0.0.1:${server.address().port}/`;
  browser = new Chromium(process.env.PLUTO_CHROMIUM);
  page = await browser.page();
});

beforeEach(async () => {
  await page.look(1280, 900, "light");
  await page.open(address);
});

after(async () => {
  await browser.close();
  server.closeAllConnections();
  server.close();
});

const text = (id) => page.value(`document.getElementById("${id}").innerText`);
const outcome = (...words) => {
  const found = `document.getElementById("verdict").dataset.outcome`;
  return page.until(`${JSON.stringify(words)}.includes(${found})`);
};
const holds = () => outcome("ok", "open");
const refused = () => outcome("refused");
const choose = async () => {
  await page.choose("#file", sample);
  await holds();
};

test("a file is checked, and nothing is asked for but the page's own files", async () => {
  page.requests.length = 0;
  await page.open(address);
  await choose();
  assert.match(await text("verdict"), /hold/u);
  assert.match(await text("checks"), /every hash from the entry leads to [0-9a-f]{64}/u);
  assert.match(await text("summary"), /root\s+[0-9a-f]{64}/u);
  const own = ["", "page.js", "verifier-wasm.js", "verifier.js", "verify.css"];
  const asked = page.requests.filter((url) => !url.startsWith("data:")).sort();
  assert.deepEqual(asked, own.map((name) => address + name));
  assert.deepEqual(page.complaints, []);
});

test("the page may not connect anywhere, not even home", async () => {
  const tried = await page.value(`fetch("verify.css").then(() => "sent", () => "refused")`);
  assert.equal(tried, "refused");
});

test("one flipped byte is refused, and the file can be had back", async () => {
  await choose();
  await page.value(`document.getElementById("offset").value = "40"`);
  await page.value(`document.querySelector("#flip button").click()`);
  await refused();
  assert.match(await text("verdict"), /^✗ Refused/u);
  assert.match(await text("change"), /^Byte 40 of [\d,]+ changed from [0-9a-f]{2} to [0-9a-f]{2}/u);
  assert.equal(await page.value(`document.getElementById("shows").hidden`), true);
  await page.value(`document.getElementById("restore").click()`);
  await holds();
  assert.equal(await page.value(`document.getElementById("change").hidden`), true);
});

test("the keyboard alone reaches everything", async () => {
  const focus = () => page.value(`document.activeElement.id || document.activeElement.type`);
  await page.press("Tab");
  assert.equal(await focus(), "file");
  await choose();
  await page.press("Tab");
  assert.equal(await focus(), "offset");
  await page.press("7", "7");
  await page.press("Enter", "\r");
  await refused();
  assert.match(await text("change"), /^Byte 7 /u);
  await page.press("Tab");
  assert.equal(await focus(), "submit");
  await page.press("Tab");
  assert.equal(await focus(), "restore");
  await page.press("Enter", "\r");
  await holds();
});

test("a dropped file is checked like a chosen one", async () => {
  const bytes = JSON.stringify([...readFileSync(sample)]);
  await page.value(`(() => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([new Uint8Array(${bytes})], "dropped"));
    const event = { dataTransfer, bubbles: true, cancelable: true };
    document.body.dispatchEvent(new DragEvent("drop", event));
  })()`);
  await holds();
  assert.match(await text("about"), /^dropped · /u);
});

test("it works from disk", async () => {
  await page.open(pathToFileURL(join(root, "index.html")).href);
  await choose();
  assert.match(await text("module"), /SHA-256 [0-9a-f]{64}/u);
  assert.deepEqual(page.complaints, []);
});

test("nothing is cut off at 1280 and 390 pixels, by day and by night", async () => {
  for (const [width, height] of [[1280, 900], [390, 844]]) {
    for (const scheme of ["light", "dark"]) {
      await page.look(width, height, scheme);
      await page.open(address);
      await choose();
      await fits(width);
      if (pictures) await page.shoot(join(pictures, `${width}-${scheme}-holds.png`));
      await page.value(`document.querySelector("#flip button").click()`);
      await refused();
      await fits(width);
      if (pictures) await page.shoot(join(pictures, `${width}-${scheme}-refused.png`));
    }
  }
});

async function fits(width) {
  assert.ok((await page.value("document.documentElement.scrollWidth")) <= width);
}
