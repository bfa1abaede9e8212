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
#[path = "ecl/peers.rs"]
mod peers;
#[path = "ecl/workload.rs"]
mod workload;

use std::hint::black_box;

use mimalloc::MiMalloc;
use pluto_benches::{Case, Clock, run_interleaved, size, wanted};

use native::{ByHandle, ByName, Tables};
use peers::{Cedar, Regorus};
use workload::{Named, SUBJECTS, Subject, expected, subjects};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// How often a round of a case asks all subjects: about ten milliseconds each.
const FAST_TIMES: usize = 40_000;
const SLOW_TIMES: usize = 100;

const BY_HANDLE: &str = "Rust closure, facts by handle";
const BY_NAME: &str = "Rust closure, facts by text";
const REGORUS: &str = "regorus, bytecode machine, hot";
const CEDAR: &str = "cedar, request built beforehand";
const LOOP: &str = "Rust loop over 64 records";

fn main() {
    let parts: [(&str, fn()); 2] = [("single", single), ("batch", batch)];
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
    agree(REGORUS, &subjects, |at| regorus.decide(at));
    agree(CEDAR, &subjects, |at| cedar.decide(at));
    let cases = vec![
        asking(BY_HANDLE, FAST_TIMES, handle),
        asking(BY_NAME, FAST_TIMES / 20, name),
        asking(REGORUS, SLOW_TIMES, |at| regorus.decide(at)),
        asking(CEDAR, SLOW_TIMES / 2, |at| cedar.decide(at)),
    ];
    run_interleaved("one decision", Clock::ThreadCpu, cases);
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
