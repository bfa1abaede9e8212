//! Proposals and votes in words: payloads, and entries of component `Governance`.

use pluto_core::{Canonical, Did, EventId};
use pluto_realm::governance::{
    Measure, ProposalCreated, ProposalRecord, ProposalResolved, SERIAL_KEY, VoteCast,
};

use super::Description;
use super::{payload, realm};

/// What a proposal does when it is carried out.
#[must_use]
pub fn measure(measure: &Measure) -> Description {
    match measure {
        Measure::Statement => Description::new("the realm speaks"),
        Measure::Rules(rules) => realm::rules(Description::new("declaration of rules"), rules),
        Measure::Membership(change) => payload::membership(change),
        Measure::Quarantine(change) => realm::quarantine(change),
    }
}

/// A proposal, and what its measure says.
fn proposal(about: Description, proposal: &ProposalCreated) -> Description {
    let Description { what, fields } = measure(&proposal.measure);
    let mut about = about.text("title", &proposal.title).text("measure", what);
    about.fields.extend(fields);
    about.text("method", proposal.method.as_str())
}

pub(super) fn created(bytes: &[u8]) -> Option<Description> {
    let said = ProposalCreated::decode(bytes).ok()?;
    let about = proposal(Description::new("proposal"), &said);
    let days = said.voting_ms / 86_400_000;
    Some(about.with("voting_ms", format!("{days} days"), said.voting_ms.into()))
}

fn vote(about: Description, vote: &VoteCast) -> Description {
    let about = about.text("proposal", vote.proposal).text("choice", vote.choice.as_str());
    if vote.votes == 1 { about } else { about.number("votes", vote.votes) }
}

pub(super) fn cast(bytes: &[u8]) -> Option<Description> {
    VoteCast::decode(bytes).ok().map(|said| vote(Description::new("vote"), &said))
}

pub(super) fn resolved(bytes: &[u8]) -> Option<Description> {
    let said = ProposalResolved::decode(bytes).ok()?;
    let about = Description::new("resolution of a proposal").text("proposal", said.proposal);
    Some(about.text("resolution", said.resolution.as_str()))
}

pub(super) fn entry(key: &[u8], value: Option<&[u8]>) -> Option<Description> {
    if key == SERIAL_KEY {
        return counted(Description::new("number of proposals"), value);
    }
    let (tag, rest) = key.split_first()?;
    match tag {
        b'p' if rest.len() == 32 => {
            let id = EventId(rest.try_into().ok()?);
            let about = Description::new("proposal").text("proposal", id);
            let Some(value) = value else { return Some(about) };
            let record = ProposalRecord::decode(value).ok()?;
            let about = proposal(about.text("proposer", record.proposer), &record.proposal);
            let about = about.text("status", record.status.as_str());
            let about = about.number("ballots", record.ballots).number("quorum", record.quorum);
            let about = about.number("for", record.yes).number("against", record.no);
            Some(about.time("closes_ms", record.closes_ms))
        }
        b'b' => {
            let (id, voter) = rest.split_at_checked(32)?;
            let about = Description::new("ballot").text("voter", Did::decode(voter).ok()?);
            match value {
                Some(value) => Some(vote(about, &VoteCast::decode(value).ok()?)),
                None => Some(about.text("proposal", EventId(id.try_into().ok()?))),
            }
        }
        b'a' => {
            let about = Description::new("proposals made before a member arrived");
            counted(about.text("member", Did::decode(rest).ok()?), value)
        }
        _ => None,
    }
}

fn counted(about: Description, value: Option<&[u8]>) -> Option<Description> {
    let Some(value) = value else { return Some(about) };
    Some(about.number("proposals", u32::from_be_bytes(value.try_into().ok()?)))
}
