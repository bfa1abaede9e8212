//! The face as somebody sees it who knows its OpenAPI document and nothing else: schemathesis.
//!
//! It makes requests out of the document, those that fit and those that do not, and holds every answer
//! to it. Seeded. It needs `target/contract`, where `.ci/run` installs it (`tests/contract/requirements.txt`);
//! without it the scenario says so and passes, except in CI.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::gate::Served;

/// Examples of each operation and phase; with them a run takes about a minute.
const EXAMPLES: &str = "--max-examples=20";
/// What is left out, with the reason.
const WITHOUT: [&str; 3] = [
    // A stream has no end, and an emergency refuses what comes after it.
    "--exclude-operation-id=stream",
    "--exclude-operation-id=set_mode",
    // Much of what fits a schema names nothing that is here, or is no policy: refused, as it must be.
    "--exclude-checks=positive_data_acceptance",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

#[test]
fn a_stranger_finds_no_answer_that_the_document_does_not_name() {
    let program = root().join("target/contract/bin/schemathesis");
    if !program.is_file() {
        let missing =
            "schemathesis is not in `target/contract` (`tests/contract/requirements.txt`)";
        assert!(std::env::var_os("CI").is_none(), "{missing}");
        println!("skipped: {missing}");
        return;
    }
    let rate = "{ burst = 1000000, per_s = 1000000 }";
    let limits = format!("[limits]\nread = {rate}\nwrite = {rate}\naddress = {rate}\n");
    let served = Served::start_with(&limits);
    let (token, _) = served.token("admin", &[]);
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(program)
        .current_dir(folder.path())
        .arg(format!("--config-file={}", root().join("tests/contract/schemathesis.toml").display()))
        .arg("run")
        .arg(format!("{}/openapi.json", served.url()))
        .arg(format!("--header=Authorization: Bearer {token}"))
        .args(["--checks=all", "--seed=1", "--no-color", "--generation-database=none", EXAMPLES])
        .args(["--continue-on-failure", "--warnings=off"])
        .args(WITHOUT)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
}
