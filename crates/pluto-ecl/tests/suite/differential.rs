//! The interpreter against the reference evaluator, on random policies and questions.
//!
//! `PLUTO_ECL_PROGRAMS` sets how many programs are tried.

use pluto_core::Canonical;
use pluto_core::policy::Outcome;
use pluto_ecl::artifact::Artifact;
use pluto_ecl::code::Node;
use pluto_ecl::interpreter::{Frame, Program};
use pluto_ecl::optimise::optimise;
use pluto_ecl::verify::verify_optimised;
use pluto_ecl::{lower, reference};
use pluto_testkit::ecl::{Choices, RandomFacts, bundle, limit, request, request_for};

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
    nodes: usize,
    optimised: usize,
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

fn nodes(block: &[Node]) -> usize {
    let inner = block.iter().map(|node| match node {
        Node::If(_, then, otherwise) => nodes(then) + nodes(otherwise),
        Node::Each { body, .. } => nodes(body),
        _ => 0,
    });
    block.len() + inner.sum::<usize>()
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
    verify_optimised(&optimise(&module))
        .unwrap_or_else(|error| panic!("seed {seed}: optimised code is refused: {error}"));
    let optimised = Program::load(&module).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    seen.nodes += nodes(&module.policies[0].body);
    seen.optimised += nodes(&optimised.module().policies[0].body);
    let program = Program::load_as_written(&module).unwrap();
    for question in 0..QUESTIONS {
        let facts = RandomFacts::new(&mut choices);
        let request = request(&mut choices, &bundle);
        let limit = limit(&mut choices, bound);
        let expected = reference::decide(&bundle, 0, &request, &facts, limit, bound);
        let found = program.decide(0, &request, &facts, limit, frame);
        assert_eq!(found, expected, "seed {seed}, question {question}, limit {limit:?}");
        let shorter = optimised.decide(0, &request, &facts, limit, frame);
        assert_eq!(shorter, expected, "seed {seed}, question {question}, optimised");
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
    assert!(seen.optimised < seen.nodes, "{seen:?}");
    assert!(seen.refused * 10 < programs(), "{seen:?}");
}

/// Code with one changed byte: what still verifies runs, and the optimiser changes none of its
/// answers, whatever the code has become.
#[test]
fn changed_code_is_refused_or_runs() {
    let (mut refused, mut ran) = (0_u64, 0_u64);
    let (mut first, mut second) = (Frame::new(), Frame::new());
    for seed in 0..programs() / 10 {
        let mut choices = Choices::from_seed(seed);
        let bundle = bundle(&mut choices);
        let Ok(module) = lower::lower(&bundle) else { continue };
        let artifact = Artifact { edition: 1, source: String::new(), module, wasm: None };
        let bytes = artifact.encode();
        // Behind magic, version, edition, an empty source and its hash.
        let start = 8 + 1 + 2 + 4 + 32;
        for _ in 0..20 {
            let mut changed = bytes.clone();
            let at = start + choices.below(bytes.len() - start);
            changed[at] = changed[at].wrapping_add(1 + choices.below(3) as u8);
            let Ok(artifact) = Artifact::from_bytes(&changed) else { continue };
            let loaded = Program::load_as_written(&artifact.module)
                .and_then(|written| Ok((written, Program::load(&artifact.module)?)));
            let Ok((written, optimised)) = loaded else {
                refused += 1;
                continue;
            };
            ran += 1;
            let policy = &artifact.module.policies[0];
            for _ in 0..4 {
                let facts = RandomFacts::new(&mut choices);
                let request = request_for(&mut choices, &artifact.module.types, &policy.params);
                let limit = limit(&mut choices, policy.bound);
                let expected = written.decide(0, &request, &facts, limit, &mut first);
                let found = optimised.decide(0, &request, &facts, limit, &mut second);
                assert_eq!(found, expected, "seed {seed}, byte {at} of {}", bytes.len());
            }
        }
    }
    println!("{refused} refused, {ran} ran");
    assert!(refused > 0 && ran > 0, "{refused} refused, {ran} ran");
}
