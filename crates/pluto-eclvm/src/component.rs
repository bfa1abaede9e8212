//! Policies written in other languages: WebAssembly components of the world in `wit/erynoa-ecl.wit`.
//!
//! Same question, same facts, same answer as every engine; other costs, because here fuel is counted
//! instead of operations of the language. A guest gets a fresh instance for each decision, sees
//! nothing but its request and the facts, and hands its effects back. `docs/wit.md` is for those who
//! write one.
//!
//! 1. `load` refuses what is too large, asks for more than the world offers, or does not export it.
//! 2. `decide` takes a place in the pool, lowers the request, and runs the guest; reads go over
//!    `line.rs` to the facts.
//! 3. What the guest returns is checked and charged; anything else is a fault.

mod bindings;
mod engine;
mod guest;
mod line;
mod meter;
mod slots;
mod value;
mod verdict;

use std::pin::pin;
use std::sync::Arc;

use crate::loader::{PolicyLoader, PolicyProgram};
use pluto_core::format::Format;
use pluto_core::policy::{Decision, Facts, Fault, Gas, Request};
use pluto_ecl::limits::NAME_BYTES_MAX;
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Engine, Store, StoreContextMut, Trap};

use self::bindings::PolicyPre;
use self::guest::{Guest, Stop};
use self::slots::Slots;
use crate::error::EclvmError;

pub use engine::{COMPONENT_BYTES_MAX, HANDOVER_BYTES_MAX, MEMORY_BYTES_MAX, RUNS_MAX};
pub use meter::{FUEL_PER_GAS, GAS_MAX};

/// The contract with guests: the package of the WIT file, its memory layout and its prices.
pub const COMPONENT_FORMAT: Format = Format::new("component", 1);
/// What a component may import.
const IMPORTS: [&str; 3] =
    ["erynoa:ecl/types@1.0.0", "erynoa:ecl/facts@1.0.0", "erynoa:ecl/meter@1.0.0"];

/// Loads and runs components. One is enough for a process.
pub struct ComponentHost {
    engine: Engine,
    linker: Linker<Guest>,
    slots: Arc<Slots>,
}

impl ComponentHost {
    /// An engine with its pool of instances.
    ///
    /// # Errors
    /// `EVM-0002` when the engine cannot be set up so.
    pub fn new() -> Result<Self, EclvmError> {
        let engine = engine::engine()?;
        let mut linker = Linker::new(&engine);
        link(&mut linker)
            .map_err(|error| EclvmError::engine("offer the imports of components", error))?;
        Ok(Self { engine, linker, slots: Arc::new(Slots::new(RUNS_MAX)) })
    }

    /// Checks and compiles the bytes of a component.
    ///
    /// # Errors
    /// `EVM-0004`, saying what was found.
    pub fn load(&self, bytes: &[u8]) -> Result<ComponentPolicy, EclvmError> {
        if bytes.len() > COMPONENT_BYTES_MAX {
            return Err(foreign(format!(
                "`{}` bytes, the bound is `{COMPONENT_BYTES_MAX}`",
                bytes.len()
            )));
        }
        let component = Component::from_binary(&self.engine, bytes)
            .map_err(|error| foreign(format!("{error:#}")))?;
        for (name, _) in component.component_type().imports(&self.engine) {
            if !IMPORTS.contains(&name) {
                return Err(foreign(format!("the import `{name}`")));
            }
        }
        let program = self
            .linker
            .instantiate_pre(&component)
            .and_then(PolicyPre::new)
            .map_err(|error| foreign(format!("{error:#}")))?;
        Ok(ComponentPolicy { program, slots: Arc::clone(&self.slots) })
    }
}

impl PolicyLoader for ComponentHost {
    fn load(&self, artifact: &[u8]) -> pluto_error::Result<Arc<dyn PolicyProgram>> {
        Ok(Arc::new(Self::load(self, artifact)?))
    }
}

fn link(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    bindings::facts::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)?;
    linker
        .instance("erynoa:ecl/meter@1.0.0")?
        .func_wrap("remaining", |store: StoreContextMut<'_, Guest>, (): ()| {
            Ok((guest::remaining(&store)?,))
        })
}

fn foreign(found: String) -> EclvmError {
    EclvmError::ForeignComponent(found)
}

/// A component that was loaded.
pub struct ComponentPolicy {
    program: PolicyPre<Guest>,
    slots: Arc<Slots>,
}

impl PolicyProgram for ComponentPolicy {
    fn decide(&self, policy: &str, request: &Request, facts: &dyn Facts, limit: Gas) -> Decision {
        let limit = limit.min(GAS_MAX);
        let _slot = self.slots.take();
        self.run(policy, request, facts, limit)
            .unwrap_or_else(|fault| Decision::fault(fault, limit))
    }
}

impl ComponentPolicy {
    fn run(
        &self,
        policy: &str,
        request: &Request,
        facts: &dyn Facts,
        limit: Gas,
    ) -> Result<Decision, Fault> {
        if policy.len() > NAME_BYTES_MAX {
            return Err(Fault::NoPolicy);
        }
        let mut guest = Guest::new(limit, facts.now_ms());
        let request = bindings::types::Request {
            subject: guest.handles.handle(request.subject)?,
            arguments: value::lower(&request.arguments, &mut guest.handles)?,
        };
        let line = guest.line.clone();
        let mut store = Store::new(self.program.engine(), guest);
        store.limiter(|guest| &mut guest.limits);
        store.set_hostcall_fuel(HANDOVER_BYTES_MAX);
        store.set_fuel(meter::fuel(limit)).map_err(|_| Fault::Engine)?;
        let answer = {
            let run = pin!(async {
                let instance = self.program.instantiate_async(&mut store).await?;
                instance.call_evaluate(&mut store, policy, &request).await
            });
            line.run(run, facts).ok_or(Fault::Engine)?
        };
        let answer = answer.map_err(|error| stopped_by(&error))?;
        let compute = meter::compute(limit, store.get_fuel().map_err(|_| Fault::Engine)?)?;
        let verdict = answer.map_err(verdict::fault)?;
        verdict::decision(verdict, store.data_mut(), compute)
    }
}

/// Why a guest did not return.
fn stopped_by(error: &wasmtime::Error) -> Fault {
    match (error.downcast_ref(), error.downcast_ref()) {
        (Some(Stop(fault)), _) => *fault,
        (_, Some(Trap::OutOfFuel)) => Fault::OutOfGas,
        _ => Fault::Engine,
    }
}

#[cfg(test)]
mod tests;
