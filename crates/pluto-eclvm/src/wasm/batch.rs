//! A policy for many records at once, as native code.
//!
//! Columns are copied into the memory of an instance; what comes back is where each record left the
//! policy, and the verdict of an exit is looked up. Modules are made here from verified code and have
//! no imports. Unlike policy modules they have a memory, which is why their engine leaves bounds to
//! the processor; whatever stands in that memory before a call is written before it is read.

use pluto_core::policy::Gas;
use pluto_ecl::interpreter::{Program, Verdict};
use pluto_ecl::wasm::{BATCH_MAX, BATCH_MEMORY, Batch, batch_export_name};
use wasmtime::{Instance, Memory, Module, Store, TypedFunc};

use crate::columns::Columns;
use crate::error::EclvmError;
use crate::idle::Idle;

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
    /// The verdict of each exit under a limit.
    limit: Option<Gas>,
    verdicts: Vec<Verdict>,
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
        Ok(Running { store, memory, run, limit: None, verdicts: Vec::new() })
    }

    /// Appends the verdict of each record; `alone` decides one that a batch cannot. None when the
    /// engine fails, and then nothing was appended.
    pub(crate) fn decide(
        &self,
        program: &Program,
        columns: &Columns,
        limit: Gas,
        out: &mut Vec<Verdict>,
        alone: impl FnMut(usize) -> Verdict,
    ) -> Option<()> {
        let decide = |running: &mut Running| {
            self.run(running, columns)?;
            self.verdicts(running, program, limit);
            self.read(running, program, columns.len(), out, alone);
            Some(())
        };
        self.idle.try_with(|| self.start(), decide).ok().flatten()
    }

    fn run(&self, running: &mut Running, columns: &Columns) -> Option<()> {
        let memory = running.memory.data_mut(&mut running.store);
        memory.get_mut(..columns.bytes().len())?.copy_from_slice(columns.bytes());
        let end = i32::try_from(columns.len() * WORD_BYTES).ok()?;
        running.run.call(&mut running.store, (0, end)).ok()
    }

    fn verdicts(&self, running: &mut Running, program: &Program, limit: Gas) {
        if running.limit == Some(limit) {
            return;
        }
        let verdict = |exit: &pluto_ecl::wasm::Exit| {
            program.verdict(self.index, Ok((exit.word, exit.gas)), limit)
        };
        running.verdicts = self.batch.exits.iter().map(verdict).collect();
        running.limit = Some(limit);
    }

    fn read(
        &self,
        running: &Running,
        program: &Program,
        records: usize,
        out: &mut Vec<Verdict>,
        mut alone: impl FnMut(usize) -> Verdict,
    ) {
        let memory = running.memory.data(&running.store);
        let column = |place: usize| {
            let words = memory.as_chunks::<WORD_BYTES>().0;
            words.get(place * BATCH_MAX..).unwrap_or_default()
        };
        let Batch { inputs, adds, exits, .. } = &self.batch;
        let numbers = column(*inputs).iter().take(records).map(|word| i64::from_le_bytes(*word));
        out.reserve(records);
        if *adds == [false; 3] {
            out.extend(numbers.enumerate().map(|(at, number)| {
                let known = usize::try_from(number).ok().and_then(|at| running.verdicts.get(at));
                known.copied().unwrap_or_else(|| alone(at))
            }));
            return;
        }
        let added = [1, 2, 3].map(|place| column(inputs + place));
        let Some(limit) = running.limit else { return };
        out.extend(numbers.enumerate().map(|(at, number)| {
            let Some(exit) = usize::try_from(number).ok().and_then(|at| exits.get(at)) else {
                return alone(at);
            };
            let mut parts = added.into_iter().zip(adds).map(|(words, adds)| {
                let word = words.get(at).filter(|_| *adds);
                word.map_or(0, |word| i64::from_le_bytes(*word))
            });
            let mut part = || parts.next().unwrap_or_default();
            let gas = exit.gas.map(|gas| gas.wrapping_add(part()));
            program.verdict(self.index, Ok((exit.word | part(), gas)), limit)
        }));
    }
}
