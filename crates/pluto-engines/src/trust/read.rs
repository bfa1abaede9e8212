//! Reading trust: values, the whole vector, and what a value rests on.

use pluto_core::codec::Decoded;
use pluto_core::did::DID_BYTES;
use pluto_core::limits::NAME_BYTES_MAX;
use pluto_core::state::{RULES_KEY, read};
use pluto_core::traits::StateView;
use pluto_core::trust::{Dimension, TrustVector};
use pluto_core::{Canonical, Component, Did, EventId, Reader};

use super::record::{Edge, Standing, attester_of, standing_key};

const DAY_MS: u64 = 86_400_000;

/// One attester's part in a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Who attested.
    pub attester: Did,
    /// What it contributes now: praise if positive, complaint if negative, in parts per million of
    /// the weight of one root.
    pub contribution_ppm: i64,
    /// What the attester vouches: part of the subject's flow.
    pub vouched_ppm: u64,
    /// The attestation it last made; the log proves it.
    pub event: EventId,
}

/// The day of realm time: whole days since 1970 at the last checkpoint.
#[must_use]
pub fn day(view: &dyn StateView) -> u64 {
    view.time_ms() / DAY_MS
}

/// The standing of `did` in one dimension, decayed to `day`; blank for a newcomer.
#[must_use]
pub fn standing(view: &dyn StateView, did: Did, dimension: Dimension, day: u64) -> Standing {
    let key = standing_key(dimension, did);
    let mut standing: Standing = read(view, Component::Trust, &key).unwrap_or_default();
    standing.bring_to(day);
    standing
}

/// The value of `did` in one dimension on `day`, in parts per million.
#[must_use]
pub fn value_ppm(view: &dyn StateView, did: Did, dimension: Dimension, day: u64) -> u32 {
    standing(view, did, dimension, day).value_ppm()
}

/// The values of `did` in all dimensions at the view's own time.
#[must_use]
pub fn vector(view: &dyn StateView, did: Did) -> TrustVector {
    let mut vector = TrustVector::NEWCOMER;
    for dimension in Dimension::ALL {
        vector.set(dimension, value_ppm(view, did, dimension, day(view)));
    }
    vector
}

/// Everything behind a value on `day`, largest contribution first.
///
/// `entries` are those under [`super::edge_prefix`]. The positive contributions sum to the standing's
/// `pos`, the negative ones to its `neg`: exactly on a day on which all were written, otherwise up to
/// rounding of the decay (less than 131 parts per million for each attester and one more for the
/// standing; at most 8 in all on the ratings of `docs/trust.md`).
///
/// # Errors
/// `COR-0001`, `COR-0002` or `COR-0006` when an entry is not an edge.
pub fn explain<K: AsRef<[u8]>, V: AsRef<[u8]>>(
    entries: impl IntoIterator<Item = (K, V)>,
    day: u64,
) -> Decoded<Vec<Reason>> {
    let mut reasons = Vec::new();
    for (key, value) in entries {
        let mut edge = Edge::decode(value.as_ref())?;
        edge.bring_to(day);
        reasons.push(Reason {
            attester: attester_of(key.as_ref())?,
            contribution_ppm: edge.contribution,
            vouched_ppm: edge.vouched,
            event: edge.event,
        });
    }
    reasons.sort_by_key(|reason| {
        (std::cmp::Reverse(reason.contribution_ppm.unsigned_abs()), reason.attester)
    });
    Ok(reasons)
}

/// Whether `did` is a root of trust in the realm.
///
/// Every attestation asks this, so it searches the encoded rules instead of decoding up to 64 DIDs;
/// they stand in ascending order of their bytes.
#[must_use]
pub fn is_root(view: &dyn StateView, did: Did) -> bool {
    let rules = view.get(Component::Realm, RULES_KEY);
    let roots = rules.as_deref().and_then(|bytes| encoded_roots(bytes).ok());
    roots.is_some_and(|roots| roots.binary_search(&did.to_bytes()).is_ok())
}

/// The roots at the end of an encoded `RulesRecord`.
fn encoded_roots(rules: &[u8]) -> Decoded<&[[u8; DID_BYTES]]> {
    const ADMISSION_BYTES: usize = 1;
    let mut reader = Reader::new(rules);
    reader.bytes("realm name", NAME_BYTES_MAX)?;
    reader.take(ADMISSION_BYTES + DID_BYTES)?;
    let count = usize::from(reader.u8()?);
    let (roots, _) = reader.take(count * DID_BYTES)?.as_chunks();
    reader.finish()?;
    Ok(roots)
}
