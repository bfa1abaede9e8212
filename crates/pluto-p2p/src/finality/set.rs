//! Who witnesses a realm, and how many must sign.

use pluto_core::codec::Decoded;
use pluto_core::{Canonical, CodecError, Did, Reader};

use crate::error::P2pError;

/// Most witnesses of a realm.
pub const WITNESSES_MAX: usize = 64;

/// The witnesses of a realm and their threshold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessSet {
    witnesses: Vec<Did>,
    threshold: usize,
}

impl WitnessSet {
    /// A set with its own threshold: more than half, so that two final checkpoints share a witness.
    ///
    /// # Errors
    /// `P2P-0006` for no witness, too many, or a threshold that is no majority.
    pub fn new(
        witnesses: impl IntoIterator<Item = Did>,
        threshold: usize,
    ) -> Result<Self, P2pError> {
        let mut witnesses: Vec<Did> = witnesses.into_iter().collect();
        witnesses.sort_unstable();
        witnesses.dedup();
        let count = witnesses.len();
        if count == 0 || count > WITNESSES_MAX || threshold > count || threshold * 2 <= count {
            return Err(P2pError::BadWitnesses { witnesses: count, threshold });
        }
        Ok(Self { witnesses, threshold })
    }

    /// The default for these witnesses: two thirds, rounded up.
    ///
    /// # Errors
    /// `P2P-0006` for no witness or too many.
    pub fn of(witnesses: impl IntoIterator<Item = Did>) -> Result<Self, P2pError> {
        let mut witnesses: Vec<Did> = witnesses.into_iter().collect();
        witnesses.sort_unstable();
        witnesses.dedup();
        let threshold = (witnesses.len() * 2).div_ceil(3);
        Self::new(witnesses, threshold)
    }

    /// How many there are.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "it is never empty")]
    pub const fn len(&self) -> usize {
        self.witnesses.len()
    }

    /// How many must sign.
    #[must_use]
    pub const fn threshold(&self) -> usize {
        self.threshold
    }

    /// The witnesses, ascending.
    #[must_use]
    pub fn witnesses(&self) -> &[Did] {
        &self.witnesses
    }

    /// Whether somebody is one of them.
    #[must_use]
    pub fn contains(&self, witness: &Did) -> bool {
        self.witnesses.binary_search(witness).is_ok()
    }

    /// Whose turn it is to propose the checkpoint of a number.
    #[must_use]
    pub fn proposer(&self, number: u64) -> Option<Did> {
        let at = number % self.witnesses.len() as u64;
        self.witnesses.get(usize::try_from(at).ok()?).copied()
    }
}

impl Canonical for WitnessSet {
    fn encode_into(&self, out: &mut Vec<u8>) {
        let counts = [self.witnesses.len(), self.threshold];
        out.extend(counts.map(|count| u8::try_from(count).unwrap_or(u8::MAX)));
        self.witnesses.iter().for_each(|witness| witness.encode_into(out));
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let (count, threshold) = (usize::from(input.u8()?), usize::from(input.u8()?));
        if count > WITNESSES_MAX {
            let max = WITNESSES_MAX;
            return Err(CodecError::TooLarge { what: "witnesses", found: count, max });
        }
        let witnesses = (0..count).map(|_| Did::decode_from(input)).collect::<Decoded<Vec<_>>>()?;
        if !witnesses.is_sorted_by(|a, b| a < b) {
            return Err(CodecError::NotCanonical("order of witnesses"));
        }
        let found = threshold as u64;
        Self::new(witnesses, threshold)
            .map_err(|_| CodecError::BadValue { what: "threshold of witnesses", found })
    }
}
