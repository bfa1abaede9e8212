// The verifier for pages and for Node: bytes in, report out.
//
// A classic script, because a page opened as a file may not load modules. It needs
// `verifier-wasm.js` before it, which `cargo xtask wasm` writes. A report is what
// crates/pluto-verifier-wasm/src/report.rs describes; what goes wrong on this side of the border is a
// report too, so that a reader has one thing to look at: `holds`.
"use strict";

globalThis.plutoVerifier = (() => {
  const FILE_BYTES_MAX = 16 * 1024 * 1024;
  let compiling = null;

  /** A report that says no, for what the module itself cannot say. */
  function refusal(check, detail) {
    const checks = [{ check, outcome: "refused", detail }];
    return { verifier: "", format: "unknown", holds: false, checks, summary: [] };
  }

  function compiled() {
    const built = globalThis.plutoVerifierModule;
    if (!built) throw new Error("the module is missing: run `cargo xtask wasm`");
    compiling ??= WebAssembly.compile(Uint8Array.from(atob(built.base64), (c) => c.charCodeAt(0)));
    return compiling;
  }

  /** Checks `bytes` (a Uint8Array) in an instance of its own: nothing is left for the next file. */
  async function verify(bytes) {
    if (bytes.length > FILE_BYTES_MAX) {
      const detail = `expected at most ${FILE_BYTES_MAX} bytes, found ${bytes.length}`;
      return refusal("the file is small enough", detail);
    }
    try {
      const { exports } = await WebAssembly.instantiate(await compiled(), {});
      const input = exports.pluto_input(bytes.length) >>> 0;
      if (input === 0) throw new Error("the module takes no file of this size");
      new Uint8Array(exports.memory.buffer, input, bytes.length).set(bytes);
      const answer = exports.pluto_verify() >>> 0;
      const length = exports.pluto_answer_length() >>> 0;
      const text = new TextDecoder().decode(new Uint8Array(exports.memory.buffer, answer, length));
      return JSON.parse(text);
    } catch (error) {
      return refusal("the verifier ran to its end", String(error.message ?? error));
    }
  }

  /** Compiles ahead of the first file. What fails here fails there too, where it is shown. */
  async function prepare() {
    try {
      await compiled();
    } catch {
      compiling = null;
    }
  }

  return { prepare, verify, FILE_BYTES_MAX };
})();
