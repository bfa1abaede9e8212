//! Entries about identities, keys and credentials in words.

use pluto_core::payload::Recovery;
use pluto_core::state::IdentityRecord;
use pluto_core::{Canonical, Did, EventId};
use pluto_identity::credential::{CredentialRecord, HeldRecord};
use pluto_identity::{DidKey, KeyChangeRecord, StatementRecord};
use serde_json::json;

use super::super::{Description, payload};
use crate::output::time;

pub(super) fn record(key: &[u8], value: Option<&[u8]>) -> Option<Description> {
    let about = Description::new("identity").text("did", Did::decode(key).ok()?);
    let Some(value) = value else { return Some(about) };
    let record = IdentityRecord::decode(value).ok()?;
    let next = record.next_key_digest.map_or_else(|| "none".to_owned(), |next| next.to_string());
    let about = about.text("key", DidKey(record.key)).text("key_event", record.key_event);
    let about = about.text("next_key_digest", next);
    Some(if record.frozen { about.with("frozen", "yes", json!(true)) } else { about })
}

pub(super) fn keys(key: &[u8], value: Option<&[u8]>) -> Option<Description> {
    let (tag, rest) = key.split_first()?;
    match tag {
        b'g' => guardians(Did::decode(rest).ok()?, value),
        b'k' => change(event(rest)?, value),
        b's' => statement(event(rest)?, value),
        _ => None,
    }
}

pub(super) fn credentials(key: &[u8], value: Option<&[u8]>) -> Option<Description> {
    let (tag, rest) = key.split_first()?;
    match tag {
        b'c' => credential(event(rest)?, value),
        b'h' => held(rest, value),
        _ => None,
    }
}

fn event(bytes: &[u8]) -> Option<EventId> {
    bytes.try_into().ok().map(EventId)
}

fn guardians(did: Did, value: Option<&[u8]>) -> Option<Description> {
    let about = Description::new("guardians").text("did", did);
    let Some(value) = value else { return Some(about) };
    let recovery = Recovery::decode(value).ok()?;
    let names: Vec<String> = recovery.guardians.iter().map(ToString::to_string).collect();
    let about = about.number("threshold", recovery.threshold).number("delay_h", recovery.delay_h);
    Some(about.with("guardians", names.join(", "), json!(names)))
}

fn change(id: EventId, value: Option<&[u8]>) -> Option<Description> {
    let about = Description::new("change of key").text("event", id);
    let Some(value) = value else { return Some(about) };
    let record = KeyChangeRecord::decode(value).ok()?;
    let recovered = if record.recovered { "yes" } else { "no" };
    let about = about.text("owner", record.owner).text("key", DidKey(record.key));
    let about = about.text("replaced", record.replaced);
    Some(about.with("recovered", recovered, json!(record.recovered)))
}

fn statement(id: EventId, value: Option<&[u8]>) -> Option<Description> {
    let about = Description::new("a guardian's word about a lost key").text("event", id);
    let Some(value) = value else { return Some(about) };
    let record = StatementRecord::decode(value).ok()?;
    let about = about.text("guardian", record.guardian).text("subject", record.subject);
    let about = about.text("key", DidKey(record.key)).text("key_event", record.key_event);
    Some(about.with("from_ms", time(record.from_ms), json!(record.from_ms)))
}

fn credential(id: EventId, value: Option<&[u8]>) -> Option<Description> {
    let Some(value) = value else {
        return Some(Description::new("credential").text("event", id));
    };
    let record = CredentialRecord::decode(value).ok()?;
    let about = payload::credential(&record.issued).text("issuer", record.issuer);
    let revoked = record.revoked.map(|event| event.to_string());
    let shown = revoked.clone().unwrap_or_else(|| "no".to_owned());
    Some(about.with("revoked", shown, json!(revoked)))
}

fn held(rest: &[u8], value: Option<&[u8]>) -> Option<Description> {
    let (did, schema) = rest.split_at_checked(pluto_core::did::DID_BYTES)?;
    let about = Description::new("credentials of one schema");
    let about = about.text("subject", Did::decode(did).ok()?).bytes("schema", schema);
    let Some(value) = value else { return Some(about) };
    let held = HeldRecord::decode(value).ok()?;
    let ids: Vec<String> = held.0.iter().map(|one| one.credential.to_string()).collect();
    Some(about.with("credentials", ids.join(", "), json!(ids)))
}
