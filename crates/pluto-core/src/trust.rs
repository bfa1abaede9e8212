//! The trust vector: six dimensions in parts per million.
//!
//! Integers, because replayed state must be equal on every machine; dimensions and weights after the
//! earlier implementation, with weights that sum to one so that a norm stays in 0 to 1,000,000.

use crate::codec::{Canonical, CodecError, Decoded, Reader};

/// One whole, in parts per million.
pub const PPM: u32 = 1_000_000;
/// The value of somebody nobody has attested to.
pub const NEWCOMER_PPM: u32 = 100_000;

/// A dimension of trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Dimension {
    /// R: keeps promises.
    Reliability = 0,
    /// I: says what is true.
    Integrity = 1,
    /// C: knows the work.
    Competence = 2,
    /// P: is held in esteem.
    Prestige = 3,
    /// V: notices and reports faults.
    Vigilance = 4,
    /// Ω: keeps to the rules of the realm.
    Omega = 5,
}

impl Dimension {
    /// All dimensions, in order of their numbers.
    pub const ALL: [Self; 6] = [
        Self::Reliability,
        Self::Integrity,
        Self::Competence,
        Self::Prestige,
        Self::Vigilance,
        Self::Omega,
    ];

    /// The dimension with that number.
    ///
    /// # Errors
    /// `COR-0006` for a number above 5.
    pub fn from_number(number: u8) -> Decoded<Self> {
        let bad = CodecError::BadValue { what: "dimension", found: u64::from(number) };
        Self::ALL.get(usize::from(number)).copied().ok_or(bad)
    }

    /// The name, as printed and parsed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reliability => "reliability",
            Self::Integrity => "integrity",
            Self::Competence => "competence",
            Self::Prestige => "prestige",
            Self::Vigilance => "vigilance",
            Self::Omega => "omega",
        }
    }
}

impl std::str::FromStr for Dimension {
    type Err = CodecError;

    fn from_str(text: &str) -> Decoded<Self> {
        Self::ALL.into_iter().find(|dimension| dimension.as_str() == text).ok_or(
            CodecError::BadText {
                what: "reliability, integrity, competence, prestige, vigilance or omega",
            },
        )
    }
}

/// Trust in six dimensions, each in parts per million.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TrustVector(pub [u32; 6]);

impl TrustVector {
    /// The vector of somebody nobody has attested to.
    pub const NEWCOMER: Self = Self([NEWCOMER_PPM; 6]);

    /// The value in one dimension.
    #[must_use]
    pub fn get(&self, dimension: Dimension) -> u32 {
        self.0.get(dimension as usize).copied().unwrap_or(NEWCOMER_PPM)
    }

    /// Sets one dimension; values above one whole are cut to it.
    pub fn set(&mut self, dimension: Dimension, value_ppm: u32) {
        if let Some(slot) = self.0.get_mut(dimension as usize) {
            *slot = value_ppm.min(PPM);
        }
    }

    /// The weighted Euclidean norm √Σ wᵢtᵢ², in parts per million, rounded down.
    #[must_use]
    pub fn norm(&self, weights: &TrustWeights) -> u32 {
        // Weights sum to one whole, so parts of a whole need no more than 60 bits.
        if self.0.iter().all(|value| *value <= PPM) {
            let parts = self.0.iter().zip(weights.0);
            let sum: u64 =
                parts.map(|(value, weight)| u64::from(*value).pow(2) * u64::from(weight)).sum();
            return u32::try_from((sum / u64::from(PPM)).isqrt()).unwrap_or(PPM);
        }
        let sum: u128 = self
            .0
            .iter()
            .zip(weights.0)
            .map(|(value, weight)| u128::from(*value) * u128::from(*value) * u128::from(weight))
            .sum();
        u32::try_from((sum / u128::from(PPM)).isqrt()).unwrap_or(PPM)
    }
}

impl Canonical for TrustVector {
    fn encode_into(&self, out: &mut Vec<u8>) {
        self.0.iter().for_each(|value| out.extend_from_slice(&value.to_be_bytes()));
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let mut vector = Self([0; 6]);
        for value in &mut vector.0 {
            *value = input.u32()?;
            if *value > PPM {
                return Err(CodecError::BadValue { what: "trust", found: u64::from(*value) });
            }
        }
        Ok(vector)
    }
}

/// How much each dimension counts, in parts per million; sums to one whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrustWeights([u32; 6]);

impl TrustWeights {
    /// No dimension preferred.
    pub const DEFAULT: Self = Self::new([170_000, 170_000, 170_000, 170_000, 160_000, 160_000]);
    /// For payments.
    pub const FINANCE: Self = Self::new([250_000, 250_000, 150_000, 150_000, 100_000, 100_000]);
    /// For communities.
    pub const SOCIAL: Self = Self::new([100_000, 150_000, 100_000, 300_000, 250_000, 100_000]);
    /// For decisions about rules.
    pub const GOVERNANCE: Self = Self::new([150_000, 200_000, 100_000, 100_000, 100_000, 350_000]);
    /// For technical work.
    pub const TECHNICAL: Self = Self::new([150_000, 150_000, 350_000, 100_000, 150_000, 100_000]);
    /// For creative work.
    pub const CREATIVE: Self = Self::new([100_000, 150_000, 250_000, 250_000, 150_000, 100_000]);

    const fn new(weights: [u32; 6]) -> Self {
        let [a, b, c, d, e, f] = weights;
        assert!(a + b + c + d + e + f == PPM, "weights must sum to one whole");
        Self(weights)
    }
}

#[cfg(test)]
mod tests;
