//! Simulates networks from seeds: `sim [--first N] [--seeds N] [--minutes M]`; ends at the first failure.
//!
//! With `--minutes` it goes on with further seeds until the time is over. One line for each seed, and in
//! the end a sum and how many networks met each kind of trouble.

use std::error::Error;
use std::io::Write;
use std::time::{Duration, Instant};

use pluto_tests::sim::{Coverage, Report, simulate_all};

/// Seeds between two looks at the time.
const BATCH: u64 = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let (mut first, mut seeds, mut minutes) = (0_u64, 100_u64, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let number: u64 = arguments.next().ok_or("a number is missing")?.parse()?;
        match name.as_str() {
            "--first" => first = number,
            "--seeds" => seeds = number,
            "--minutes" => minutes = Some(Duration::from_secs(number * 60)),
            other => return Err(format!("unknown argument `{other}`").into()),
        }
    }
    let started = Instant::now();
    let mut out = std::io::stdout().lock();
    let (mut next, mut reports) = (first, Vec::new());
    loop {
        let left = match minutes {
            Some(minutes) if started.elapsed() >= minutes => 0,
            Some(_) => BATCH,
            None => (first + seeds - next).min(BATCH),
        };
        if left == 0 {
            break;
        }
        for (seed, report) in (next..).zip(simulate_all(next..next + left)) {
            say(&mut out, seed, &report)?;
            reports.push(report);
        }
        next += left;
    }
    sum(&mut out, &reports, started.elapsed())?;
    Ok(())
}

fn say(out: &mut impl Write, seed: u64, report: &Report) -> std::io::Result<()> {
    let Report { nodes, liars, events, frames, healed_ms, trace, .. } = report;
    writeln!(
        out,
        "seed {seed}: {nodes} nodes, {liars} liars, {events} events, {frames} frames, healed in \
         {healed_ms} ms, trace {trace}",
    )
}

fn sum(out: &mut impl Write, reports: &[Report], took: Duration) -> std::io::Result<()> {
    let total = |of: fn(&Report) -> u64| reports.iter().map(of).sum::<u64>();
    let forks: usize = reports.iter().map(|report| report.forks).sum();
    let borders: usize = reports.iter().map(|report| report.borders).sum();
    let slowest = reports.iter().map(|report| report.healed_ms).max().unwrap_or(0);
    writeln!(
        out,
        "{} seeds, 0 failed: {} events, {} frames, {} crashes, {forks} forks shown, {borders} borders; equal after at most \
         {slowest} ms; {} s",
        reports.len(),
        total(|report| report.events),
        total(|report| report.frames),
        total(|report| report.crashes),
        took.as_secs(),
    )?;
    for (trouble, runs) in Coverage::runs(reports.iter().map(|report| &report.coverage)) {
        writeln!(out, "  {trouble:?} in {runs}")?;
    }
    Ok(())
}
