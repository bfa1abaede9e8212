//! Gas and mana accounts: what judging costs, and what an identity can afford.
//!
//! Both live in the state, so every node charges alike. **Mana** is scaled by Ω and comes back with
//! realm time: at most 10,000 · (1 + 100 Ω), 100 · (1 + 10 Ω) a second. **Gas** is scaled by R and
//! counted from one checkpoint to the next: at most 1,000,000 · (1 + 2 R), all layers together. One
//! table, integers, rounded down; an identity starts with a full account.

use pluto_core::policy::Gas;
use pluto_core::state::{FINALITY_KEY, FinalityRecord, read};
use pluto_core::traits::{Effects, StateView};
use pluto_core::trust::{Dimension, TrustVector};
use pluto_core::{Canonical, Component, Did};

use crate::state::{GasRecord, ManaRecord};

/// Thousandths in one mana.
pub const MILLI: u64 = 1_000;
/// Mana of somebody with Ω = 0.
pub const MANA_BASE: u64 = 10_000;
/// Gas a window of somebody with R = 0.
pub const GAS_BASE: u64 = 1_000_000;
/// The least a judgement costs in mana.
pub const MANA_PER_JUDGEMENT_MIN: u64 = 10;
/// Units of gas that cost one mana.
pub const GAS_PER_MANA: u64 = 10;

/// The accounts of one identity at one place of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accounts {
    mana_milli: u64,
    at_ms: u64,
    gas: GasRecord,
    gas_max: u64,
}

/// The most mana an identity with that Ω can have, in thousandths.
#[must_use]
pub fn mana_max_milli(omega_ppm: u32) -> u64 {
    MANA_BASE * MILLI + u64::from(omega_ppm) * MILLI
}

/// What comes back in one millisecond of realm time, in thousandths.
#[must_use]
pub fn mana_regained_milli(omega_ppm: u32) -> u64 {
    100 + u64::from(omega_ppm) / 1_000
}

/// The most gas an identity with that R can use from one checkpoint to the next.
#[must_use]
pub fn gas_max(reliability_ppm: u32) -> u64 {
    GAS_BASE + 2 * u64::from(reliability_ppm)
}

/// What a judgement costs in mana, besides what the policy asks for itself.
#[must_use]
pub fn mana_of(gas: Gas) -> u64 {
    (gas.total() / GAS_PER_MANA).max(MANA_PER_JUDGEMENT_MIN)
}

impl Accounts {
    /// The accounts of `who`, brought to the realm time of the view.
    #[must_use]
    pub fn read(view: &dyn StateView, who: Did, trust: &TrustVector) -> Self {
        let key = who.to_bytes();
        let omega = trust.get(Dimension::Omega);
        let now = view.time_ms();
        let mana: Option<ManaRecord> = read(view, Component::Mana, &key);
        let mana_milli = mana.map_or(mana_max_milli(omega), |record| {
            let passed = now.saturating_sub(record.at_ms);
            let regained = passed.saturating_mul(mana_regained_milli(omega));
            record.level_milli.saturating_add(regained).min(mana_max_milli(omega))
        });
        let last: FinalityRecord =
            read(view, Component::Consensus, FINALITY_KEY).unwrap_or_default();
        let mut gas: GasRecord = read(view, Component::Gas, &key).unwrap_or_default();
        if gas.window != last.number {
            gas = GasRecord { window: last.number, used: 0, ..gas };
        }
        Self { mana_milli, at_ms: now, gas, gas_max: gas_max(trust.get(Dimension::Reliability)) }
    }

    /// Whole mana that is left.
    #[must_use]
    pub const fn mana(&self) -> u64 {
        self.mana_milli / MILLI
    }

    /// The realm time they are of, in Unix milliseconds.
    #[must_use]
    pub const fn at_ms(&self) -> u64 {
        self.at_ms
    }

    /// Gas that is left until the next checkpoint, the same for every layer.
    #[must_use]
    pub fn gas_left(&self) -> Gas {
        let left = self.gas_max.saturating_sub(self.gas.used);
        let units = u32::try_from(left).unwrap_or(u32::MAX);
        Gas { network: units, compute: units, storage: units, realm: units }
    }

    /// Takes what a judgement cost; an account never goes below zero.
    pub fn charge(&mut self, gas: Gas, mana: u64) {
        self.mana_milli = self.mana_milli.saturating_sub(mana.saturating_mul(MILLI));
        self.gas.used = self.gas.used.saturating_add(gas.total());
        let layers = [gas.network, gas.compute, gas.storage, gas.realm];
        for (total, units) in self.gas.total.iter_mut().zip(layers) {
            *total = total.saturating_add(u64::from(units));
        }
    }

    /// Proposes the accounts as they are now.
    pub fn write(&self, who: Did, out: &mut Effects) {
        let mana = ManaRecord { level_milli: self.mana_milli, at_ms: self.at_ms };
        out.put(Component::Mana, who.to_bytes().to_vec(), mana.encode());
        out.put(Component::Gas, who.to_bytes().to_vec(), self.gas.encode());
    }
}

#[cfg(test)]
mod tests;
