//! Gas: what a decision cost, in four layers.
//!
//! Charged by the program, so it is the same in every engine and at every optimisation level.

use crate::codec::{Canonical, Decoded, Reader};

/// What a unit of gas was spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum GasLayer {
    /// Reading facts about identities.
    Network = 0,
    /// Operations of the program.
    Compute = 1,
    /// Reading and writing records.
    Storage = 2,
    /// Effects that concern the realm.
    Realm = 3,
}

impl GasLayer {
    /// All layers, in order of their numbers.
    pub const ALL: [Self; 4] = [Self::Network, Self::Compute, Self::Storage, Self::Realm];

    /// The name, as printed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Compute => "compute",
            Self::Storage => "storage",
            Self::Realm => "realm",
        }
    }
}

/// Gas by layer, in units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Gas {
    /// [`GasLayer::Network`].
    pub network: u32,
    /// [`GasLayer::Compute`].
    pub compute: u32,
    /// [`GasLayer::Storage`].
    pub storage: u32,
    /// [`GasLayer::Realm`].
    pub realm: u32,
}

impl Gas {
    /// No gas.
    pub const ZERO: Self = Self { network: 0, compute: 0, storage: 0, realm: 0 };
    /// As much as fits.
    pub const MAX: Self =
        Self { network: u32::MAX, compute: u32::MAX, storage: u32::MAX, realm: u32::MAX };

    /// Gas of the compute layer alone.
    #[must_use]
    pub const fn compute(units: u32) -> Self {
        Self { compute: units, ..Self::ZERO }
    }

    fn zip(self, other: Self, join: impl Fn(u32, u32) -> u32) -> Self {
        Self {
            network: join(self.network, other.network),
            compute: join(self.compute, other.compute),
            storage: join(self.storage, other.storage),
            realm: join(self.realm, other.realm),
        }
    }

    /// The sum, layer by layer; stays at the largest number instead of wrapping.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        self.zip(other, u32::saturating_add)
    }

    /// The product with a count, layer by layer, saturating.
    #[must_use]
    pub fn times(self, count: u32) -> Self {
        self.zip(self, |units, _| units.saturating_mul(count))
    }

    /// The larger of both, layer by layer.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        self.zip(other, u32::max)
    }

    /// The smaller of both, layer by layer.
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        self.zip(other, u32::min)
    }

    /// Whether no layer is above its limit.
    #[must_use]
    pub const fn fits(self, limit: Self) -> bool {
        self.network <= limit.network
            && self.compute <= limit.compute
            && self.storage <= limit.storage
            && self.realm <= limit.realm
    }

    /// All layers together.
    #[must_use]
    pub fn total(self) -> u64 {
        [self.network, self.compute, self.storage, self.realm].into_iter().map(u64::from).sum()
    }
}

impl Canonical for Gas {
    fn encode_into(&self, out: &mut Vec<u8>) {
        for units in [self.network, self.compute, self.storage, self.realm] {
            out.extend_from_slice(&units.to_be_bytes());
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self {
            network: input.u32()?,
            compute: input.u32()?,
            storage: input.u32()?,
            realm: input.u32()?,
        })
    }
}
