//! What one realm believes about another: entries of the other's state under its final root.
//!
//! Merkle proofs and signatures are not checked in this crate: whoever puts the rules together hands in
//! who checks. The check must be pure, for it runs inside the fold; a proof is opaque bytes here.

use pluto_core::codec::{Decoded, Reader, put_bytes};
use pluto_core::{Component, RealmId};

/// Longest proof of another realm's entries in bytes.
pub const PROOF_BYTES_MAX: usize = 32 * 1024;

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

/// Checks proofs of other realms' states.
pub trait FinalState: Send + Sync {
    /// The number of the final checkpoint of `realm` under whose state root `proof` shows all claims;
    /// none when it does not. Pure: the same answer on every machine.
    fn prove(&self, realm: RealmId, claims: &[Claim<'_>], proof: &[u8]) -> Option<u64>;
}

/// Believes nothing about other realms.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProofs;

impl FinalState for NoProofs {
    fn prove(&self, _: RealmId, _: &[Claim<'_>], _: &[u8]) -> Option<u64> {
        None
    }
}

pub(crate) fn put_proof(out: &mut Vec<u8>, proof: &[u8]) {
    put_bytes(out, proof);
}

pub(crate) fn take_proof(input: &mut Reader<'_>) -> Decoded<Vec<u8>> {
    input.bytes("proof", PROOF_BYTES_MAX).map(<[u8]>::to_vec)
}
