//! Looks whether the verifier of pages was built (`cargo xtask wasm`), so that the binary carries it.

use std::path::Path;

fn main() {
    // The folder, since a file that is not there would have this run at every build.
    println!("cargo::rerun-if-changed=../../docs/verify");
    println!("cargo::rustc-check-cfg=cfg(has_verifier)");
    if Path::new("../../docs/verify/verifier-wasm.js").is_file() {
        println!("cargo::rustc-cfg=has_verifier");
    }
}
