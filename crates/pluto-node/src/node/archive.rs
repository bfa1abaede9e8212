//! The archive of a node: seals epochs, checks them, and takes erased blobs off the disk.
//!
//! What is erased is a fact of the realm's state. The node carries it out when it is due: on opening, and
//! whenever a checkpoint or a change of an archive is committed (`erasing`). A blob that another realm of the
//! node archives stays for that one.

mod adoption;
mod erasing;

use std::sync::Arc;

use pluto_core::payload::CheckpointSigned;
use pluto_core::traits::{BlobStore, StateView};
use pluto_core::{BlobId, Canonical, Digest, Event, EventId, Kind, RealmId};
use pluto_decision::DecisionError;
use pluto_decision::audit::{LEAVES_MAX, Leaf};
use pluto_decision::epoch::{self, EPOCH_BYTES_MAX, Epoch, Sealed};
use pluto_decision::witnessing::{Link, Witnessing};
use pluto_engines::finality::is_chained;
use pluto_error::Result;
use pluto_identity::Zip215Verifier;
use pluto_nervous_system::event_sourcing::{PLACES_MAX, Place};
use pluto_nervous_system::{NervousSystem, Snapshot, is_needed};
use pluto_realm::archive::{
    ArchiveChange, EpochRecord, Erasure, Seal, archived, epochs, erasure, is_due, last_epoch,
    payload_erasure,
};

use super::{Author, Node, Witnessed, Written, load};
use crate::error::NodeError;

pub use adoption::Adopted;
pub(super) use erasing::{Erasable, Eraser, carry_out_all};

/// What became of a blob of an epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlobFate {
    /// It is here and whole.
    Here,
    /// It was erased, for that reason.
    Erased(Erasure),
    /// It is not here, and should be.
    Missing,
}

/// An epoch that was checked.
#[derive(Debug)]
pub struct CheckedEpoch {
    /// What its manifest shows.
    pub sealed: Sealed,
    /// Whether the log of this node still has that root there: without declared witnesses an event may come
    /// late.
    pub in_log: bool,
    /// Its blobs.
    pub blobs: Vec<(BlobId, BlobFate)>,
}

impl Node {
    /// Seals what stands behind the last epoch, up to the newest signed checkpoint, as `author`.
    ///
    /// # Errors
    /// `DCN-0003` when no checkpoint is signed behind it, `NOD-0007` for a blob that is not here, and for
    /// more events than an epoch can hold; `NOD-0008` when the seal has no effect.
    pub fn seal_epoch(
        &self,
        realm: RealmId,
        author: &Author<'_>,
        mut blobs: Vec<BlobId>,
    ) -> Result<(Seal, Written)> {
        blobs.sort_unstable();
        blobs.dedup();
        if let Some(absent) = self.first_absent(&blobs)? {
            let why = format!("expected a blob that is here, found `{absent}`");
            return Err(NodeError::BadArgument(why).into());
        }
        let last = last_epoch(&*self.snapshot(realm)?);
        let (epoch, signed) = self.epoch(realm, last.as_ref(), blobs)?;
        let manifest = epoch.encode();
        epoch::verify(&manifest, &Zip215Verifier)?;
        let manifest = self.blobs.put(&manifest)?;
        let (Epoch { number, blobs, .. }, log_root) = (epoch, signed.log_root);
        let (end, checkpoint) = (signed.size, signed.number);
        let seal = Seal { number, end, checkpoint, log_root, manifest, blobs };
        let payload = ArchiveChange::Seal(seal.clone()).encode();
        let written = author.write(self, realm, Kind::ArchiveChange, &payload)?;
        for blob in seal.blobs.iter().chain([&seal.manifest]) {
            self.blobs.pin(blob, true)?;
        }
        Ok((seal, written))
    }

    fn first_absent(&self, blobs: &[BlobId]) -> Result<Option<BlobId>> {
        for blob in blobs {
            if self.blobs.bytes(blob)?.is_none() {
                return Ok(Some(*blob));
            }
        }
        Ok(None)
    }

    /// The epoch behind `last`, up to the newest signed checkpoint, and that checkpoint.
    ///
    /// # Errors
    /// `DCN-0003` when no checkpoint is signed there, `NOD-0007` for more events than an epoch can hold.
    pub fn epoch(
        &self,
        realm: RealmId,
        last: Option<&EpochRecord>,
        blobs: Vec<BlobId>,
    ) -> Result<(Epoch, CheckpointSigned)> {
        let first = last.map_or(0, |last| last.end);
        let Witnessed { parties, witnessing, checkpoint } = self.witnessed(realm, first, None)?;
        let end = checkpoint.size;
        if end <= first {
            let why = format!("no checkpoint is signed behind position `{first}`");
            return Err(DecisionError::NotProvable(why).into());
        }
        if end - first > LEAVES_MAX as u64 {
            let why = format!("expected at most `{LEAVES_MAX}` events, found `{}`", end - first);
            return Err(NodeError::BadArgument(why).into());
        }
        let epoch = Epoch {
            number: last.map_or(1, |last| last.number.saturating_add(1)),
            previous: last.map(|last| last.manifest),
            blobs,
            genesis: load(&self.system, EventId(realm.0))?,
            parties,
            witnessing,
            first,
            leaves: self.leaves(realm, first, end)?,
            range: self.system.ask(realm, move |view| view.range_proof(first..end, end))?,
        };
        Ok((epoch, checkpoint))
    }

    fn leaves(&self, realm: RealmId, first: u64, end: u64) -> Result<Vec<Leaf>> {
        let mut leaves = Vec::new();
        let mut from = first;
        while from < end {
            let to = end.min(from + PLACES_MAX);
            let places = self.system.ask(realm, move |view| view.places(from..to))?;
            leaves.extend(places.into_iter().map(|Place { id, verdict, judged_on, .. }| Leaf {
                id,
                verdict,
                judged_on: judged_on.map(|root| *root),
            }));
            from = to;
        }
        Ok(leaves)
    }

    /// Checks an epoch of a realm: its manifest by itself, against the record of the seal, and against the
    /// log of this node; then what became of its blobs.
    ///
    /// # Errors
    /// `NOD-0003` when the manifest is not here, what its check says, `NOD-0006` when it is another one than
    /// was sealed.
    pub fn check_epoch(&self, realm: RealmId, record: &EpochRecord) -> Result<CheckedEpoch> {
        let missing = || NodeError::NotFound {
            what: "manifest",
            name: record.manifest.to_string(),
            hint: "fetch it with `pluto blob get`".to_owned(),
        };
        let bytes = self.manifest(record)?.ok_or_else(missing)?;
        let sealed = epoch::verify(&bytes, &Zip215Verifier)?;
        let as_recorded = sealed.realm == realm
            && (sealed.number, sealed.first, sealed.end)
                == (record.number, record.from, record.end)
            && sealed.log_root == record.log_root
            && sealed.attested.last.checkpoint.number == record.checkpoint;
        if !as_recorded {
            let why = format!("epoch {} was sealed with another manifest", record.number);
            return Err(NodeError::BadProof(why).into());
        }
        let end = record.end;
        let root = self.system.ask(realm, move |view| view.log_root_at(end))?;
        let snapshot = self.snapshot(realm)?;
        let fate = |blob: &BlobId| -> Result<BlobFate> {
            if let Some(erasure) = erasure(&*snapshot, blob) {
                return Ok(BlobFate::Erased(erasure));
            }
            let is_here = self.blobs.get(blob)?.is_some();
            Ok(if is_here { BlobFate::Here } else { BlobFate::Missing })
        };
        let blobs = sealed.blobs.iter().map(|blob| Ok((*blob, fate(blob)?)));
        let blobs = blobs.collect::<Result<_>>()?;
        Ok(CheckedEpoch { in_log: root == record.log_root, sealed, blobs })
    }

    /// The manifest of an epoch; none when it is not here, or larger than one can be.
    pub(super) fn manifest(&self, record: &EpochRecord) -> Result<Option<Vec<u8>>> {
        let size = self.blobs.bytes(&record.manifest)?;
        match size.filter(|bytes| *bytes <= EPOCH_BYTES_MAX as u64) {
            Some(_) => self.blobs.get(&record.manifest),
            None => Ok(None),
        }
    }

    /// The erasure of a blob that is due, unless another realm here archives the blob.
    #[must_use]
    pub fn erased(&self, blob: &BlobId) -> Option<Erasure> {
        let snapshots: Vec<_> = archives(&self.system).map(|(_, snapshot)| snapshot).collect();
        if snapshots.iter().any(|snapshot| archived(&**snapshot, blob).is_some()) {
            return None;
        }
        let due = |view: &dyn StateView| erasure(view, blob).filter(|one| is_due(view, one));
        snapshots.iter().find_map(|snapshot| due(&**snapshot))
    }

    /// The sealed epoch that an event stands in, if its payload can be erased there.
    ///
    /// # Errors
    /// `NRV-0007` for one that is not here, `NOD-0007` when no epoch holds it, its realm declares no witnesses, or
    /// everybody needs its payload.
    pub fn epoch_with(&self, realm: RealmId, id: EventId) -> Result<u32> {
        let refused = |why: &str| NodeError::BadArgument(format!("event `{}`: {why}", id.short()));
        let event = load(&self.system, id)?;
        if is_needed(&event) {
            return Err(refused("its payload says who may sign, or what is final: it stays").into());
        }
        let snapshot = self.snapshot(realm)?;
        if !is_chained(&*snapshot) {
            let why = "only what declared witnesses froze is erased; see `pluto realm witness set`";
            return Err(refused(why).into());
        }
        let lamport = event.header.lamport;
        let place = self.system.ask(realm, move |view| view.position(lamport, id))?;
        let place = place.ok_or_else(|| refused("it is of another realm"))?;
        let found = epochs(&*snapshot).find(|one| (one.from..one.end).contains(&place));
        let found =
            found.ok_or_else(|| refused("no sealed epoch holds it; `pluto archive seal`"))?;
        Ok(found.number)
    }

    /// Why the payload of an event is not here.
    pub(super) fn absent(&self, event: &Event) -> pluto_error::Error {
        let realm = event.header.realm_of(event.id);
        let erasure = self.snapshot(realm).ok().and_then(|view| payload_erasure(&*view, &event.id));
        match erasure {
            Some(Erasure { event, reason, .. }) => {
                NodeError::Erased { what: "payload", event: event.to_string(), reason }.into()
            }
            None => {
                let why = format!("the payload of `{}` is not here", event.id.short());
                DecisionError::NotProvable(why).into()
            }
        }
    }

    /// The link of a chain of witnesses that signs a checkpoint, out of the manifests of sealed epochs.
    pub(super) fn sealed_link(&self, realm: RealmId, checkpoint: Digest) -> Result<Option<Link>> {
        let snapshot = self.snapshot(realm)?;
        for record in epochs(&*snapshot).rev() {
            let Some(bytes) = self.manifest(&record)? else { continue };
            let Witnessing::Chain { handovers, last } = Epoch::from_bytes(&bytes)?.witnessing
            else {
                continue;
            };
            let mut links = handovers.into_iter().chain([last]);
            if let Some(link) = links.find(|link| link.checkpoint() == Some(checkpoint)) {
                return Ok(Some(link));
            }
        }
        Ok(None)
    }

    /// Refuses a blob that was erased.
    pub(super) fn check_not_erased(&self, blob: &BlobId) -> Result<()> {
        match self.erased(blob) {
            None => Ok(()),
            Some(Erasure { event, reason, .. }) => {
                let what = "blob";
                Err(NodeError::Erased { what, event: event.to_string(), reason }.into())
            }
        }
    }
}

/// The realms that have an archive; no other one is brought into memory for it.
fn archives(system: &NervousSystem) -> impl Iterator<Item = (RealmId, Arc<Snapshot>)> + '_ {
    let outlines = system.outlines().into_iter().filter(|(_, outline)| outline.archived);
    outlines.filter_map(|(realm, _)| Some((realm, system.snapshot(realm)?)))
}
