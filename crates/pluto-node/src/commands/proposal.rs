//! `pluto proposal`: what members vote on, and what is done when they say yes.

mod view;

use pluto_core::payload::{MembershipAction, MembershipChange, Role};
use pluto_core::traits::StateView;
use pluto_core::{Canonical, Component, EventId, Kind, VoidReason};
use pluto_error::Result;
use pluto_nervous_system::Snapshot;
use pluto_realm::governance::{
    Choice, EXECUTION_MS, Measure, ProposalCreated, ProposalRecord, ProposalResolved,
    ProposalStatus, Resolution, VOTING_MS_MAX, VOTING_MS_MIN, VoteCast, proposal,
};
use pluto_realm::hierarchy::lineage;
use pluto_realm::quota::QuarantineChange;
use serde_json::{Value, json};

use super::Context;
use super::names::{Names, party};
use super::realm::rules::changed;
use super::writing::{Writing, by_prefix, shown};
use crate::cli::{Acting, ProposalArgs, ProposalCommand, Reading, Vote};
use crate::error::NodeError;
use crate::output::{row, table, time};

pub(super) fn run(context: &Context, command: ProposalCommand) -> Result<()> {
    match command {
        ProposalCommand::Create(args) => create(context, &args),
        ProposalCommand::Vote { id, choice, votes, acting } => {
            vote(context, &id, choice, votes, &acting)
        }
        ProposalCommand::Resolve { id, acting } => resolve(context, &id, &acting),
        ProposalCommand::Withdraw { id, acting } => withdraw(context, &id, &acting),
        ProposalCommand::Show { id, reading } => show(context, &id, &reading),
        ProposalCommand::List(reading) => list(context, &reading),
    }
}

fn create(context: &Context, args: &ProposalArgs) -> Result<()> {
    let writing = Writing::open(context, &args.acting)?;
    let snapshot = writing.timed()?;
    if !(VOTING_MS_MIN..=VOTING_MS_MAX).contains(&args.voting_ms) {
        let why = "expected 3 to 14 days of realm time for `--voting`".to_owned();
        return Err(NodeError::BadArgument(why).into());
    }
    let said = ProposalCreated {
        title: args.title.clone(),
        measure: measure(context, &writing, &snapshot, args)?,
        method: args.method,
        voting_ms: args.voting_ms,
    };
    // Its own decoder knows the bounds.
    ProposalCreated::decode(&said.encode())?;
    let id = writing.say(Kind::ProposalCreated, &said, |reason| match reason {
        VoidReason::NotAllowed => Some(
            "the realm's rule `allowed_methods` names other ways: see `pluto realm rules show`",
        ),
        _ => None,
    })?;
    ended(context, &writing, id)
}

/// What is to be done when it is accepted; nothing when nothing is named.
fn measure(
    context: &Context,
    writing: &Writing,
    snapshot: &Snapshot,
    args: &ProposalArgs,
) -> Result<Measure> {
    if !args.rules.is_empty() {
        let holds = lineage(snapshot).rules;
        let rules = changed(context, &writing.node, snapshot, holds, &args.rules)?;
        let above = pluto_realm::hierarchy::parent(snapshot).map(|parent| parent.rules);
        super::realm::rules::may_stand(&rules, &above.unwrap_or_default())?;
        return Ok(Measure::Rules(rules));
    }
    let member = |who: &str, action, role| -> Result<Measure> {
        let subject = party(context, snapshot, who)?;
        Ok(Measure::Membership(MembershipChange { subject, action, role }))
    };
    if let Some(who) = &args.assign {
        return member(who, MembershipAction::Assign, args.role);
    }
    if let Some(who) = &args.remove {
        return member(who, MembershipAction::Remove, Role::Member);
    }
    if let Some(who) = &args.ban {
        return member(who, MembershipAction::Ban, Role::Member);
    }
    let change = if let Some((who, until_ms)) = args.quarantine.as_ref().zip(args.until_ms) {
        QuarantineChange::Quarantine { subject: party(context, snapshot, who)?, until_ms }
    } else if let Some(who) = &args.lift {
        QuarantineChange::Lift { subject: party(context, snapshot, who)? }
    } else if let (Some(who), Some(resource), Some(tokens)) =
        (&args.refund, args.resource, args.tokens)
    {
        QuarantineChange::Refund { subject: party(context, snapshot, who)?, resource, tokens }
    } else {
        return Ok(Measure::Statement);
    };
    Ok(Measure::Quarantine(change))
}

fn vote(context: &Context, id: &str, choice: Vote, votes: u16, acting: &Acting) -> Result<()> {
    let writing = Writing::open(context, acting)?;
    let (id, _) = find(&*writing.snapshot()?, id)?;
    let choice = match choice {
        Vote::Yes => Choice::Yes,
        Vote::No => Choice::No,
        Vote::Abstain => Choice::Abstain,
    };
    let said = VoteCast { proposal: id, choice, votes };
    writing.say(Kind::VoteCast, &said, |reason| match reason {
        VoidReason::Expired => Some("no votes are taken any more: see `pluto proposal show`"),
        VoidReason::NotAllowed => {
            Some("only those vote who were members when it was made: see `pluto realm members`")
        }
        VoidReason::AlreadyExists => Some("a member votes once: see `pluto proposal show`"),
        VoidReason::OutOfRange => {
            Some("several votes are cast only where they count quadratically")
        }
        VoidReason::LimitReached => Some("n votes cost n² credits, and not so many are left"),
        _ => None,
    })?;
    ended(context, &writing, id)
}

fn resolve(context: &Context, id: &str, acting: &Acting) -> Result<()> {
    let writing = Writing::open(context, acting)?;
    let snapshot = writing.snapshot()?;
    let (id, record) = find(&snapshot, id)?;
    let resolution = due(&record, snapshot.time_ms())?;
    let said = ProposalResolved { proposal: id, resolution };
    writing.say(Kind::ProposalResolved, &said, |reason| match reason {
        VoidReason::ExceedsParent => {
            Some("its rules are weaker than those the realm inherits: see `pluto realm rules show`")
        }
        VoidReason::NotMember => None,
        _ => Some(
            "what was accepted has no effect now; it stays accepted: see `pluto proposal show`",
        ),
    })?;
    ended(context, &writing, id)
}

/// What can be done with a proposal at that realm time.
fn due(record: &ProposalRecord, now_ms: u64) -> Result<Resolution> {
    let (from_ms, hint) = match record.status {
        ProposalStatus::Open if now_ms >= record.closes_ms => return Ok(Resolution::Close),
        ProposalStatus::Open => (record.closes_ms, "votes are taken until"),
        ProposalStatus::Accepted => {
            let from_ms = record.executable_ms();
            if (from_ms..from_ms.saturating_add(EXECUTION_MS)).contains(&now_ms) {
                return Ok(Resolution::Execute);
            }
            (from_ms, "it can be carried out for 14 days from")
        }
        status => {
            let why = format!("the proposal is {}", status.as_str());
            let hint = "that is its end: see `pluto proposal show`".to_owned();
            return Err(NodeError::NotWritten { why, hint }.into());
        }
    };
    let why = format!("nothing is due at realm time {}", time(now_ms));
    let hint = format!(
        "{hint} {} (realm time; it moves with checkpoints: `pluto checkpoint --sign-as`)",
        time(from_ms)
    );
    Err(NodeError::NotWritten { why, hint }.into())
}

fn withdraw(context: &Context, id: &str, acting: &Acting) -> Result<()> {
    let writing = Writing::open(context, acting)?;
    let (id, _) = find(&*writing.snapshot()?, id)?;
    let said = ProposalResolved { proposal: id, resolution: Resolution::Withdraw };
    writing.say(Kind::ProposalResolved, &said, |reason| match reason {
        VoidReason::NotAllowed => Some("only who proposed it takes it back"),
        VoidReason::Expired => Some("no votes are taken any more: see `pluto proposal show`"),
        _ => None,
    })?;
    ended(context, &writing, id)
}

/// Shows where the proposal stands now.
fn ended(context: &Context, writing: &Writing, id: EventId) -> Result<()> {
    let snapshot = writing.snapshot()?;
    writing.node.stop()?;
    present(context, &snapshot, id)
}

fn show(context: &Context, id: &str, reading: &Reading) -> Result<()> {
    let node = context.node()?;
    let snapshot = node.snapshot(node.realm(reading.realm.as_deref())?)?;
    node.stop()?;
    let (id, _) = find(&snapshot, id)?;
    present(context, &snapshot, id)
}

fn present(context: &Context, snapshot: &Snapshot, id: EventId) -> Result<()> {
    let record = proposal(snapshot, &id).ok_or_else(|| missing(&id.to_string()))?;
    let names = Names::of(context);
    let mut ballots = view::ballots(snapshot, &id);
    ballots.sort_by_cached_key(|(voter, _)| names.short(snapshot, *voter));
    let mut rows = view::rows(snapshot, &names, id, &record);
    for (voter, ballot) in &ballots {
        let votes = if ballot.votes > 1 { format!(" × {}", ballot.votes) } else { String::new() };
        let text = format!("{}{votes}", ballot.choice.as_str());
        rows.push(row(&format!("  {}", names.short(snapshot, *voter)), text));
    }
    rows.push(row("next", view::next_words(id, &record, snapshot.time_ms())));
    let mut value = view::json(id, &record);
    if let Some(object) = value.as_object_mut() {
        let ballots = ballots.iter().map(|(voter, ballot)| {
            json!({
                "voter": voter.to_string(),
                "choice": ballot.choice.as_str(),
                "votes": ballot.votes,
            })
        });
        object.insert("ballot_list".to_owned(), ballots.collect());
        let rules = lineage(snapshot).rules;
        object.insert("governed".to_owned(), rules.governed.0.into());
    }
    context.out.show(&value, &table(&rows));
    Ok(())
}

fn missing(name: &str) -> NodeError {
    let hint = "see `pluto proposal list`".to_owned();
    NodeError::NotFound { what: "proposal", name: name.to_owned(), hint }
}

fn all(snapshot: &Snapshot) -> Vec<(EventId, ProposalRecord)> {
    let entries = snapshot.entries(Component::Governance).iter();
    let found = entries.filter_map(|(key, value)| {
        let id = EventId(key.strip_prefix(b"p")?.try_into().ok()?);
        Some((id, ProposalRecord::decode(value).ok()?))
    });
    let mut found: Vec<_> = found.collect();
    found.sort_by_key(|(_, record)| record.serial);
    found
}

fn find(snapshot: &Snapshot, text: &str) -> Result<(EventId, ProposalRecord)> {
    let ids = all(snapshot).into_iter().map(|(id, _)| id.0);
    let id = EventId(by_prefix("proposal", text, "see `pluto proposal list`", ids)?);
    Ok((id, proposal(snapshot, &id).ok_or_else(|| missing(text))?))
}

fn list(context: &Context, reading: &Reading) -> Result<()> {
    let node = context.node()?;
    let snapshot = node.snapshot(node.realm(reading.realm.as_deref())?)?;
    node.stop()?;
    let heading = ["PROPOSAL", "STATUS", "BALLOTS", "VOTES END", "TITLE"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    let mut values: Vec<Value> = Vec::new();
    for (id, record) in all(&snapshot) {
        rows.push(vec![
            shown(&id.0).chars().take(8).collect(),
            record.status.as_str().to_owned(),
            format!("{} of {}", record.ballots, record.quorum),
            time(record.closes_ms),
            record.proposal.title.clone(),
        ]);
        values.push(view::json(id, &record));
    }
    let none = "There is no proposal here; see `pluto proposal create --help`.";
    let text = if values.is_empty() { none.to_owned() } else { table(&rows) };
    context.out.show(&values.into(), &text);
    Ok(())
}
