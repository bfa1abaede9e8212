//! `pluto audit`: everything that was decided in a stretch of the log, in one file.

use pluto_core::payload::PAYLOAD_VERSION;
use pluto_core::state::{FINALITY_KEY, FinalityRecord};
use pluto_core::{Canonical, Component, EventId, Kind};
use pluto_decision::audit::{Audit, Leaf, verify};
use pluto_error::Result;
use pluto_identity::Zip215Verifier;
use pluto_nervous_system::event_sourcing::{PLACES_MAX, Place};
use serde_json::json;

use super::{Context, Session};
use crate::cli::AuditCommand;
use crate::error::NodeError;
use crate::node::{Author, Witnessed, load};
use crate::output::count;

pub(super) fn run(context: &Context, command: &AuditCommand) -> Result<()> {
    let AuditCommand::Export { since, out, sign_as, reading } = command;
    let keys = sign_as.as_ref().map(|_| context.keys.open()).transpose()?;
    let node = context.node()?;
    let realm = node.realm(reading.realm.as_deref())?;
    let witness = match (sign_as, &keys) {
        (Some(name), Some(keys)) => Some(Author::new(keys.get(name)?)),
        _ => None,
    };
    let covers = match &witness {
        Some(_) => node.snapshot(realm)?.roots().position.saturating_sub(1),
        None => 0,
    };
    let witnessed = node.witnessed(realm, covers, witness.as_ref())?;
    let end = witnessed.checkpoint.size;
    let first = start(&node, realm, *since)?.min(end);
    let places = places(&node, realm, first, end)?;
    let leaves = places.iter().map(|place| Leaf {
        id: place.id,
        verdict: place.verdict,
        judged_on: place.judged_on.as_deref().copied(),
    });
    let leaves: Vec<Leaf> = leaves.collect();
    let decisions: Vec<EventId> =
        leaves.iter().filter(|leaf| leaf.is_judged()).map(|leaf| leaf.id).collect();
    let counter = context.out.counter("folding the log again");
    let bundles = node.bundles(realm, &decisions, &witnessed, &|events| {
        counter.set_position(events);
    });
    counter.finish_and_clear();
    let range = node.system().ask(realm, move |view| view.range_proof(first..end, end))?;
    let genesis = load(node.system(), EventId(realm.0))?;
    let Witnessed { parties, witnessing, .. } = witnessed;
    let bundles = bundles?;
    node.stop()?;
    let bytes = Audit { genesis, parties, witnessing, first, leaves, range, bundles }.encode();
    verify(&bytes, &Zip215Verifier)?;
    let path = context.file(out);
    std::fs::write(&path, &bytes).map_err(|error| NodeError::file("write", &path, error))?;
    let file = out.display().to_string();
    context.out.show(
        &json!({
            "file": file,
            "bytes": bytes.len(),
            "first": first,
            "end": end,
            "decisions": decisions.len(),
        }),
        &format!(
            "{file}: {} bytes, {} decisions of events {first} to {end}, none missing\n\
             Anybody can run them again: pluto verify {file}",
            count(bytes.len() as u64),
            count(decisions.len() as u64)
        ),
    );
    Ok(())
}

/// Where the stretch begins: behind the last checkpoint whose time is not after `since_ms`.
fn start(node: &Session, realm: pluto_core::RealmId, since_ms: u64) -> Result<u64> {
    let snapshot = node.snapshot(realm)?;
    let record = snapshot.entries(Component::Consensus).get(FINALITY_KEY);
    let mut at = record.and_then(|bytes| FinalityRecord::decode(bytes).ok());
    let mut place = snapshot.roots().position;
    let borders = node.system().ask(realm, |view| {
        Ok(view.borders().iter().map(|one| (one.time_ms, one.position)).collect::<Vec<_>>())
    })?;
    if let Some((_, first)) = borders.first() {
        if let Some((_, place)) = borders.iter().rev().find(|(time_ms, _)| *time_ms <= since_ms) {
            return Ok(*place);
        }
        // Before the first border the creator signed alone.
        place = *first;
        at = before(node, realm, place)?;
    }
    while let Some(last) = at {
        let event = load(node.system(), last.event)?;
        let (lamport, id) = (event.header.lamport, event.id);
        let position = node.system().ask(realm, move |view| view.position(lamport, id))?;
        place = position.unwrap_or(place);
        if last.time_ms <= since_ms {
            return Ok(place);
        }
        at = before(node, realm, place)?;
    }
    Ok(0)
}

/// The last checkpoint with effect before `place`.
fn before(
    node: &Session,
    realm: pluto_core::RealmId,
    place: u64,
) -> Result<Option<FinalityRecord>> {
    let mut end = place;
    while end > 0 {
        let first = end.saturating_sub(1_024);
        for place in places(node, realm, first, end)?.iter().rev() {
            let event = load(node.system(), place.id)?;
            let signs = event.header.kind.known() == Some(Kind::CheckpointSigned)
                && event.header.payload_version == PAYLOAD_VERSION;
            if signs && place.verdict.is_effective() {
                let signed: Result<pluto_core::payload::CheckpointSigned, _> =
                    pluto_core::payload::payload_of(&event);
                return Ok(signed.ok().map(|signed| FinalityRecord {
                    number: signed.number,
                    time_ms: signed.time_ms,
                    event: event.id,
                }));
            }
        }
        end = first;
    }
    Ok(None)
}

fn places(node: &Session, realm: pluto_core::RealmId, first: u64, end: u64) -> Result<Vec<Place>> {
    let mut all = Vec::new();
    let mut at = first;
    while at < end {
        let to = end.min(at.saturating_add(PLACES_MAX));
        all.extend(node.system().ask(realm, move |view| view.places(at..to))?);
        at = to;
    }
    Ok(all)
}
