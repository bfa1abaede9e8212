//! Payloads of events in words.

use pluto_core::payload::{
    Attestation, ChainedCheckpoint, CheckpointSigned, Inception, MembershipAction,
    MembershipChange, RealmGenesis, RecordDeleted, RecordPut, RoundVote,
};
use pluto_core::{Canonical, Did, Kind, KindNumber};
use pluto_engines::finality::WitnessSet;
use pluto_identity::credential::{CredentialIssued, CredentialRevoked};
use pluto_identity::{Authority, DidKey, KeyRotated, RecoveryInitiated};
use serde_json::json;

use super::Description;
use super::entry::admission;
use crate::output::time;

/// A payload in words; `None` when this build does not know the kind or the payload does not decode.
#[must_use]
pub fn payload(kind: KindNumber, bytes: &[u8]) -> Option<Description> {
    match kind.known()? {
        Kind::RealmGenesis => RealmGenesis::decode(bytes).ok().map(|genesis| realm(&genesis)),
        Kind::IdentityBootstrapped => Inception::decode(bytes).ok().map(|one| inception(&one)),
        Kind::RecordPut => RecordPut::decode(bytes).ok().map(|put| {
            let about = name(Description::new("put a record"), &put.collection, &put.key);
            about.bytes("value", &put.value)
        }),
        Kind::RecordDeleted => RecordDeleted::decode(bytes)
            .ok()
            .map(|gone| name(Description::new("delete a record"), &gone.collection, &gone.key)),
        Kind::Attestation => Attestation::decode(bytes).ok().map(|word| {
            let about = Description::new("attestation").text("subject", word.subject);
            let about = about.text("dimension", word.dimension.as_str());
            about.with("value", format!("{:+}", word.value), json!(word.value))
        }),
        Kind::CheckpointSigned => signed(bytes),
        Kind::WitnessesDeclared => WitnessSet::decode(bytes)
            .ok()
            .map(|set| super::entry::witnesses("declaration of witnesses", &set)),
        Kind::ArchiveChange => super::archive::change(bytes),
        Kind::BlueprintAction => super::archive::blueprint(bytes),
        Kind::ActionDecided => super::decision::decided(bytes),
        Kind::ApprovalGiven => super::decision::approved(bytes),
        Kind::ExecutionCompleted => super::decision::completed(bytes),
        Kind::PolicyInstalled => super::decision::installed(bytes),
        Kind::DelegationCreated => super::grant::created(bytes),
        Kind::DelegationRevoked => super::grant::revoked(bytes),
        Kind::EquivocationProven => super::fork::proven(bytes),
        Kind::FreezeLifted => super::fork::lifted(bytes),
        Kind::KeyRotated => KeyRotated::decode(bytes).ok().map(|change| rotation(&change)),
        Kind::RecoveryInitiated => RecoveryInitiated::decode(bytes).ok().map(|said| {
            let about = Description::new("a guardian's word about a lost key");
            let about = about.text("subject", said.subject).text("key", DidKey(said.key));
            about.with("at_ms", time(said.at_ms), json!(said.at_ms))
        }),
        Kind::CredentialIssued => CredentialIssued::decode(bytes).ok().map(|one| credential(&one)),
        Kind::CredentialRevoked => CredentialRevoked::decode(bytes).ok().map(|gone| {
            Description::new("revocation of a credential").text("credential", gone.credential)
        }),
        Kind::MembershipChange => MembershipChange::decode(bytes).ok().map(|one| membership(&one)),
        Kind::RealmLifecycle => super::realm::lifecycle(bytes),
        Kind::RealmQuarantineChange => super::realm::quarantined(bytes),
        Kind::RoomChange => super::realm::room_changed(bytes),
        Kind::SagaProgress => super::saga::progress(bytes),
        Kind::ProposalCreated => super::governance::created(bytes),
        Kind::VoteCast => super::governance::cast(bytes),
        Kind::ProposalResolved => super::governance::resolved(bytes),
        Kind::CrossingOpened => super::crossing::opened(bytes),
        Kind::CrossingEvaluated => super::crossing::evaluated(bytes),
        _ => None,
    }
}

fn name(about: Description, collection: &str, key: &[u8]) -> Description {
    let about = about.text("collection", collection);
    match Did::decode(key) {
        Ok(did) => about.text("key", did),
        Err(_) => about.bytes("key", key),
    }
}

fn realm(genesis: &RealmGenesis) -> Description {
    let roots: Vec<String> = genesis.trust_roots.iter().map(ToString::to_string).collect();
    let shown = if roots.is_empty() { "the creator".to_owned() } else { roots.join(", ") };
    Description::new("genesis of a realm")
        .text("name", &genesis.name)
        .text("admission", admission(genesis.admission))
        .text("creator", genesis.creator.did())
        .with("trust_roots", shown, json!(roots))
}

fn inception(inception: &Inception) -> Description {
    let next = inception.next_key_digest.map_or_else(|| "none".to_owned(), |one| one.to_string());
    Description::new("inception of an identity")
        .text("did", inception.did())
        .text("key", DidKey(inception.key))
        .text("next_key_digest", next)
}

fn rotation(change: &KeyRotated) -> Description {
    let next = change.next_key_digest.map_or_else(|| "none".to_owned(), |one| one.to_string());
    let (what, statements) = match &change.authority {
        Authority::Rotation(_) => ("rotation of a key", Vec::new()),
        Authority::Recovery { statements, .. } => ("recovery of a key", statements.clone()),
    };
    let about = Description::new(what).text("key", DidKey(change.key));
    let about = about.text("next_key_digest", next);
    if statements.is_empty() {
        return about;
    }
    let ids: Vec<String> = statements.iter().map(ToString::to_string).collect();
    about.with("statements", ids.join(", "), json!(ids))
}

pub(super) fn credential(issued: &CredentialIssued) -> Description {
    Description::new("credential")
        .text("subject", issued.subject)
        .text("schema", &issued.schema)
        .text("claims", issued.claims)
        .with("expires_ms", time(issued.expires_ms), json!(issued.expires_ms))
}

fn checkpoint(checkpoint: &CheckpointSigned) -> Description {
    Description::new("checkpoint")
        .number("number", checkpoint.number)
        .with("time_ms", time(checkpoint.time_ms), json!(checkpoint.time_ms))
        .number("size", checkpoint.size)
        .text("event_set_root", checkpoint.event_set_root)
        .text("log_root", checkpoint.log_root)
        .text("state_root", checkpoint.state_root)
}

pub(super) fn membership(change: &MembershipChange) -> Description {
    let action = match change.action {
        MembershipAction::Assign => "assign",
        MembershipAction::Remove => "remove",
        MembershipAction::Ban => "ban",
    };
    let about = Description::new("change of membership").text("subject", change.subject);
    let about = about.text("action", action);
    match change.action {
        MembershipAction::Assign => about.text("role", change.role.as_str()),
        MembershipAction::Remove | MembershipAction::Ban => about,
    }
}

/// The lengths of the three versions differ.
fn signed(bytes: &[u8]) -> Option<Description> {
    let chained =
        |one: &ChainedCheckpoint| checkpoint(&one.checkpoint).text("extends", one.extends);
    if let Ok(vote) = RoundVote::decode(bytes) {
        let word = if vote.commits { "commit" } else { "prepare" };
        let about = chained(&vote.chained).number("round", vote.round);
        return Some(about.text("word", word));
    }
    match ChainedCheckpoint::decode(bytes) {
        Ok(one) => Some(chained(&one)),
        Err(_) => CheckpointSigned::decode(bytes).ok().map(|one| checkpoint(&one)),
    }
}
