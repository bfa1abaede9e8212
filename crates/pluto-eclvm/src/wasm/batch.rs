//! A policy for many records at once, as native code.
//!
//! Columns are copied into the memory of an instance; what comes back is where each record left the
//! policy, and the verdict of an exit is looked up. Modules are made here from verified code and have
//! no imports. Unlike policy modules they have a memory, which is why their engine leaves bounds to
//! the processor; whatever stands in that memory before a call is written before it is read.

use pluto_core::policy::Gas;
use pluto_ecl::interpreter::{Program, Verdict};
use pluto_ecl::wasm::{BATCH_MAX, BATCH_MEMORY, Batch, Exit, batch_export_name};
use wasmtime::{Instance, Memory, Module, Store, TypedFunc};

use crate::columns::Columns;
use crate::error::EclvmError;
use crate::idle::Idle;
use crate::verdicts::Verdicts;

const WORD_BYTES: usize = 8;

/// The batch form of one policy.
pub struct NativeBatch {
    index: usize,
    module: Module,
    batch: Batch,
    idle: Idle<Running>,
}

struct Running {
    store: Store<()>,
    memory: Memory,
    run: TypedFunc<(i32, i32), ()>,
    /// The verdict of each exit under this limit.
    limit: Option<Gas>,
    exits: Vec<Verdict>,
}

impl NativeBatch {
    pub(crate) fn new(index: usize, module: Module, batch: Batch) -> Self {
        Self { index, module, batch, idle: Idle::default() }
    }

    fn start(&self) -> Result<Running, EclvmError> {
        let failed = |error| EclvmError::engine("instantiate a batch module", error);
        let mut store = Store::new(self.module.engine(), ());
        let instance = Instance::new(&mut store, &self.module, &[]).map_err(failed)?;
        let name = batch_export_name(self.index);
        let run = instance.get_typed_func(&mut store, &name).map_err(failed)?;
        let memory = instance
            .get_memory(&mut store, BATCH_MEMORY)
            .ok_or_else(|| EclvmError::engine("find the memory of a batch", BATCH_MEMORY))?;
        Ok(Running { store, memory, run, limit: None, exits: Vec::new() })
    }

    /// Writes the verdict of each record; `alone` decides one that a batch cannot. None when the
    /// engine fails, and then nothing was written.
    pub(crate) fn decide(
        &self,
        program: &Program,
        columns: &Columns,
        limit: Gas,
        out: &mut Verdicts,
        alone: impl FnMut(usize) -> Verdict,
    ) -> Option<()> {
        let decide = |running: &mut Running| {
            self.run(running, columns)?;
            if self.batch.adds == [false; 3] {
                self.limit(running, program, limit);
                self.look_up(running, columns.len(), out, alone);
            } else {
                self.add_up(running, program, columns.len(), limit, out, alone);
            }
            Some(())
        };
        self.idle.try_with(|| self.start(), decide).ok().flatten()
    }

    fn run(&self, running: &mut Running, columns: &Columns) -> Option<()> {
        let memory = running.memory.data_mut(&mut running.store);
        memory.get_mut(..columns.bytes().len())?.copy_from_slice(columns.bytes());
        let end = i32::try_from(columns.len()).ok()?;
        running.run.call(&mut running.store, (0, end)).ok()
    }

    /// Brings the verdicts of exits to this limit.
    fn limit(&self, running: &mut Running, program: &Program, limit: Gas) {
        if running.limit == Some(limit) {
            return;
        }
        let verdict = |exit: &Exit| program.verdict(self.index, Ok((exit.word, exit.gas)), limit);
        running.exits = self.batch.exits.iter().map(verdict).collect();
        running.limit = Some(limit);
    }

    /// The number of the exit of each record.
    fn exits<'a>(&self, running: &'a Running, records: usize) -> &'a [u8] {
        let start = self.batch.inputs * BATCH_MAX * WORD_BYTES;
        let memory = running.memory.data(&running.store);
        memory.get(start..start + records).unwrap_or_default()
    }

    /// The words of a column behind the exits.
    fn column<'a>(
        &self,
        running: &'a Running,
        place: usize,
    ) -> impl Iterator<Item = i64> + use<'a> {
        let words = running.memory.data(&running.store).as_chunks::<WORD_BYTES>().0;
        let column = words.get((self.batch.inputs + 1 + place) * BATCH_MAX..).unwrap_or_default();
        column.iter().map(|word| i64::from_le_bytes(*word))
    }

    /// Each exit has one verdict.
    fn look_up(
        &self,
        running: &Running,
        records: usize,
        out: &mut Verdicts,
        mut alone: impl FnMut(usize) -> Verdict,
    ) {
        let (left_by, verdicts) = (self.exits(running, records), &running.exits);
        if out.set(left_by, verdicts).is_none() {
            out.clear();
            for (at, exit) in left_by.iter().enumerate() {
                let known = verdicts.get(usize::from(*exit)).copied();
                out.push(known.unwrap_or_else(|| alone(at)));
            }
        }
    }

    /// Adds what was added on the way to the word and the gas of the exit.
    fn add_up(
        &self,
        running: &Running,
        program: &Program,
        records: usize,
        limit: Gas,
        out: &mut Verdicts,
        mut alone: impl FnMut(usize) -> Verdict,
    ) {
        out.clear();
        let numbers = self.exits(running, records).iter();
        let [first, second, mask] = [0, 1, 2].map(|place| self.column(running, place));
        let rows = numbers.zip(first).zip(second.zip(mask)).enumerate();
        for (at, ((number, first), (second, mask))) in rows {
            let exit = self.batch.exits.get(usize::from(*number));
            out.push(exit.map_or_else(
                || alone(at),
                |exit| {
                    let mut added = [first, second, mask];
                    let unused = added.iter_mut().zip(self.batch.adds).filter(|(_, adds)| !adds);
                    unused.for_each(|(part, _)| *part = 0);
                    let ([first, second, mask], [one, two]) = (added, exit.gas);
                    let gas = [one.wrapping_add(first), two.wrapping_add(second)];
                    program.verdict(self.index, Ok((exit.word | mask, gas)), limit)
                },
            ));
        }
    }
}
