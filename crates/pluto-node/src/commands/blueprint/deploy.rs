//! `pluto blueprint deploy`: first the event that the realm judges by its attestations, then the parts.
//!
//! Everything that can be asked beforehand is asked before the first event. When the deployment itself
//! has no effect nothing follows it; when a part has none, what comes after it is not written, and the
//! command can be given again once that is mended. Rules of the realm and of rooms are added to what
//! is above them and take none away.

use std::collections::BTreeMap;

use pluto_core::{Canonical, Kind, Verdict, VoidReason};
use pluto_decision::STANDING;
use pluto_error::Result;
use pluto_nervous_system::Snapshot;
use pluto_realm::RuleSet;
use pluto_realm::blueprint::{BlueprintAction, may_deploy};
use pluto_realm::hierarchy::{RealmLifecycle, declared, lineage, may_declare};
use pluto_realm::room::{Place, RoomChange, rules_of};
use serde_json::json;

use super::{Context, find, is_published, load, numbered};
use crate::blueprint::Part;
use crate::cli::Acting;
use crate::error::NodeError;
use crate::node::Author;

pub(super) fn run(context: &Context, word: &str, acting: &Acting) -> Result<()> {
    let keys = context.keys.open()?;
    let node = context.node()?;
    let realm = node.realm(acting.realm.as_deref())?;
    let snapshot = node.snapshot(realm)?;
    let (id, _) = find(&snapshot, word)?;
    let record = may_deploy(&*snapshot, STANDING, &id)?;
    let blueprint = load(&node, &id)?;
    if !is_published(&snapshot, &id, &blueprint) {
        let why = format!("`{id}` is published under another name, version or origin than it has");
        return Err(NodeError::BadProof(why).into());
    }
    let mut above = Above { rules: lineage(&*snapshot).rules, rooms: BTreeMap::new() };
    let parts = blueprint.parts.iter().map(|part| suited(&snapshot, part, &mut above));
    let parts: Vec<Part> = parts.collect::<Result<_>>()?;
    let author = Author::new(keys.get(&acting.identity)?);
    let action = BlueprintAction::Deploy { blueprint: id }.encode();
    let written = author.write(&node, realm, Kind::BlueprintAction, &action)?;
    let mut lines = Vec::new();
    let mut values = Vec::new();
    for (number, part) in numbered(&parts) {
        let said = author.record(&node, realm, part.kind(), &part.payload())?.event;
        let again = said.verdict == Verdict::Void(VoidReason::AlreadyExists);
        if !said.verdict.is_effective() && !again {
            let part = format!("part {number}, {}: {}", part.words(), said.verdict);
            return Err(NodeError::NoEffect { id: said.id.to_string(), verdict: part }.into());
        }
        let note = if again { " (is there already)" } else { "" };
        lines.push(format!("part       {}{note}", part.words()));
        values.push(json!({ "what": part.words(), "event": said.id.to_string() }));
    }
    node.stop()?;
    let event = written.event.id.to_string();
    context.out.show(
        &json!({
            "blueprint": id.to_string(),
            "name": record.name,
            "version": record.version,
            "event": event,
            "parts": values,
        }),
        &format!(
            "deployed   {}, version {}\nevent      {event}\n{}",
            record.name,
            record.version,
            lines.join("\n")
        ),
    );
    Ok(())
}

/// What is above the places of a blueprint once the parts before them are written.
struct Above {
    rules: RuleSet,
    rooms: BTreeMap<Place, RuleSet>,
}

impl Above {
    /// The rules of a place: those that are asked for, and all that is above it.
    fn meet(&mut self, snapshot: &Snapshot, place: &Place, rules: &RuleSet) -> RuleSet {
        let mut rules = rules.meet(&self.rules);
        if let Some(room) = place.room() {
            let known = self.rooms.get(&room).cloned().or_else(|| rules_of(snapshot, &room));
            rules = rules.meet(&known.unwrap_or_default());
        }
        self.rooms.insert(place.clone(), rules.clone());
        rules
    }
}

/// A part as it is written into a realm in that state, which may refuse it before anything is signed.
fn suited(snapshot: &Snapshot, part: &Part, above: &mut Above) -> Result<Part> {
    match part {
        Part::Rules(RealmLifecycle::Rules(rules)) => {
            above.rules = above.rules.meet(rules);
            let rules = declared(snapshot).meet(rules);
            may_declare(snapshot, &rules)?;
            Ok(Part::Rules(RealmLifecycle::Rules(rules)))
        }
        Part::Room(RoomChange::Open { place, rules }) => {
            let rules = above.meet(snapshot, place, rules);
            Ok(Part::Room(RoomChange::Open { place: place.clone(), rules }))
        }
        Part::Policy(policy) => {
            let artifact = pluto_ecl::artifact::Artifact::from_bytes(&policy.artifact)?;
            pluto_ecl::interpreter::Program::load(&artifact.module)?;
            Ok(part.clone())
        }
        _ => Ok(part.clone()),
    }
}
