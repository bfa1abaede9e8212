//! All subjects at once: the batch form of a policy against a loop over records in Rust.
//!
//! "Columns at hand" decides on columns that are there, "from records" takes the records of the loop
//! apart first; both get a verdict with rule, mask and gas for each record, held against a limit.

use std::hint::black_box;
use std::sync::Arc;

use pluto_benches::{Case, Clock, run_interleaved, size};
use pluto_core::policy::Outcome;
use pluto_eclvm::{Columns, ExecutionMode, Program, Verdicts};

use crate::native::{self, Record, Tables};
use crate::ours::{INPUTS, LIMIT, Transfer};
use crate::wasm::program_in;
use crate::workload::{SUBJECTS, Subject, subjects};
use crate::{FAST_TIMES, agree};

const LOOP: &str = "Rust loop over 64 records";
const COLUMNS: &str = "WASM batch, columns at hand";
const RECORDS: &str = "WASM batch, from records";
const INTERPRETED: &str = "interpreter, columns at hand";

/// The transfer, asked for all subjects at once.
struct Batch {
    program: Arc<Program>,
    verdicts: Verdicts,
}

impl Batch {
    fn new(mode: ExecutionMode) -> Self {
        Self { program: program_in(mode), verdicts: Verdicts::new() }
    }

    /// Decides on columns of inputs and leaves an answer for each record.
    fn decide(&mut self, columns: &Columns, allowed: &mut [u8; SUBJECTS]) {
        self.program.decide_batch(0, columns, LIMIT, &mut self.verdicts);
        for (allowed, verdict) in allowed.iter_mut().zip(self.verdicts.iter()) {
            *allowed = u8::from(verdict.outcome == Outcome::Allow);
        }
    }
}

/// The inputs of all subjects.
fn columns(ours: &Transfer, subjects: &[Subject]) -> Columns {
    let tables = Tables::new(subjects);
    let mut columns = Columns::new(ours.plan.len);
    for (who, one) in (0_u32..).zip(subjects) {
        assert!(columns.push(&ours.plan.inputs(&tables, who, one.amount)));
    }
    columns
}

/// Takes records apart into columns.
fn transpose(ours: &Transfer, records: &[Record], columns: &mut Columns) {
    columns.clear();
    for record in records {
        let mut words = [0; INPUTS];
        ours.plan.words(record).into_iter().for_each(|(at, word)| words[at % INPUTS] = word);
        columns.push(&words);
    }
}

/// One batch of all subjects.
pub(crate) fn batch() {
    let subjects = subjects();
    let ours = Transfer::new(&subjects);
    let (records, columns) = (native::records(&subjects), columns(&ours, &subjects));
    let [mut one, mut two] = [(); 2].map(|()| Batch::new(ExecutionMode::Wasm));
    let mut three = Batch::new(ExecutionMode::Legacy);
    let mut taken_apart = Columns::new(ours.plan.len);
    let mut by_columns = |allowed: &mut [u8; SUBJECTS]| one.decide(black_box(&columns), allowed);
    let mut by_records = |allowed: &mut [u8; SUBJECTS]| {
        transpose(&ours, black_box(&records), &mut taken_apart);
        two.decide(&taken_apart, allowed);
    };
    let mut interpreted = |allowed: &mut [u8; SUBJECTS]| three.decide(black_box(&columns), allowed);
    let by_loop = |allowed: &mut [u8; SUBJECTS]| native::batch(black_box(&records), allowed);
    let mut allowed = [0; SUBJECTS];
    by_loop(&mut allowed);
    agree(LOOP, &subjects, |at| allowed[at] == 1);
    allowed.fill(2);
    by_columns(&mut allowed);
    agree(COLUMNS, &subjects, |at| allowed[at] == 1);
    allowed.fill(2);
    by_records(&mut allowed);
    agree(RECORDS, &subjects, |at| allowed[at] == 1);
    allowed.fill(2);
    interpreted(&mut allowed);
    agree(INTERPRETED, &subjects, |at| allowed[at] == 1);
    let cases = vec![
        answering(LOOP, FAST_TIMES, by_loop),
        answering(COLUMNS, FAST_TIMES / 4, by_columns),
        answering(RECORDS, FAST_TIMES / 8, by_records),
        answering(INTERPRETED, FAST_TIMES / 32, interpreted),
    ];
    let report = run_interleaved("a batch of 64, per decision", Clock::ThreadCpu, cases);
    report.goal(COLUMNS, LOOP, 1.0 / 1.5, 4.0);
}

fn answering<'a>(
    name: &str,
    times: usize,
    mut decide: impl FnMut(&mut [u8; SUBJECTS]) + 'a,
) -> Case<'a> {
    let times = size(times, 1);
    Case::new(name, SUBJECTS * times, move || {
        let mut allowed = [0; SUBJECTS];
        for _ in 0..times {
            decide(black_box(&mut allowed));
        }
        allowed
    })
}
