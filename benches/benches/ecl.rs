//! Policies: our engines against the decision written in Rust, and against Regorus and Cedar.
//!
//! 64 seeded subjects ask for a transfer; 40 are allowed. Before anything is measured every engine has
//! to give the same 64 answers. All run on the allocator of the node binary.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench stops at the first fault"
)]

#[path = "ecl/native.rs"]
mod native;
#[path = "ecl/ours.rs"]
mod ours;
#[path = "ecl/peers.rs"]
mod peers;
#[path = "ecl/policies.rs"]
mod policies;
#[path = "ecl/workload.rs"]
mod workload;

use std::hint::black_box;

use mimalloc::MiMalloc;
use pluto_benches::{Case, Clock, run_interleaved, say, size, wanted};
use pluto_core::policy::{Facts, Outcome};
use pluto_ecl::interpreter::{Frame, Program};

use native::{ByHandle, ByName, Tables};
use ours::{Known, LIMIT, Transfer};
use peers::{Cedar, Regorus};
use policies::{compile, of_size};
use workload::{Named, SUBJECTS, Subject, expected, subjects};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// How often a round of a case asks all subjects: about ten milliseconds each.
const FAST_TIMES: usize = 40_000;
const SLOW_TIMES: usize = 100;

const BY_HANDLE: &str = "Rust closure, facts by handle";
const BY_NAME: &str = "Rust closure, facts by text";
const INTERPRETED: &str = "interpreter, facts by handle";
const INTERPRETED_BY_DID: &str = "interpreter, request to decision, facts by DID";
const REGORUS: &str = "regorus, bytecode machine, hot";
const CEDAR: &str = "cedar, request built beforehand";
const LOOP: &str = "Rust loop over 64 records";

fn main() {
    let parts: [(&str, fn()); 4] =
        [("single", single), ("batch", batch), ("deny", deny), ("size", sized)];
    parts.iter().filter(|(name, _)| wanted(name)).for_each(|(_, run)| run());
}

/// A case that asks all subjects `times` times; `decide` gets the place of the subject.
fn asking<'a>(name: &str, times: usize, mut decide: impl FnMut(usize) -> bool + 'a) -> Case<'a> {
    let times = size(times, 1);
    Case::new(name, SUBJECTS * times, move || {
        let mut allowed = 0_usize;
        for _ in 0..times {
            allowed += (0..SUBJECTS).filter(|at| decide(black_box(*at))).count();
        }
        allowed
    })
}

/// Stops unless `decide` answers like the decision written in Rust.
fn agree(name: &str, subjects: &[Subject], decide: impl FnMut(usize) -> bool) {
    let answers: Vec<bool> = (0..SUBJECTS).map(decide).collect();
    assert_eq!(answers, expected(subjects), "`{name}` answers differently");
}

/// One decision at a time.
fn single() {
    let subjects = subjects();
    let (tables, named) = (Tables::new(&subjects), Named::new(&subjects));
    // Opaque, so that no call of the host is resolved when this is compiled.
    let tables: &dyn ByHandle = black_box(&tables);
    let named: &dyn ByName = black_box(&named);
    let (by_handle, by_name) = (black_box(native::by_handle()), black_box(native::by_name()));
    let handle = |at: usize| by_handle(tables, u32::try_from(at).unwrap(), subjects[at].amount);
    let name = |at: usize| by_name(named, &subjects[at].text, subjects[at].amount);
    let mut regorus = Regorus::new(&subjects);
    let cedar = Cedar::new(&subjects);
    agree(BY_HANDLE, &subjects, handle);
    agree(BY_NAME, &subjects, name);
    let ours = Transfer::new(&subjects);
    let known = Known::new(&subjects);
    let known: &dyn Facts = black_box(&known);
    let (mut frame, mut own) = (Frame::new(), Frame::new());
    let mut interpret = |at: usize| {
        ours.interpret(tables, u32::try_from(at).unwrap(), subjects[at].amount, &mut frame)
    };
    let mut decide = |at: usize| ours.decide(at, known, &mut own);
    agree(INTERPRETED, &subjects, &mut interpret);
    agree(INTERPRETED_BY_DID, &subjects, &mut decide);
    agree(REGORUS, &subjects, |at| regorus.decide(at));
    agree(CEDAR, &subjects, |at| cedar.decide(at));
    let cases = vec![
        asking(BY_HANDLE, FAST_TIMES, handle),
        asking(BY_NAME, FAST_TIMES / 20, name),
        asking(INTERPRETED, FAST_TIMES / 10, interpret),
        asking(INTERPRETED_BY_DID, FAST_TIMES / 40, decide),
        asking(REGORUS, SLOW_TIMES, |at| regorus.decide(at)),
        asking(CEDAR, SLOW_TIMES / 2, |at| cedar.decide(at)),
    ];
    let report = run_interleaved("one decision", Clock::ThreadCpu, cases);
    report.goal(INTERPRETED, BY_HANDLE, 1.0 / 6.0, 1.0 / 4.0);
    report.goal(INTERPRETED, REGORUS, 40.0, 60.0);
    report.goal(INTERPRETED_BY_DID, REGORUS, 12.0, 20.0);
    report.goal(INTERPRETED, CEDAR, 100.0, 180.0);
    report.goal(INTERPRETED_BY_DID, CEDAR, 35.0, 60.0);
}

/// All subjects at once.
fn batch() {
    let subjects = subjects();
    let records = native::records(&subjects);
    let mut allowed = [0; SUBJECTS];
    native::batch(&records, &mut allowed);
    agree(LOOP, &subjects, |at| allowed[at] == 1);
    let times = size(FAST_TIMES, 1);
    let cases = vec![Case::new(LOOP, SUBJECTS * times, || {
        for _ in 0..times {
            native::batch(black_box(&records), black_box(&mut allowed));
        }
        allowed
    })];
    run_interleaved("a batch of 64, per decision", Clock::ThreadCpu, cases);
}

/// A subject that is allowed, and the same without the credential: the last condition decides, so
/// both evaluate everything.
fn deny() {
    let subjects = subjects();
    let (ours, tables) = (Transfer::new(&subjects), Tables::new(&subjects));
    let who = expected(&subjects).iter().position(|allowed| *allowed).unwrap();
    let allowed = ours.plan.inputs(&tables, u32::try_from(who).unwrap(), subjects[who].amount);
    let denied = ours.plan.without_kyc(allowed);
    let program = &ours.program;
    let mut frames = [Frame::new(), Frame::new()];
    let [first, second] = &mut frames;
    let mut allow = |_: usize| program.run(0, black_box(&allowed[..ours.plan.len]), LIMIT, first);
    let mut deny = |_: usize| program.run(0, black_box(&denied[..ours.plan.len]), LIMIT, second);
    assert_eq!((allow(0).outcome, deny(0).outcome), (Outcome::Allow, Outcome::Deny));
    let cases = vec![
        asking("interpreter, allow", FAST_TIMES / 10, move |at| {
            allow(at).outcome == Outcome::Allow
        }),
        asking("interpreter, deny", FAST_TIMES / 10, move |at| deny(at).outcome == Outcome::Allow),
    ];
    let report = run_interleaved("allow and deny", Clock::ThreadCpu, cases);
    report.goal("interpreter, deny", "interpreter, allow", 1.0 / 1.1, 1.0);
}

/// By number of operations, on numbers alone.
fn sized() {
    for operations in [8, 32, 128, 512] {
        let program = Program::load(compile(&of_size(operations))).unwrap();
        let mut frame = Frame::new();
        let inputs: Vec<_> = subjects().iter().map(sized_inputs).collect();
        let mut run = |at: usize| program.run(0, &inputs[at], LIMIT, &mut frame);
        let answers: Vec<_> = (0..SUBJECTS).map(&mut run).collect();
        let allowed = answers.iter().filter(|one| one.outcome == Outcome::Allow).count();
        let faults = answers.iter().any(|one| matches!(one.outcome, Outcome::Indeterminate(_)));
        say(&format!("\n{operations} operations, `{allowed}` of {SUBJECTS} allowed\n"));
        assert!(!faults && allowed > SUBJECTS / 2, "most decisions run to the end");
        let times = FAST_TIMES / 10 * 8 / operations;
        let cases = vec![asking("interpreter", times, |at| run(at).outcome == Outcome::Allow)];
        run_interleaved(&format!("{operations} operations"), Clock::ThreadCpu, cases);
    }
}

/// Numbers for [`of_size`]: `c` is met by no value, `d` is met by all.
fn sized_inputs(one: &Subject) -> [i64; 4] {
    let [a, b, ..] = one.trust_words();
    [a, b, -1, 0]
}
