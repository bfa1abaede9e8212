//! Where tests find the data that no repository carries: real logs, ratings, official test vectors.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The file or folder `path` below `data/` of the shared folder, which `PLUTO_SHARED` names; beside the
/// workspace if nothing does.
///
/// `None`, and a word about it, where it is not on this machine.
///
/// # Panics
/// Where it is missing in CI.
#[must_use]
pub fn shared_data(path: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let root = std::env::var_os("PLUTO_SHARED").map_or_else(beside, PathBuf::from);
    let found = root.join("data").join(path);
    if found.exists() {
        return Some(found);
    }
    let at = found.display();
    assert!(std::env::var_os("CI").is_none(), "missing: `{at}`; set PLUTO_SHARED");
    // Not the captured output: whoever runs the tests shall see it.
    let _ = writeln!(std::io::stderr(), "skipped: no `{at}`");
    None
}

/// The same for a file of JSON, such as published vectors.
///
/// # Panics
/// As [`shared_data`], and for a file that is none.
#[must_use]
pub fn shared_json(path: &str) -> Option<Value> {
    let bytes = std::fs::read(shared_data(path)?).unwrap();
    Some(serde_json::from_slice(&bytes).expect("shared data is JSON"))
}
