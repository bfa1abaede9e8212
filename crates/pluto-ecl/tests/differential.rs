//! The interpreter against the reference evaluator, on random policies and questions.
//!
//! `PLUTO_ECL_PROGRAMS` sets how many programs are tried.

use pluto_core::policy::{Gas, Outcome};
use pluto_ecl::interpreter::{Frame, Program};
use pluto_ecl::{lower, reference};
use pluto_testkit::ecl::{Choices, RandomFacts, bundle, limit, request};

const QUESTIONS: usize = 8;

fn programs() -> u64 {
    let chosen = std::env::var("PLUTO_ECL_PROGRAMS").ok().and_then(|text| text.parse().ok());
    chosen.unwrap_or(3_000)
}

/// What happened, so that a test that compares nothing is seen.
#[derive(Debug, Default)]
struct Seen {
    refused: u64,
    denied: u64,
    allowed: u64,
    escalated: u64,
    faults: [u64; 16],
    effects: u64,
}

impl Seen {
    fn count(&mut self, decision: &pluto_core::policy::Decision) {
        match decision.outcome {
            Outcome::Deny => self.denied += 1,
            Outcome::Allow => self.allowed += 1,
            Outcome::Escalate { .. } => self.escalated += 1,
            Outcome::Indeterminate(fault) => self.faults[fault as usize] += 1,
        }
        self.effects += decision.effects.len() as u64;
    }
}

fn compare(seed: u64, frame: &mut Frame, seen: &mut Seen) {
    let mut choices = Choices::from_seed(seed);
    let bundle = bundle(&mut choices);
    let module = match lower::lower(&bundle) {
        Ok(module) => module,
        Err(found) => {
            let code = found[0].code;
            assert_ne!(code, lower::codes::NOT_LOWERED, "seed {seed}: {found:?}");
            seen.refused += 1;
            return;
        }
    };
    let bound = module.policies[0].bound;
    let program = Program::load(module).unwrap();
    for question in 0..QUESTIONS {
        let facts = RandomFacts::new(&mut choices);
        let request = request(&mut choices, &bundle);
        let limit = limit(&mut choices, bound);
        let expected = reference::decide(&bundle, 0, &request, &facts, limit, bound);
        let found = program.decide(0, &request, &facts, limit, frame);
        assert_eq!(found, expected, "seed {seed}, question {question}, limit {limit:?}");
        assert!(found.gas.fits(bound), "seed {seed}: {:?} above {bound:?}", found.gas);
        seen.count(&found);
    }
}

#[test]
fn the_interpreter_answers_as_the_reference_does() {
    let (mut frame, mut seen) = (Frame::new(), Seen::default());
    for seed in 0..programs() {
        compare(seed, &mut frame, &mut seen);
    }
    println!("{seen:?}");
    assert!(seen.denied > 0 && seen.allowed > 0 && seen.escalated > 0 && seen.effects > 0);
    for fault in 1..=3 {
        assert!(seen.faults[fault] > 0, "no fault {fault}: {seen:?}");
    }
    assert!(seen.refused * 10 < programs(), "{seen:?}");
    let _ = Gas::ZERO;
}
