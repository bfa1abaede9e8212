//! The archive of a realm: sealed epochs, what they keep, for how long, and what was erased.
//!
//! An epoch is a stretch of the realm's order up to a checkpoint that is final. What an administrator
//! seals names the blobs that belong to it; from then on they are the archive's:
//!
//! 1. A *legal hold* on the realm, an epoch or a blob keeps what it covers until an owner lifts it.
//! 2. `min_retention_ms` keeps a blob for that long in realm time, counted from its seal: the longer of
//!    what the rules say now and what they said then, so that who shortens them shortens nothing sealed.
//! 3. An *erasure* by an administrator, with its reason, ends the keeping. It is *due* once a later
//!    checkpoint is final: until then a hold that was written beside it, and arrives late, still stops it.
//!    Then every node removes the bytes and never asks for them again. The id stays in events and in the
//!    manifest, so whatever was proven about it still is.
//!
//! Blobs are never folded, so an erasure changes no verdict of the past, whoever folds it again. So it is with
//! the *payload* of an event, where declared witnesses froze what an epoch holds: a node folds from a footing
//! behind it then. Which epoch an event stands in is claimed by who erases it; the fold knows no places, so nodes
//! compare, and a wrong claim erases nothing.

mod keys;
mod record;

use pluto_core::payload::{Role, payload_of};
use pluto_core::state::{FINALITY_KEY, FinalityRecord, read};
use pluto_core::traits::{Effects, Engine, StateView};
use pluto_core::{BlobId, Canonical, Component, Event, EventId, Kind, Verdict, VoidReason};
use pluto_error::{Code, Coded};
use thiserror::Error;

use crate::codes;
use crate::hierarchy::lineage;
use crate::rules::active_member;

pub use keys::{LAST_EPOCH_KEY, blob_key, epoch_key, erased_key, erased_payload_key, hold_key};
pub(crate) use record::take_text;
pub use record::{
    ArchiveChange, ArchivedBlob, EPOCH_BLOBS_MAX, EpochRecord, Erasure, HOLDS_MAX, Hold, HoldScope,
    Holds, REASON_BYTES_MAX, Seal, put_blobs, take_blobs,
};

/// Steps on `ArchiveChange`; keeps the archive in component `Archive`.
#[derive(Clone, Copy, Debug, Default)]
pub struct ArchiveEngine;

/// Why something archived cannot be erased.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Kept {
    /// It is on legal hold.
    #[error("it is on legal hold `{0}`")]
    Held(String),
    /// The realm keeps it longer.
    #[error("it is kept until `{0}` in realm time")]
    Retained(u64),
    /// The archive does not have it, or no longer.
    #[error("the archive of the realm does not have it")]
    Unknown,
}

impl Coded for Kept {
    fn code(&self) -> Code {
        match self {
            Self::Held(_) => codes::HELD,
            Self::Retained(_) => codes::RETAINED,
            Self::Unknown => codes::NOT_ARCHIVED,
        }
    }
}

impl From<Kept> for VoidReason {
    fn from(kept: Kept) -> Self {
        match kept {
            Kept::Held(_) => Self::PolicyDenied,
            Kept::Retained(_) => Self::Expired,
            Kept::Unknown => Self::NotFound,
        }
    }
}

impl Engine for ArchiveEngine {
    fn component(&self) -> Component {
        Component::Archive
    }

    fn kinds(&self) -> &'static [Kind] {
        &[Kind::ArchiveChange]
    }

    fn step(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        let done = payload_of(event).and_then(|change| apply(view, event, change, out));
        done.map_or_else(Verdict::Void, |()| Verdict::Effective)
    }
}

fn apply(
    view: &dyn StateView,
    event: &Event,
    change: ArchiveChange,
    out: &mut Effects,
) -> Result<(), VoidReason> {
    let author = active_member(view, event.header.author).ok_or(VoidReason::NotMember)?;
    let needed = match change {
        ArchiveChange::Lift { .. } => Role::Owner,
        _ => Role::Admin,
    };
    if author.role < needed {
        return Err(VoidReason::NotAllowed);
    }
    match change {
        ArchiveChange::Seal(seal) => close_epoch(view, event, &seal, out),
        ArchiveChange::Hold { scope, name, reason } => hold(view, event, scope, name, reason, out),
        ArchiveChange::Lift { scope, name } => lift(view, scope, &name, out),
        ArchiveChange::Erase { blob, reason } => {
            let kept = may_erase(view, &blob)?;
            let after = last_final(view);
            let erasure = Erasure { event: event.id, epoch: kept.epoch, after, reason };
            out.remove(Component::Archive, blob_key(&blob));
            out.put(Component::Archive, erased_key(&blob), erasure.encode());
            Ok(())
        }
        ArchiveChange::ErasePayload { epoch, event: of, reason } => {
            may_erase_payload(view, epoch, &of)?;
            let erasure = Erasure { event: event.id, epoch, after: last_final(view), reason };
            out.put(Component::Archive, erased_payload_key(&of), erasure.encode());
            Ok(())
        }
    }
}

fn close_epoch(
    view: &dyn StateView,
    event: &Event,
    seal: &Seal,
    out: &mut Effects,
) -> Result<(), VoidReason> {
    let last = last_epoch(view);
    let (number, from) = last.as_ref().map_or((1, 0), |last| (last.number + 1, last.end));
    let after = last.as_ref().map_or(0, |last| last.checkpoint);
    if seal.number != number || seal.end <= from || seal.checkpoint <= after {
        return Err(VoidReason::NotMonotone);
    }
    if seal.checkpoint > last_final(view) {
        return Err(VoidReason::NotFound);
    }
    for blob in &seal.blobs {
        if archived(view, blob).is_some() || erasure(view, blob).is_some() {
            return Err(VoidReason::AlreadyExists);
        }
        out.put(Component::Archive, blob_key(blob), ArchivedBlob { epoch: number }.encode());
    }
    let record = EpochRecord {
        number,
        event: event.id,
        from,
        end: seal.end,
        checkpoint: seal.checkpoint,
        log_root: seal.log_root,
        manifest: seal.manifest,
        sealed_ms: view.time_ms(),
        keep_ms: lineage(view).rules.min_retention_ms.0,
        blobs: u32::try_from(seal.blobs.len()).unwrap_or(u32::MAX),
    };
    out.put(Component::Archive, epoch_key(number), record.encode());
    out.put(Component::Archive, LAST_EPOCH_KEY.to_vec(), number.to_be_bytes());
    Ok(())
}

fn hold(
    view: &dyn StateView,
    event: &Event,
    scope: HoldScope,
    name: String,
    reason: String,
    out: &mut Effects,
) -> Result<(), VoidReason> {
    let is_there = match scope {
        HoldScope::Realm => true,
        HoldScope::Epoch(number) => epoch(view, number).is_some(),
        HoldScope::Blob(blob) => archived(view, &blob).is_some(),
        HoldScope::Payload(event) => payload_erasure(view, &event).is_none(),
    };
    if !is_there {
        return Err(VoidReason::NotFound);
    }
    let mut holds = holds(view, scope);
    let at = match holds.0.binary_search_by(|hold| hold.name.cmp(&name)) {
        Ok(_) => return Err(VoidReason::AlreadyExists),
        Err(at) => at,
    };
    if holds.0.len() >= HOLDS_MAX {
        return Err(VoidReason::LimitReached);
    }
    holds.0.insert(at, Hold { name, reason, event: event.id });
    out.put(Component::Archive, hold_key(scope), holds.encode());
    Ok(())
}

fn lift(
    view: &dyn StateView,
    scope: HoldScope,
    name: &str,
    out: &mut Effects,
) -> Result<(), VoidReason> {
    let mut holds = holds(view, scope);
    let before = holds.0.len();
    holds.0.retain(|hold| hold.name != name);
    if holds.0.len() == before {
        return Err(VoidReason::NotFound);
    }
    match holds.0.is_empty() {
        true => out.remove(Component::Archive, hold_key(scope)),
        false => out.put(Component::Archive, hold_key(scope), holds.encode()),
    }
    Ok(())
}

/// Whether an administrator may erase a blob now: the question of the fold, for who wants to ask before
/// signing. Gives the epoch it belongs to.
///
/// # Errors
/// `RLM-0010` on hold, `RLM-0011` before its time, `RLM-0012` when the archive does not have it.
pub fn may_erase(view: &dyn StateView, blob: &BlobId) -> Result<ArchivedBlob, Kept> {
    let kept = archived(view, blob).ok_or(Kept::Unknown)?;
    may_erase_of(view, kept.epoch, HoldScope::Blob(*blob)).map(|()| kept)
}

/// Whether an administrator may erase the payload of an event of that epoch now, as [`may_erase`].
///
/// # Errors
/// `RLM-0010` on hold, `RLM-0011` before its time, `RLM-0012` without such an epoch, and for one erased already.
pub fn may_erase_payload(view: &dyn StateView, epoch: u32, event: &EventId) -> Result<(), Kept> {
    match payload_erasure(view, event) {
        Some(_) => Err(Kept::Unknown),
        None => may_erase_of(view, epoch, HoldScope::Payload(*event)),
    }
}

fn may_erase_of(view: &dyn StateView, number: u32, scope: HoldScope) -> Result<(), Kept> {
    let epoch = epoch(view, number).ok_or(Kept::Unknown)?;
    let scopes = [HoldScope::Realm, HoldScope::Epoch(number), scope];
    let mut held = scopes.into_iter().flat_map(|scope| holds(view, scope).0);
    if let Some(hold) = held.next() {
        return Err(Kept::Held(hold.name));
    }
    let keep_ms = epoch.keep_ms.max(lineage(view).rules.min_retention_ms.0);
    let until_ms = epoch.sealed_ms.saturating_add(keep_ms);
    if view.time_ms() < until_ms { Err(Kept::Retained(until_ms)) } else { Ok(()) }
}

/// The last epoch that was sealed.
#[must_use]
pub fn last_epoch(view: &dyn StateView) -> Option<EpochRecord> {
    let number = view.get(Component::Archive, LAST_EPOCH_KEY)?;
    epoch(view, u32::from_be_bytes(number.as_ref().try_into().ok()?))
}

/// A sealed epoch.
#[must_use]
pub fn epoch(view: &dyn StateView, number: u32) -> Option<EpochRecord> {
    read(view, Component::Archive, &epoch_key(number))
}

/// The sealed epochs, the first one first.
pub fn epochs(view: &dyn StateView) -> impl DoubleEndedIterator<Item = EpochRecord> + '_ {
    let last = last_epoch(view).map_or(0, |last| last.number);
    (1..=last).filter_map(|number| epoch(view, number))
}

/// A blob that the archive keeps.
#[must_use]
pub fn archived(view: &dyn StateView, blob: &BlobId) -> Option<ArchivedBlob> {
    read(view, Component::Archive, &blob_key(blob))
}

/// The erasure of a blob.
#[must_use]
pub fn erasure(view: &dyn StateView, blob: &BlobId) -> Option<Erasure> {
    read(view, Component::Archive, &erased_key(blob))
}

/// The erasure of the payload of an event.
#[must_use]
pub fn payload_erasure(view: &dyn StateView, event: &EventId) -> Option<Erasure> {
    read(view, Component::Archive, &erased_payload_key(event))
}

/// Whether the bytes of what was erased are to go now.
#[must_use]
pub fn is_due(view: &dyn StateView, erasure: &Erasure) -> bool {
    last_final(view) > erasure.after
}

fn last_final(view: &dyn StateView) -> u64 {
    let last: Option<FinalityRecord> = read(view, Component::Consensus, FINALITY_KEY);
    last.map_or(0, |last| last.number)
}

/// The legal holds on exactly that.
#[must_use]
pub fn holds(view: &dyn StateView, scope: HoldScope) -> Holds {
    read(view, Component::Archive, &hold_key(scope)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
