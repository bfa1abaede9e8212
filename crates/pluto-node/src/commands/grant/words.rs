//! Grants in words: what they allow, what is used up, whether they are valid.

use pluto_api::RateSummary;
use pluto_api::http::shape::{GrantShown, GrantWords, RefusalShown};
use pluto_core::Canonical;
use pluto_core::Component;
use pluto_core::traits::StateView;
use pluto_identity::grant::{
    self, FACTOR_PPM_MAX, Grant, GrantId, GrantRecord, Rate, Refusal, UsageRecord, usage_key,
};
use pluto_nervous_system::Snapshot;

use super::super::names::Names;
use crate::output::{ppm, realm_time, row, time};

/// `db:*, mail:send on prod/**`.
pub(super) fn rights(grant: &Grant) -> String {
    let list = |patterns: &[grant::Pattern]| {
        patterns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    format!("{} on {}", list(&grant.actions), list(&grant.resources))
}

/// What time it is in the realm, and what moves it.
pub(super) fn realm_clock(snapshot: &Snapshot) -> String {
    match snapshot.time_ms() {
        0 => "none, no checkpoint yet: in the realm's state nothing expires until one is signed"
            .into(),
        ms => format!("{} (that of the last signed checkpoint)", realm_time(ms)),
    }
}

/// Whether the chain of a grant stands at the later of realm time and `now_ms`.
pub(super) fn standing(
    snapshot: &Snapshot,
    id: GrantId,
    record: &GrantRecord,
    now_ms: u64,
) -> Result<(), Refusal> {
    let at_ms = snapshot.time_ms().max(now_ms);
    grant::standing(snapshot, &id, record.grant.delegate, at_ms).map(|_| ())
}

/// A grant in one line of a tree.
pub(super) fn line(
    snapshot: &Snapshot,
    id: GrantId,
    record: &GrantRecord,
    names: &Names,
    now_ms: u64,
) -> String {
    let to = names.short(snapshot, record.grant.delegate);
    let rights = rights(&record.grant);
    let until = time(record.grant.expires_ms);
    let standing = standing(snapshot, id, record, now_ms);
    let now =
        standing.as_ref().map_or_else(|_| format!("; {}", now(id, &standing)), |()| String::new());
    format!("to {to}: {rights}, until {until}{now}")
}

/// `valid`, or why not in a few words.
pub(super) fn now(id: GrantId, standing: &Result<(), Refusal>) -> &'static str {
    match standing {
        Ok(()) => "valid",
        Err(refusal) if refusal.grant() == id => refusal.as_str(),
        Err(_) => "what it rests on is not valid",
    }
}

/// Rows about limits and how much of them is used.
pub(super) fn limits(
    snapshot: &Snapshot,
    id: GrantId,
    record: &GrantRecord,
    names: &Names,
) -> Vec<Vec<String>> {
    let grant = &record.grant;
    let mut rows = vec![row("further hops", grant.hops)];
    let used = usage(snapshot, id);
    if let Some(rate) = grant.rate {
        let now = in_window(snapshot, rate, &used);
        let text =
            format!("{now} of {} uses in this window of {}", rate.count, span(rate.window_ms));
        rows.push(row("rate", text));
    }
    if let Some(budget) = grant.budget {
        rows.push(row("budget", format!("{} of {budget} spent", used.spent)));
    }
    if !grant.approvers.is_empty() {
        let all: Vec<_> = grant.approvers.iter().map(|did| names.short(snapshot, *did)).collect();
        rows.push(row("approvers", all.join(", ")));
    }
    if grant.factor_ppm != FACTOR_PPM_MAX {
        rows.push(row("factor", ppm(grant.factor_ppm)));
    }
    rows
}

/// A grant as JSON.
pub(super) fn described(grant: &Grant) -> GrantWords {
    let texts =
        |patterns: &[grant::Pattern]| patterns.iter().map(ToString::to_string).collect::<Vec<_>>();
    let rate = |rate: Rate| RateSummary { count: rate.count, window_ms: rate.window_ms };
    GrantWords {
        parent: grant.parent.map(|parent| parent.to_string()),
        delegate: grant.delegate.to_string(),
        actions: texts(&grant.actions),
        resources: texts(&grant.resources),
        expires_ms: grant.expires_ms,
        hops: grant.hops,
        rate: grant.rate.map(rate),
        budget: grant.budget,
        approvers: grant.approvers.iter().map(ToString::to_string).collect(),
        factor_ppm: grant.factor_ppm,
    }
}

/// A grant, its use and its standing as JSON.
pub(in crate::commands) fn report(
    snapshot: &Snapshot,
    id: GrantId,
    record: &GrantRecord,
    now_ms: u64,
) -> GrantShown {
    let used = usage(snapshot, id);
    let refusal = standing(snapshot, id, record, now_ms).err();
    GrantShown {
        grant: id.to_string(),
        issuer: record.issuer.to_string(),
        event: record.event.to_string(),
        depth: record.depth,
        revoked_by: record.revoked.map(|event| event.to_string()),
        described: described(&record.grant),
        used_in_window: record.grant.rate.map(|rate| in_window(snapshot, rate, &used)),
        spent: record.grant.budget.map(|_| used.spent),
        valid: refusal.is_none(),
        refusal: refusal.map(|refusal| RefusalShown {
            number: refusal.number(),
            grant: refusal.grant().to_string(),
            message: refusal.to_string(),
        }),
    }
}

fn usage(snapshot: &Snapshot, id: GrantId) -> UsageRecord {
    let entry = snapshot.get(Component::Controller, &usage_key(&id));
    entry.and_then(|bytes| UsageRecord::decode(&bytes).ok()).unwrap_or_default()
}

fn in_window(snapshot: &Snapshot, rate: Rate, used: &UsageRecord) -> u32 {
    let window = snapshot.time_ms().checked_div(rate.window_ms).unwrap_or(0);
    if used.window == window { used.count } else { 0 }
}

/// A span in its largest whole unit.
fn span(ms: u64) -> String {
    const UNITS: [(u64, &str); 4] =
        [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    let fits = UNITS.iter().find(|(unit, _)| ms.is_multiple_of(*unit) && ms > 0);
    fits.map_or_else(|| format!("{ms}ms"), |(unit, name)| format!("{}{name}", ms / unit))
}
