//! What is said about archives and blueprints, in words.

use pluto_core::Canonical;
use pluto_realm::archive::{ArchiveChange, HoldScope};
use pluto_realm::blueprint::BlueprintAction;

use super::Description;

pub(super) fn change(bytes: &[u8]) -> Option<Description> {
    Some(match ArchiveChange::decode(bytes).ok()? {
        ArchiveChange::Seal(seal) => Description::new("seal of an epoch")
            .number("epoch", seal.number)
            .number("end", seal.end)
            .number("checkpoint", seal.checkpoint)
            .text("log_root", seal.log_root)
            .text("manifest", seal.manifest)
            .number("blobs", seal.blobs.len() as u64),
        ArchiveChange::Hold { scope, name, reason } => {
            on(Description::new("legal hold"), scope).text("name", name).text("reason", reason)
        }
        ArchiveChange::Lift { scope, name } => {
            on(Description::new("end of a legal hold"), scope).text("name", name)
        }
        ArchiveChange::Erase { blob, reason } => {
            Description::new("erasure of a blob").text("blob", blob).text("reason", reason)
        }
        ArchiveChange::ErasePayload { epoch, event, reason } => {
            let about = Description::new("erasure of a payload").number("epoch", epoch);
            about.text("event", event).text("reason", reason)
        }
    })
}

fn on(about: Description, scope: HoldScope) -> Description {
    match scope {
        HoldScope::Realm => about.text("on", "the whole archive"),
        HoldScope::Epoch(number) => about.number("epoch", number),
        HoldScope::Blob(blob) => about.text("blob", blob),
        HoldScope::Payload(event) => about.text("event", event),
    }
}

pub(super) fn blueprint(bytes: &[u8]) -> Option<Description> {
    Some(match BlueprintAction::decode(bytes).ok()? {
        BlueprintAction::Publish(publish) => {
            let about = Description::new("publication of a blueprint")
                .text("blueprint", publish.blueprint)
                .text("name", publish.name)
                .number("version", publish.version);
            match publish.parent {
                Some(parent) => about.text("parent", parent),
                None => about,
            }
        }
        BlueprintAction::Attest { blueprint, schema } => {
            Description::new("attestation of a blueprint")
                .text("blueprint", blueprint)
                .text("schema", schema)
        }
        BlueprintAction::Withdraw { blueprint, schema } => {
            Description::new("end of an attestation of a blueprint")
                .text("blueprint", blueprint)
                .text("schema", schema)
        }
        BlueprintAction::Deploy { blueprint } => {
            Description::new("deployment of a blueprint").text("blueprint", blueprint)
        }
    })
}
