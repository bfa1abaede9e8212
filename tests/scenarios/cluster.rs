//! Three real processes over loopback, one of them cut off while all write: one root in the end.

use std::process::Command;

use pluto_tests::pluto_binary;
use serde_json::Value;

#[test]
fn three_processes_of_which_one_is_cut_off_come_to_one_root() {
    let said = Command::new(pluto_binary()).args(["--json", "demo", "cluster"]).output().unwrap();
    let error = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success(), "{error}");
    let facts: Value = serde_json::from_slice(&said.stdout).unwrap();
    let root = |name: &str| facts["roots"][name].as_str().unwrap().to_owned();
    assert_ne!(root("together"), root("healed"));
    assert_ne!(root("healed"), root("final"));
    // The genesis, two who join, nine records, a checkpoint.
    assert_eq!(facts["events"], 13);
}
