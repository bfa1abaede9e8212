//! A bundle as native code, and instances of it that are used again and again.

use std::sync::Arc;

use pluto_core::policy::{Decision, Facts, Fault, Gas, Request};
use pluto_ecl::interpreter::{Program, Verdict};
use pluto_ecl::wasm::{arity, export_name};
use wasmtime::{Engine, InstancePre, Linker, Module, Store, TypedFunc};

use super::host::{self, Running};
use crate::error::EclvmError;

/// Facts asked for one by one before the interpreter takes over.
const QUESTIONS_MAX: usize = 8;

type Words = (i64, i64, i64);
type Four = (i64, i64, i64, i64);
type Eight = (i64, i64, i64, i64, i64, i64, i64, i64);
type Sixteen = (i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64);

/// Native code of a program.
#[derive(Clone)]
pub struct NativeProgram {
    program: Arc<Program>,
    instance: InstancePre<Running>,
}

/// One instance; one decision at a time.
pub struct Instance {
    program: Arc<Program>,
    store: Store<Running>,
    policies: Vec<Entry>,
}

#[derive(Clone)]
enum Entry {
    Four(TypedFunc<Four, Words>),
    Eight(TypedFunc<Eight, Words>),
    Sixteen(TypedFunc<Sixteen, Words>),
}

/// Everything a policy module can call, made ready once for an engine.
pub struct Imports {
    linker: Linker<Running>,
}

impl Imports {
    /// The imports for modules of this engine.
    ///
    /// # Errors
    /// `EVM-0002` when the engine refuses one.
    pub fn new(engine: &Engine) -> Result<Self, EclvmError> {
        let mut linker = Linker::new(engine);
        host::link(&mut linker)
            .map_err(|error| EclvmError::engine("offer the imports of policies", error))?;
        Ok(Self { linker })
    }

    /// Links a module that was made from this program.
    ///
    /// # Errors
    /// `EVM-0002` when the module is of another shape.
    pub fn link(
        &self,
        program: Arc<Program>,
        module: &Module,
    ) -> Result<NativeProgram, EclvmError> {
        let linked = self.linker.instantiate_pre(module);
        let instance = linked.map_err(|error| EclvmError::engine("link a policy module", error))?;
        Ok(NativeProgram { program, instance })
    }
}

impl NativeProgram {
    /// A new instance.
    ///
    /// # Errors
    /// `EVM-0002` when the engine has none.
    pub fn instance(&self) -> Result<Instance, EclvmError> {
        let failed = |error| EclvmError::engine("instantiate a policy module", error);
        let engine = self.instance.module().engine();
        let mut store = Store::new(engine, Running::new(Arc::clone(&self.program)));
        let instance = self.instance.instantiate(&mut store).map_err(failed)?;
        let mut policies = Vec::new();
        for (index, policy) in self.program.module().policies.iter().enumerate() {
            let name = export_name(index);
            policies.push(match arity(policy.inputs.len()) {
                4 => Entry::Four(instance.get_typed_func(&mut store, &name).map_err(failed)?),
                8 => Entry::Eight(instance.get_typed_func(&mut store, &name).map_err(failed)?),
                _ => Entry::Sixteen(instance.get_typed_func(&mut store, &name).map_err(failed)?),
            });
        }
        Ok(Instance { program: Arc::clone(&self.program), store, policies })
    }
}

impl Instance {
    /// Asks policy `index`; none when too many facts are asked for one by one, or one could not be
    /// read: then the interpreter has to say.
    pub fn decide(
        &mut self,
        index: usize,
        request: &Request,
        facts: &dyn Facts,
        limit: Gas,
    ) -> Option<Decision> {
        let running = self.store.data_mut();
        if let Err(fault) = self.program.bind(index, request, facts, &mut running.frame) {
            let policy = self.program.module().policies.get(index);
            let gas = policy.map_or(Gas::ZERO, |policy| policy.bound.min(limit));
            return Some(Decision::fault(fault, gas));
        }
        if running.frame.is_faulted() {
            return None;
        }
        let verdict = self.answer(index, facts, limit)?;
        Some(self.program.decision(index, &self.store.data().frame, verdict, limit))
    }

    fn answer(&mut self, index: usize, facts: &dyn Facts, limit: Gas) -> Option<Verdict> {
        self.store.data_mut().memo.clear();
        let mut inputs = [0; 16];
        let bound = self.store.data().frame.inputs();
        inputs.iter_mut().zip(bound).for_each(|(slot, word)| *slot = *word);
        for _ in 0..=QUESTIONS_MAX {
            self.store.data_mut().frame.forget_effects();
            let ran = self.call(index, &inputs);
            if ran.is_err() && self.store.data_mut().memo.ask(facts) {
                continue;
            }
            return Some(self.program.verdict(index, ran, limit));
        }
        None
    }

    /// Decides on inputs that the caller has as words, in the order of the policy's inputs; at most
    /// 16, without lists, and nothing is read.
    pub fn run(&mut self, index: usize, inputs: &[i64; 16], limit: Gas) -> Verdict {
        let ran = self.call(index, inputs);
        self.program.verdict(index, ran, limit)
    }

    fn call(&mut self, index: usize, inputs: &[i64; 16]) -> Result<(i64, [i64; 2]), Fault> {
        let running = self.store.data_mut();
        running.index = index;
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = *inputs;
        let store = &mut self.store;
        let ran = match self.policies.get(index) {
            Some(Entry::Four(entry)) => entry.call(store, (a, b, c, d)),
            Some(Entry::Eight(entry)) => entry.call(store, (a, b, c, d, e, f, g, h)),
            Some(Entry::Sixteen(entry)) => {
                entry.call(store, (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p))
            }
            None => return Err(Fault::NoPolicy),
        };
        match ran {
            Ok((word, first, second)) => Ok((word, [first, second])),
            Err(_) => {
                let running = self.store.data_mut();
                running.pushed.clear();
                Err(running.fault.take().unwrap_or(Fault::Engine))
            }
        }
    }
}
