//! The binary `pluto`, for scenarios that need real processes.
//!
//! Cargo names a package's own binaries to its tests, not those of others. So: `PLUTO_BIN` when it is
//! set, else the one beside the test at work if no source is newer, else it is built there. A run of
//! the whole workspace has built it; building it alone would build its dependencies again, for cargo
//! gives them other features then.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The path of `pluto`, built once per process.
///
/// # Panics
/// When it cannot be built: the scenario cannot be played.
#[must_use]
pub fn pluto_binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| match std::env::var_os("PLUTO_BIN") {
        Some(path) => path.into(),
        None => build().unwrap_or_else(fail),
    })
}

/// `<target>/<profile>/deps/<test>` is where a test runs from.
fn build() -> Option<PathBuf> {
    let test = std::env::current_exe().ok()?;
    let profile_dir = test.parent()?.parent()?;
    let binary = profile_dir.join("pluto");
    if is_fresh(&binary).unwrap_or(false) {
        return Some(binary);
    }
    let profile = match profile_dir.file_name()?.to_str()? {
        "debug" => "dev",
        other => other,
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args([
            "build",
            "--quiet",
            "-p",
            "pluto-node",
            "--features",
            "http3",
            "--bin",
            "pluto",
            "--profile",
            profile,
        ])
        .arg("--target-dir")
        .arg(profile_dir.parent()?)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .ok()?;
    built.success().then_some(binary)
}

/// Whether the binary was built after every source of the product; tests are none.
fn is_fresh(binary: &Path) -> std::io::Result<bool> {
    let built = std::fs::metadata(binary)?.modified()?;
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let about = entry.metadata()?;
            let name = entry.file_name();
            if name == "tests" || name == "tests.rs" {
                continue;
            }
            if about.is_dir() {
                folders.push(entry.path());
            } else if about.modified()? > built {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

#[expect(clippy::panic, reason = "a scenario fails by panicking, as a test does")]
fn fail() -> PathBuf {
    panic!("`cargo build -p pluto-node --bin pluto` failed; set PLUTO_BIN to a built binary")
}
