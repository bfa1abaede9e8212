//! The policy language: one decision by the interpreter, against the same rule written in Rust.
//!
//! The rule is a weighted score over six dimensions of trust, five comparisons, a scaling and a
//! credential, over 64 subjects. "At hand": the facts are words already. "Facts": they are read through
//! the trait, from a vector. "Request": from a request with values, as callers have it.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench stops at the first fault"
)]

use std::hint::black_box;

use pluto_benches::{Case, Clock, run_interleaved, size};
use pluto_core::did::{Did, Namespace};
use pluto_core::policy::{Claim, Facts, Fault, Gas, Outcome, Request, Value};
use pluto_core::trust::TrustVector;
use pluto_ecl::interpreter::{Frame, Program};
use pluto_ecl::{check, lower};

const SUBJECTS: usize = 64;
const BATCH: usize = 64 * SUBJECTS;

const THRESHOLD: &str = r#"
policy threshold on transaction (amount: int) {
  let t = subject.trust
  let score = t.r * 0.17 + t.i * 0.17 + t.c * 0.17 + t.p * 0.17 + t.v * 0.16 + t.omega * 0.16
  require score >= 0.5 && t.r >= 0.2 && t.i >= 0.2 && amount > 0 && fixed(amount) <= score * 10_000
  require subject has credential "kyc", "not proven"
}
"#;

const TRANSFER: &str = r#"
policy transfer on transaction (amount: int, receiver: did) {
  require known(receiver), "unknown receiver"
  require norm(subject.trust) >= 0.5
  require amount > 0 && amount <= 10_000 && amount <= subject.balance
  if amount > 5_000 {
    require subject has credential "kyc", "identity not proven"
  }
}
"#;

fn main() {
    threshold();
    transfer();
    long();
}

#[derive(Clone, Copy)]
struct Subject {
    trust: [u32; 6],
    balance: i64,
    credential: bool,
}

struct People(Vec<Subject>);

fn did(number: usize) -> Did {
    Did { namespace: Namespace::Person, id: [u8::try_from(number).unwrap(); 32] }
}

impl People {
    fn new() -> Self {
        let mut state = 7_u64;
        let mut below = |bound: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % bound
        };
        let one = |_| Subject {
            trust: [(); 6].map(|()| u32::try_from(300_000 + below(700_001)).unwrap()),
            balance: i64::try_from(below(20_000)).unwrap(),
            credential: below(8) != 0,
        };
        Self((0..SUBJECTS).map(one).collect())
    }

    fn get(&self, who: &Did) -> &Subject {
        &self.0[usize::from(who.id[0])]
    }
}

impl Facts for People {
    fn trust(&self, who: &Did) -> Result<TrustVector, Fault> {
        Ok(TrustVector(self.get(who).trust))
    }

    fn balance(&self, who: &Did) -> Result<i64, Fault> {
        Ok(self.get(who).balance)
    }

    fn holds(&self, who: &Did, claim: Claim<'_>) -> Result<bool, Fault> {
        Ok(claim == Claim::Known || self.get(who).credential)
    }

    fn record(&self, _: &str, _: u16, _: &str) -> Result<Option<Vec<Value>>, Fault> {
        Err(Fault::NotSupported)
    }

    fn now_ms(&self) -> i64 {
        0
    }
}

fn load(source: &str) -> Program {
    let bundle = check::check_source(source).bundle.unwrap();
    Program::load(&lower::lower(&bundle).unwrap()).unwrap()
}

/// The rule in Rust, on numbers of the same scale; the division is the language's.
fn native(subject: &Subject, amount: i64) -> bool {
    let [r, i, c, p, v, o] = subject.trust.map(i64::from);
    let part = |value: i64, weight: i64| value * weight / 1_000_000;
    let score = part(r, 170_000)
        + part(i, 170_000)
        + part(c, 170_000)
        + part(p, 170_000)
        + part(v, 160_000)
        + part(o, 160_000);
    score >= 500_000
        && r >= 200_000
        && i >= 200_000
        && amount > 0
        && amount * 1_000_000 <= score * 10_000
        && subject.credential
}

fn inputs_of(program: &Program, requests: &[Request], people: &People) -> Vec<Vec<i64>> {
    let mut frame = Frame::new();
    let bind = |request: &Request| {
        program.bind(0, request, people, &mut frame).unwrap();
        frame.inputs().to_vec()
    };
    requests.iter().map(bind).collect()
}

/// The inputs of the threshold policy, in the order in which it reads them first.
fn words(facts: &dyn Facts, who: &Did, amount: i64) -> [i64; 9] {
    let [r, i, c, p, v, o] = facts.trust(who).unwrap().0.map(i64::from);
    let has = i64::from(facts.holds(who, Claim::Credential("kyc")).unwrap());
    [0, r, i, c, p, v, o, amount, has]
}

fn count(decided: impl Iterator<Item = bool>) -> usize {
    decided.filter(|allowed| *allowed).count()
}

fn threshold() {
    let people = People::new();
    let program = load(THRESHOLD);
    let amounts: Vec<i64> =
        (0..SUBJECTS).map(|at| 1_000 + 97 * i64::try_from(at).unwrap()).collect();
    let ask = |at: usize| Request { subject: did(at), arguments: vec![Value::Int(amounts[at])] };
    let requests: Vec<Request> = (0..SUBJECTS).map(ask).collect();
    let inputs = inputs_of(&program, &requests, &people);
    let expected = count((0..SUBJECTS).map(|at| native(&people.0[at], amounts[at])));
    let mut frame = Frame::new();
    let found = count(
        inputs
            .iter()
            .map(|words| program.run(0, words, Gas::MAX, &mut frame).outcome == Outcome::Allow),
    );
    assert_eq!(found, expected, "the policy is the rule");
    let rounds = size(BATCH / SUBJECTS, 1);
    let [mut first, mut second, mut third, mut fourth] = [(); 4].map(|()| Frame::new());
    assert_eq!(inputs[5], words(&people, &requests[5].subject, amounts[5]));
    let cases = vec![
        Case::new("native, facts at hand", rounds * SUBJECTS, || {
            (0..rounds)
                .map(|_| {
                    count((0..SUBJECTS).map(|at| native(black_box(&people.0[at]), amounts[at])))
                })
                .sum::<usize>()
        }),
        Case::new("native, facts through the trait", rounds * SUBJECTS, || {
            let facts: &dyn Facts = black_box(&people);
            let one = |at: usize| {
                let who = &requests[at].subject;
                let trust = facts.trust(who).unwrap().0;
                let credential = facts.holds(who, Claim::Credential("kyc")).unwrap();
                native(&Subject { trust, balance: 0, credential }, amounts[at])
            };
            (0..rounds).map(|_| count((0..SUBJECTS).map(one))).sum::<usize>()
        }),
        Case::new("interpreter, facts at hand", rounds * SUBJECTS, || {
            let mut one = |words: &Vec<i64>| {
                program.run(0, words, Gas::MAX, &mut first).outcome == Outcome::Allow
            };
            (0..rounds).map(|_| count(inputs.iter().map(&mut one))).sum::<usize>()
        }),
        Case::new("interpreter, facts through the trait", rounds * SUBJECTS, || {
            let facts: &dyn Facts = black_box(&people);
            let mut one = |at: usize| {
                let words = words(facts, &requests[at].subject, amounts[at]);
                program.run(0, &words, Gas::MAX, &mut fourth).outcome == Outcome::Allow
            };
            (0..rounds).map(|_| count((0..SUBJECTS).map(&mut one))).sum::<usize>()
        }),
        Case::new("interpreter, bound frame", rounds * SUBJECTS, || {
            program.bind(0, &requests[0], &people, &mut second).unwrap();
            let mut one =
                |_| program.answer(0, &mut second, &people, Gas::MAX).outcome == Outcome::Allow;
            (0..rounds).map(|_| count((0..SUBJECTS).map(&mut one))).sum::<usize>()
        }),
        Case::new("interpreter, request", rounds * SUBJECTS, || {
            let mut one = |request: &Request| {
                program.decide(0, request, &people, Gas::MAX, &mut third).outcome == Outcome::Allow
            };
            (0..rounds).map(|_| count(requests.iter().map(&mut one))).sum::<usize>()
        }),
    ];
    run_interleaved(
        &format!("threshold policy: {expected} of {SUBJECTS} allowed"),
        Clock::ThreadCpu,
        cases,
    );
}

fn transfer() {
    let people = People::new();
    let program = load(TRANSFER);
    let requests: Vec<Request> = (0..SUBJECTS)
        .map(|at| {
            let amount = Value::Int(200 * i64::try_from(at).unwrap());
            Request {
                subject: did(at),
                arguments: vec![amount, Value::Did(did((at + 1) % SUBJECTS))],
            }
        })
        .collect();
    let inputs = inputs_of(&program, &requests, &people);
    let rounds = size(BATCH / SUBJECTS, 1);
    let (mut first, mut second) = (Frame::new(), Frame::new());
    let cases = vec![
        Case::new("facts at hand", rounds * SUBJECTS, || {
            let mut one = |words: &Vec<i64>| {
                program.run(0, words, Gas::MAX, &mut first).outcome == Outcome::Allow
            };
            (0..rounds).map(|_| count(inputs.iter().map(&mut one))).sum::<usize>()
        }),
        Case::new("request", rounds * SUBJECTS, || {
            let mut one = |request: &Request| {
                program.decide(0, request, &people, Gas::MAX, &mut second).outcome == Outcome::Allow
            };
            (0..rounds).map(|_| count(requests.iter().map(&mut one))).sum::<usize>()
        }),
    ];
    run_interleaved("transfer policy", Clock::ThreadCpu, cases);
}

/// The price of one operation: a chain of them, without branches.
fn long() {
    let mut source = "policy long on custom (a: int, b: int) {\n  let x0 = a\n".to_owned();
    for at in 1..=256 {
        let op = ["+ b", "- 3", "+ 7", "- b"][at % 4];
        source += &format!("  let x{at} = x{} {op}\n", at - 1);
    }
    source += "  require x256 > 0\n}\n";
    let program = load(&source);
    let rounds = size(BATCH, 1);
    let mut frame = Frame::new();
    let cases = vec![Case::new("one operation", rounds * 257, || {
        let mut one =
            |at: i64| program.run(0, &[at, 5], Gas::MAX, &mut frame).outcome == Outcome::Allow;
        count((0..i64::try_from(rounds).unwrap()).map(&mut one))
    })];
    run_interleaved("257 operations in a row", Clock::ThreadCpu, cases);
}
