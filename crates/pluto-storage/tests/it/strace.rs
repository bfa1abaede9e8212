//! Counts real syncs: at least one `fdatasync` for every acknowledged batch.
//!
//! The test runs itself again under `strace`; without `strace` it says so and passes.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use pluto_core::traits::EventLog;
use pluto_storage::disk::RealDisk;
use pluto_storage::{LogOptions, SegmentLog};
use pluto_testkit::RunBuilder;

const DIR_VARIABLE: &str = "PLUTO_STRACE_DIR";
const BATCHES: u64 = 100;

#[test]
#[ignore = "the child of the test below"]
fn child_appends() {
    let Some(dir) = std::env::var_os(DIR_VARIABLE) else { return };
    let disk = RealDisk::create(Path::new(&dir)).unwrap();
    let mut log = SegmentLog::open(Arc::new(disk), LogOptions::default()).unwrap();
    let mut author = RunBuilder::new(1);
    for _ in 0..BATCHES {
        log.append(&[author.record(1, b"x"), author.record(2, b"y")]).unwrap();
    }
}

#[test]
fn every_acknowledged_batch_has_its_sync() {
    if Command::new("strace").arg("-V").output().is_err() {
        println!("skipped: `strace` is not installed");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let counts = dir.path().join("counts");
    let output = Command::new("strace")
        .args(["-f", "-c", "-U", "name,calls", "-e", "trace=fdatasync", "-o"])
        .arg(&counts)
        .arg(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "strace::child_appends"])
        .env(DIR_VARIABLE, dir.path().join("log"))
        .output()
        .unwrap();
    let text = std::fs::read_to_string(&counts).unwrap_or_default();
    if !output.status.success() && text.is_empty() {
        println!("skipped: `strace` may not trace here");
        return;
    }
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let calls = text
        .lines()
        .filter_map(|line| line.split_once("fdatasync"))
        .find_map(|(_, calls)| calls.trim().parse::<u64>().ok());
    assert!(calls.is_some_and(|calls| calls >= BATCHES), "{text}");
}
