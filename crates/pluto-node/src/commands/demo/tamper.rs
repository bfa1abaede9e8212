//! Changes a bundle at every place, one byte at a time, and counts what is refused.

use pluto_decision::bundle::{SEAL_BYTES, sealed, verify};
use pluto_error::Result;
use pluto_identity::Zip215Verifier;

use crate::error::NodeError;

/// How many changed bundles were refused; all of them, or it is an error.
pub(super) struct Refused {
    /// With the seal as it was.
    pub(super) plain: usize,
    /// With a seal that fits the change.
    pub(super) resealed: usize,
}

/// Flips a bit of each byte in turn; then again of each byte under the seal, with a new seal.
pub(super) fn every_byte(bundle: &[u8]) -> Result<Refused> {
    let content = bundle.len().saturating_sub(SEAL_BYTES);
    let half = content / 2;
    let (first, second) = std::thread::scope(|scope| {
        let first = scope.spawn(|| resealed(bundle, 0..half));
        let second = resealed(bundle, half..content);
        (first.join().unwrap_or(0), second)
    });
    let plain = (0..bundle.len()).filter(|at| refused(&flipped(bundle, *at))).count();
    let found = Refused { plain, resealed: first.saturating_add(second) };
    if found.plain != bundle.len() || found.resealed != content {
        return Err(NodeError::BadProof("a changed bundle was accepted".to_owned()).into());
    }
    Ok(found)
}

fn resealed(bundle: &[u8], mut places: std::ops::Range<usize>) -> usize {
    let content = bundle.len().saturating_sub(SEAL_BYTES);
    let changed = |at| {
        let mut changed = flipped(bundle, at);
        changed.truncate(content);
        sealed(changed)
    };
    places.by_ref().filter(|at| refused(&changed(*at))).count()
}

fn flipped(bundle: &[u8], at: usize) -> Vec<u8> {
    let mut changed = bundle.to_vec();
    if let Some(byte) = changed.get_mut(at) {
        *byte ^= 1;
    }
    changed
}

fn refused(bytes: &[u8]) -> bool {
    !verify(bytes, &Zip215Verifier).holds()
}
