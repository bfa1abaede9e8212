//! What a store costs at 10⁴, 10⁵ and 10⁶ events: time an event, disk, memory, opening.

use std::time::Instant;

use pluto_benches::{quick, say};
use pluto_core::Canonical;

use crate::world::{Directory, Source64, submit};

const PER_RUN: usize = 64;

pub(crate) fn run() {
    say("\n### cost by size: runs of 64, fresh store each\n\n");
    say(
        "| events | ns an event (with composing and signing) | log / runs | all / runs | resident MB | clean open ms |\n",
    );
    say("|---:|---:|---:|---:|---:|---:|\n");
    let sizes: &[usize] = if quick() { &[10_000] } else { &[10_000, 100_000, 1_000_000] };
    for events in sizes {
        one(*events);
    }
}

fn one(events: usize) {
    let directory = Directory::new();
    let (mut source, joins) = Source64::new(PER_RUN);
    let mut bytes = 0_u64;
    let started = Instant::now();
    directory.with(|system| {
        submit(system, joins.iter().map(|run| run.encode().into()));
        submit(
            system,
            (0..events / PER_RUN).map(|_| {
                let run = source.next_run().encode();
                bytes += run.len() as u64;
                run.into()
            }),
        );
    });
    let per_event = started.elapsed().as_nanos() as f64 / events as f64;
    let resident = resident_mb();
    directory.close();
    let (log, all) = (directory.disk_bytes("log"), directory.disk_bytes(""));
    let mut opens: Vec<f64> = (0..5)
        .map(|_| {
            let started = Instant::now();
            let node = directory.closed().open();
            let spent = started.elapsed().as_secs_f64() * 1e3;
            drop(node);
            spent
        })
        .collect();
    opens.sort_by(f64::total_cmp);
    say(&format!(
        "| {events} | {per_event:.0} | {:.3} | {:.3} | {resident} | {:.1} |\n",
        log as f64 / bytes as f64,
        all as f64 / bytes as f64,
        opens[opens.len() / 2]
    ));
}

fn resident_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) / 1024
}
