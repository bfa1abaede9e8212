// `node docs/verify/node.js [--json] <file>`: the verifier of the page, without a page.
//
// Exit codes as those of `pluto`: 0 the file holds, 1 refused, 2 wrong usage.
"use strict";

const { readFileSync } = require("node:fs");

require("./verifier-wasm.js");
require("./verifier.js");

const SIGNS = { ok: "✓", refused: "✗", open: "–" };

function text(report) {
  const checks = report.checks.map((c) => `${SIGNS[c.outcome]} ${c.check}: ${c.detail}`);
  const summary = report.summary.map((fact) => `${fact.name}: ${fact.value}`);
  const verdict = report.holds ? "holds" : "refused";
  return [...checks, "", ...summary, `${report.format}: ${verdict}`].join("\n");
}

async function main(words) {
  const json = words.includes("--json");
  const paths = words.filter((word) => word !== "--json");
  if (paths.length !== 1) {
    console.error("usage: node node.js [--json] <file>");
    return 2;
  }
  const report = await globalThis.plutoVerifier.verify(new Uint8Array(readFileSync(paths[0])));
  console.log(json ? JSON.stringify(report) : text(report));
  return report.holds ? 0 : 1;
}

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
