//! What a guest is tied to while it decides: its handles, its gas, and the line to the facts.

use std::collections::BTreeMap;

use pluto_core::Did;
use pluto_core::policy::{Fault, Gas};
use pluto_core::trust::TrustVector;
use pluto_ecl::gas;
use wasmtime::{StoreContextMut, StoreLimits, StoreLimitsBuilder};

use super::bindings::{facts, types};
use super::engine::{
    CORE_INSTANCES_MAX, MEMORIES_MAX, MEMORY_BYTES_MAX, TABLE_ELEMENTS_MAX, TABLES_MAX,
};
use super::line::{Answer, Line, Question};
use super::meter::Meter;
use super::value;

/// Identities that one decision can name.
const HANDLES_MAX: usize = 4096;
/// Longest text that can name an identity.
const DID_TEXT_BYTES_MAX: usize = 128;

/// A fault on its way through the engine, out of the guest.
#[derive(Debug, thiserror::Error)]
#[error("fault")]
pub(super) struct Stop(pub(super) Fault);

/// The data of a store.
pub(super) struct Guest {
    pub(super) handles: Handles,
    pub(super) meter: Meter,
    pub(super) line: Line,
    pub(super) limits: StoreLimits,
    now_ms: i64,
}

impl Guest {
    pub(super) fn new(limit: Gas, now_ms: i64) -> Self {
        let limits = StoreLimitsBuilder::new()
            .memory_size(MEMORY_BYTES_MAX)
            .table_elements(TABLE_ELEMENTS_MAX)
            .instances(CORE_INSTANCES_MAX as usize)
            .memories(MEMORIES_MAX as usize)
            .tables(TABLES_MAX as usize)
            .trap_on_grow_failure(true)
            .build();
        Self {
            handles: Handles::default(),
            meter: Meter::new(limit),
            line: Line::default(),
            limits,
            now_ms,
        }
    }

    /// Charges a read, then asks.
    async fn read(&mut self, price: Gas, question: Question) -> wasmtime::Result<Answer> {
        self.meter.charge(price).map_err(Stop)?;
        Ok(self.line.ask(question).await.map_err(Stop)?)
    }

    fn did(&self, handle: u32) -> wasmtime::Result<Did> {
        Ok(self.handles.did(handle).ok_or(Stop(Fault::UnknownEntity))?)
    }
}

/// Identities of one decision, numbered in the order in which they came up.
#[derive(Default)]
pub(super) struct Handles {
    dids: Vec<Did>,
    numbers: BTreeMap<Did, u32>,
}

impl Handles {
    pub(super) fn handle(&mut self, did: Did) -> Result<u32, Fault> {
        if let Some(number) = self.numbers.get(&did) {
            return Ok(*number);
        }
        if self.dids.len() >= HANDLES_MAX {
            return Err(Fault::TooLarge);
        }
        let number = u32::try_from(self.dids.len()).map_err(|_| Fault::TooLarge)?;
        self.dids.push(did);
        self.numbers.insert(did, number);
        Ok(number)
    }

    pub(super) fn did(&self, handle: u32) -> Option<Did> {
        self.dids.get(handle as usize).copied()
    }
}

impl facts::Host for Guest {
    async fn trust(&mut self, who: u32) -> wasmtime::Result<types::TrustVector> {
        let question = Question::Trust(self.did(who)?);
        match self.read(gas::TRUST, question).await? {
            Answer::Trust(trust) => Ok(trust.into()),
            _ => Err(Stop(Fault::Engine).into()),
        }
    }

    async fn balance(&mut self, who: u32) -> wasmtime::Result<i64> {
        let question = Question::Balance(self.did(who)?);
        match self.read(gas::CLAIM, question).await? {
            Answer::Balance(balance) => Ok(balance),
            _ => Err(Stop(Fault::Engine).into()),
        }
    }

    async fn holds(&mut self, who: u32, what: types::Claim) -> wasmtime::Result<bool> {
        use types::Claim::{Capability, Credential, Known, Role};
        match &what {
            Credential(name) | Capability(name) | Role(name) => {
                value::bounded(name).map_err(Stop)?
            }
            Known => {}
        }
        let question = Question::Holds(self.did(who)?, what);
        match self.read(gas::CLAIM, question).await? {
            Answer::Holds(holds) => Ok(holds),
            _ => Err(Stop(Fault::Engine).into()),
        }
    }

    async fn record(
        &mut self,
        store: String,
        version: u16,
        key: String,
    ) -> wasmtime::Result<Option<Vec<types::Value>>> {
        value::bounded(&store).map_err(Stop)?;
        value::bounded(&key).map_err(Stop)?;
        let Answer::Record(found) =
            self.read(gas::RECORD, Question::Record(store, version, key)).await?
        else {
            return Err(Stop(Fault::Engine).into());
        };
        let Some(fields) = found else { return Ok(None) };
        Ok(Some(value::lower(&fields, &mut self.handles).map_err(Stop)?))
    }

    async fn resolve(&mut self, text: String) -> wasmtime::Result<Option<u32>> {
        self.meter.charge(gas::CLAIM).map_err(Stop)?;
        if text.len() > DID_TEXT_BYTES_MAX {
            return Ok(None);
        }
        let Ok(did) = text.parse() else { return Ok(None) };
        Ok(Some(self.handles.handle(did).map_err(Stop)?))
    }

    async fn now(&mut self) -> wasmtime::Result<i64> {
        Ok(self.now_ms)
    }
}

impl types::Host for Guest {}

/// `meter.remaining`: needs the fuel of the store, not only its data.
pub(super) fn remaining(store: &StoreContextMut<'_, Guest>) -> wasmtime::Result<types::Gas> {
    let Gas { network, compute, storage, realm } = store.data().meter.remaining(store.get_fuel()?);
    Ok(types::Gas { network, compute, storage, realm })
}

impl From<TrustVector> for types::TrustVector {
    fn from(TrustVector([r, i, c, p, v, omega]): TrustVector) -> Self {
        Self { r, i, c, p, v, omega }
    }
}
