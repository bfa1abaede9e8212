//! One wanted blob: what is missing, what is on its way, and who is not asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pluto_core::BlobId;

use super::{AGAIN_MS, Checked, FRUITLESS_MS_MAX, Heard, Outcome, Output};
use crate::peer::{Millis, PeerId};
use crate::score::Deed;

/// The part that names all others.
const MANIFEST: u16 = 0;

/// A blob on its way.
#[derive(Debug)]
pub(super) struct Want {
    bytes_max: u64,
    manifest: Option<Arc<[u8]>>,
    /// Parts that nobody was asked for.
    missing: BTreeSet<u16>,
    /// Parts that were asked for, and those that are being checked, with who sent them.
    asked: BTreeMap<u16, PeerId>,
    checking: BTreeMap<u16, PeerId>,
    /// A manifest that is being checked.
    draft: Option<Arc<[u8]>>,
    /// Who had nothing, since then.
    without: BTreeMap<PeerId, Millis>,
    /// Who sent something else.
    liars: BTreeSet<PeerId>,
    fruit_at: Millis,
}

impl Want {
    pub(super) fn new(bytes_max: u64, now: Millis) -> Self {
        Self {
            bytes_max,
            manifest: None,
            missing: BTreeSet::from([MANIFEST]),
            asked: BTreeMap::new(),
            checking: BTreeMap::new(),
            draft: None,
            without: BTreeMap::new(),
            liars: BTreeSet::new(),
            fruit_at: now,
        }
    }

    /// Parts whose bytes are in memory, or may come.
    pub(super) fn under_way(&self) -> usize {
        self.asked.len() + self.checking.len()
    }

    pub(super) fn next_part(&self) -> Option<u16> {
        self.missing.first().copied()
    }

    pub(super) fn may_ask(&self, peer: &PeerId) -> bool {
        !self.without.contains_key(peer) && !self.liars.contains(peer)
    }

    pub(super) fn asked(&mut self, part: u16, peer: PeerId) {
        self.missing.remove(&part);
        self.asked.insert(part, peer);
    }

    /// A peer is gone, and what it was asked for with it.
    pub(super) fn lost(&mut self, peer: PeerId) {
        let missing = &mut self.missing;
        self.asked.retain(|part, asked| {
            let stays = *asked != peer;
            if !stays {
                missing.insert(*part);
            }
            stays
        });
        self.without.remove(&peer);
    }

    pub(super) fn tick(&mut self, now: Millis) {
        self.without.retain(|_, since| now.saturating_sub(*since) < AGAIN_MS);
    }

    pub(super) fn is_fruitless(&self, now: Millis) -> bool {
        now.saturating_sub(self.fruit_at) > FRUITLESS_MS_MAX
    }

    pub(super) fn answered(
        &mut self,
        id: BlobId,
        peer: PeerId,
        part: u16,
        heard: Heard,
        now: Millis,
        out: &mut Vec<Output>,
    ) {
        // What comes late is no misdeed.
        if self.asked.get(&part) != Some(&peer) {
            return;
        }
        self.asked.remove(&part);
        match heard {
            Heard::Part(bytes) => {
                self.checking.insert(part, peer);
                if part == MANIFEST {
                    self.draft = Some(Arc::clone(&bytes));
                }
                out.push(Output::Check(id, part, bytes, self.manifest.clone()));
                return;
            }
            Heard::Absent => drop(self.without.insert(peer, now)),
            Heard::Busy => {}
            Heard::Silent => {
                self.without.insert(peer, now);
                out.push(Output::Did(peer, Deed::Silent));
            }
            Heard::Garbage => {
                self.liars.insert(peer);
                out.push(Output::Did(peer, Deed::Garbage));
            }
        }
        self.missing.insert(part);
    }

    /// Gives how it ended, once it did.
    pub(super) fn checked(
        &mut self,
        id: BlobId,
        part: u16,
        checked: Checked,
        now: Millis,
        out: &mut Vec<Output>,
    ) -> Option<Outcome> {
        let peer = self.checking.remove(&part);
        match checked {
            Checked::Failed => return Some(Outcome::Unwritten),
            Checked::Whole => return Some(Outcome::Here),
            Checked::Wrong => {
                self.missing.insert(part);
                if let Some(peer) = peer {
                    self.liars.insert(peer);
                    out.push(Output::Did(peer, Deed::Garbage));
                }
                return None;
            }
            Checked::Plan(plan) => {
                if plan.bytes > self.bytes_max {
                    return Some(Outcome::TooLarge);
                }
                self.manifest = self.draft.take();
                self.missing.extend(plan.missing);
            }
            Checked::Kept => {}
        }
        self.fruit_at = now;
        if let Some(manifest) = &self.manifest
            && self.missing.is_empty()
            && self.under_way() == 0
        {
            out.push(Output::Finish(id, Arc::clone(manifest)));
        }
        None
    }
}
