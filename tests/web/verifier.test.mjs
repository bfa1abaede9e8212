// The module under Node says of every sample what the native verifier says of it.
//
// `PLUTO_SAMPLES` is a folder of files, each beside `<file>.json`, the report expected;
// `tests/scenarios/browser.rs` writes it.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const folder = process.env.PLUTO_SAMPLES;
const script = fileURLToPath(new URL("../../docs/verify/node.js", import.meta.url));
const require = createRequire(import.meta.url);
require("../../docs/verify/verifier-wasm.js");
require("../../docs/verify/verifier.js");
const { verify, FILE_BYTES_MAX } = globalThis.plutoVerifier;

const samples = readdirSync(folder).filter((name) => !name.endsWith(".json"));
const read = (name) => new Uint8Array(readFileSync(join(folder, name)));

test("every sample gets the native report", async () => {
  assert.ok(samples.length > 0);
  for (const name of samples) {
    const expected = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));
    assert.deepEqual(await verify(read(name)), expected, name);
  }
});

test("a file at the bound is looked at, one above it is not", async () => {
  const [at] = (await verify(new Uint8Array(FILE_BYTES_MAX))).checks;
  assert.equal(at.check, "known kind of file");
  const above = await verify(new Uint8Array(FILE_BYTES_MAX + 1));
  assert.equal(above.holds, false);
  assert.equal(above.checks[0].check, "the file is small enough");
});

test("the script answers with text, JSON and exit codes", () => {
  const whole = join(folder, samples.find((name) => name.endsWith("-whole")));
  const text = execFileSync(process.execPath, [script, whole], { encoding: "utf8" });
  assert.match(text, /^✓ /u);
  assert.match(text, /: holds\n$/u);
  const broken = join(folder, samples.find((name) => name.includes("-flipped-")));
  const refused = spawnSync(process.execPath, [script, "--json", broken], { encoding: "utf8" });
  assert.equal(refused.status, 1);
  assert.equal(JSON.parse(refused.stdout).holds, false);
  assert.equal(spawnSync(process.execPath, [script]).status, 2);
});
