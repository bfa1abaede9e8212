//! A loaded bundle: every way to run it, and the choice between them.
//!
//! All ways give the same answers, so which one runs is only a question of time. Interpreting costs
//! nothing to start and wins on short policies; native code costs a compilation and wins on long ones.
//! In `Auto` a policy is interpreted until the work it has done beyond short policies would have paid
//! for a compilation, which then goes on beside it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use pluto_core::Digest;
use pluto_core::policy::{Decision, Facts, Fault, Gas, Request};
use pluto_core::traits::PolicyProgram;
use pluto_ecl::code;
use pluto_ecl::interpreter::{Frame, Program as Code};

use crate::error::EclvmError;
use crate::vm::{ExecutionMode, Native};
use crate::wasm::{Instance, NativeProgram};

/// Frames and instances kept for the next decision.
const IDLE_MAX: usize = 16;
/// Operations up to which the interpreter is as fast as native code, its call included.
const SHORT_OPERATIONS: u64 = 32;
/// Operations beyond that, over all calls, that pay for a compilation.
const TIER_UP_OPERATIONS: u64 = 1_250_000;

/// A loaded bundle.
pub struct Program {
    id: Digest,
    code: Arc<Code>,
    mode: ExecutionMode,
    native: Arc<Native>,
    compiled: Arc<OnceLock<NativeProgram>>,
    /// Operations beyond short ones so far.
    work: AtomicU64,
    compiling: AtomicBool,
    frames: Mutex<Vec<Frame>>,
    instances: Mutex<Vec<Instance>>,
}

impl Program {
    pub(crate) fn new(id: Digest, code: Code, mode: ExecutionMode, native: Arc<Native>) -> Self {
        Self {
            id,
            code: Arc::new(code),
            mode,
            native,
            compiled: Arc::default(),
            work: AtomicU64::new(0),
            compiling: AtomicBool::new(false),
            frames: Mutex::default(),
            instances: Mutex::default(),
        }
    }

    /// The id of its artifact.
    #[must_use]
    pub const fn id(&self) -> Digest {
        self.id
    }

    /// The verified code.
    #[must_use]
    pub fn code(&self) -> &Arc<Code> {
        &self.code
    }

    /// A policy by name.
    #[must_use]
    pub fn policy(&self, name: &str) -> Option<&code::Policy> {
        self.code.module().policies.get(self.code.find(name)?)
    }

    /// Compiles to native code now, if that has not been done.
    ///
    /// # Errors
    /// `EVM-0001`, `EVM-0002` when the engine refuses our own module.
    pub fn compile(&self) -> Result<&NativeProgram, EclvmError> {
        if let Some(compiled) = self.compiled.get() {
            return Ok(compiled);
        }
        let compiled = self.native.compile(&self.code)?;
        Ok(self.compiled.get_or_init(|| compiled))
    }

    /// Whether the next decision runs native code.
    #[must_use]
    pub fn is_native(&self) -> bool {
        self.mode != ExecutionMode::Legacy && self.compiled.get().is_some()
    }

    /// Asks policy `index`.
    #[must_use]
    pub fn ask(&self, index: usize, request: &Request, facts: &dyn Facts, limit: Gas) -> Decision {
        match self.mode {
            ExecutionMode::Legacy => self.interpret(index, request, facts, limit),
            ExecutionMode::Wasm => match self.compile() {
                Ok(native) => self.run_native(native, index, request, facts, limit),
                // What is verified compiles; if an engine fails, the answer must not depend on it.
                Err(_) => self.interpret(index, request, facts, limit),
            },
            ExecutionMode::Auto => match self.compiled.get() {
                Some(native) if self.is_long(index) => {
                    self.run_native(native, index, request, facts, limit)
                }
                _ => {
                    self.count(index);
                    self.interpret(index, request, facts, limit)
                }
            },
        }
    }

    fn interpret(
        &self,
        index: usize,
        request: &Request,
        facts: &dyn Facts,
        limit: Gas,
    ) -> Decision {
        let mut frame = take(&self.frames).unwrap_or_default();
        let decision = self.code.decide(index, request, facts, limit, &mut frame);
        give_back(&self.frames, frame);
        decision
    }

    fn run_native(
        &self,
        native: &NativeProgram,
        index: usize,
        request: &Request,
        facts: &dyn Facts,
        limit: Gas,
    ) -> Decision {
        let instance = take(&self.instances).map_or_else(|| native.instance(), Ok);
        let Ok(mut instance) = instance else {
            return self.interpret(index, request, facts, limit);
        };
        let decision = instance.decide(index, request, facts, limit);
        give_back(&self.instances, instance);
        decision.unwrap_or_else(|| self.interpret(index, request, facts, limit))
    }

    fn is_long(&self, index: usize) -> bool {
        self.operations(index) > SHORT_OPERATIONS
    }

    /// About how many operations a policy has: its worst case in the layer that counts them.
    fn operations(&self, index: usize) -> u64 {
        let policy = self.code.module().policies.get(index);
        policy.map_or(0, |policy| u64::from(policy.bound.compute) / 2)
    }

    fn count(&self, index: usize) {
        let more = self.operations(index).saturating_sub(SHORT_OPERATIONS);
        let work = self.work.fetch_add(more, Ordering::Relaxed).saturating_add(more);
        if work < TIER_UP_OPERATIONS || self.compiling.swap(true, Ordering::Relaxed) {
            return;
        }
        let (native, code) = (Arc::clone(&self.native), Arc::clone(&self.code));
        let compiled = Arc::clone(&self.compiled);
        // One thread for each program, once. If there is none, interpreting goes on.
        let _ = std::thread::Builder::new().name("pluto-tier-up".into()).spawn(move || {
            if let Ok(program) = native.compile(&code) {
                let _ = compiled.set(program);
            }
        });
    }
}

impl PolicyProgram for Program {
    fn decide(&self, policy: &str, request: &Request, facts: &dyn Facts, limit: Gas) -> Decision {
        match self.code.find(policy) {
            Some(index) => self.ask(index, request, facts, limit),
            None => Decision::fault(Fault::NoPolicy, Gas::ZERO),
        }
    }
}

fn take<T>(idle: &Mutex<Vec<T>>) -> Option<T> {
    idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

fn give_back<T>(idle: &Mutex<Vec<T>>, used: T) {
    let mut idle = idle.lock().unwrap_or_else(PoisonError::into_inner);
    if idle.len() < IDLE_MAX {
        idle.push(used);
    }
}
