//! What a component's decision costs: reads and effects by the price table of the language, its own
//! instructions by fuel.
//!
//! Fuel counts WASM operators, and bytes of bulk operations, on every platform alike. One unit of
//! compute gas buys [`FUEL_PER_GAS`] of it. The table belongs to the contract like the prices do.

use pluto_core::policy::{Fault, Gas};

/// Fuel for one unit of compute gas: an operation of the language is about four of WASM.
pub const FUEL_PER_GAS: u64 = 4;
/// What a decision by a component costs at most, and what a fault costs unless the limit is lower.
pub const GAS_MAX: Gas = Gas { network: 10_000, compute: 250_000, storage: 10_000, realm: 1_000 };

/// Fuel to start with. One more than was paid for: a run that uses the last of it is out of gas,
/// because past that point the engine no longer tells how much was used.
#[must_use]
pub(super) fn fuel(limit: Gas) -> u64 {
    u64::from(limit.compute) * FUEL_PER_GAS + 1
}

/// Compute gas for the fuel used, from what is left of it.
pub(super) fn compute(limit: Gas, fuel_left: u64) -> Result<Gas, Fault> {
    if fuel_left == 0 {
        return Err(Fault::OutOfGas);
    }
    let used = fuel(limit).saturating_sub(fuel_left).div_ceil(FUEL_PER_GAS);
    Ok(Gas::compute(u32::try_from(used).unwrap_or(u32::MAX)))
}

/// Gas spent on reads and effects, never above the limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meter {
    limit: Gas,
    spent: Gas,
}

impl Meter {
    pub(super) const fn new(limit: Gas) -> Self {
        Self { limit, spent: Gas::ZERO }
    }

    /// Charges a price, or says that it cannot be paid.
    pub(super) fn charge(&mut self, price: Gas) -> Result<(), Fault> {
        let spent = self.spent.plus(price);
        if !spent.fits(self.limit) {
            return Err(Fault::OutOfGas);
        }
        self.spent = spent;
        Ok(())
    }

    pub(super) const fn spent(&self) -> Gas {
        self.spent
    }

    /// What is left, after the fuel that is left.
    pub(super) fn remaining(&self, fuel_left: u64) -> Gas {
        let used = compute(self.limit, fuel_left).unwrap_or(self.limit);
        let (limit, spent) = (self.limit, self.spent.plus(Gas::compute(used.compute)));
        Gas {
            network: limit.network.saturating_sub(spent.network),
            compute: limit.compute.saturating_sub(spent.compute),
            storage: limit.storage.saturating_sub(spent.storage),
            realm: limit.realm.saturating_sub(spent.realm),
        }
    }
}
