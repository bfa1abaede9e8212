//! `pluto ecl bench`: every engine on one question, in turns, so that a busy machine slows all alike.

use std::hint::black_box;
use std::time::{Duration, Instant};

use pluto_core::policy::{Decision, Gas};
use pluto_ecl::reference;
use pluto_eclvm::{ExecutionMode, Vm};
use pluto_error::Result;
use serde_json::{Value, json};

use super::super::Context;
use super::packed;
use super::question::Question;
use crate::cli::QuestionArgs;
use crate::error::NodeError;
use crate::output::{count, table};

/// Rounds, of which each engine's best counts: what disturbs a round only makes it slower.
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(60);
/// Decisions between two looks at the clock.
const BATCH: u32 = 64;

struct Engine<'e> {
    name: &'static str,
    decide: Box<dyn Fn() -> Decision + 'e>,
    /// Nanoseconds a decision, in the best round.
    best: f64,
}

pub(super) fn run(context: &Context, args: &QuestionArgs) -> Result<()> {
    let question = Question::of(context, args)?;
    let Question { bundle, index, request, world, .. } = &question;
    let (index, bound) = (*index, question.bound());
    let artifact = packed(question.sources.text(), question.module.clone())?;
    let interpreted = Vm::new(ExecutionMode::Legacy, None)?.load_program(&artifact)?;
    let native = Vm::new(ExecutionMode::Wasm, None)?.load_program(&artifact)?;
    let mut engines = [
        Engine::new("interpreter", || interpreted.ask(index, request, world, Gas::MAX)),
        Engine::new("native code", || native.ask(index, request, world, Gas::MAX)),
        Engine::new("reference", || {
            reference::decide(bundle, index, request, world, Gas::MAX, bound)
        }),
    ];
    let decision = agreed(&engines)?;
    for _ in 0..ROUNDS {
        engines.iter_mut().for_each(Engine::round);
    }
    show(context, &question, &decision, &engines);
    Ok(())
}

fn agreed(engines: &[Engine<'_>; 3]) -> Result<Decision> {
    let [first, others @ ..] = engines;
    let decision = (first.decide)();
    match others.iter().find(|other| (other.decide)() != decision) {
        Some(other) => {
            let said = format!("{} and {}", first.name, other.name);
            Err(NodeError::EnginesDisagree(said).into())
        }
        None => Ok(decision),
    }
}

impl<'e> Engine<'e> {
    fn new(name: &'static str, decide: impl Fn() -> Decision + 'e) -> Self {
        Self { name, decide: Box::new(decide), best: f64::INFINITY }
    }

    fn round(&mut self) {
        let (started, mut decisions) = (Instant::now(), 0_u32);
        let took = loop {
            for _ in 0..BATCH {
                black_box((self.decide)());
            }
            decisions += BATCH;
            let took = started.elapsed();
            if took >= ROUND {
                break took;
            }
        };
        self.best = self.best.min(took.as_nanos() as f64 / f64::from(decisions));
    }
}

fn show(context: &Context, question: &Question, decision: &Decision, engines: &[Engine<'_>]) {
    let base = engines.first().map_or(f64::NAN, |engine| engine.best);
    let heading = ["ENGINE", "NS A DECISION", "DECISIONS A SECOND", "TO THE INTERPRETER"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    rows.extend(engines.iter().map(|engine| {
        vec![
            engine.name.to_owned(),
            format!("{:.0}", engine.best),
            count((1e9 / engine.best) as u64),
            format!("{:.2}×", base / engine.best),
        ]
    }));
    let values: Vec<Value> = engines
        .iter()
        .map(|engine| {
            json!({
                "engine": engine.name,
                "ns": engine.best,
                "a_second": 1e9 / engine.best,
                "speed_to_interpreter": base / engine.best,
            })
        })
        .collect();
    let policy = question.policy().map_or("", |policy| &policy.name);
    let outcome = decision.outcome.as_str();
    let text = format!(
        "{policy}: {outcome}, {} gas; binding, facts in memory and effects included; best of \
         {ROUNDS} rounds of {} ms in turns\n{}",
        decision.gas.total(),
        ROUND.as_millis(),
        table(&rows)
    );
    let value = json!({ "policy": policy, "outcome": outcome, "engines": values });
    context.out.show(&value, &text);
}
