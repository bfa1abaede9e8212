//! Simulates networks from seeds: `sim [--first N] [--seeds N] [--minutes M]`; ends at the first failure.
//!
//! With `--minutes` it goes on with further seeds until the time is over. One line for each seed, and a
//! sum at the end.

use std::error::Error;
use std::io::Write;
use std::time::{Duration, Instant};

use pluto_tests::sim::simulate;

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
    let (mut frames, mut events, mut crashes, mut forks, mut slowest) = (0, 0, 0, 0, 0);
    let mut seed = first;
    loop {
        let over = match minutes {
            Some(minutes) => started.elapsed() >= minutes,
            None => seed >= first + seeds,
        };
        if over {
            break;
        }
        let report = simulate(seed);
        writeln!(
            out,
            "seed {seed}: {} nodes, {} liars, {} events, {} frames, healed in {} ms, trace {}",
            report.nodes,
            report.liars,
            report.events,
            report.frames,
            report.healed_ms,
            report.trace,
        )?;
        frames += report.frames;
        events += report.events;
        crashes += report.crashes;
        forks += report.forks;
        slowest = slowest.max(report.healed_ms);
        seed += 1;
    }
    writeln!(
        out,
        "{} seeds, 0 failed: {events} events, {frames} frames, {crashes} crashes, {forks} forks shown; \
         equal after at most {slowest} ms; {} s",
        seed - first,
        started.elapsed().as_secs(),
    )?;
    Ok(())
}
