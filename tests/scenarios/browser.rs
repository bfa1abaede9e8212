//! The verifier as browsers and Node run it, against the native one and through its page.
//!
//! Needs the module (`cargo xtask wasm`), `node` and `chromium`. Without them a scenario says so and
//! passes, except in CI. The scripts stand in `tests/web/`.

use std::path::{Path, PathBuf};
use std::process::Command;

use pluto_verifier_wasm::verify_any;

/// A page that hangs fails after this; nothing is measured by it.
const HANGS_AFTER: &str = "--test-timeout=300000";
/// Bytes between two places where a sample is flipped or cut.
const STRIDE: usize = 97;

/// Without `..`: a browser takes no such path for a file that was chosen.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn golden(name: &str) -> PathBuf {
    root().join("docs/formats/golden").join(name)
}

/// Whether everything is there that `programs` and the module need.
fn ready(programs: &[&str]) -> bool {
    let module = root().join("docs/verify/verifier-wasm.js");
    let absent = |program: &&&str| Command::new(program).arg("--version").output().is_err();
    let mut missing: Vec<String> = programs
        .iter()
        .filter(absent)
        .map(|program| format!("`{program}` is not installed"))
        .collect();
    if !module.is_file() {
        missing.push("the module is not built (`cargo xtask wasm`)".to_owned());
    }
    assert!(missing.is_empty() || std::env::var_os("CI").is_none(), "{}", missing.join(", "));
    if !missing.is_empty() {
        println!("skipped: {}", missing.join(", "));
    }
    missing.is_empty()
}

fn run_script(name: &str, variables: &[(&str, &Path)]) {
    let mut node = Command::new("node");
    node.args(["--test", HANGS_AFTER])
        .arg(root().join("tests/web").join(name))
        .envs(variables.iter().copied());
    // Else node believes that it runs below another runner, and reports in that one's form.
    let output = node.env_remove("NODE_TEST_CONTEXT").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{name}:\n{text}");
}

/// A file and the native report on it.
fn sample(folder: &Path, name: &str, bytes: &[u8]) {
    std::fs::write(folder.join(name), bytes).unwrap();
    std::fs::write(folder.join(format!("{name}.json")), verify_any(bytes).to_json()).unwrap();
}

#[test]
fn the_module_says_what_the_native_verifier_says() {
    if !ready(&["node"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for kind in [
        "proof-file-v1-signed",
        "proof-file-v1-absence",
        "proof-file-v1-unsigned",
        "decision-bundle-v1-allow",
        "decision-bundle-v1-deny",
        "decision-bundle-v1-approved",
        "audit-v1",
    ] {
        let whole = std::fs::read(golden(&format!("{kind}.bin"))).unwrap();
        sample(folder.path(), &format!("{kind}-whole"), &whole);
        for place in (0..whole.len()).step_by(STRIDE) {
            let mut flipped = whole.clone();
            flipped[place] ^= 1;
            sample(folder.path(), &format!("{kind}-flipped-{place}"), &flipped);
            sample(folder.path(), &format!("{kind}-cut-{place}"), &whole[..place]);
        }
    }
    run_script("verifier.test.mjs", &[("PLUTO_SAMPLES", folder.path())]);
}

#[test]
fn the_page_checks_a_file_and_refuses_a_flipped_byte() {
    if !ready(&["node", "chromium"]) {
        return;
    }
    let chromium = Path::new("chromium");
    let file = golden("proof-file-v1-signed.bin");
    run_script("page.test.mjs", &[("PLUTO_CHROMIUM", chromium), ("PLUTO_SAMPLE", &file)]);
}
