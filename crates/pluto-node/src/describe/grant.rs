//! Grants in words.

use pluto_core::Canonical;
use pluto_identity::grant::{
    FACTOR_PPM_MAX, Grant, GrantId, GrantRecord, GrantRevoked, UsageRecord,
};
use serde_json::json;

use super::Description;
use crate::output::time;

/// The payload of `DelegationCreated`.
pub(super) fn created(bytes: &[u8]) -> Option<Description> {
    Some(body(Description::new("grant"), &Grant::decode(bytes).ok()?))
}

/// The payload of `DelegationRevoked`.
pub(super) fn revoked(bytes: &[u8]) -> Option<Description> {
    let GrantRevoked { grant } = GrantRevoked::decode(bytes).ok()?;
    Some(Description::new("end of a grant").text("grant", grant))
}

/// An entry of component `Controller`.
pub(super) fn entry(key: &[u8], value: Option<&[u8]>) -> Option<Description> {
    let (tag, id) = key.split_first()?;
    let id = GrantId(id.try_into().ok()?);
    match tag {
        b'g' => record(Description::new("grant").text("grant", id), value),
        b'u' => usage(Description::new("use of a grant").text("grant", id), value),
        _ => None,
    }
}

fn record(about: Description, value: Option<&[u8]>) -> Option<Description> {
    let Some(value) = value else { return Some(about) };
    let record = GrantRecord::decode(value).ok()?;
    let about = about.text("issuer", record.issuer).text("event", record.event);
    let about = about.number("depth", record.depth);
    let by = record.revoked.map(|event| event.to_string());
    let shown = by.clone().unwrap_or_else(|| "no".to_owned());
    Some(body(about.with("revoked_by", shown, json!(by)), &record.grant))
}

fn usage(about: Description, value: Option<&[u8]>) -> Option<Description> {
    let Some(value) = value else { return Some(about) };
    let used = UsageRecord::decode(value).ok()?;
    let about = about.number("window", used.window).number("uses_in_window", used.count);
    Some(about.number("spent", used.spent))
}

fn body(about: Description, grant: &Grant) -> Description {
    let parent = grant.parent.map(|parent| parent.to_string());
    let shown = parent.clone().unwrap_or_else(|| "none, a first grant".to_owned());
    let about = about.with("parent", shown, json!(parent)).text("delegate", grant.delegate);
    let about = list(about, "actions", &grant.actions);
    let about = list(about, "resources", &grant.resources);
    let about = about.with("expires_ms", time(grant.expires_ms), json!(grant.expires_ms));
    let about = about.number("hops", grant.hops);
    let about = match grant.rate {
        None => about,
        Some(rate) => about.with(
            "rate",
            format!("{} in {} ms", rate.count, rate.window_ms),
            json!({ "count": rate.count, "window_ms": rate.window_ms }),
        ),
    };
    let about = match grant.budget {
        None => about,
        Some(budget) => about.number("budget", budget),
    };
    let about = match grant.approvers.is_empty() {
        true => about,
        false => list(about, "approvers", &grant.approvers),
    };
    match grant.factor_ppm {
        FACTOR_PPM_MAX => about,
        factor => about.amount("factor_ppm", i64::from(factor)),
    }
}

fn list(about: Description, name: &'static str, all: &[impl ToString]) -> Description {
    let texts: Vec<String> = all.iter().map(ToString::to_string).collect();
    about.with(name, texts.join(", "), json!(texts))
}
