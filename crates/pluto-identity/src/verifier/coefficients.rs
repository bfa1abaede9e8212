//! The coefficients of the batch equation: random, so that no signer can foresee them.

use std::convert::Infallible;

use getrandom::rand_core::{TryCryptoRng, TryRng};

/// Draws the coefficients of the batch equation: BLAKE3 output under a fresh key from the operating
/// system, so that whoever made the signatures could not know them. Never runs out: a coefficient of
/// zero would leave a signature unchecked.
pub(super) struct Coefficients(blake3::OutputReader);

impl Coefficients {
    /// `None` when the system has no randomness; then every message is checked alone.
    pub(super) fn new() -> Option<Self> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).ok()?;
        Some(Self(blake3::Hasher::new_keyed(&key).finalize_xof()))
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes);
        bytes
    }
}

impl TryRng for Coefficients {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.array()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.array()))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(out);
        Ok(())
    }
}

impl TryCryptoRng for Coefficients {}
