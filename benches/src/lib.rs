//! One small harness for every bench: interleaved rounds, and ratios inside one run.
//!
//! Absolute times on a shared machine move with load, clock and code layout; the ratio of neighbours
//! in one run hardly does. So every round runs each case once, the first case of a round rotates, one
//! warm-up round is dropped, and what is reported is the median over rounds of the *paired* ratio to
//! the first case.
//!
//! `PLUTO_BENCH_ROUNDS` sets the number of rounds; `PLUTO_BENCH_QUICK=1` runs one round on reduced
//! sizes, to see that a bench still works.

mod clock;

use std::fmt;
use std::io::Write;

pub use clock::Clock;

const ROUNDS: usize = 7;

/// Whether to run on reduced sizes only to see that it works.
#[must_use]
pub fn quick() -> bool {
    std::env::var_os("PLUTO_BENCH_QUICK").is_some_and(|value| value == "1")
}

/// `full`, or `reduced` in a quick run.
#[must_use]
pub fn size(full: usize, reduced: usize) -> usize {
    if quick() { reduced } else { full }
}

/// Whether the part `name` was asked for: `cargo bench --bench merkle -- append` runs only that part,
/// without arguments all parts run.
#[must_use]
pub fn wanted(name: &str) -> bool {
    let mut asked =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).peekable();
    asked.peek().is_none() || asked.any(|part| part == name)
}

fn rounds() -> usize {
    let asked = std::env::var("PLUTO_BENCH_ROUNDS").ok().and_then(|text| text.parse().ok());
    asked.unwrap_or(if quick() { 1 } else { ROUNDS }).max(1)
}

/// One thing to measure.
pub struct Case<'a> {
    name: String,
    units: u64,
    round: Box<dyn FnMut(Clock) -> u64 + 'a>,
}

impl<'a> Case<'a> {
    /// A case whose round is `run`, which processes `units` items.
    pub fn new<R>(name: impl Into<String>, units: usize, mut run: impl FnMut() -> R + 'a) -> Self {
        Self::with_setup(name, units, || (), move |()| run())
    }

    /// A case whose round is `run` on what `setup` made; neither `setup` nor the drop of the result
    /// is timed.
    pub fn with_setup<T, R>(
        name: impl Into<String>,
        units: usize,
        mut setup: impl FnMut() -> T + 'a,
        mut run: impl FnMut(T) -> R + 'a,
    ) -> Self {
        let round = move |clock: Clock| {
            let input = setup();
            let start = clock.now_ns();
            let result = std::hint::black_box(run(std::hint::black_box(input)));
            let end = clock.now_ns();
            drop(result);
            end.saturating_sub(start)
        };
        Self { name: name.into(), units: units.max(1) as u64, round: Box::new(round) }
    }
}

/// What was measured of one case.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The name of the case.
    pub name: String,
    /// Nanoseconds per item, one value per round.
    pub ns_per_unit: Vec<f64>,
}

impl Outcome {
    /// Median nanoseconds per item.
    #[must_use]
    pub fn median(&self) -> f64 {
        median(self.ns_per_unit.clone())
    }

    /// Median over rounds of the time of this case divided by that of `base`.
    #[must_use]
    pub fn ratio_to(&self, base: &Self) -> f64 {
        median(
            self.ns_per_unit.iter().zip(&base.ns_per_unit).map(|(own, base)| own / base).collect(),
        )
    }
}

/// The outcomes of one table, in the order of its cases.
#[derive(Clone, Debug)]
pub struct Report {
    title: String,
    outcomes: Vec<Outcome>,
}

impl Report {
    /// How many times faster `fast` is than `slow` (median of paired ratios); `NaN` for unknown names.
    #[must_use]
    pub fn speedup(&self, fast: &str, slow: &str) -> f64 {
        let find = |name: &str| self.outcomes.iter().find(|outcome| outcome.name == name);
        match (find(slow), find(fast)) {
            (Some(slow), Some(fast)) => slow.ratio_to(fast),
            _ => f64::NAN,
        }
    }

    /// Prints one line: how many times faster `fast` is than `slow`, against a floor and a goal.
    /// A speed-up below 1 is a slow-down: a limit of "at most 3 times as slow" is a floor of 1/3.
    pub fn goal(&self, fast: &str, slow: &str, floor: f64, goal: f64) {
        let found = self.speedup(fast, slow);
        let verdict = match found {
            found if found >= goal => "goal reached",
            found if found >= floor => "floor reached",
            _ => "BELOW THE FLOOR",
        };
        say(&format!(
            "{verdict}: `{fast}` is {found:.2} times as fast as `{slow}` (floor {floor:.2}, goal {goal:.2})\n"
        ));
    }
}

impl Report {
    /// Prints one line: how long `name` takes, in nanoseconds, against a floor and a goal. Only for
    /// what has no neighbour to be a ratio of.
    pub fn within(&self, name: &str, floor_ns: f64, goal_ns: f64) {
        let found = self.outcomes.iter().find(|outcome| outcome.name == name);
        let found = found.map_or(f64::NAN, Outcome::median);
        let verdict = match found {
            found if found <= goal_ns => "goal reached",
            found if found <= floor_ns => "floor reached",
            _ => "BELOW THE FLOOR",
        };
        say(&format!(
            "{verdict}: `{name}` takes {found:.0} ns (floor {floor_ns:.0}, goal {goal_ns:.0})\n"
        ));
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n### {}\n\n| case | median ns | min | max | ratio |", self.title)?;
        writeln!(f, "|---|---:|---:|---:|---:|")?;
        for outcome in &self.outcomes {
            let ratio = self.outcomes.first().map_or(f64::NAN, |base| outcome.ratio_to(base));
            let least = outcome.ns_per_unit.iter().copied().fold(f64::INFINITY, f64::min);
            let most = outcome.ns_per_unit.iter().copied().fold(0.0, f64::max);
            let (name, median) = (&outcome.name, outcome.median());
            writeln!(f, "| {name} | {median:.1} | {least:.1} | {most:.1} | {ratio:.3} |")?;
        }
        Ok(())
    }
}

/// Runs the cases in interleaved rounds and prints the table; ratios are to the first case.
pub fn run_interleaved(title: &str, clock: Clock, mut cases: Vec<Case<'_>>) -> Report {
    let mut outcomes: Vec<Outcome> = cases
        .iter()
        .map(|case| Outcome { name: case.name.clone(), ns_per_unit: Vec::new() })
        .collect();
    for round in 0..=rounds() {
        for step in 0..cases.len() {
            let at = (round + step) % cases.len();
            let (Some(case), Some(outcome)) = (cases.get_mut(at), outcomes.get_mut(at)) else {
                continue;
            };
            let spent = (case.round)(clock) as f64 / case.units as f64;
            // Round 0 warms caches and allocators up.
            if round > 0 {
                outcome.ns_per_unit.push(spent);
            }
        }
    }
    let report = Report { title: title.to_owned(), outcomes };
    say(&report.to_string());
    report
}

/// Writes to standard output, where a bench belongs.
pub fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    // A closed pipe must not fail a bench.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let upper = values.get(values.len() / 2).copied().unwrap_or(f64::NAN);
    if values.len() % 2 == 1 {
        return upper;
    }
    let lower = values.get((values.len() / 2).wrapping_sub(1)).copied().unwrap_or(f64::NAN);
    f64::midpoint(lower, upper)
}
