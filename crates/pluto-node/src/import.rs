//! Ratings become a realm: every rater an identity, every rating a signed attestation.
//!
//! The raters' keys derive from the owner's secret and the rater's number, so the same owner makes the
//! same identities again. Ratings are written day by day: before the ratings of a day the owner signs
//! a checkpoint that carries that day's time, which is how realm time reaches the fold. Each rater
//! labels itself with its number.

use pluto_core::payload::{Admission, Attestation, RealmGenesis};
use pluto_core::trust::Dimension;
use pluto_core::{Canonical, Did, Kind, RealmId};
use pluto_error::Result;
use pluto_identity::IdentitySecret;

use crate::node::{Node, checkpoint_over};
use crate::outbox::Outbox;
use crate::scribe::{Scribe, person_of};
use crate::trust_study::Rating;

const DAY_S: u64 = 86_400;

/// The ratings day by day; they stand in order of time.
pub fn days(ratings: &[Rating]) -> impl Iterator<Item = &[Rating]> {
    ratings.chunk_by(|a, b| a.time_s / DAY_S == b.time_s / DAY_S)
}

/// An import under way.
pub struct Import<'a> {
    node: &'a Node,
    scribe: Scribe<'a>,
    outbox: Outbox<'a>,
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
        let scribe = Scribe::open(owner, &genesis, wall_ms);
        let mut import = Self { node, scribe, outbox: Outbox::new(node), checkpoints: 0 };
        import.settle()?;
        Ok(import)
    }

    /// The realm.
    #[must_use]
    pub fn realm(&self) -> RealmId {
        self.scribe.realm()
    }

    /// How many people have appeared.
    #[must_use]
    pub fn people(&self) -> usize {
        self.scribe.people()
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
            let subject = self.rater(rating.subject, wall_ms)?;
            let attester = self.rater(rating.attester, wall_ms)?;
            let dimension = Dimension::Reliability;
            let word = Attestation { subject, dimension, value: rating.value };
            self.scribe.write(attester, Kind::Attestation, &word.encode(), wall_ms)?;
        }
        self.settle()
    }

    fn checkpoint(&mut self, time_ms: u64) -> Result<()> {
        let snapshot = self.node.snapshot(self.realm())?;
        self.checkpoints += 1;
        let (roots, heads) = (snapshot.roots(), snapshot.heads());
        let checkpoint = checkpoint_over(&roots, heads, self.checkpoints, time_ms);
        let (owner, kind) = (self.scribe.owner(), Kind::CheckpointSigned);
        self.scribe.write(owner, kind, &checkpoint.encode(), time_ms)?;
        Ok(())
    }

    fn rater(&mut self, rater: u32, wall_ms: u64) -> Result<Did> {
        self.scribe.person(rater, &rater.to_string(), wall_ms)
    }

    /// Waits until everything written is durable.
    fn settle(&mut self) -> Result<()> {
        self.outbox.send(self.scribe.take()?)?;
        self.outbox.settle()
    }
}

/// The identity of a rater.
#[must_use]
pub fn rater_of(owner: &IdentitySecret, rater: u32) -> IdentitySecret {
    person_of(owner, rater)
}

#[cfg(test)]
mod tests;
