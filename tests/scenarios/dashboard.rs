//! The dashboard in a real browser, over the node that `pluto demo --serve` leaves running.
//!
//! Needs `node`, `chromium`, `playwright-core` (`npm ci --prefix tests/browser`) and the verifier for pages
//! (`cargo xtask wasm`, before the binary is built). Without them the scenario says so and passes, except
//! in CI. The scripts stand in `tests/browser/`; pictures of every page go to `target/dashboard/`.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use pluto_api::http::HAS_VERIFIER;
use pluto_tests::pluto_binary;
use serde_json::Value;

/// A page that hangs fails after this; nothing is measured by it.
const HANGS_AFTER: &str = "--test-timeout=600000";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// Whether everything is there that the browser needs.
fn ready() -> bool {
    let absent = |program: &&str| Command::new(program).arg("--version").output().is_err();
    let mut missing: Vec<String> = ["node", "chromium"]
        .iter()
        .filter(|program| absent(program))
        .map(|program| format!("`{program}` is not installed"))
        .collect();
    if !root().join("tests/browser/node_modules/playwright-core").is_dir() {
        missing.push("`npm ci --prefix tests/browser` has not run".to_owned());
    }
    if !HAS_VERIFIER {
        missing.push("the binary has no verifier for pages (`cargo xtask wasm`)".to_owned());
    }
    assert!(missing.is_empty() || std::env::var_os("CI").is_none(), "{}", missing.join(", "));
    if !missing.is_empty() {
        println!("skipped: {}", missing.join(", "));
    }
    missing.is_empty()
}

/// The node of the demo, until it is dropped.
struct Served {
    child: Child,
    data: String,
    link: String,
}

impl Served {
    fn start() -> Self {
        let mut child = Command::new(pluto_binary())
            .args(["--json", "demo", "--serve=127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut text = String::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            text.push_str(&line.unwrap());
            if let Ok(said) = serde_json::from_str::<Value>(&text) {
                let of = |name: &str| said[name].as_str().unwrap().to_owned();
                return Self { child, data: of("serving"), link: of("dashboard") };
            }
        }
        panic!("the demo ended: {text}");
    }

    fn run(&self, arguments: &[&str], pictures: &Path) {
        let mut node = Command::new("node");
        node.args(arguments)
            .current_dir(root().join("tests/browser"))
            .env("PLUTO_BIN", pluto_binary())
            .env("PLUTO_CHROMIUM", "chromium")
            .env("PLUTO_DATA", &self.data)
            .env("PLUTO_LINK", &self.link)
            .env("PLUTO_SCREENSHOTS", pictures);
        // Else node believes that it runs below another runner, and reports in that one's form.
        let output = node.env_remove("NODE_TEST_CONTEXT").output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(output.status.success(), "{}:\n{said}", arguments.join(" "));
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn every_page_shows_the_node_and_says_when_it_cannot() {
    if !ready() {
        return;
    }
    let served = Served::start();
    let pictures = root().join("target/dashboard");
    std::fs::create_dir_all(&pictures).unwrap();
    served.run(&["--test", HANGS_AFTER, "dashboard.test.mjs"], &pictures);
    served.run(&["pictures.mjs"], &pictures);
}
