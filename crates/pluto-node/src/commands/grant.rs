//! `pluto grant`: give rights, hand them on, look at them, take them back.
//!
//! What the engine would refuse is refused here before it is written: a void event stays in the log.

mod forest;
mod words;

use pluto_api::http::shape::GrantDetail;
use pluto_core::traits::{Clock, StateView};
use pluto_core::{Canonical, Did, Kind, VoidReason};
use pluto_error::Result;
use pluto_identity::grant::{
    Grant, GrantId, GrantRecord, GrantRevoked, beyond, may_give, may_revoke,
};
use pluto_nervous_system::Snapshot;
use serde_json::json;

pub(super) use self::forest::grant_of;
pub(super) use self::words::report;

use self::forest::Forest;
use super::Context;
use super::names::{Names, party};
use super::writing::nonce;
use crate::cli::{Acting, GrantArgs, GrantCommand};
use crate::error::NodeError;
use crate::node::{Author, SystemClock};
use crate::output::{realm_time, row, table, time};

pub(super) fn run(context: &Context, command: GrantCommand) -> Result<()> {
    match command {
        GrantCommand::Create(args) => create(context, &args),
        GrantCommand::List { of, reading } => {
            list(context, of.as_deref(), reading.realm.as_deref())
        }
        GrantCommand::Show { id, reading } => show(context, &id, reading.realm.as_deref()),
        GrantCommand::Revoke { id, acting } => revoke(context, &id, &acting),
    }
}

fn create(context: &Context, args: &GrantArgs) -> Result<()> {
    let keys = context.keys.open()?;
    let node = context.node()?;
    let realm = node.realm(args.acting.realm.as_deref())?;
    let before = node.snapshot(realm)?;
    let author = Author::new(keys.get(&args.acting.identity)?);
    let grant = grant(context, &before, args)?;
    let id = check_give(&before, author.did(), &grant)?;
    let written = author.write(&node, realm, Kind::DelegationCreated, &grant.encode())?;
    let snapshot = node.snapshot(realm)?;
    node.stop()?;
    let names = Names::of(context);
    let event = written.event.id.to_string();
    let rows = [
        row("grant", id),
        row("to", names.short(&snapshot, grant.delegate)),
        row("may", words::rights(&grant)),
        row("expires", format!("{} (realm time)", time(grant.expires_ms))),
        row("realm time", words::realm_clock(&snapshot)),
        row("event", &event),
    ];
    let value = json!({
        "grant": id.to_string(),
        "issuer": author.did().to_string(),
        "described": words::described(&grant),
        "realm_time_ms": snapshot.time_ms(),
        "event": event,
    });
    context.out.show(&value, &table(&rows));
    Ok(())
}

/// Refuses what the engine would.
pub(super) fn check_give(before: &Snapshot, issuer: Did, grant: &Grant) -> Result<GrantId> {
    let given = may_give(before, issuer, grant);
    let (id, _) = given.map_err(|reason| refused(reason, exceeded(before, grant)))?;
    Ok(id)
}

/// Refuses what the engine would.
pub(super) fn check_revoke(before: &Snapshot, author: Did, text: &str) -> Result<GrantRevoked> {
    let (grant, _) = Forest::of(before).find(text)?;
    may_revoke(before, author, &grant).map_err(|reason| refused(reason, None))?;
    Ok(GrantRevoked { grant })
}

/// The grant that another is to be handed on from.
pub(super) fn parent_of(snapshot: &Snapshot, text: &str) -> Result<(GrantId, Grant)> {
    let (id, record) = Forest::of(snapshot).find(text)?;
    Ok((id, record.grant))
}

/// Whether a party gave or has a grant; every grant concerns nobody in particular.
pub(super) fn concerns(record: &GrantRecord, whose: Option<Did>) -> bool {
    whose.is_none_or(|did| record.issuer == did || record.grant.delegate == did)
}

/// A grant with its chain for programs.
pub(super) fn one_shown(snapshot: &Snapshot, text: &str) -> Result<GrantDetail> {
    let forest = Forest::of(snapshot);
    let (id, record) = forest.find(text)?;
    Ok(with_chain(snapshot, &forest, id, &record))
}

fn with_chain(
    snapshot: &Snapshot,
    forest: &Forest,
    id: GrantId,
    record: &GrantRecord,
) -> GrantDetail {
    let now_ms = SystemClock.now_ms();
    let report = |id| forest.get(id).map(|one| words::report(snapshot, id, one, now_ms));
    GrantDetail {
        grant: words::report(snapshot, id, record, now_ms),
        realm_time_ms: snapshot.time_ms(),
        chain: forest.path(id).iter().filter_map(|(id, _)| report(*id)).collect(),
        below: forest.below(id).into_iter().filter_map(report).collect(),
    }
}

/// The grant that the arguments mean. What they leave open is that of the parent.
fn grant(context: &Context, snapshot: &Snapshot, args: &GrantArgs) -> Result<Grant> {
    let parent = match &args.from {
        Some(text) => Some(Forest::of(snapshot).find(text)?),
        None => None,
    };
    let above = parent.as_ref().map(|(_, record)| &record.grant);
    let mut approvers = above.map(|grant| grant.approvers.clone()).unwrap_or_default();
    for name in &args.approvers {
        approvers.push(party(context, snapshot, name)?);
    }
    approvers.sort_unstable();
    approvers.dedup();
    let grant = Grant {
        nonce: nonce(snapshot),
        parent: parent.as_ref().map(|(id, _)| *id),
        delegate: party(context, snapshot, &args.to)?,
        actions: args.actions.clone(),
        resources: args.resources.clone(),
        expires_ms: args.expires_ms,
        hops: args.hops,
        rate: args.rate.or_else(|| above?.rate),
        budget: args.budget.or_else(|| above?.budget),
        approvers,
        factor_ppm: args.factor_ppm,
    };
    // Its own decoder knows the bounds.
    Ok(Grant::decode(&grant.encode())?)
}

fn revoke(context: &Context, text: &str, acting: &Acting) -> Result<()> {
    let keys = context.keys.open()?;
    let node = context.node()?;
    let realm = node.realm(acting.realm.as_deref())?;
    let before = node.snapshot(realm)?;
    let author = Author::new(keys.get(&acting.identity)?);
    let revoked = check_revoke(&before, author.did(), text)?;
    let written = author.write(&node, realm, Kind::DelegationRevoked, &revoked.encode())?;
    node.stop()?;
    let id = revoked.grant;
    let below = Forest::of(&before).below(id).len();
    let event = written.event.id.to_string();
    let rows =
        [row("revoked", id), row("with it", format!("{below} below it")), row("event", &event)];
    let value = json!({ "grant": id.to_string(), "below": below, "event": event });
    context.out.show(&value, &table(&rows));
    Ok(())
}

fn refused(reason: VoidReason, field: Option<&str>) -> NodeError {
    let field = field.map(|field| format!(" (`{field}`)")).unwrap_or_default();
    NodeError::BadArgument(format!("nothing was written: {}{field}", reason.as_str()))
}

/// In what a grant goes beyond its parent.
fn exceeded(snapshot: &Snapshot, grant: &Grant) -> Option<&'static str> {
    let forest = Forest::of(snapshot);
    beyond(&forest.get(grant.parent?)?.grant, grant)
}

fn list(context: &Context, of: Option<&str>, realm: Option<&str>) -> Result<()> {
    let node = context.node()?;
    let snapshot = node.snapshot(node.realm(realm)?)?;
    node.stop()?;
    let whose = of.map(|name| party(context, &snapshot, name)).transpose()?;
    let names = Names::of(context);
    let forest = Forest::of(&snapshot);
    let heading = ["GRANT", "FROM", "TO", "MAY", "UNTIL", "HOPS", "NOW"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    let mut values = Vec::new();
    let now_ms = SystemClock.now_ms();
    for (id, record) in forest.all().filter(|(_, record)| concerns(record, whose)) {
        values.push(words::report(&snapshot, id, record, now_ms));
        let standing = words::standing(&snapshot, id, record, now_ms);
        rows.push(vec![
            id.short(),
            names.short(&snapshot, record.issuer),
            names.short(&snapshot, record.grant.delegate),
            words::rights(&record.grant),
            time(record.grant.expires_ms),
            record.grant.hops.to_string(),
            words::now(id, &standing).to_owned(),
        ]);
    }
    let none = "There is no grant; see `pluto grant create --help`.";
    let text = match values.is_empty() {
        true => none.to_owned(),
        false => format!("{}realm time: {}", table(&rows), realm_time(snapshot.time_ms())),
    };
    context.out.show_as(&values, &text);
    Ok(())
}

fn show(context: &Context, text: &str, realm: Option<&str>) -> Result<()> {
    let node = context.node()?;
    let snapshot = node.snapshot(node.realm(realm)?)?;
    node.stop()?;
    let forest = Forest::of(&snapshot);
    let (id, record) = forest.find(text)?;
    let names = Names::of(context);
    let now_ms = SystemClock.now_ms();
    let standing = words::standing(&snapshot, id, &record, now_ms);
    let valid = match &standing {
        Ok(()) => "yes".to_owned(),
        Err(refusal) => format!("no: {refusal}"),
    };
    let mut rows = vec![
        row("grant", id),
        row("from", names.short(&snapshot, record.issuer)),
        row("to", names.short(&snapshot, record.grant.delegate)),
        row("event", record.event),
        row("valid now", valid),
        row("realm time", words::realm_clock(&snapshot)),
    ];
    rows.extend(words::limits(&snapshot, id, &record, &names));
    let tree = forest.tree(id, |id, record| {
        format!("{}  {}", id.short(), words::line(&snapshot, id, record, &names, now_ms))
    });
    let grantor = forest.path(id).first().map(|(_, first)| names.short(&snapshot, first.issuer));
    let shown = with_chain(&snapshot, &forest, id, &record);
    let text = format!("{}\n{}\n{tree}", table(&rows), grantor.unwrap_or_default());
    context.out.show_as(&shown, &text);
    Ok(())
}
