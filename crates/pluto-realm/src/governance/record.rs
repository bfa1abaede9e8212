//! Proposals and ballots: payloads, and what the state keeps of them.

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader, put_bytes};
use pluto_core::limits::NAME_BYTES_MAX;
use pluto_core::payload::MembershipChange;
use pluto_core::{Did, EventId};

use crate::quota::QuarantineChange;
use crate::rule_set::RuleSet;

/// How votes are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Method {
    /// Every member has one vote.
    MemberEqual = 0,
    /// A vote weighs as much as the trust in whoever casts it, in parts per million.
    Reputation = 1,
    /// A member may cast several votes; *n* of them cost *n*² credits.
    Quadratic = 2,
}

/// What happens when a proposal is executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Nothing: the realm has spoken.
    Statement,
    /// The realm declares these rules.
    Rules(RuleSet),
    /// A membership changes.
    Membership(MembershipChange),
    /// Somebody is quarantined, let in again, or refunded.
    Quarantine(QuarantineChange),
}

/// The payload of `ProposalCreated`. The id of its event names the proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposalCreated {
    /// What is proposed, for people; 1 to 128 bytes.
    pub title: String,
    /// What happens when it is executed.
    pub measure: Measure,
    /// How votes are counted.
    pub method: Method,
    /// How long votes are taken, in milliseconds of realm time.
    pub voting_ms: u64,
}

/// What a member says to a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Choice {
    /// Against it.
    No = 0,
    /// For it.
    Yes = 1,
    /// Neither; counts for the quorum.
    Abstain = 2,
}

/// The payload of `VoteCast`, and the ballot in component `Governance`, under [`ballot_key`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VoteCast {
    /// Which proposal.
    pub proposal: EventId,
    /// What is said.
    pub choice: Choice,
    /// How many votes; 1 unless counted quadratically.
    pub votes: u16,
}

/// What happens to a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Resolution {
    /// Votes are counted, after the last.
    Close = 0,
    /// What was accepted is done, after the timelock.
    Execute = 1,
    /// The proposer takes it back, while votes are taken.
    Withdraw = 2,
}

/// The payload of `ProposalResolved`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProposalResolved {
    /// Which proposal.
    pub proposal: EventId,
    /// What happens to it.
    pub resolution: Resolution,
}

/// Where a proposal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ProposalStatus {
    /// Votes are taken.
    Open = 0,
    /// Accepted; executed after the timelock.
    Accepted = 1,
    /// Not accepted.
    Rejected = 2,
    /// Done.
    Executed = 3,
    /// Taken back.
    Withdrawn = 4,
}

/// A proposal in component `Governance`, under [`proposal_key`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposalRecord {
    /// Who proposed.
    pub proposer: Did,
    /// The how-manieth proposal of the realm it is, from 1: whoever became a member after it does not
    /// vote on it.
    pub serial: u32,
    /// Ballots it needs to be decided.
    pub quorum: u32,
    /// Realm time at which votes end.
    pub closes_ms: u64,
    /// Where it stands.
    pub status: ProposalStatus,
    /// Ballots cast.
    pub ballots: u32,
    /// Weight of those for it.
    pub yes: u64,
    /// Weight of those against it.
    pub no: u64,
    /// What was proposed.
    pub proposal: ProposalCreated,
}

/// The key of a proposal: `p` ‖ id.
#[must_use]
pub fn proposal_key(proposal: &EventId) -> Vec<u8> {
    [&b"p"[..], &proposal.0].concat()
}

/// The key of a ballot: `b` ‖ id of the proposal ‖ DID.
#[must_use]
pub fn ballot_key(proposal: &EventId, voter: Did) -> Vec<u8> {
    [&b"b"[..], &proposal.0, &voter.to_bytes()].concat()
}

/// The key of an arrival: `a` ‖ DID. Its value is the number of proposals made before it, u32.
#[must_use]
pub fn arrival_key(member: Did) -> Vec<u8> {
    [&b"a"[..], &member.to_bytes()].concat()
}

macro_rules! numbered {
    ($name:ident, $what:literal: $($variant:ident $text:literal),+) => {
        impl $name {
            const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name, as printed.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            fn from_number(number: u8) -> Decoded<Self> {
                let bad = CodecError::BadValue { what: $what, found: number.into() };
                Self::ALL.get(usize::from(number)).copied().ok_or(bad)
            }
        }
    };
}

numbered!(Method, "method": MemberEqual "member-equal", Reputation "reputation", Quadratic "quadratic");
numbered!(Choice, "choice": No "no", Yes "yes", Abstain "abstain");
numbered!(Resolution, "resolution": Close "close", Execute "execute", Withdraw "withdraw");
numbered!(ProposalStatus, "status of a proposal":
    Open "open", Accepted "accepted", Rejected "rejected", Executed "executed", Withdrawn "withdrawn");

impl Canonical for Measure {
    fn encode_into(&self, out: &mut Vec<u8>) {
        match self {
            Self::Statement => out.push(0),
            Self::Rules(rules) => {
                out.push(1);
                rules.encode_into(out);
            }
            Self::Membership(change) => {
                out.push(2);
                change.encode_into(out);
            }
            Self::Quarantine(change) => {
                out.push(3);
                change.encode_into(out);
            }
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        match input.u8()? {
            0 => Ok(Self::Statement),
            1 => RuleSet::decode_from(input).map(Self::Rules),
            2 => MembershipChange::decode_from(input).map(Self::Membership),
            3 => QuarantineChange::decode_from(input).map(Self::Quarantine),
            other => Err(CodecError::BadValue { what: "measure", found: other.into() }),
        }
    }
}

impl Canonical for ProposalCreated {
    fn encode_into(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.title.as_bytes());
        self.measure.encode_into(out);
        out.push(self.method as u8);
        out.extend_from_slice(&self.voting_ms.to_be_bytes());
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let title = input.text("title", NAME_BYTES_MAX)?.to_owned();
        if title.is_empty() {
            return Err(CodecError::BadValue { what: "title", found: 0 });
        }
        Ok(Self {
            title,
            measure: Measure::decode_from(input)?,
            method: Method::from_number(input.u8()?)?,
            voting_ms: input.u64()?,
        })
    }
}

impl Canonical for VoteCast {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.proposal.0);
        out.push(self.choice as u8);
        out.extend_from_slice(&self.votes.to_be_bytes());
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self {
            proposal: EventId(input.array()?),
            choice: Choice::from_number(input.u8()?)?,
            votes: input.u16()?,
        })
    }
}

impl Canonical for ProposalResolved {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.proposal.0);
        out.push(self.resolution as u8);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let proposal = EventId(input.array()?);
        Ok(Self { proposal, resolution: Resolution::from_number(input.u8()?)? })
    }
}

impl Canonical for ProposalRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        self.proposer.encode_into(out);
        out.extend_from_slice(&self.serial.to_be_bytes());
        out.extend_from_slice(&self.quorum.to_be_bytes());
        out.extend_from_slice(&self.closes_ms.to_be_bytes());
        out.push(self.status as u8);
        out.extend_from_slice(&self.ballots.to_be_bytes());
        out.extend_from_slice(&self.yes.to_be_bytes());
        out.extend_from_slice(&self.no.to_be_bytes());
        self.proposal.encode_into(out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self {
            proposer: Did::decode_from(input)?,
            serial: input.u32()?,
            quorum: input.u32()?,
            closes_ms: input.u64()?,
            status: ProposalStatus::from_number(input.u8()?)?,
            ballots: input.u32()?,
            yes: input.u64()?,
            no: input.u64()?,
            proposal: ProposalCreated::decode_from(input)?,
        })
    }
}
