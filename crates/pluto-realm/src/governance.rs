//! Governance: proposals, ballots, a count, a timelock, and then what was decided.
//!
//! 1. Any member proposes a [`Measure`]. Quorum and ways of counting are those of the rules at that place.
//! 2. Who is a member then may vote, once, until realm time reaches the end; whoever comes later may not.
//!    The snapshot costs one number for each later arrival: how many proposals were made before it.
//! 3. After the end anybody who belongs closes the vote: enough ballots, and enough of the weight for it
//!    ([`Measure::approval_ppm`]), or it is rejected.
//! 4. After the timelock of its measure, and within [`EXECUTION_MS`], anybody who belongs executes it: the
//!    measure takes effect with that event, as if the realm itself had said it. A measure that cannot take
//!    effect leaves its event void and the proposal accepted.
//!
//! The quorum is a number of ballots, not a share: a step reads single entries and cannot count members.
//! Trust and quadratic credits are read when a ballot is cast.

mod record;

use pluto_core::payload::payload_of;
use pluto_core::state::read;
use pluto_core::traits::{Effects, Engine, StateView};
use pluto_core::trust::{PPM, TrustWeights};
use pluto_core::{Canonical, Component, Did, Event, EventId, Kind, Verdict, VoidReason};

use crate::bucket::{Bucket, DAY_MS};
use crate::hierarchy::{declare, lineage};
use crate::membership;
use crate::quota;
use crate::rule_set::Limit;
use crate::rules::active_member;
use crate::standing::Standing;

pub use record::{
    Choice, Measure, Method, ProposalCreated, ProposalRecord, ProposalResolved, ProposalStatus,
    Resolution, VoteCast, arrival_key, ballot_key, proposal_key,
};

/// Key of the number of proposals ever made (`u32`, big-endian) in component `Governance`.
pub const SERIAL_KEY: &[u8] = b"proposals";
/// Shortest time votes are taken, in milliseconds of realm time.
pub const VOTING_MS_MIN: u64 = 3 * DAY_MS;
/// Longest time votes are taken.
pub const VOTING_MS_MAX: u64 = 14 * DAY_MS;
/// Time in which an accepted proposal can be executed, after its timelock.
pub const EXECUTION_MS: u64 = 14 * DAY_MS;
/// Credits for quadratic votes: a hundred, and three back in a day.
pub const CREDITS: Limit = Limit { capacity: 100, per_day: 3 };

/// Steps on proposals and votes; writes components `Governance` and `Quadratic`, and what a measure
/// changes.
#[derive(Clone, Copy, Debug)]
pub struct GovernanceEngine {
    standing: Standing,
}

impl GovernanceEngine {
    /// Weighs reputation by `standing`.
    #[must_use]
    pub const fn new(standing: Standing) -> Self {
        Self { standing }
    }
}

impl Engine for GovernanceEngine {
    fn component(&self) -> Component {
        Component::Governance
    }

    fn kinds(&self) -> &'static [Kind] {
        &[Kind::ProposalCreated, Kind::VoteCast, Kind::ProposalResolved]
    }

    fn step(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        let done = match event.header.kind.known() {
            Some(Kind::ProposalCreated) => propose(view, event, out),
            Some(Kind::VoteCast) => self.vote(view, event, out),
            Some(Kind::ProposalResolved) => resolve(view, event, out),
            _ => Err(VoidReason::NoEffect),
        };
        done.map_or_else(Verdict::Void, |()| Verdict::Effective)
    }
}

fn propose(view: &dyn StateView, event: &Event, out: &mut Effects) -> Result<(), VoidReason> {
    let proposal: ProposalCreated = payload_of(event)?;
    // Before the first checkpoint realm time stands at 0, and then every vote is over.
    if view.time_ms() == 0 {
        return Err(VoidReason::Expired);
    }
    if !(VOTING_MS_MIN..=VOTING_MS_MAX).contains(&proposal.voting_ms) {
        return Err(VoidReason::OutOfRange);
    }
    let rules = lineage(view).rules;
    if !rules.allowed_methods.allows(&u16::from(proposal.method as u8)) {
        return Err(VoidReason::NotAllowed);
    }
    let serial = proposals(view).checked_add(1).ok_or(VoidReason::LimitReached)?;
    let record = ProposalRecord {
        proposer: event.header.author,
        serial,
        quorum: rules.min_quorum.0.max(1),
        closes_ms: view.time_ms().saturating_add(proposal.voting_ms),
        status: ProposalStatus::Open,
        ballots: 0,
        yes: 0,
        no: 0,
        proposal,
    };
    out.put(Component::Governance, SERIAL_KEY.to_vec(), serial.to_be_bytes());
    put(out, &event.id, &record);
    Ok(())
}

impl GovernanceEngine {
    fn vote(
        &self,
        view: &dyn StateView,
        event: &Event,
        out: &mut Effects,
    ) -> Result<(), VoidReason> {
        let vote: VoteCast = payload_of(event)?;
        let voter = event.header.author;
        let mut record = proposal(view, &vote.proposal).ok_or(VoidReason::NotFound)?;
        if record.status != ProposalStatus::Open || view.time_ms() >= record.closes_ms {
            return Err(VoidReason::Expired);
        }
        if !may_vote(view, voter, &record) {
            return Err(VoidReason::NotAllowed);
        }
        let key = ballot_key(&vote.proposal, voter);
        if view.get(Component::Governance, &key).is_some() {
            return Err(VoidReason::AlreadyExists);
        }
        let weight = self.weight(view, voter, record.proposal.method, vote.votes, out)?;
        record.ballots = record.ballots.saturating_add(1);
        match vote.choice {
            Choice::Yes => record.yes = record.yes.saturating_add(weight),
            Choice::No => record.no = record.no.saturating_add(weight),
            Choice::Abstain => {}
        }
        out.put(Component::Governance, key, vote.encode());
        put(out, &vote.proposal, &record);
        Ok(())
    }

    fn weight(
        &self,
        view: &dyn StateView,
        voter: Did,
        method: Method,
        votes: u16,
        out: &mut Effects,
    ) -> Result<u64, VoidReason> {
        if votes == 0 || (votes > 1 && method != Method::Quadratic) {
            return Err(VoidReason::OutOfRange);
        }
        match method {
            Method::MemberEqual => Ok(1),
            Method::Reputation => {
                Ok((self.standing.trust)(view, voter).norm(&TrustWeights::GOVERNANCE).into())
            }
            Method::Quadratic => {
                let mut credits = credits(view, voter);
                if !credits.take(u64::from(votes).pow(2)) {
                    return Err(VoidReason::LimitReached);
                }
                out.put(Component::Quadratic, voter.to_bytes().to_vec(), credits.encode());
                Ok(votes.into())
            }
        }
    }
}

fn resolve(view: &dyn StateView, event: &Event, out: &mut Effects) -> Result<(), VoidReason> {
    let ProposalResolved { proposal: id, resolution } = payload_of(event)?;
    let mut record = proposal(view, &id).ok_or(VoidReason::NotFound)?;
    let now_ms = view.time_ms();
    match resolution {
        Resolution::Withdraw => {
            expect(record.status == ProposalStatus::Open && now_ms < record.closes_ms)?;
            if event.header.author != record.proposer {
                return Err(VoidReason::NotAllowed);
            }
            record.status = ProposalStatus::Withdrawn;
        }
        Resolution::Close => {
            expect(record.status == ProposalStatus::Open && now_ms >= record.closes_ms)?;
            record.status = match record.is_carried() {
                true => ProposalStatus::Accepted,
                false => ProposalStatus::Rejected,
            };
        }
        Resolution::Execute => {
            let from_ms = record.executable_ms();
            let until_ms = from_ms.saturating_add(EXECUTION_MS);
            expect(record.status == ProposalStatus::Accepted)?;
            expect((from_ms..until_ms).contains(&now_ms))?;
            carry_out(view, event, &record.proposal.measure, out)?;
            record.status = ProposalStatus::Executed;
        }
    }
    put(out, &id, &record);
    Ok(())
}

fn carry_out(
    view: &dyn StateView,
    event: &Event,
    measure: &Measure,
    out: &mut Effects,
) -> Result<(), VoidReason> {
    match measure {
        Measure::Statement => Ok(()),
        Measure::Rules(rules) => declare(view, rules, out),
        Measure::Membership(change) => membership::carry_out(view, event, change, out),
        Measure::Quarantine(change) => quota::apply(view, *change, out),
    }
}

const fn expect(in_time: bool) -> Result<(), VoidReason> {
    if in_time { Ok(()) } else { Err(VoidReason::Expired) }
}

fn put(out: &mut Effects, id: &EventId, record: &ProposalRecord) {
    out.put(Component::Governance, proposal_key(id), record.encode());
}

/// The proposal of that name.
#[must_use]
pub fn proposal(view: &dyn StateView, id: &EventId) -> Option<ProposalRecord> {
    read(view, Component::Governance, &proposal_key(id))
}

/// The ballot somebody cast.
#[must_use]
pub fn ballot(view: &dyn StateView, proposal: &EventId, voter: Did) -> Option<VoteCast> {
    read(view, Component::Governance, &ballot_key(proposal, voter))
}

/// Whether somebody is a member, and was one when the proposal was made.
#[must_use]
pub fn may_vote(view: &dyn StateView, voter: Did, record: &ProposalRecord) -> bool {
    let arrived = number(view, &arrival_key(voter)).unwrap_or(0);
    active_member(view, voter).is_some() && arrived < record.serial
}

/// The credits somebody has for quadratic votes now.
#[must_use]
pub fn credits(view: &dyn StateView, voter: Did) -> Bucket {
    let now_ms = view.time_ms();
    let found = read(view, Component::Quadratic, &voter.to_bytes());
    let mut bucket = found.unwrap_or_else(|| Bucket::full(CREDITS, now_ms));
    bucket.bring_to(CREDITS, now_ms);
    bucket
}

/// Notes that somebody becomes a member who was none, if there is a proposal it missed.
pub(crate) fn note_arrival(view: &dyn StateView, member: Did, out: &mut Effects) {
    if let Some(missed) = number(view, SERIAL_KEY) {
        out.put(Component::Governance, arrival_key(member), missed.to_be_bytes());
    }
}

fn proposals(view: &dyn StateView) -> u32 {
    number(view, SERIAL_KEY).unwrap_or(0)
}

fn number(view: &dyn StateView, key: &[u8]) -> Option<u32> {
    let entry = view.get(Component::Governance, key)?;
    entry.as_ref().try_into().ok().map(u32::from_be_bytes)
}

impl Measure {
    /// The share of the weight for and against that must be for it, in parts per million.
    #[must_use]
    pub const fn approval_ppm(&self) -> u32 {
        match self {
            Self::Statement => PPM / 2 + 1,
            Self::Quarantine(_) => 600_000,
            Self::Rules(_) => 670_000,
            Self::Membership(_) => 750_000,
        }
    }

    /// Realm time between the end of the vote and the execution, in milliseconds.
    #[must_use]
    pub const fn timelock_ms(&self) -> u64 {
        match self {
            Self::Statement | Self::Quarantine(_) | Self::Membership(_) => DAY_MS,
            Self::Rules(_) => 3 * DAY_MS,
        }
    }
}

impl ProposalRecord {
    /// Whether the ballots so far accept it.
    #[must_use]
    pub fn is_carried(&self) -> bool {
        let (yes, all) = (u128::from(self.yes), u128::from(self.yes) + u128::from(self.no));
        let needed = u128::from(self.proposal.measure.approval_ppm()) * all;
        self.ballots >= self.quorum && yes > 0 && yes * u128::from(PPM) >= needed
    }

    /// Realm time from which it can be executed, once accepted.
    #[must_use]
    pub const fn executable_ms(&self) -> u64 {
        self.closes_ms.saturating_add(self.proposal.measure.timelock_ms())
    }
}

#[cfg(test)]
mod tests;
