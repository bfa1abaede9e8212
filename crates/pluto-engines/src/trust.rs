//! Trust: moves by signed attestations of others, weighed by the standing of whoever attests.
//!
//! Per dimension the engine keeps two kinds of entries in component `Trust`: the [`Standing`] of a
//! subject and one [`Edge`] for each attester behind it. Standing flows from the realm's roots along
//! praise: whoever is vouched for may pass on half, so identities that only praise each other weigh
//! nothing. An attestation touches three entries and nothing else, so its cost does not grow with
//! the realm. `docs/trust.md` states the algorithm, its constants and what it was measured to do.
//!
//! Proven misconduct ([`misconduct`]) is the one complaint that nobody has to make.
//!
//! An entry that says nothing is absent, and an entry that does not change is not written. No facts
//! are told: observers see which event touched the component and read the value they want, and a
//! line of text for each event would cost more than the step itself.

mod decay;
mod read;
mod record;
mod rule;

pub use read::{Reason, day, explain, is_root, standing, value_ppm, vector};
pub use record::{
    EDGE_BYTES, Edge, STANDING_BYTES, Standing, edge_key, edge_prefix, standing_key,
    standing_prefix,
};
pub use rule::{
    DAY_GAIN_PPM, HALF_LIFE_DAYS, PASS_ON_PPM, PRIOR_PPM, VOUCH_PPM, complaint_factor_ppm,
};

use pluto_core::payload::{Attestation, payload_of};
use pluto_core::traits::{Effects, Engine, StateView};
use pluto_core::trust::Dimension;
use pluto_core::{Component, Did, Event, EventId, Kind, Verdict, VoidReason};

use rule::Word;

/// Steps on attestations; writes standings and edges of component `Trust`.
#[derive(Clone, Copy, Debug, Default)]
pub struct TrustEngine;

impl Engine for TrustEngine {
    fn component(&self) -> Component {
        Component::Trust
    }

    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Attestation]
    }

    fn step(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        match judge(view, event) {
            Ok(attestation) => {
                fold(view, event, &attestation, out);
                Verdict::Effective
            }
            Err(reason) => Verdict::Void(reason),
        }
    }
}

fn judge(view: &dyn StateView, event: &Event) -> Result<Attestation, VoidReason> {
    let attestation: Attestation = payload_of(event)?;
    if attestation.subject == event.header.author {
        return Err(VoidReason::SelfAttestation);
    }
    if view.get(Component::Identity, &attestation.subject.to_bytes()).is_none() {
        return Err(VoidReason::UnknownSubject);
    }
    Ok(attestation)
}

fn fold(view: &dyn StateView, event: &Event, said: &Attestation, out: &mut Effects) {
    let author = event.header.author;
    let mut attester = Slot::<Standing>::load(view, standing_key(said.dimension, author));
    let mut subject = Slot::<Standing>::load(view, standing_key(said.dimension, said.subject));
    let mut edge = Slot::<Edge>::load(view, edge_key(said.dimension, said.subject, author));
    let today = day(view);
    attester.record.bring_to(today);
    subject.record.bring_to(today);
    edge.record.bring_to(today);
    edge.record.event = event.id;
    let word = Word {
        sign: said.value.signum(),
        complaint_factor_ppm: complaint_factor_ppm(said.dimension),
        by_root: is_root(view, author),
    };
    word.apply(&mut attester.record, &mut subject.record, &mut edge.record);
    let mut scratch = Vec::with_capacity(EDGE_BYTES);
    attester.store(&mut scratch, out);
    subject.store(&mut scratch, out);
    edge.store(&mut scratch, out);
}

/// The dimensions that proven misconduct lowers: noticing faults, and keeping to the rules.
pub const MISCONDUCT: [Dimension; 2] = [Dimension::Vigilance, Dimension::Omega];

/// Lowers the trust in `subject` for misconduct that `event` proves.
///
/// Its own two signatures speak against it, with the weight of a root: the complaint stands on the edge
/// from the subject to itself, which no attestation can touch, and adds to what was proven before. The
/// caller sees to it that nothing is proven twice.
pub fn misconduct(view: &dyn StateView, subject: Did, event: EventId, out: &mut Effects) {
    let today = day(view);
    let mut scratch = Vec::with_capacity(EDGE_BYTES);
    for dimension in MISCONDUCT {
        let mut standing = Slot::<Standing>::load(view, standing_key(dimension, subject));
        let mut edge = Slot::<Edge>::load(view, edge_key(dimension, subject, subject));
        standing.record.bring_to(today);
        edge.record.bring_to(today);
        edge.record.event = event;
        rule::convict(complaint_factor_ppm(dimension), &mut standing.record, &mut edge.record);
        standing.store(&mut scratch, out);
        edge.store(&mut scratch, out);
    }
}

/// A record between being read and being written back.
struct Slot<R> {
    key: Vec<u8>,
    before: Option<std::sync::Arc<[u8]>>,
    record: R,
}

impl<R: record::Record> Slot<R> {
    fn load(view: &dyn StateView, key: Vec<u8>) -> Self {
        let before = view.get(Component::Trust, &key);
        let record = before.as_deref().and_then(|bytes| R::decode(bytes).ok()).unwrap_or_default();
        Self { key, before, record }
    }

    fn store(self, scratch: &mut Vec<u8>, out: &mut Effects) {
        scratch.clear();
        if !self.record.is_blank() {
            self.record.encode_into(scratch);
        }
        let before = self.before.as_deref().unwrap_or_default();
        if scratch == before {
            return;
        }
        if scratch.is_empty() {
            out.remove(Component::Trust, self.key);
        } else {
            out.put(Component::Trust, self.key, scratch.as_slice());
        }
    }
}

#[cfg(test)]
mod tests;
