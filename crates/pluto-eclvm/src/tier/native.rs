//! Native code, and when it pays.
//!
//! Interpreting costs nothing to start and wins on short policies; native code costs a compilation and
//! wins on long ones. In `Auto` a policy is interpreted until the work it has done beyond short
//! policies would have paid for a compilation, which then goes on beside it.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use pluto_core::policy::{Decision, Facts, Gas, Request};
use pluto_ecl::interpreter::{Program as Code, Verdict};
use pluto_ecl::wasm;
use wasmtime::{Engine, Module};

use crate::columns::Columns;
use crate::error::EclvmError;
use crate::idle::Idle;
use crate::program::Program;
use crate::verdicts::Verdicts;
use crate::vm::{ExecutionMode, Vm};
use crate::wasm::cache::{self, NativeCache};
use crate::wasm::{
    Compiler, Imports, Instance, NativeBatch, NativeProgram, batch_engine, check, policy_engine,
};

/// Operations up to which the interpreter is as fast as native code, its call included.
const SHORT_OPERATIONS: u64 = 32;
/// Operations beyond that, over all calls, that pay for a compilation.
const TIER_UP_OPERATIONS: u64 = 1_250_000;
/// Records in batches that pay for compiling the batch form.
const TIER_UP_RECORDS: u64 = 65_536;

/// Makes native code.
pub(crate) struct Maker {
    engine: Engine,
    imports: Imports,
    /// The engine of batches, once there is one.
    batches: OnceLock<Option<Engine>>,
    cache: Option<NativeCache>,
}

impl Maker {
    pub(crate) fn new(folder: Option<&Path>) -> Result<Self, EclvmError> {
        Self::with_compiler(Compiler::default(), folder)
    }

    fn with_compiler(compiler: Compiler, folder: Option<&Path>) -> Result<Self, EclvmError> {
        let cache = folder.map(NativeCache::open).transpose()?;
        let engine = policy_engine(compiler)?;
        let imports = Imports::new(&engine)?;
        Ok(Self { engine, imports, batches: OnceLock::new(), cache })
    }

    fn compile(&self, code: &Arc<Code>) -> Result<NativeProgram, EclvmError> {
        let bytes = wasm::emit(code.module());
        check::policy_module(&bytes, code.module().policies.len())?;
        let module = self.module(&self.engine, &bytes)?;
        self.imports.link(Arc::clone(code), &module)
    }

    /// The batch form of a policy, if it has one.
    fn batch(&self, code: &Code, index: usize) -> Option<NativeBatch> {
        let engine = self.batches.get_or_init(|| batch_engine().ok()).as_ref()?;
        let batch = wasm::emit_batch(code.module(), index)?;
        let module = self.module(engine, &batch.wasm).ok()?;
        Some(NativeBatch::new(index, module, batch))
    }

    fn module(&self, engine: &Engine, bytes: &[u8]) -> Result<Module, EclvmError> {
        match &self.cache {
            Some(cache) => cache.module(engine, bytes),
            None => cache::compile(engine, bytes),
        }
    }
}

impl Vm {
    /// As [`Vm::new`], with another compiler.
    ///
    /// # Errors
    /// As [`Vm::new`].
    pub fn with_compiler(
        mode: ExecutionMode,
        compiler: Compiler,
        folder: Option<&Path>,
    ) -> Result<Self, EclvmError> {
        Ok(Self::with_maker(mode, Maker::with_compiler(compiler, folder)?))
    }
}

impl Program {
    /// Compiles to native code now, if that has not been done.
    ///
    /// # Errors
    /// `EVM-0001`, `EVM-0002` when the engine refuses our own module.
    pub fn compile(&self) -> Result<&NativeProgram, EclvmError> {
        self.tier().compile(self.code())
    }
}

/// The native code of one program.
pub(crate) struct Tier {
    mode: ExecutionMode,
    maker: Arc<Maker>,
    compiled: Arc<OnceLock<NativeProgram>>,
    /// Operations beyond short ones so far.
    work: AtomicU64,
    compiling: AtomicBool,
    instances: Idle<Instance>,
    /// The batch form of each policy that was asked for it; none where there is no such form.
    batches: Box<[OnceLock<Option<NativeBatch>>]>,
    /// Records in batches so far.
    records: AtomicU64,
}

impl Tier {
    /// In mode `Wasm` the code is compiled at once.
    pub(crate) fn new(
        mode: ExecutionMode,
        maker: Arc<Maker>,
        code: &Arc<Code>,
    ) -> Result<Self, EclvmError> {
        let tier = Self {
            mode,
            maker,
            compiled: Arc::default(),
            work: AtomicU64::new(0),
            compiling: AtomicBool::new(false),
            instances: Idle::default(),
            batches: code.module().policies.iter().map(|_| OnceLock::new()).collect(),
            records: AtomicU64::new(0),
        };
        if mode == ExecutionMode::Wasm {
            tier.compile(code)?;
        }
        Ok(tier)
    }

    /// Whether there is native code that may be used.
    pub(crate) fn is_native(&self) -> bool {
        self.mode != ExecutionMode::Legacy && self.compiled.get().is_some()
    }

    /// The decision by native code; none when the interpreter has to say. What is verified compiles;
    /// if an engine fails all the same, the answer must not depend on it.
    pub(crate) fn decide(
        &self,
        code: &Arc<Code>,
        index: usize,
        request: &Request,
        facts: &dyn Facts,
        limit: Gas,
    ) -> Option<Decision> {
        let native = match self.mode {
            ExecutionMode::Legacy => None,
            ExecutionMode::Wasm => self.compile(code).ok(),
            ExecutionMode::Auto => self.after_work(code, index),
        }?;
        let decide = |instance: &mut Instance| instance.decide(index, request, facts, limit);
        self.instances.try_with(|| native.instance(), decide).ok().flatten()
    }

    /// Decides on many records by native code; none when the interpreter has to.
    pub(crate) fn decide_batch(
        &self,
        code: &Arc<Code>,
        index: usize,
        columns: &Columns,
        limit: Gas,
        out: &mut Verdicts,
        alone: &mut dyn FnMut(usize) -> Verdict,
    ) -> Option<()> {
        let batch = self.batches.get(index)?;
        if !self.takes_batches(batch.get().is_some(), columns.len()) {
            return None;
        }
        let batch = batch.get_or_init(|| self.maker.batch(code, index)).as_ref()?;
        batch.decide(code, columns, limit, out, alone)
    }

    fn takes_batches(&self, compiled: bool, records: usize) -> bool {
        match self.mode {
            ExecutionMode::Legacy => false,
            ExecutionMode::Wasm => true,
            ExecutionMode::Auto => {
                let more = u64::try_from(records).unwrap_or(u64::MAX);
                compiled || self.records.fetch_add(more, Ordering::Relaxed) >= TIER_UP_RECORDS
            }
        }
    }

    fn compile(&self, code: &Arc<Code>) -> Result<&NativeProgram, EclvmError> {
        if let Some(compiled) = self.compiled.get() {
            return Ok(compiled);
        }
        let compiled = self.maker.compile(code)?;
        Ok(self.compiled.get_or_init(|| compiled))
    }

    /// Native code for a long policy once there is some; until then its work is counted.
    fn after_work(&self, code: &Arc<Code>, index: usize) -> Option<&NativeProgram> {
        let more =
            operations(code, index).checked_sub(SHORT_OPERATIONS).filter(|more| *more > 0)?;
        let compiled = self.compiled.get();
        if compiled.is_none() {
            self.count(code, more);
        }
        compiled
    }

    fn count(&self, code: &Arc<Code>, more: u64) {
        let work = self.work.fetch_add(more, Ordering::Relaxed).saturating_add(more);
        if work < TIER_UP_OPERATIONS || self.compiling.swap(true, Ordering::Relaxed) {
            return;
        }
        let (maker, code) = (Arc::clone(&self.maker), Arc::clone(code));
        let compiled = Arc::clone(&self.compiled);
        // One thread for each program, once. If there is none, interpreting goes on.
        let _ = std::thread::Builder::new().name("pluto-tier-up".into()).spawn(move || {
            if let Ok(program) = maker.compile(&code) {
                let _ = compiled.set(program);
            }
        });
    }
}

/// About how many operations a policy has: its worst case in the layer that counts them.
fn operations(code: &Code, index: usize) -> u64 {
    let policy = code.module().policies.get(index);
    policy.map_or(0, |policy| u64::from(policy.bound.compute) / 2)
}
