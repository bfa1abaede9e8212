//! Many inclusion proofs under one root, verified side by side.
//!
//! The hashes of one proof wait for each other; those of different proofs do not. So a group of
//! proofs climbs in step, one level at a time, and the hashes of a level share SIMD lanes. Each proof
//! gets the answer that it would get alone: a bad one does not spoil the others.

use pluto_core::hash::Digest;
use pluto_error::Result;

use super::proof::same;
use super::sides::Sides;
use super::{InclusionProof, TreeHasher};
use crate::pair::pair;

/// Proofs that climb in step: several times the lanes there are, since proofs of a ragged tree end at
/// different levels; and few enough for the cache.
const GROUP: usize = 64;

/// That `leaf` is leaf `index` of a tree, with the proof of it.
#[derive(Clone, Copy, Debug)]
pub struct InclusionClaim<'a> {
    /// Number of the leaf.
    pub index: u64,
    /// Digest of the leaf.
    pub leaf: &'a Digest,
    /// What shows it.
    pub proof: &'a InclusionProof,
}

/// Checks each claim about the tree of `size` leaves with `root`; one answer per claim, in order, the
/// same as that of [`verify_inclusion`](super::verify_inclusion), in a fraction of its time.
///
/// # Errors
/// For each claim `MRK-0004` if there is no such leaf, `MRK-0005` or `MRK-0006` if its proof does not
/// show it.
#[must_use]
pub fn verify_inclusions<H: TreeHasher>(
    root: &Digest,
    size: u64,
    claims: &[InclusionClaim<'_>],
) -> Vec<Result<()>> {
    let mut answers = Vec::with_capacity(claims.len());
    for group in claims.chunks(GROUP) {
        let mut climbs: Vec<_> = group.iter().map(|claim| climb(size, claim)).collect();
        climb_all::<H>(&mut climbs);
        answers.extend(climbs.into_iter().map(|climb| same("log root", root, &climb?.digest)));
    }
    answers
}

/// One proof on its way up.
struct Climb<S> {
    digest: Digest,
    steps: S,
}

fn climb<'a>(
    size: u64,
    claim: &InclusionClaim<'a>,
) -> Result<Climb<impl Iterator<Item = (bool, &'a Digest)> + use<'a>>> {
    let steps = Sides::new(0, size, claim.index)?.steps(&claim.proof.path)?;
    Ok(Climb { digest: *claim.leaf, steps })
}

/// Takes all steps of all proofs, the first step of each before the second of any.
fn climb_all<'a, H: TreeHasher>(
    climbs: &mut [Result<Climb<impl Iterator<Item = (bool, &'a Digest)>>>],
) {
    let mut climbing: Vec<_> = climbs.iter_mut().flatten().collect();
    let mut pairs = Vec::with_capacity(climbing.len());
    let mut digests = Vec::with_capacity(climbing.len());
    while !climbing.is_empty() {
        pairs.clear();
        climbing.retain_mut(|climb| {
            let Some((sibling_left, sibling)) = climb.steps.next() else { return false };
            let own = &climb.digest;
            let (left, right) = if sibling_left { (sibling, own) } else { (own, sibling) };
            pairs.push(pair(left, right));
            true
        });
        digests.clear();
        H::nodes(&pairs, &mut digests);
        for (climb, digest) in climbing.iter_mut().zip(&digests) {
            climb.digest = *digest;
        }
    }
}
