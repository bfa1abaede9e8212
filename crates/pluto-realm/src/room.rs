//! Rooms, and partitions of rooms: places inside a realm with stricter rules for what is written there.
//!
//! A place is named `room` or `room/partition`. Its records stand in collections whose names begin with
//! `room:<place>:`; a collection of a place that was never opened is a collection like any other. What is
//! declared for a place must extend what is above it: the partition the room, the room the realm. Writing
//! takes all of it together: kinds, sizes, parties, credentials, trust. A place with isolation 1 is
//! written by the parties it admits, and by administrators.
//!
//! Administrators open and close places and say who is admitted. Closing a room closes its partitions.

mod record;

use pluto_core::limits::NAME_BYTES_MAX;
use pluto_core::payload::{Role, payload_bytes, payload_of};
use pluto_core::state::read;
use pluto_core::traits::{Effects, Engine, PolicyDecider, StateView};
use pluto_core::trust::TrustWeights;
use pluto_core::{Canonical, Component, Did, Event, Kind, Reader, Verdict, VoidReason};

use crate::hierarchy::{is_extended, lineage, mark_extended};
use crate::quota::{Obstacle, forbids};
use crate::rule_set::{Isolation, RuleSet, Weakened};
use crate::rules::active_member;
use crate::standing::Standing;

pub use record::{PLACE_BYTES_MAX, Place, RoomChange, RoomRecord, admitted_key, place_key};

/// What the names of collections of places begin with.
pub const COLLECTION_PREFIX: &str = "room:";

/// Steps on `RoomChange`; writes places in components `Room` and `Partition`.
#[derive(Clone, Copy, Debug, Default)]
pub struct RoomEngine;

impl Engine for RoomEngine {
    fn component(&self) -> Component {
        Component::Room
    }

    fn kinds(&self) -> &'static [Kind] {
        &[Kind::RoomChange]
    }

    fn step(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        let done = payload_of(event).and_then(|change| apply(view, event, change, out));
        done.map_or_else(Verdict::Void, |()| Verdict::Effective)
    }
}

fn apply(
    view: &dyn StateView,
    event: &Event,
    change: RoomChange,
    out: &mut Effects,
) -> Result<(), VoidReason> {
    let author = active_member(view, event.header.author).ok_or(VoidReason::NotMember)?;
    if author.role < Role::Admin {
        return Err(VoidReason::NotAllowed);
    }
    match change {
        RoomChange::Open { place, rules } => {
            let above = above(view, &place).ok_or(VoidReason::NotFound)?;
            rules.extends(&above).map_err(|_| VoidReason::ExceedsParent)?;
            let record = RoomRecord { event: event.id, rules };
            out.put(place.component(), place_key(&place), record.encode());
            mark_extended(view, out)
        }
        RoomChange::Close { place } => {
            room(view, &place).ok_or(VoidReason::NotFound)?;
            out.remove(place.component(), place_key(&place));
            Ok(())
        }
        RoomChange::Admit { place, party, admitted } => {
            room(view, &place).ok_or(VoidReason::NotFound)?;
            let key = admitted_key(&place, party);
            match (admitted, view.get(place.component(), &key).is_some()) {
                (true, true) => return Err(VoidReason::AlreadyExists),
                (true, false) => out.put(place.component(), key, [1]),
                (false, true) => out.remove(place.component(), key),
                (false, false) => return Err(VoidReason::NotFound),
            }
            Ok(())
        }
    }
}

/// Holds records in places against the rules of the place.
#[derive(Clone, Copy, Debug)]
pub struct Rooms {
    standing: Standing,
}

impl Rooms {
    /// Reads standing by `standing`.
    #[must_use]
    pub const fn new(standing: Standing) -> Self {
        Self { standing }
    }

    fn enter(&self, view: &dyn StateView, place: &Place, event: &Event) -> Result<(), VoidReason> {
        let Some(rules) = rules_of(view, place) else { return Ok(()) };
        let author = event.header.author;
        let (kind, length) = (event.header.kind, event.header.payload_len);
        forbids(&rules, author, kind, length)
            .map_or(Ok(()), |found| Err(Obstacle::reason(found)))?;
        if rules.min_isolation.0 >= Isolation::Members && !is_admitted(view, place, author) {
            return Err(VoidReason::NotAllowed);
        }
        let holds = |schema: &String| (self.standing.holds)(view, &author, schema);
        let trust = || (self.standing.trust)(view, author).norm(&TrustWeights::DEFAULT);
        let trusted = rules.min_trust.0 == 0 || trust() >= rules.min_trust.0;
        if trusted && rules.required_credentials.0.iter().all(holds) {
            Ok(())
        } else {
            Err(VoidReason::PolicyDenied)
        }
    }
}

impl PolicyDecider for Rooms {
    fn decide(&self, view: &dyn StateView, event: &Event, _: &mut Effects) -> Verdict {
        let writes =
            matches!(event.header.kind.known(), Some(Kind::RecordPut | Kind::RecordDeleted));
        if !writes || !is_extended(view) {
            return Verdict::Effective;
        }
        let Some(place) = place_of(event) else { return Verdict::Effective };
        self.enter(view, &place, event).map_or_else(Verdict::Void, |()| Verdict::Effective)
    }
}

/// The place whose collection an event writes to.
fn place_of(event: &Event) -> Option<Place> {
    let mut payload = Reader::new(payload_bytes(event).ok()?);
    let collection = payload.text("collection", NAME_BYTES_MAX).ok()?;
    let (place, _) = collection.strip_prefix(COLLECTION_PREFIX)?.split_once(':')?;
    place.parse().ok()
}

/// The rules above a place; none for a partition whose room is not open.
fn above(view: &dyn StateView, place: &Place) -> Option<RuleSet> {
    match place.room() {
        Some(room) => rules_of(view, &room),
        None => Some(lineage(view).rules),
    }
}

/// A place that is open.
#[must_use]
pub fn room(view: &dyn StateView, place: &Place) -> Option<RoomRecord> {
    read(view, place.component(), &place_key(place))
}

/// All rules of a place: its own, and those above it. None when it is not open, or what it is part of.
#[must_use]
pub fn rules_of(view: &dyn StateView, place: &Place) -> Option<RuleSet> {
    Some(room(view, place)?.rules.meet(&above(view, place)?))
}

/// Whether a place may be opened with these rules: none is weaker than what is above it. A partition of
/// a room that is not open counts as one of the realm here; the fold refuses it.
///
/// # Errors
/// `RLM-0001` with the first rule that is weaker.
pub fn may_open(view: &dyn StateView, place: &Place, rules: &RuleSet) -> Result<(), Weakened> {
    rules.extends(&above(view, place).unwrap_or_else(|| lineage(view).rules))
}

/// Whether somebody may write in an isolated place.
#[must_use]
pub fn is_admitted(view: &dyn StateView, place: &Place, party: Did) -> bool {
    let listed = view.get(place.component(), &admitted_key(place, party)).is_some();
    listed || active_member(view, party).is_some_and(|member| member.role >= Role::Admin)
}

#[cfg(test)]
mod tests;
