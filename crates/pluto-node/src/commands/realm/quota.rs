//! `pluto realm quota`: limits, accounts, and the way out of a quarantine.

use pluto_core::traits::StateView;
use pluto_core::{Canonical, Component, Did, Kind, VoidReason};
use pluto_error::Result;
use pluto_nervous_system::Snapshot;
use pluto_realm::bucket::Bucket;
use pluto_realm::hierarchy::lineage;
use pluto_realm::quota::{AccountRecord, QuarantineChange, Resource, account_now};
use serde_json::{Value, json};

use super::rules::{changed, declare};
use crate::cli::{Acting, QuotaCommand, Reading};
use crate::commands::Context;
use crate::commands::names::{Names, party};
use crate::commands::writing::Writing;
use crate::output::{row, table, time};
use crate::rule_words::limit_text;

pub(super) fn run(context: &Context, command: QuotaCommand) -> Result<()> {
    match command {
        QuotaCommand::Show { who, reading } => show(context, who.as_deref(), &reading),
        QuotaCommand::Set { resource, limit, acting } => set(context, resource, &limit, &acting),
        QuotaCommand::Quarantine { who, until_ms, acting } => {
            change(context, &who, &acting, |subject| QuarantineChange::Quarantine {
                subject,
                until_ms,
            })
        }
        QuotaCommand::Lift { who, acting } => {
            change(context, &who, &acting, |subject| QuarantineChange::Lift { subject })
        }
        QuotaCommand::Refund { who, resource, tokens, acting } => {
            change(context, &who, &acting, |subject| QuarantineChange::Refund {
                subject,
                resource,
                tokens,
            })
        }
    }
}

fn set(context: &Context, resource: Resource, limit: &str, acting: &Acting) -> Result<()> {
    let writing = Writing::open(context, acting)?;
    let before = writing.snapshot()?;
    let words = [format!("max_{}={limit}", resource.as_str())];
    let rules = changed(context, &writing.node, &before, lineage(&*before).rules, &words)?;
    let (event, holds) = declare(&writing, &rules)?;
    writing.node.stop()?;
    let limit = resource.limit(&holds);
    let text = limit.as_ref().map_or_else(|| "no limit".to_owned(), limit_text);
    let value = json!({
        "event": event,
        "resource": resource.as_str(),
        "capacity": limit.map(|limit| limit.capacity),
        "per_day": limit.map(|limit| limit.per_day),
    });
    context.out.show(&value, &table(&[row(resource.as_str(), text), row("event", &event)]));
    Ok(())
}

fn change(
    context: &Context,
    who: &str,
    acting: &Acting,
    change: impl Fn(Did) -> QuarantineChange,
) -> Result<()> {
    let writing = Writing::open(context, acting)?;
    let subject = party(context, &*writing.snapshot()?, who)?;
    let change = change(subject);
    let event = writing.say(Kind::RealmQuarantineChange, &change, |reason| match reason {
        VoidReason::NotAllowed => {
            Some("an administrator does that, to a lower role: see `pluto realm members`")
        }
        VoidReason::NotFound if matches!(change, QuarantineChange::Lift { .. }) => {
            Some("the party is in no quarantine: see `pluto realm quota show`")
        }
        VoidReason::NotFound => Some("that is not limited: see `pluto realm quota show`"),
        VoidReason::NoEffect => {
            Some("the realm has no limits: set one with `pluto realm quota set`")
        }
        VoidReason::Expired => Some("that is over in realm time already: name a later time"),
        _ => None,
    })?;
    let after = writing.snapshot()?;
    writing.node.stop()?;
    let (mut rows, mut value) = account(&after, subject, &account_now(&*after, subject));
    rows.push(row("event", event));
    if let Some(object) = value.as_object_mut() {
        object.insert("event".to_owned(), event.to_string().into());
    }
    context.out.show(&value, &table(&rows));
    Ok(())
}

fn show(context: &Context, who: Option<&str>, reading: &Reading) -> Result<()> {
    let node = context.node()?;
    let snapshot = node.snapshot(node.realm(reading.realm.as_deref())?)?;
    node.stop()?;
    match who {
        Some(who) => {
            let subject = party(context, &snapshot, who)?;
            let (rows, value) = account(&snapshot, subject, &account_now(&*snapshot, subject));
            context.out.show(&value, &table(&rows));
        }
        None => overview(context, &snapshot),
    }
    Ok(())
}

fn overview(context: &Context, snapshot: &Snapshot) {
    let rules = lineage(snapshot).rules;
    let limited = Resource::ALL.into_iter().filter_map(|one| Some((one, one.limit(&rules)?)));
    let limits: Vec<Vec<String>> =
        limited.map(|(one, limit)| row(one.as_str(), limit_text(&limit))).collect();
    let names = Names::of(context);
    let mut rows = vec![["PARTY", "LEFT", "VIOLATIONS", "QUARANTINE"].map(str::to_owned).to_vec()];
    let mut accounts = Vec::new();
    for party in parties(snapshot) {
        let record = account_now(snapshot, party);
        let left: Vec<String> = buckets(&record, &rules)
            .map(|(one, bucket)| format!("{} {}", bucket.left(), one.as_str()))
            .collect();
        let name = names.short(snapshot, party);
        rows.push(vec![
            name,
            left.join(", "),
            record.violations().to_string(),
            quarantine(snapshot, &record),
        ]);
        accounts.push(account(snapshot, party, &record).1);
    }
    let mut text = match limits.is_empty() {
        true => "Nothing is limited; see `pluto realm quota set --help`.\n".to_owned(),
        false => table(&limits),
    };
    if !accounts.is_empty() {
        text.push_str(&table(&rows));
    }
    let limit = |one: Resource| {
        let limit = one.limit(&rules);
        limit.map(|limit| json!({ "capacity": limit.capacity, "per_day": limit.per_day }))
    };
    let limits: serde_json::Map<String, Value> =
        Resource::ALL.iter().map(|one| (one.as_str().to_owned(), json!(limit(*one)))).collect();
    context.out.show(&json!({ "limits": limits, "accounts": accounts }), &text);
}

/// Those who have an account.
fn parties(snapshot: &Snapshot) -> Vec<Did> {
    let entries = snapshot.entries(Component::Realm).iter();
    entries.filter_map(|(key, _)| Did::decode(key.strip_prefix(b"q")?).ok()).collect()
}

fn buckets<'a>(
    record: &'a AccountRecord,
    rules: &'a pluto_realm::RuleSet,
) -> impl Iterator<Item = (Resource, &'a Bucket)> {
    let limited = Resource::ALL.into_iter().filter(|one| one.limit(rules).is_some());
    limited.filter_map(|one| Some((one, record.bucket(one)?)))
}

fn quarantine(snapshot: &Snapshot, record: &AccountRecord) -> String {
    match record.is_quarantined(snapshot.time_ms()) {
        true => format!("until {} (realm time)", time(record.quarantined_until_ms())),
        false => "no".to_owned(),
    }
}

/// One account, for people and for programs.
fn account(snapshot: &Snapshot, party: Did, record: &AccountRecord) -> (Vec<Vec<String>>, Value) {
    let rules = lineage(snapshot).rules;
    let mut rows = vec![row("party", crate::commands::names::shown(snapshot, party))];
    let mut left = serde_json::Map::new();
    for (one, bucket) in buckets(record, &rules) {
        let limit = one.limit(&rules).as_ref().map(limit_text).unwrap_or_default();
        let text = format!("{} left of {limit}, {} spent", bucket.left(), bucket.spent());
        rows.push(row(one.as_str(), text));
        let books = json!({
            "left": bucket.left(),
            "granted": bucket.granted(),
            "spent": bucket.spent(),
            "returned": bucket.returned(),
        });
        left.insert(one.as_str().to_owned(), books);
    }
    rows.push(row("violations", record.violations()));
    rows.push(row("quarantine", quarantine(snapshot, record)));
    let quarantined = record.is_quarantined(snapshot.time_ms());
    let value = json!({
        "party": party.to_string(),
        "accounts": left,
        "violations": record.violations(),
        "quarantined": quarantined,
        "quarantined_until_ms": quarantined.then(|| record.quarantined_until_ms()),
    });
    (rows, value)
}
