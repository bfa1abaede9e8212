//! What one realm believes about another: entries of the other's state under its final root.
//!
//! Merkle proofs and signatures are not checked in this crate: whoever puts the rules together hands in
//! who checks. The check must be pure, for it runs inside the fold; a proof is opaque bytes here.
//!
//! A proof shows who had to sign, from the genesis of the other realm on, and nothing shows that there is
//! no more to see: witnesses that were replaced long ago could sign another end for that chain, and a
//! creator that declared witnesses could go on alone. So a realm remembers the last handover that it was
//! shown ([`HandoverRecord`]), and whoever had handed over by then tells it nothing any more.

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader, put_bytes};
use pluto_core::state::read;
use pluto_core::traits::{Effects, StateView};
use pluto_core::{Component, Digest, RealmId, VoidReason};

/// Longest proof of another realm's entries in bytes: it fits in a payload, beside what it is about.
pub const PROOF_BYTES_MAX: usize = 60 * 1024;

/// An entry that another realm is said to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim<'a> {
    /// The component.
    pub component: Component,
    /// The key.
    pub key: &'a [u8],
    /// The value.
    pub value: &'a [u8],
}

/// The final checkpoint of another realm under which a proof shows its claims.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FinalCheckpoint {
    /// Its number.
    pub number: u64,
    /// The checkpoints up to it after which the witnesses changed, the oldest first.
    pub handovers: Vec<Digest>,
}

/// Checks proofs of other realms' states.
pub trait FinalState: Send + Sync {
    /// The final checkpoint of `realm` under whose state root `proof` shows all claims; none when it does
    /// not. Pure: the same answer on every machine.
    fn prove(&self, realm: RealmId, claims: &[Claim<'_>], proof: &[u8]) -> Option<FinalCheckpoint>;
}

/// Believes nothing about other realms.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProofs;

impl FinalState for NoProofs {
    fn prove(&self, _: RealmId, _: &[Claim<'_>], _: &[u8]) -> Option<FinalCheckpoint> {
        None
    }
}

/// The last handover of another realm's witnesses that was shown, in component `Gateway` under
/// [`handover_key`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandoverRecord {
    /// Its place among the handovers of that realm, counted from 1.
    pub number: u8,
    /// The checkpoint that handed over.
    pub checkpoint: Digest,
}

/// The key under which a realm knows the witnesses of another: `w` ‖ realm.
#[must_use]
pub fn handover_key(realm: &RealmId) -> Vec<u8> {
    [&b"w"[..], &realm.0].concat()
}

/// The last handover of the witnesses of `realm` that was shown here.
#[must_use]
pub fn handover(view: &dyn StateView, realm: &RealmId) -> Option<HandoverRecord> {
    read(view, Component::Gateway, &handover_key(realm))
}

/// Gives the number of the checkpoint of `realm` under which `proof` shows the claims, and remembers who
/// signs there now.
pub(crate) fn believe(
    proofs: &dyn FinalState,
    view: &dyn StateView,
    (realm, claims, proof): (RealmId, &[Claim<'_>], &[u8]),
    out: &mut Effects,
) -> Result<u64, VoidReason> {
    let shown = proofs.prove(realm, claims, proof).ok_or(VoidReason::InvalidProof)?;
    let known = handover(view, &realm);
    if let Some(known) = known {
        let at = usize::from(known.number).checked_sub(1);
        let same = at.and_then(|at| shown.handovers.get(at)).ok_or(VoidReason::NotMonotone)?;
        if *same != known.checkpoint {
            return Err(VoidReason::InvalidProof);
        }
    }
    let count = u8::try_from(shown.handovers.len()).map_err(|_| VoidReason::OutOfRange)?;
    if let Some(checkpoint) = shown.handovers.last().copied()
        && known.is_none_or(|known| known.number < count)
    {
        let record = HandoverRecord { number: count, checkpoint };
        out.put(Component::Gateway, handover_key(&realm), record.encode());
    }
    Ok(shown.number)
}

impl Canonical for HandoverRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(self.number);
        out.extend_from_slice(&self.checkpoint.0);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let number = input.u8()?;
        if number == 0 {
            return Err(CodecError::BadValue { what: "number of a handover", found: 0 });
        }
        Ok(Self { number, checkpoint: Digest(input.array()?) })
    }
}

pub(crate) fn put_proof(out: &mut Vec<u8>, proof: &[u8]) {
    put_bytes(out, proof);
}

pub(crate) fn take_proof(input: &mut Reader<'_>) -> Decoded<Vec<u8>> {
    input.bytes("proof", PROOF_BYTES_MAX).map(<[u8]>::to_vec)
}
