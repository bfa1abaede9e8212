//! All subjects at once: the batch form of a policy against a loop over records in Rust.
//!
//! The batch module works on columns in its memory. "Columns at hand" copies them in as they are,
//! "from records" takes the records of the loop apart first; both read 64 answers out and hold their
//! gas against a limit. The module is called as it is emitted; its one import is the product of two
//! numbers that do not fit 32 bits, which this workload has and a policy may not overflow with.

use std::hint::black_box;

use pluto_benches::{Case, Clock, run_interleaved, size};
use pluto_ecl::answer::{Answer, decode, gas};
use pluto_ecl::code::Ending;
use pluto_ecl::hir::Arithmetic;
use pluto_ecl::numeric;
use pluto_ecl::wasm::{BATCH_MAX, BATCH_MEMORY, Import, batch_export_name, emit_batch};
use pluto_eclvm::wasm::cache::compile;
use wasmtime::{Error, Func, Instance, Memory, Store, TypedFunc};

use crate::native::{self, Record, Tables};
use crate::ours::{LIMIT, Transfer};
use crate::wasm::engine;
use crate::workload::{SUBJECTS, Subject, subjects};
use crate::{FAST_TIMES, agree};

const LOOP: &str = "Rust loop over 64 records";
const COLUMNS: &str = "WASM batch, columns at hand";
const RECORDS: &str = "WASM batch, from records";
const WORD: usize = 8;

/// A batch module and its memory.
struct Batch {
    store: Store<()>,
    memory: Memory,
    run: TypedFunc<(i32, i32), ()>,
    inputs: usize,
}

impl Batch {
    fn new(ours: &Transfer) -> Self {
        let engine = engine();
        let module = compile(&engine, &emit_batch(ours.program.module(), 0).unwrap()).unwrap();
        let mut store = Store::new(&engine, ());
        let names: Vec<_> = module.imports().map(|import| import.name()).collect();
        assert!(names.iter().all(|name| *name == Import::Mul.name()), "more imports: {names:?}");
        let mul = Func::wrap(&mut store, |a: i64, b: i64| {
            let product = numeric::arithmetic(Arithmetic::Mul, a, b);
            product.map_err(|fault| Error::msg(fault.as_str()))
        });
        let imports = vec![mul.into(); names.len()];
        let instance = Instance::new(&mut store, &module, &imports).unwrap();
        Self {
            memory: instance.get_memory(&mut store, BATCH_MEMORY).unwrap(),
            run: instance.get_typed_func(&mut store, &batch_export_name(0)).unwrap(),
            store,
            inputs: ours.plan.len,
        }
    }

    /// Decides on columns of inputs and leaves an answer for each record.
    fn decide(&mut self, fill: impl FnOnce(&mut [u8]), allowed: &mut [u8; SUBJECTS]) {
        fill(self.memory.data_mut(&mut self.store));
        self.run.call(&mut self.store, (0, (SUBJECTS * WORD).try_into().unwrap())).unwrap();
        let found = self.memory.data(&self.store);
        let [answers, first, second] = [0, 1, 2].map(|column| words(found, self.inputs + column));
        let answers = answers.iter().zip(first).zip(second).zip(allowed);
        for (((answer, first), second), allowed) in answers {
            let [answer, first, second] =
                [answer, first, second].map(|word| i64::from_le_bytes(*word));
            let ended = matches!(decode(answer), Answer::Ended(Ending::Allow, ..));
            *allowed = u8::from(ended && gas([first, second]).fits(LIMIT));
        }
    }
}

/// A column.
fn words(memory: &[u8], column: usize) -> &[[u8; WORD]] {
    let start = column * BATCH_MAX * WORD;
    memory[start..start + SUBJECTS * WORD].as_chunks().0
}

/// The inputs of all subjects, column by column.
fn columns(ours: &Transfer, subjects: &[Subject]) -> Vec<u8> {
    let tables = Tables::new(subjects);
    let inputs: Vec<_> = (0_u32..)
        .zip(subjects)
        .map(|(who, one)| ours.plan.inputs(&tables, who, one.amount))
        .collect();
    (0..ours.plan.len)
        .flat_map(|at| inputs.iter().flat_map(move |one| one[at].to_le_bytes()))
        .collect()
}

/// Takes records apart into columns.
fn transpose(ours: &Transfer, records: &[Record], memory: &mut [u8]) {
    let memory = memory.as_chunks_mut::<WORD>().0;
    for (row, record) in records.iter().enumerate() {
        for (column, word) in ours.plan.words(record) {
            memory[column * BATCH_MAX + row] = word.to_le_bytes();
        }
    }
}

/// One batch of all subjects.
pub(crate) fn batch() {
    let subjects = subjects();
    let ours = Transfer::new(&subjects);
    let (records, columns) = (native::records(&subjects), columns(&ours, &subjects));
    let (mut one, mut two) = (Batch::new(&ours), Batch::new(&ours));
    let mut by_columns = move |allowed: &mut [u8; SUBJECTS]| {
        one.decide(|memory| memory[..columns.len()].copy_from_slice(black_box(&columns)), allowed);
    };
    let mut by_records = |allowed: &mut [u8; SUBJECTS]| {
        two.decide(|memory| transpose(&ours, black_box(&records), memory), allowed);
    };
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
    let cases = vec![
        answering(LOOP, FAST_TIMES, by_loop),
        answering(COLUMNS, FAST_TIMES / 4, by_columns),
        answering(RECORDS, FAST_TIMES / 8, by_records),
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
