//! The witnesses of a root, where a realm declared some: a quorum of them, shown from the genesis on.

use pluto_core::traits::SignatureVerifier;
use pluto_core::{Digest, RealmId};
use pluto_decision::witnessing::Vouched;
use pluto_error::Result;
use pluto_merkle::state_proof::StateProof;

use super::Signed;
use super::witness::bad;

/// Checks that a quorum of the proof's realm signed `root` over the proof's log and position.
pub(super) fn verify(
    vouched: &Vouched,
    proof: &StateProof,
    root: &Digest,
    verifier: &dyn SignatureVerifier,
) -> Result<Signed> {
    let (genesis, attested) = vouched.verify(verifier)?;
    if RealmId(vouched.genesis.id.0).0 != proof.realm {
        return Err(bad("the genesis is that of another realm"));
    }
    let checkpoint = attested.last.checkpoint.clone();
    let same = checkpoint.size == proof.position
        && checkpoint.log_root == proof.log_root
        && checkpoint.state_root == *root;
    if !same {
        return Err(bad("the checkpoint is about another position, log or state"));
    }
    Ok(Signed {
        creator: vouched.genesis.header.author,
        realm_name: genesis.name,
        event: attested.last.event,
        checkpoint,
        attested: Some(attested),
    })
}
