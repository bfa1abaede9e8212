//! Ratings become a realm: every rater an identity, every rating a signed attestation.
//!
//! The raters' keys derive from the owner's secret and the rater's number, so the same owner makes the
//! same identities again. Ratings are written day by day: before the ratings of a day the owner signs
//! a checkpoint that carries that day's time, which is how realm time reaches the fold. Each rater
//! labels itself with its number.

use std::collections::HashMap;

use pluto_core::payload::{
    Admission, Attestation, CheckpointSigned, RealmGenesis, RecordPut, heads_root,
};
use pluto_core::trust::Dimension;
use pluto_core::{Canonical, Event, Kind, RealmId};
use pluto_error::Result;
use pluto_identity::{IdentitySecret, Purpose};
use pluto_nervous_system::{Composer, Receipt, Ticket};

use crate::node::{Author, LABELS, Node};
use crate::trust_study::Rating;

const DAY_S: u64 = 86_400;
/// Runs on their way at most.
const RUNS_WAITING_MAX: usize = 512;

/// The ratings day by day; they stand in order of time.
pub fn days(ratings: &[Rating]) -> impl Iterator<Item = &[Rating]> {
    ratings.chunk_by(|a, b| a.time_s / DAY_S == b.time_s / DAY_S)
}

/// An import under way.
pub struct Import<'a> {
    node: &'a Node,
    owner: &'a IdentitySecret,
    realm: RealmId,
    composer: Composer,
    raters: HashMap<u32, IdentitySecret>,
    /// Events of the author at work, not signed yet: neighbours of one author share a signature.
    open: Vec<Event>,
    author: Option<u32>,
    waiting: Vec<Ticket<Receipt>>,
    checkpoints: u64,
}

impl<'a> Import<'a> {
    /// Opens the realm: its roots of trust are the first `roots` raters.
    ///
    /// # Errors
    /// `NOD-0012` when a realm of that name is here; when the realm cannot be written.
    pub fn begin(
        node: &'a Node,
        owner: &'a IdentitySecret,
        name: &str,
        ratings: &[Rating],
        roots: usize,
    ) -> Result<Self> {
        node.check_new_name(name)?;
        let mut founders: Vec<u32> = Vec::new();
        for rating in ratings {
            if founders.len() < roots && !founders.contains(&rating.attester) {
                founders.push(rating.attester);
            }
        }
        let mut trust_roots: Vec<_> =
            founders.iter().map(|rater| rater_of(owner, *rater).did()).collect();
        trust_roots.sort_unstable();
        let genesis = RealmGenesis {
            name: name.to_owned(),
            admission: Admission::Open,
            trust_roots,
            creator: owner.inception().clone(),
        };
        let wall_ms = ratings.first().map_or(0, |rating| rating.time_s * 1000);
        let (composer, event) = Composer::genesis(&genesis, wall_ms);
        Author::new(owner).submit(node.system(), vec![event])?.wait()?;
        Ok(Self {
            node,
            owner,
            realm: composer.realm(),
            composer,
            raters: HashMap::new(),
            open: Vec::new(),
            author: None,
            waiting: Vec::new(),
            checkpoints: 0,
        })
    }

    /// The realm.
    #[must_use]
    pub fn realm(&self) -> RealmId {
        self.realm
    }

    /// How many people have appeared.
    #[must_use]
    pub fn people(&self) -> usize {
        self.raters.len()
    }

    /// Signs the checkpoint that opens the day, then writes its ratings and waits until they are
    /// durable.
    ///
    /// # Errors
    /// When the node takes no writes.
    pub fn day(&mut self, ratings: &[Rating]) -> Result<()> {
        let Some(first) = ratings.first() else { return Ok(()) };
        self.checkpoint(first.time_s / DAY_S * DAY_S * 1000)?;
        for rating in ratings {
            let wall_ms = rating.time_s * 1000;
            self.meet(rating.subject, wall_ms)?;
            self.meet(rating.attester, wall_ms)?;
            let Some(subject) = self.raters.get(&rating.subject).map(IdentitySecret::did) else {
                continue;
            };
            let dimension = Dimension::Reliability;
            let word = Attestation { subject, dimension, value: rating.value };
            self.write(rating.attester, Kind::Attestation, &word.encode(), wall_ms)?;
        }
        self.settle()
    }

    fn checkpoint(&mut self, time_ms: u64) -> Result<()> {
        let snapshot = self.node.snapshot(self.realm)?;
        let roots = snapshot.roots();
        self.checkpoints += 1;
        let checkpoint = CheckpointSigned {
            number: self.checkpoints,
            time_ms,
            size: roots.position,
            event_set_root: heads_root(snapshot.heads()),
            log_root: roots.log,
            state_root: roots.state,
        };
        let payload = checkpoint.encode();
        let kind = Kind::CheckpointSigned;
        let event = self.composer.compose(self.owner.did(), kind, &payload, time_ms);
        let ticket = Author::new(self.owner).submit(self.node.system(), vec![event])?;
        self.waiting.push(ticket);
        Ok(())
    }

    /// Lets a rater join when it appears for the first time.
    fn meet(&mut self, rater: u32, wall_ms: u64) -> Result<()> {
        if self.raters.contains_key(&rater) {
            return Ok(());
        }
        let secret = rater_of(self.owner, rater);
        self.close()?;
        let did = secret.did();
        let label = RecordPut {
            collection: LABELS.to_owned(),
            key: did.encode(),
            value: rater.to_string().into_bytes(),
        };
        self.open.push(self.composer.inception(secret.inception(), wall_ms));
        self.open.push(self.composer.compose(did, Kind::RecordPut, &label.encode(), wall_ms));
        self.raters.insert(rater, secret);
        self.author = Some(rater);
        Ok(())
    }

    fn write(&mut self, rater: u32, kind: Kind, payload: &[u8], wall_ms: u64) -> Result<()> {
        let full = self.open.len() >= pluto_core::limits::RUN_EVENTS_MAX;
        if self.author != Some(rater) || full {
            self.close()?;
        }
        let Some(did) = self.raters.get(&rater).map(IdentitySecret::did) else { return Ok(()) };
        self.author = Some(rater);
        self.open.push(self.composer.compose(did, kind, payload, wall_ms));
        Ok(())
    }

    /// Signs what the author at work has written.
    fn close(&mut self) -> Result<()> {
        let events = std::mem::take(&mut self.open);
        let Some(secret) = self.author.take().and_then(|rater| self.raters.get(&rater)) else {
            return Ok(());
        };
        let ticket = Author::new(secret).submit(self.node.system(), events)?;
        self.waiting.push(ticket);
        if self.waiting.len() >= RUNS_WAITING_MAX { self.settle() } else { Ok(()) }
    }

    /// Waits until everything is durable.
    fn settle(&mut self) -> Result<()> {
        if self.author.is_some() {
            self.close()?;
        }
        for ticket in self.waiting.drain(..) {
            ticket.wait()?;
        }
        Ok(())
    }
}

/// The identity of a rater.
#[must_use]
pub fn rater_of(owner: &IdentitySecret, rater: u32) -> IdentitySecret {
    owner.derive(Purpose::Realm, rater)
}

#[cfg(test)]
mod tests;
