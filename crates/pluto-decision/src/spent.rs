//! What policies charged one party for one event: the accounts as they were, against what is proposed.

use pluto_core::state::read;
use pluto_core::traits::{Effects, StateView};
use pluto_core::{Canonical, Component, Did};
use pluto_eclvm::accounts::{Accounts, MILLI};
use pluto_eclvm::state::{GasRecord, ManaRecord};

use crate::rules::READERS;

/// Gas and mana.
pub(crate) struct Spent {
    pub(crate) gas: u64,
    pub(crate) mana: u64,
}

impl Spent {
    /// What `out` charges `who`; nothing when no policy was asked.
    pub(crate) fn of(view: &dyn StateView, who: Did, out: &Effects) -> Self {
        let gas = proposed(Component::Gas, who, out).map_or(0, |after: GasRecord| {
            let before: GasRecord = read(view, Component::Gas, &who.to_bytes()).unwrap_or_default();
            let total = |record: &GasRecord| record.total.iter().fold(0, sum);
            total(&after).saturating_sub(total(&before))
        });
        let mana = proposed(Component::Mana, who, out).map_or(0, |after: ManaRecord| {
            let before = Accounts::read(view, who, &(READERS.trust)(view, who)).mana();
            before.saturating_sub(after.level_milli / MILLI)
        });
        Self { gas, mana }
    }
}

const fn sum(sum: u64, part: &u64) -> u64 {
    sum.saturating_add(*part)
}

/// The last record of `who` that `out` proposes in a component.
fn proposed<T: Canonical>(component: Component, who: Did, out: &Effects) -> Option<T> {
    let key = who.to_bytes();
    let mut writes = out.writes.iter().rev();
    let write = writes.find(|write| write.component == component && *write.key == key)?;
    T::decode(write.value.as_deref()?).ok()
}
