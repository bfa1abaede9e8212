//! Rules, children, quotas and rooms in words: payloads, and entries of components `Realm`, `Room` and
//! `Partition`.

use pluto_core::{Canonical, Did, RealmId};
use pluto_realm::hierarchy::{
    DECLARED_KEY, LINEAGE_KEY, Lineage, PARENT_KEY, ParentRecord, RealmLifecycle,
};
use pluto_realm::quota::{AccountRecord, QuarantineChange, Resource};
use pluto_realm::room::{RoomChange, RoomRecord};
use pluto_realm::{Rule, RuleSet};
use serde_json::json;

use super::Description;
use crate::rule_words;

/// One field for each rule that restricts something.
pub(super) fn rules(about: Description, rules: &RuleSet) -> Description {
    let restricting = |rule: &Rule| Some((*rule, rule_words::text(rules, *rule)?));
    let mut about = about;
    for (rule, text) in Rule::ALL.iter().filter_map(restricting) {
        about = about.with(rule.as_str(), text, rule_words::value(rules, rule));
    }
    about
}

pub(super) fn lifecycle(payload: &[u8]) -> Option<Description> {
    Some(match RealmLifecycle::decode(payload).ok()? {
        RealmLifecycle::Rules(said) => rules(Description::new("declaration of rules"), &said),
        RealmLifecycle::Adopt(child) => {
            Description::new("adoption of a child realm").text("child", child)
        }
        RealmLifecycle::Inherit { parent, lineage, proof } => {
            let about = Description::new("what a realm inherits").text("parent", parent);
            let about = about.text("parent_level", lineage.level.as_str());
            rules(about, &lineage.rules).number("proof_bytes", proof.len() as u64)
        }
    })
}

pub(super) fn quarantine(change: &QuarantineChange) -> Description {
    match *change {
        QuarantineChange::Quarantine { subject, until_ms } => {
            let about = Description::new("quarantine").text("subject", subject);
            about.time("until_ms", until_ms)
        }
        QuarantineChange::Lift { subject } => {
            Description::new("end of a quarantine").text("subject", subject)
        }
        QuarantineChange::Refund { subject, resource, tokens } => Description::new("refund")
            .text("subject", subject)
            .text("resource", resource.as_str())
            .number("tokens", tokens),
    }
}

pub(super) fn quarantined(payload: &[u8]) -> Option<Description> {
    QuarantineChange::decode(payload).ok().map(|change| quarantine(&change))
}

pub(super) fn room_changed(payload: &[u8]) -> Option<Description> {
    Some(match RoomChange::decode(payload).ok()? {
        RoomChange::Open { place, rules: said } => {
            rules(Description::new("opening of a place").text("place", place), &said)
        }
        RoomChange::Close { place } => Description::new("closing of a place").text("place", place),
        RoomChange::Admit { place, party, admitted } => {
            let what = if admitted { "admission to a place" } else { "expulsion from a place" };
            Description::new(what).text("place", place).text("party", party)
        }
    })
}

/// Entries of component `Realm` besides rules, owners and members.
pub(super) fn entry(key: &[u8], value: Option<&[u8]>) -> Option<Description> {
    if key == LINEAGE_KEY {
        let about = Description::new("by what the realm lives");
        let Some(value) = value else { return Some(about) };
        let lineage = Lineage::decode(value).ok()?;
        return Some(rules(about.text("level", lineage.level.as_str()), &lineage.rules));
    }
    if key == DECLARED_KEY {
        let about = Description::new("what the realm declared");
        let Some(value) = value else { return Some(about) };
        return Some(rules(about, &RuleSet::decode(value).ok()?));
    }
    if key == PARENT_KEY {
        let about = Description::new("parent of the realm");
        let Some(value) = value else { return Some(about) };
        let known = ParentRecord::decode(value).ok()?;
        let about = about.text("parent", known.parent).text("level", known.level.as_str());
        return Some(rules(about.number("checkpoint", known.number), &known.rules));
    }
    match *key.first()? {
        b'c' => {
            let child = RealmId(key.strip_prefix(b"c")?.try_into().ok()?);
            Some(Description::new("child realm").text("child", child))
        }
        b'q' => account(Did::decode(key.strip_prefix(b"q")?).ok()?, value),
        _ => None,
    }
}

fn account(party: Did, value: Option<&[u8]>) -> Option<Description> {
    let about = Description::new("account of a party").text("party", party);
    let Some(value) = value else { return Some(about) };
    let record = AccountRecord::decode(value).ok()?;
    let mut about = about;
    for resource in Resource::ALL {
        let Some(bucket) = record.bucket(resource) else { continue };
        let text = format!("{} left, {} spent", bucket.left(), bucket.spent());
        let books = json!({
            "left": bucket.left(),
            "granted": bucket.granted(),
            "spent": bucket.spent(),
            "returned": bucket.returned(),
        });
        about = about.with(resource.as_str(), text, books);
    }
    let about = about.number("violations", record.violations());
    Some(match record.quarantined_until_ms() {
        0 => about,
        until_ms => about.time("quarantined_until_ms", until_ms),
    })
}

/// Entries of components `Room` and `Partition`.
pub(super) fn place(key: &[u8], value: Option<&[u8]>) -> Option<Description> {
    let (tag, rest) = key.split_first()?;
    match tag {
        b'r' => {
            let name = std::str::from_utf8(rest).ok()?;
            let about = Description::new("place").text("place", name);
            let Some(value) = value else { return Some(about) };
            let record = RoomRecord::decode(value).ok()?;
            Some(rules(about, &record.rules).text("event", record.event))
        }
        b'm' => {
            let (did, name) = rest.split_at_checked(pluto_core::did::DID_BYTES)?;
            let about = Description::new("admitted to a place");
            let about = about.text("place", std::str::from_utf8(name).ok()?);
            Some(about.text("party", Did::decode(did).ok()?))
        }
        _ => None,
    }
}
