//! The gateway: a party crosses from realm A to realm B, with a receipt on both sides.
//!
//! 1. In A the party opens a crossing. A's state then holds an [`ExitReceipt`]: who, whereto, role, trust.
//! 2. In B the party shows it, with a proof under a final root of A. B's fold judges by B's rules, in this
//!    order; the verdict of that event is B's word, and if it is a yes, B's state holds an
//!    [`EntryReceipt`] and the party is a member.
//! 3. In A the party may show that one, and A's state holds both.
//!
//! | B asks | else |
//! |---|---|
//! | is the receipt the author's own, for this realm, not used before? | `InvalidProof`, `AlreadyExists` |
//! | does the proof show it under a final root of A, by those who still witness A as far as B knows? | `InvalidProof`, `NotMonotone` |
//! | is there time left? | `Expired` |
//! | is neither A nor the party on a blocklist? A blocklist beats every other list | `NotAllowed` |
//! | is A on the allowlist, if there is one; or does B admit everybody? | `NotAllowed` |
//! | is the trust enough, after dampening, and are all credentials held? | `PolicyDenied` |
//!
//! Trust from elsewhere is worth less here ([`dampened`]), but for realms on the allowlist.

mod record;

use std::sync::Arc;

use pluto_core::payload::{Admission, payload_of};
use pluto_core::state::read;
use pluto_core::traits::{Effects, Engine, StateView};
use pluto_core::trust::{PPM, TrustVector, TrustWeights};
use pluto_core::{Canonical, Component, Did, Event, EventId, Kind, RealmId, Verdict, VoidReason};

use crate::bucket::DAY_MS;
use crate::final_state::{Claim, FinalState, believe};
use crate::hierarchy::lineage;
use crate::membership::take_in;
use crate::rules::{active_member, rules};
use crate::standing::Standing;

pub use record::{
    CrossingEvaluated, CrossingOpened, EntryReceipt, ExitReceipt, confirmation_key, entry_key,
    exit_key,
};

/// Longest time a crossing is open, in milliseconds.
pub const CROSSING_MS_MAX: u64 = 30 * DAY_MS;
/// What trust from elsewhere is worth, in parts per million, by dimension.
pub const DAMPENING_PPM: [u32; 6] = [560_000, 630_000, 280_000, 210_000, 700_000, 700_000];

/// Steps on crossings; writes receipts in component `Gateway`, and members who entered.
pub struct GatewayEngine {
    proofs: Arc<dyn FinalState>,
    standing: Standing,
}

impl GatewayEngine {
    /// Believes about other realms what `proofs` says, and reads standing by `standing`.
    #[must_use]
    pub const fn new(proofs: Arc<dyn FinalState>, standing: Standing) -> Self {
        Self { proofs, standing }
    }
}

/// A receipt of the other side that somebody shows.
#[derive(Clone, Copy)]
struct Shown<'a> {
    crossing: EventId,
    proof: &'a [u8],
}

impl Engine for GatewayEngine {
    fn component(&self) -> Component {
        Component::Gateway
    }

    fn kinds(&self) -> &'static [Kind] {
        &[Kind::CrossingOpened, Kind::CrossingEvaluated]
    }

    fn step(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        let done = match event.header.kind.known() {
            Some(Kind::CrossingOpened) => self.open(view, event, out),
            _ => payload_of(event).and_then(|said| match said {
                CrossingEvaluated::Enter { from, crossing, exit, proof } => {
                    self.enter(view, event, from, Shown { crossing, proof: &proof }, &exit, out)
                }
                CrossingEvaluated::Confirm { crossing, entry, proof } => {
                    self.confirm(view, event, Shown { crossing, proof: &proof }, &entry, out)
                }
            }),
        };
        done.map_or_else(Verdict::Void, |()| Verdict::Effective)
    }
}

impl GatewayEngine {
    fn open(
        &self,
        view: &dyn StateView,
        event: &Event,
        out: &mut Effects,
    ) -> Result<(), VoidReason> {
        let CrossingOpened { to, expires_ms } = payload_of(event)?;
        let (party, now_ms) = (event.header.author, view.time_ms());
        let role = active_member(view, party).ok_or(VoidReason::NotMember)?.role;
        if to == view.realm() || lineage(view).rules.denied_realms.contains(&to) {
            return Err(VoidReason::NotAllowed);
        }
        // Before the first checkpoint realm time stands at 0: nothing is final, and nothing can be shown.
        if now_ms == 0 || expires_ms <= now_ms {
            return Err(VoidReason::Expired);
        }
        if expires_ms - now_ms > CROSSING_MS_MAX {
            return Err(VoidReason::OutOfRange);
        }
        let trust = (self.standing.trust)(view, party);
        let exit = ExitReceipt { party, to, role, trust, expires_ms };
        out.put(Component::Gateway, exit_key(&event.id), exit.encode());
        Ok(())
    }

    fn enter(
        &self,
        view: &dyn StateView,
        event: &Event,
        from: RealmId,
        Shown { crossing, proof }: Shown<'_>,
        exit: &ExitReceipt,
        out: &mut Effects,
    ) -> Result<(), VoidReason> {
        let party = event.header.author;
        if exit.party != party || exit.to != view.realm() || from == view.realm() {
            return Err(VoidReason::InvalidProof);
        }
        if entry(view, &crossing).is_some() {
            return Err(VoidReason::AlreadyExists);
        }
        let (key, value) = (exit_key(&crossing), exit.encode());
        self.check(view, (from, &key, &value, proof), out)?;
        if view.time_ms() >= exit.expires_ms {
            return Err(VoidReason::Expired);
        }
        let trust = self.admit(view, party, from, exit)?;
        let receipt = EntryReceipt { party, from, trust, event: event.id };
        out.put(Component::Gateway, entry_key(&crossing), receipt.encode());
        if active_member(view, party).is_none() {
            take_in(view, event, party, out);
        }
        Ok(())
    }

    /// The word of the realm's own rules; gives what the trust counts for.
    fn admit(
        &self,
        view: &dyn StateView,
        party: Did,
        from: RealmId,
        exit: &ExitReceipt,
    ) -> Result<TrustVector, VoidReason> {
        let law = lineage(view).rules;
        if law.denied_realms.contains(&from) || law.denied_parties.contains(&party) {
            return Err(VoidReason::NotAllowed);
        }
        let listed = law.allowed_realms.0.is_some();
        let open = rules(view).is_some_and(|rules| rules.admission == Admission::Open);
        if !law.allowed_realms.allows(&from) || !(listed || open) {
            return Err(VoidReason::NotAllowed);
        }
        let trust = if listed { exit.trust } else { dampened(&exit.trust) };
        let holds = |schema: &String| (self.standing.holds)(view, &party, schema);
        let trusted = trust.norm(&TrustWeights::DEFAULT) >= law.min_trust.0;
        if !trusted || !law.required_credentials.0.iter().all(holds) {
            return Err(VoidReason::PolicyDenied);
        }
        Ok(trust)
    }

    fn confirm(
        &self,
        view: &dyn StateView,
        event: &Event,
        Shown { crossing, proof }: Shown<'_>,
        entry: &EntryReceipt,
        out: &mut Effects,
    ) -> Result<(), VoidReason> {
        let exit = exit(view, &crossing).ok_or(VoidReason::NotFound)?;
        if confirmation(view, &crossing).is_some() {
            return Err(VoidReason::AlreadyExists);
        }
        if event.header.author != exit.party {
            return Err(VoidReason::NotAllowed);
        }
        if entry.party != exit.party || entry.from != view.realm() {
            return Err(VoidReason::InvalidProof);
        }
        let value = entry.encode();
        self.check(view, (exit.to, &entry_key(&crossing), &value, proof), out)?;
        out.put(Component::Gateway, confirmation_key(&crossing), value);
        Ok(())
    }

    fn check(
        &self,
        view: &dyn StateView,
        (realm, key, value, proof): (RealmId, &[u8], &[u8], &[u8]),
        out: &mut Effects,
    ) -> Result<(), VoidReason> {
        let claim = Claim { component: Component::Gateway, key, value };
        believe(&*self.proofs, view, (realm, &[claim], proof), out).map(|_| ())
    }
}

/// What trust from a realm that is not on the allowlist counts for.
#[must_use]
pub fn dampened(trust: &TrustVector) -> TrustVector {
    let mut out = *trust;
    for (value, part) in out.0.iter_mut().zip(DAMPENING_PPM) {
        let product = u64::from(*value) * u64::from(part) / u64::from(PPM);
        *value = u32::try_from(product).unwrap_or(PPM);
    }
    out
}

/// The exit receipt of a crossing that was opened here.
#[must_use]
pub fn exit(view: &dyn StateView, crossing: &EventId) -> Option<ExitReceipt> {
    read(view, Component::Gateway, &exit_key(crossing))
}

/// The entry receipt of a crossing that led here.
#[must_use]
pub fn entry(view: &dyn StateView, crossing: &EventId) -> Option<EntryReceipt> {
    read(view, Component::Gateway, &entry_key(crossing))
}

/// The entry receipt of a crossing that was opened here, if it was shown.
#[must_use]
pub fn confirmation(view: &dyn StateView, crossing: &EventId) -> Option<EntryReceipt> {
    read(view, Component::Gateway, &confirmation_key(crossing))
}

#[cfg(test)]
mod tests;
