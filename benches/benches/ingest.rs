//! The whole path: decode, hash, verify, admit, append durably, fold, roots, publish.
//!
//! Events are 306 bytes (one record put each), written by 100 authors to 10,000 keys. The limit is
//! verification alone, by the same verifier; replay is measured against scanning the same log with
//! its checksums, and against doing that and hashing every header and payload, less than which no
//! replay can do. `million` prints cost, disk and memory at 10⁴, 10⁵ and 10⁶ events.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench stops at the first fault"
)]

#[path = "ingest/million.rs"]
mod million;
#[path = "ingest/scan.rs"]
mod scan;
#[path = "ingest/world.rs"]
#[allow(dead_code, reason = "the bench of sync uses the rest of it")]
mod world;

use mimalloc::MiMalloc;
use pluto_benches::{Case, Clock, run_interleaved, size, wanted};
use pluto_core::{Canonical as _, Run};
use world::{Directory, World, verify, verify_with_two_threads};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() {
    if wanted("path") {
        path();
    }
    if wanted("replay") {
        replay();
    }
    if wanted("million") {
        million::run();
    }
}

/// Ingest on a fresh store against verification alone.
fn path() {
    let events = size(16_384, 1_024);
    let single = World::new(events, 1);
    let grouped = World::new(events, 64);
    let one = single.messages();
    let cases = vec![
        Case::new("verify alone, 64 in a batch, one thread", events, || verify(&one)),
        Case::new("verify alone, 64 in a batch, two threads", events, || {
            verify_with_two_threads(&one);
        }),
        Case::with_setup(
            "ingest, one signature an event",
            events,
            || Directory::with_members(&single),
            |directory| directory.ingest(&single),
        ),
        Case::with_setup(
            "ingest, one signature for 64 events",
            events,
            || Directory::with_members(&grouped),
            |directory| directory.ingest(&grouped),
        ),
    ];
    let report = run_interleaved("full ingest, per event", Clock::WallWithoutQueue, cases);
    let one_thread = "verify alone, 64 in a batch, one thread";
    report.goal("ingest, one signature an event", one_thread, 0.75, 0.90);
    report.goal(
        "ingest, one signature an event",
        "verify alone, 64 in a batch, two threads",
        0.75,
        0.90,
    );
    report.goal("ingest, one signature for 64 events", one_thread, 1.0 / 0.3, 1.0 / 0.15);
}

/// Replay of a log into roots against scanning it with checksums.
fn replay() {
    const SCAN: &str = "scan with checksums";
    const HASH: &str = "scan, and hash every header and payload";
    const REPLAY: &str = "replay into roots, every event hashed again";
    let events = size(1_000_000, 8_192);
    let world = World::new(events, 64);
    let directory = Directory::with_members(&world);
    let directory = directory.ingest(&world);
    directory.close();
    let cases = vec![
        Case::new(SCAN, events, || scan::records(&directory.store(), |run| run.len())),
        Case::new(HASH, events, || scan::records(&directory.store(), scan::hash)),
        Case::new("scan, and decode every run", events, || {
            scan::records(&directory.store(), |run| Run::decode(run).unwrap().events.len())
        }),
        Case::with_setup(REPLAY, events, || directory.without_index(), world::Opened::open),
        Case::with_setup(
            "clean open from the checkpoint",
            events,
            || directory.cleanly_closed(),
            world::Opened::open,
        ),
    ];
    let report = run_interleaved("replay, CPU of all threads per event", Clock::ProcessCpu, cases);
    report.goal(REPLAY, SCAN, 1.0 / 4.0, 1.0 / 2.5);
    report.goal(REPLAY, HASH, 1.0 / 4.0, 1.0 / 2.5);
}
