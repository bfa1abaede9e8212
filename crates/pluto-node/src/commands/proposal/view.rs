//! A proposal for people and for programs.

use pluto_core::{Canonical, Component, Did, EventId};
use pluto_nervous_system::Snapshot;
use pluto_realm::governance::{Method, ProposalRecord, ProposalStatus, VoteCast};
use serde_json::{Value, json};

use crate::commands::names::Names;
use crate::describe;
use crate::output::{ppm, row, time};

/// The ballots on a proposal: entries `b` ‖ id ‖ DID.
pub(super) fn ballots(snapshot: &Snapshot, id: &EventId) -> Vec<(Did, VoteCast)> {
    let entries = snapshot.entries(Component::Governance).iter();
    let ballot = |(key, value): (&[u8], &[u8])| {
        let voter = key.strip_prefix(b"b")?.strip_prefix(id.0.as_slice())?;
        Some((Did::decode(voter).ok()?, VoteCast::decode(value).ok()?))
    };
    entries.filter_map(ballot).collect()
}

/// What can be done with it, with the command.
pub(super) fn next_words(id: EventId, record: &ProposalRecord, now_ms: u64) -> String {
    let short = id.short();
    let resolve = format!("pluto proposal resolve {short}");
    match record.status {
        ProposalStatus::Open if now_ms < record.closes_ms => {
            format!("vote: pluto proposal vote {short} yes|no|abstain")
        }
        ProposalStatus::Open => format!("count the votes: {resolve}"),
        ProposalStatus::Accepted if now_ms < record.executable_ms() => {
            format!("from {} (realm time): {resolve}", time(record.executable_ms()))
        }
        ProposalStatus::Accepted => format!("carry it out: {resolve}"),
        _ => "nothing".to_owned(),
    }
}

/// The weight of votes: a number, or trust.
fn weight(record: &ProposalRecord, weight: u64) -> String {
    match record.proposal.method {
        Method::Reputation => ppm(u32::try_from(weight).unwrap_or(u32::MAX)),
        Method::MemberEqual | Method::Quadratic => weight.to_string(),
    }
}

pub(super) fn rows(
    snapshot: &Snapshot,
    names: &Names,
    id: EventId,
    record: &ProposalRecord,
) -> Vec<Vec<String>> {
    let proposal = &record.proposal;
    let measure = describe::measure(&proposal.measure);
    let share = ppm(proposal.measure.approval_ppm());
    let mut rows = vec![
        row("proposal", id),
        row("title", &proposal.title),
        row("by", names.short(snapshot, record.proposer)),
        row("status", record.status.as_str()),
    ];
    rows.extend(measure.rows().into_iter().enumerate().map(|(place, mut row)| {
        if let Some(name) = row.first_mut().filter(|_| place == 0) {
            "measure".clone_into(name);
        }
        row
    }));
    rows.extend([
        row("counted", proposal.method.as_str()),
        row("votes end", format!("{} (realm time)", time(record.closes_ms))),
        row("ballots", format!("{}, {} needed", record.ballots, record.quorum)),
        row("for", format!("{}, {share} of the weight needed", weight(record, record.yes))),
        row("against", weight(record, record.no)),
    ]);
    rows
}

pub(super) fn json(id: EventId, record: &ProposalRecord) -> Value {
    let proposal = &record.proposal;
    json!({
        "proposal": id.to_string(),
        "title": proposal.title,
        "proposer": record.proposer.to_string(),
        "status": record.status.as_str(),
        "measure": describe::measure(&proposal.measure).json(),
        "method": proposal.method.as_str(),
        "closes_ms": record.closes_ms,
        "executable_ms": record.executable_ms(),
        "quorum": record.quorum,
        "ballots": record.ballots,
        "yes": record.yes,
        "no": record.no,
        "approval_ppm": proposal.measure.approval_ppm(),
        "carried": record.is_carried(),
    })
}
