//! Who witnesses a realm: the payload of kind 75, and what the state keeps of it.

use pluto_core::codec::{CodecError, Decoded};
use pluto_core::payload::{Role, payload_of};
use pluto_core::state::{MemberRecord, RULES_KEY, RulesRecord, member_key, read};
use pluto_core::traits::{Effects, StateView};
use pluto_core::{Canonical, Component, Did, Event, Reader, VoidReason};

use super::votes::votes_key;

/// Key of the declared witness set in component `Consensus`; absent as long as the creator is alone.
pub const WITNESSES_KEY: &[u8] = b"witnesses";
/// Key of the set that waits for the next final checkpoint, in component `Consensus`.
pub const NEXT_WITNESSES_KEY: &[u8] = b"witnesses-next";
/// Most witnesses of a realm.
pub const WITNESSES_MAX: usize = 64;

/// The witnesses of a realm and how many must sign: the payload of `WitnessesDeclared`, and the value
/// under [`WITNESSES_KEY`] and [`NEXT_WITNESSES_KEY`]. The bytes are those of `sync.md`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessSet {
    witnesses: Vec<Did>,
    threshold: usize,
}

impl WitnessSet {
    /// A set; without a threshold of its own two thirds must sign, rounded up. A threshold is more than
    /// half, so that two final checkpoints share a witness.
    ///
    /// # Errors
    /// For no witness, too many, or a threshold that is no majority or cannot be reached.
    pub fn new(
        witnesses: impl IntoIterator<Item = Did>,
        threshold: Option<usize>,
    ) -> Result<Self, CodecError> {
        let mut witnesses: Vec<Did> = witnesses.into_iter().collect();
        witnesses.sort_unstable();
        witnesses.dedup();
        let count = witnesses.len();
        if count > WITNESSES_MAX {
            let max = WITNESSES_MAX;
            return Err(CodecError::TooLarge { what: "witnesses", found: count, max });
        }
        let threshold = threshold.unwrap_or_else(|| (count * 2).div_ceil(3));
        if threshold > count || threshold.saturating_mul(2) <= count {
            let found = threshold as u64;
            return Err(CodecError::BadValue { what: "threshold of witnesses", found });
        }
        Ok(Self { witnesses, threshold })
    }

    /// The witnesses, ascending.
    #[must_use]
    pub fn witnesses(&self) -> &[Did] {
        &self.witnesses
    }

    /// How many must sign.
    #[must_use]
    pub const fn threshold(&self) -> usize {
        self.threshold
    }

    /// Whether somebody is one of them.
    #[must_use]
    pub fn contains(&self, witness: &Did) -> bool {
        self.witnesses.binary_search(witness).is_ok()
    }
}

/// The set in force: the declared one, else the creator alone. `None` before the genesis.
#[must_use]
pub fn witnesses(view: &dyn StateView) -> Option<WitnessSet> {
    declared(view).or_else(|| {
        let rules: RulesRecord = read(view, Component::Realm, RULES_KEY)?;
        Some(WitnessSet { witnesses: vec![rules.creator], threshold: 1 })
    })
}

/// The set that the next final checkpoint puts in force.
#[must_use]
pub fn next_witnesses(view: &dyn StateView) -> Option<WitnessSet> {
    read(view, Component::Consensus, NEXT_WITNESSES_KEY)
}

pub(super) fn declared(view: &dyn StateView) -> Option<WitnessSet> {
    read(view, Component::Consensus, WITNESSES_KEY)
}

/// Takes a declaration: it waits for the next final checkpoint, in place of one that waited already.
pub(super) fn declare(
    view: &dyn StateView,
    event: &Event,
    out: &mut Effects,
) -> Result<(), VoidReason> {
    let set: WitnessSet = payload_of(event)?;
    let role = member(view, event.header.author).map(|member| member.role);
    if role.is_none_or(|role| role < Role::Admin) {
        return Err(VoidReason::NotAllowed);
    }
    // Who cannot write in the realm cannot sign either, and too few who can would end finality.
    if !set.witnesses.iter().all(|witness| member(view, *witness).is_some()) {
        return Err(VoidReason::UnknownSubject);
    }
    out.put(Component::Consensus, NEXT_WITNESSES_KEY.to_vec(), set.encode());
    Ok(())
}

/// Puts in force what waits: with a final checkpoint. What those said who leave is forgotten.
pub(super) fn take_effect(view: &dyn StateView, out: &mut Effects) {
    let Some(next) = next_witnesses(view) else { return };
    let before = declared(view).map_or_else(Vec::new, |set| set.witnesses);
    for gone in before.into_iter().filter(|witness| !next.contains(witness)) {
        out.remove(Component::Consensus, votes_key(gone));
    }
    out.put(Component::Consensus, WITNESSES_KEY.to_vec(), next.encode());
    out.remove(Component::Consensus, NEXT_WITNESSES_KEY.to_vec());
}

fn member(view: &dyn StateView, did: Did) -> Option<MemberRecord> {
    let record: Option<MemberRecord> = read(view, Component::Realm, &member_key(did));
    record.filter(|record| !record.banned)
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
        Self::new(witnesses, Some(threshold))
    }
}
