//! Decisions: faults, limits, warm frames, and the corpus in this engine.

use pluto_core::did::Namespace;
use pluto_core::trust::PPM;

use super::*;
use crate::hir::Bundle;
use crate::lower::lower;

fn bundle(source: &str) -> Bundle {
    let checked = crate::check::check_source(source);
    checked.bundle.unwrap_or_else(|| panic!("{:?}", checked.diagnostics))
}

fn load(source: &str) -> (Bundle, Program) {
    let bundle = bundle(source);
    let program = Program::load(&lower(&bundle).unwrap()).unwrap();
    (bundle, program)
}

fn did(number: u8) -> Did {
    Did { namespace: Namespace::Person, id: [number; 32] }
}

/// Identity 9 is a stranger, 7 has a vector that cannot be.
struct People;

impl Facts for People {
    fn trust(&self, who: &Did) -> Result<TrustVector, Fault> {
        match who.id[0] {
            9 => Err(Fault::UnknownEntity),
            7 => Ok(TrustVector([PPM + 1; 6])),
            _ => Ok(TrustVector([800_000; 6])),
        }
    }

    fn balance(&self, who: &Did) -> Result<i64, Fault> {
        if who.id[0] == 9 { Err(Fault::UnknownEntity) } else { Ok(100) }
    }

    fn holds(&self, who: &Did, claim: Claim<'_>) -> Result<bool, Fault> {
        match claim {
            Claim::Role(_) => Err(Fault::NotSupported),
            _ => Ok(who.id[0] != 9),
        }
    }

    fn record(&self, _: &str, _: u16, key: &str) -> Result<Option<Vec<Value>>, Fault> {
        Ok((key != "none").then(|| vec![Value::Text(key.to_owned())]))
    }

    fn now_ms(&self) -> i64 {
        77
    }
}

fn ask(program: &Program, subject: u8, arguments: Vec<Value>) -> Decision {
    let request = Request { subject: did(subject), arguments };
    program.decide(0, &request, &People, Gas::MAX, &mut Frame::new())
}

#[test]
fn a_fact_that_cannot_be_read_only_matters_when_it_is_used() {
    let source = "policy p on custom (a: int) {
        require a > 0
        require subject.balance > 1
    }";
    let (_, program) = load(source);
    assert_eq!(ask(&program, 9, vec![Value::Int(0)]).outcome, Outcome::Deny);
    let decision = ask(&program, 9, vec![Value::Int(1)]);
    assert_eq!(decision.outcome, Outcome::Indeterminate(Fault::UnknownEntity));
    assert_eq!(decision.gas, program.module().policies[0].bound);
    assert_eq!(ask(&program, 1, vec![Value::Int(1)]).outcome, Outcome::Allow);
}

#[test]
fn an_unused_fact_still_faults_where_it_stands() {
    let (_, program) = load("policy p on custom (a: int) { let t = subject.trust require a > 0 }");
    let found = ask(&program, 9, vec![Value::Int(0)]).outcome;
    assert_eq!(found, Outcome::Indeterminate(Fault::UnknownEntity));
}

#[test]
fn a_vector_above_one_whole_is_a_fault_of_the_host() {
    let (_, program) = load("policy p on custom (d: did) { require norm(d.trust) >= 0.5 }");
    assert_eq!(ask(&program, 1, vec![Value::Did(did(1))]).outcome, Outcome::Allow);
    let found = ask(&program, 1, vec![Value::Did(did(7))]).outcome;
    assert_eq!(found, Outcome::Indeterminate(Fault::Engine));
}

#[test]
fn a_short_limit_answers_every_fault_alike() {
    let (_, program) = load("policy p on custom (a: int) { require 10 / a > 1 }");
    let bound = program.module().policies[0].bound;
    let short = Gas { compute: bound.compute - 1, ..bound };
    let mut frame = Frame::new();
    let mut ask = |a: i64, limit: Gas| {
        let request = Request { subject: did(1), arguments: vec![Value::Int(a)] };
        let decision = program.decide(0, &request, &People, limit, &mut frame);
        (decision.outcome, decision.gas)
    };
    let fault = Outcome::Indeterminate;
    assert_eq!(ask(0, bound), (fault(Fault::DivisionByZero), bound));
    assert_eq!(ask(0, short), (fault(Fault::OutOfGas), short));
    assert_eq!(ask(2, short), (fault(Fault::OutOfGas), short));
    assert_eq!(ask(2, bound), (Outcome::Allow, bound));
}

#[test]
fn inputs_at_hand_decide_as_a_request_does() {
    let source = r#"policy p on custom (a: int, d: did) {
        require norm(subject.trust) >= 0.5 && a <= d.balance
        require subject has credential "x"
    }"#;
    let (_, program) = load(source);
    let mut frame = Frame::new();
    for a in [50, 100, 101] {
        let arguments = vec![Value::Int(a), Value::Did(did(3))];
        let request = Request { subject: did(1), arguments };
        let decision = program.decide(0, &request, &People, Gas::MAX, &mut frame);
        let words = frame.inputs().to_vec();
        let verdict = program.run(0, &words, Gas::MAX, &mut frame);
        assert_eq!(verdict.outcome, decision.outcome, "{a}");
        let same = (verdict.rule, verdict.mask, verdict.gas);
        assert_eq!(same, (decision.rule, decision.mask, decision.gas));
    }
    // Nothing is read for such a caller, and too few words are no panic.
    let _ = program.run(0, &[], Gas::MAX, &mut frame);
    let none = program.run(5, &[], Gas::MAX, &mut frame);
    assert_eq!(none.outcome, Outcome::Indeterminate(Fault::NoPolicy));
}

#[test]
fn a_frame_carries_nothing_from_one_decision_to_the_next() {
    let source = r#"policy p on custom (words: list<text<8>, 20>, t: text<8>) {
        require any(w in words where w == t)
        emit seen { t, count: length(words) }
    }"#;
    let (_, program) = load(source);
    let list = |from: usize, count: usize| {
        Value::List((from..from + count).map(|at| Value::Text(format!("w{at}"))).collect())
    };
    let ask = |frame: &mut Frame, from: usize, count: usize, word: &str| {
        let arguments = vec![list(from, count), Value::Text(word.into())];
        let request = Request { subject: did(1), arguments };
        program.decide(0, &request, &People, Gas::MAX, frame)
    };
    let mut warm = Frame::new();
    for (from, count, word) in
        [(0, 20, "w19"), (3, 2, "w19"), (3, 12, "w14"), (0, 0, "w0"), (5, 9, "w5")]
    {
        let fresh = ask(&mut Frame::new(), from, count, word);
        assert_eq!(ask(&mut warm, from, count, word), fresh, "{from} {count} {word}");
        let inside = (from..from + count).any(|at| format!("w{at}") == word);
        assert_eq!(fresh.allows(), inside);
        assert_eq!(fresh.effects.len(), usize::from(inside));
    }
}

#[test]
fn the_corpus_passes_its_tests_in_this_engine() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut tests = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let (bundle, program) = load(&std::fs::read_to_string(&path).unwrap());
        let written = Program::load_as_written(&lower(&bundle).unwrap()).unwrap();
        let mut frame = Frame::new();
        let run = crate::testing::run_tests(&bundle, &mut |index, request, facts| {
            let decision = program.decide(index, request, facts, Gas::MAX, &mut frame);
            let same = written.decide(index, request, facts, Gas::MAX, &mut frame);
            assert_eq!(decision, same, "{}", path.display());
            decision
        });
        let failed: Vec<_> = run.reports.iter().filter(|report| !report.passed).collect();
        assert!(failed.is_empty(), "{}: {failed:?}", path.display());
        tests += run.reports.len();
    }
    assert!(tests > 20, "{tests}");
}

#[test]
fn a_record_of_a_store_comes_with_its_texts() {
    let source = "store notes { title: text<8> }
    policy p on store (key: text<8>) {
        let note = notes[key]
        require present(note)
        emit found { title: or_else(note?.title, \"\") }
    }";
    let (_, program) = load(source);
    let decision = ask(&program, 1, vec![Value::Text("hello".into())]);
    let title = &decision.effects[0].fields[0];
    assert_eq!(*title, ("title".to_owned(), Value::Text("hello".into())));
    assert_eq!(ask(&program, 1, vec![Value::Text("none".into())]).outcome, Outcome::Deny);
}
