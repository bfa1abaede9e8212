//! State entries in words.

mod finality;
mod identity;

use pluto_core::payload::{Admission, Role};
use pluto_core::state::{MemberRecord, RULES_KEY, RulesRecord};
use pluto_core::trust::Dimension;
use pluto_core::{Canonical, Component, Did, Reader};
use pluto_engines::trust::{Edge, Standing};
use pluto_realm::{OWNERS_KEY, StoredRecord};
use serde_json::json;

use super::Description;
use crate::output::date;

pub(super) use finality::witnesses;

/// The entry `key` of `component` in words; `value` is `None` for an entry that is absent. `None` when
/// this build knows no such entry.
#[must_use]
pub fn entry(component: Component, key: &[u8], value: Option<&[u8]>) -> Option<Description> {
    match component {
        Component::Identity => identity::record(key, value),
        Component::Credential => identity::credentials(key, value),
        Component::KeyManagement => identity::keys(key, value),
        Component::Trust => trust(key, value),
        Component::Event => super::fork::entry(key, value),
        Component::Consensus => finality::entry(key, value),
        Component::KvStore => record(key, value),
        Component::Realm => realm(key, value),
        Component::Controller => super::grant::entry(key, value),
        Component::Room | Component::Partition => super::realm::place(key, value),
        Component::SagaComposer => super::saga::entry(key, value),
        Component::Governance => super::governance::entry(key, value),
        Component::Gateway => super::crossing::entry(key, value),
        _ => None,
    }
}

fn trust(key: &[u8], value: Option<&[u8]>) -> Option<Description> {
    let mut reader = Reader::new(key);
    let tag = reader.u8().ok()?;
    let dimension = Dimension::from_number(reader.u8().ok()?).ok()?;
    let subject = Did::decode_from(&mut reader).ok()?;
    let about = |what| {
        let about = Description::new(what).text("subject", subject);
        about.text("dimension", dimension.as_str())
    };
    match tag {
        b's' => {
            reader.finish().ok()?;
            standing(about("trust standing"), value)
        }
        b'e' => {
            let attester = Did::decode_from(&mut reader).ok()?;
            reader.finish().ok()?;
            edge(about("trust edge").text("attester", attester), value)
        }
        _ => None,
    }
}

fn standing(about: Description, value: Option<&[u8]>) -> Option<Description> {
    let standing = match value {
        None => Standing::default(),
        Some(value) => Standing::decode(value).ok()?,
    };
    let about = about.amount("value_ppm", i64::from(standing.value_ppm()));
    if value.is_none() {
        return Some(about);
    }
    let amount = |amount: u64| i64::try_from(amount).unwrap_or(i64::MAX);
    Some(
        about
            .amount("praise_ppm", amount(standing.pos))
            .amount("complaints_ppm", amount(standing.neg))
            .amount("vouched_for_ppm", amount(standing.flow))
            .amount("passed_on_ppm", amount(standing.spent))
            .amount("gained_that_day_ppm", amount(standing.gain))
            .with("as_of_day", realm_day(standing.day), json!(standing.day)),
    )
}

fn edge(about: Description, value: Option<&[u8]>) -> Option<Description> {
    let Some(value) = value else { return Some(about) };
    let edge = Edge::decode(value).ok()?;
    let vouched = i64::try_from(edge.vouched).unwrap_or(i64::MAX);
    let about = about.amount("contribution_ppm", edge.contribution).amount("vouched_ppm", vouched);
    Some(about.with("as_of_day", realm_day(edge.day), json!(edge.day)).text("event", edge.event))
}

/// A day of realm time; days before the first checkpoint are all day 0.
fn realm_day(day: u64) -> String {
    if day == 0 { "the time before the first checkpoint".to_owned() } else { date(day) }
}

fn record(key: &[u8], value: Option<&[u8]>) -> Option<Description> {
    let mut reader = Reader::new(key);
    let collection = reader.text("collection", key.len()).ok()?;
    let about = Description::new("record").text("collection", collection);
    let about = match Did::decode(reader.rest()) {
        Ok(did) => about.text("key", did),
        Err(_) => about.bytes("key", reader.rest()),
    };
    let Some(value) = value else { return Some(about) };
    let stored = StoredRecord::decode(value).ok()?;
    let about = about.bytes("value", &stored.value).text("author", stored.author);
    Some(about.text("event", stored.event))
}

fn realm(key: &[u8], value: Option<&[u8]>) -> Option<Description> {
    if key == RULES_KEY {
        return rules(value);
    }
    if key == OWNERS_KEY {
        let about = Description::new("number of owners");
        let Some(value) = value else { return Some(about) };
        return Some(about.number("owners", u32::from_be_bytes(value.try_into().ok()?)));
    }
    if let Some(about) = super::realm::entry(key, value) {
        return Some(about);
    }
    let did = Did::decode(key.strip_prefix(b"m")?).ok()?;
    let about = Description::new("member").text("did", did);
    let Some(value) = value else { return Some(about) };
    let member = MemberRecord::decode(value).ok()?;
    let about = about.text("role", Role::as_str(member.role));
    let banned = if member.banned { "yes" } else { "no" };
    Some(about.with("banned", banned, json!(member.banned)).text("event", member.event))
}

fn rules(value: Option<&[u8]>) -> Option<Description> {
    let about = Description::new("rules of the realm");
    let Some(value) = value else { return Some(about) };
    let rules = RulesRecord::decode(value).ok()?;
    let about = about.text("name", &rules.name).text("admission", admission(rules.admission));
    let roots: Vec<String> = rules.trust_roots.iter().map(ToString::to_string).collect();
    Some(about.text("creator", rules.creator).with("trust_roots", roots.join(", "), json!(roots)))
}

pub(super) fn admission(admission: Admission) -> &'static str {
    match admission {
        Admission::Open => "open",
        Admission::Invite => "invite",
    }
}
