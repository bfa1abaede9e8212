//! Crossings in words: payloads, and entries of component `Gateway`.

use pluto_core::trust::{Dimension, TrustVector, TrustWeights};
use pluto_core::{Canonical, EventId, RealmId};
use pluto_realm::final_state::HandoverRecord;
use pluto_realm::gateway::{CrossingEvaluated, CrossingOpened, EntryReceipt, ExitReceipt};
use serde_json::{Value, json};

use super::Description;
use crate::output::ppm;

pub(super) fn opened(bytes: &[u8]) -> Option<Description> {
    let said = CrossingOpened::decode(bytes).ok()?;
    let about = Description::new("a party leaves for another realm").text("to", said.to);
    Some(about.time("expires_ms", said.expires_ms))
}

pub(super) fn evaluated(bytes: &[u8]) -> Option<Description> {
    Some(match CrossingEvaluated::decode(bytes).ok()? {
        CrossingEvaluated::Enter { from, crossing, exit: shown, proof } => {
            let about = Description::new("a party enters from another realm").text("from", from);
            let about = exit(about.text("crossing", crossing), &shown);
            about.number("proof_bytes", proof.len() as u64)
        }
        CrossingEvaluated::Confirm { crossing, entry: shown, proof } => {
            let about = Description::new("a party shows that it was let in");
            let about = entered(about.text("crossing", crossing), &shown);
            about.number("proof_bytes", proof.len() as u64)
        }
    })
}

fn exit(about: Description, receipt: &ExitReceipt) -> Description {
    let about = about.text("party", receipt.party).text("to", receipt.to);
    let about = trust(about.text("role", receipt.role.as_str()), &receipt.trust);
    about.time("expires_ms", receipt.expires_ms)
}

fn entered(about: Description, receipt: &EntryReceipt) -> Description {
    let about = about.text("party", receipt.party).text("from", receipt.from);
    trust(about, &receipt.trust).text("event", receipt.event)
}

/// The norm for people, all six values for programs.
fn trust(about: Description, trust: &TrustVector) -> Description {
    let values: Value = Dimension::ALL
        .iter()
        .zip(trust.0)
        .map(|(dimension, value)| (dimension.as_str().to_owned(), json!(value)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    about.with("trust_ppm", ppm(trust.norm(&TrustWeights::DEFAULT)), values)
}

pub(super) fn entry(key: &[u8], value: Option<&[u8]>) -> Option<Description> {
    let (tag, id) = key.split_first()?;
    let id = EventId(id.try_into().ok()?);
    if *tag == b'w' {
        return handover(RealmId(id.0), value);
    }
    let about = |what| Description::new(what).text("crossing", id);
    let what = match tag {
        b'x' => "exit receipt",
        b'e' => "entry receipt",
        b'c' => "confirmed entry receipt",
        _ => return None,
    };
    let Some(value) = value else { return Some(about(what)) };
    Some(match tag {
        b'x' => exit(about(what), &ExitReceipt::decode(value).ok()?),
        _ => entered(about(what), &EntryReceipt::decode(value).ok()?),
    })
}

/// Who witnesses another realm, as far as is known here.
fn handover(realm: RealmId, value: Option<&[u8]>) -> Option<Description> {
    let about = Description::new("handover of another realm's witnesses").text("realm", realm);
    let Some(value) = value else { return Some(about) };
    let known = HandoverRecord::decode(value).ok()?;
    Some(about.number("number", known.number).text("checkpoint", known.checkpoint))
}
