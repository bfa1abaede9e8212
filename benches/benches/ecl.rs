//! Policies: our engines against the decision written in Rust, and against Regorus and Cedar.
//!
//! 64 seeded subjects ask for a transfer; 40 are allowed. Before anything is measured every engine has
//! to give the same 64 answers. All run on the allocator of the node binary.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench stops at the first fault"
)]

#[path = "ecl/batch.rs"]
mod batch;
#[path = "ecl/inside.rs"]
mod inside;
#[path = "ecl/native.rs"]
mod native;
#[path = "ecl/ours.rs"]
mod ours;
#[path = "ecl/peers.rs"]
mod peers;
#[path = "ecl/policies.rs"]
mod policies;
#[path = "ecl/wasm.rs"]
mod wasm;
#[path = "ecl/workload.rs"]
mod workload;

use std::hint::black_box;

use mimalloc::MiMalloc;
use pluto_benches::{Case, Clock, run_interleaved, size, wanted};
use pluto_core::policy::{Facts, Outcome};
use pluto_ecl::interpreter::Frame;

use native::{ByHandle, ByName, Tables};
use ours::{Known, LIMIT, Transfer};
use peers::{Cedar, Regorus};
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
const WASM: &str = "WASM, facts by handle";
const WASM_BY_DID: &str = "WASM, request to decision, facts by DID";
const NODE_BY_DID: &str = "WASM, the same through the node's lock";
const REGORUS: &str = "regorus, bytecode machine, hot";
const CEDAR: &str = "cedar, request built beforehand";

fn main() {
    let parts: [(&str, fn()); 6] = [
        ("single", single),
        ("batch", batch::batch),
        ("deny", inside::deny),
        ("size", inside::sized),
        ("tax", inside::tax),
        ("cold", inside::cold),
    ];
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
    let mut native = wasm::instance(&wasm::engine(), &ours.program);
    let mut run = |at: usize| {
        let who = u32::try_from(at).unwrap();
        let inputs = ours.plan.inputs(tables, who, subjects[at].amount);
        native.run(0, &inputs, LIMIT).outcome == Outcome::Allow
    };
    let program = wasm::program();
    let ask = |at: usize| program.ask(0, &ours.requests[at], known, LIMIT).allows();
    let mut alone = wasm::instance(&wasm::engine(), &ours.program);
    let mut decide_native = |at: usize| {
        alone.decide(0, &ours.requests[at], known, LIMIT).is_some_and(|decision| decision.allows())
    };
    let mut decide = |at: usize| ours.decide(at, known, &mut own);
    agree(INTERPRETED, &subjects, &mut interpret);
    agree(INTERPRETED_BY_DID, &subjects, &mut decide);
    agree(WASM, &subjects, &mut run);
    agree(WASM_BY_DID, &subjects, &mut decide_native);
    agree(NODE_BY_DID, &subjects, ask);
    agree(REGORUS, &subjects, |at| regorus.decide(at));
    agree(CEDAR, &subjects, |at| cedar.decide(at));
    let cases = vec![
        asking(BY_HANDLE, FAST_TIMES, handle),
        asking(BY_NAME, FAST_TIMES / 20, name),
        asking(INTERPRETED, FAST_TIMES / 10, interpret),
        asking(INTERPRETED_BY_DID, FAST_TIMES / 40, decide),
        asking(WASM, FAST_TIMES / 10, run),
        asking(WASM_BY_DID, FAST_TIMES / 40, decide_native),
        asking(NODE_BY_DID, FAST_TIMES / 40, ask),
        asking(REGORUS, SLOW_TIMES, |at| regorus.decide(at)),
        asking(CEDAR, SLOW_TIMES / 2, |at| cedar.decide(at)),
    ];
    let report = run_interleaved("one decision", Clock::ThreadCpu, cases);
    report.goal(WASM, BY_HANDLE, 1.0 / 6.0, 1.0 / 3.0);
    report.goal(INTERPRETED, BY_HANDLE, 1.0 / 6.0, 1.0 / 4.0);
    for (handle, did) in [(WASM, WASM_BY_DID), (INTERPRETED, INTERPRETED_BY_DID)] {
        report.goal(did, REGORUS, 12.0, 20.0);
        report.goal(handle, REGORUS, 40.0, 60.0);
        report.goal(did, CEDAR, 35.0, 60.0);
        report.goal(handle, CEDAR, 100.0, 180.0);
    }
}
