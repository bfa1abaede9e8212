//! The node as a witness: inputs and outputs of [`pluto_p2p::finality::Witness`], which has the rules.
//!
//! Looked at once a second, for each realm in which the identity is a witness in force: what the fold
//! shows goes in, and what comes out is done at once, with the turn of the author in hand from the draft
//! to the signature. The memory is on the disk before a signature leaves.

mod memory;
mod seen;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::PoisonError;

use pluto_core::payload::{CheckpointSigned, heads_root};
use pluto_core::traits::Clock;
use pluto_core::{Digest, Event, EventId, Kind, RealmId};
use pluto_engines::finality::is_chained;
use pluto_error::Result;
use pluto_nervous_system::Snapshot;
use pluto_p2p::Millis;
use pluto_p2p::finality::{Input, Output, Witness, WitnessSet, checkpoint_digest};

use super::author::checkpoint::check;
use super::{Author, Node, SystemClock, load};
use seen::{PLACES_MAX, Seen};

pub use memory::memory_path;

/// An identity of this node that signs by itself wherever it is a witness.
#[derive(Default)]
pub struct Witnessing {
    realms: BTreeMap<RealmId, Realm>,
    /// Realms where it signs nothing, with the state root at which that was seen: they are not loaded
    /// to see it again.
    passed: BTreeMap<RealmId, Digest>,
}

/// The machine of one realm.
struct Realm {
    machine: Witness,
    /// Votes that went in.
    fed: BTreeSet<EventId>,
    /// The number of events and the border when it was last asked whether a checkpoint is wanted.
    looked: Option<(u64, Digest)>,
    /// What is signed next, if the machine lets it.
    pending: Option<(CheckpointSigned, Event)>,
}

/// What a step needs besides the machine.
struct At<'a> {
    node: &'a Node,
    author: &'a Author<'a>,
    realm: RealmId,
    seen: Seen,
    now: Millis,
}

impl Witnessing {
    /// Does what is due in every realm, at `now` of a clock that only goes on; what fails is tried again.
    pub fn look(&mut self, node: &Node, author: &Author<'_>, now: Millis) {
        for (realm, outline) in node.system().outlines() {
            if self.passed.get(&realm) == Some(&outline.root) {
                continue;
            }
            if let Err(error) = self.look_at(node, author, realm, now) {
                // A new machine begins with what is on the disk.
                self.realms.remove(&realm);
                tracing::warn!(realm = %realm.short(), %error, "no checkpoint is signed now");
            }
        }
    }

    fn look_at(
        &mut self,
        node: &Node,
        author: &Author<'_>,
        realm: RealmId,
        now: Millis,
    ) -> Result<()> {
        let Some(snapshot) = node.system().version(realm)? else { return Ok(()) };
        let set = set_of(&snapshot);
        let Some(set) = set.filter(|set| set.contains(&author.did())) else {
            self.realms.remove(&realm);
            self.passed.insert(realm, snapshot.roots().state);
            return Ok(());
        };
        self.passed.remove(&realm);
        let turn = node.turn_of(author.did());
        let _one = turn.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = node.system().ask(realm, Seen::of)?;
        let at = At { node, author, realm, seen, now };
        let memory = node.witness_memory(realm, author.did()).load()?;
        let fits = |known: &Realm| *known.machine.set() == set && *known.machine.memory() == memory;
        if !self.realms.get(&realm).is_some_and(fits) {
            at.finish(memory.signed.last())?;
            let last = at.seen.border.as_ref().map(|border| border.checkpoint.clone());
            let machine = Witness::new(Some(author.did()), set, memory, last, now);
            let fresh = Realm { machine, fed: BTreeSet::new(), looked: None, pending: None };
            self.realms.insert(realm, fresh);
        }
        self.realms.get_mut(&realm).map_or(Ok(()), |realm| realm.look(&at))
    }
}

/// Who signs in a realm that declares witnesses; nobody where two chains are final.
fn set_of(snapshot: &Snapshot) -> Option<WitnessSet> {
    if !is_chained(snapshot) || snapshot.rival().is_some() {
        return None;
    }
    let set = match snapshot.border() {
        Some(border) => {
            WitnessSet::new(border.quorum.witnesses.iter().copied(), border.quorum.threshold)
        }
        None => WitnessSet::new([snapshot.rules()?.creator], 1),
    };
    set.ok()
}

impl Realm {
    fn look(&mut self, at: &At<'_>) -> Result<()> {
        let number = |one: Option<&CheckpointSigned>| one.map_or(0, |one| one.number);
        if let Some(border) = &at.seen.border
            && border.checkpoint.number > number(self.machine.last_final())
        {
            self.give(at, Input::Final(border.checkpoint.clone()))?;
            self.fed.clear();
        }
        for one in &at.seen.open {
            for (witness, event) in &one.votes {
                if self.fed.insert(*event) {
                    self.give(at, Input::Signed(*witness, one.signed.checkpoint.clone(), *event))?;
                }
            }
        }
        let now = (at.seen.size, at.seen.last);
        if self.looked.replace(now) != Some(now) && at.is_wanted()? {
            self.give(at, Input::Wanted)?;
        }
        self.give(at, Input::Tick)
    }

    fn give(&mut self, at: &At<'_>, input: Input) -> Result<()> {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            for output in self.machine.step(input, at.now)? {
                inputs.extend(self.answer(at, output)?);
            }
        }
        Ok(())
    }

    fn answer(&mut self, at: &At<'_>, output: Output) -> Result<Option<Input>> {
        match output {
            Output::Draft { number, extends, prefers } => {
                self.pending = at.draft(number, extends.as_ref(), prefers.as_ref());
                let drafted = self.pending.as_ref().map(|(checkpoint, _)| checkpoint.clone());
                Ok(Some(drafted.map_or(Input::NoDraft, Input::Drafted)))
            }
            Output::Check { checkpoint, extends, .. } => {
                let event = at.check(&checkpoint, extends.as_ref())?;
                let answer = Input::Checked(checkpoint_digest(&checkpoint), event.is_some());
                self.pending = event.map(|event| (checkpoint, event));
                Ok(Some(answer))
            }
            Output::Remember(memory) => {
                at.node.witness_memory(at.realm, at.author.did()).store(&memory)?;
                Ok(memory.signed.last().map(|last| Input::Remembered(last.number)))
            }
            Output::Sign(checkpoint) => {
                let ready = self.pending.take().filter(|(ready, _)| *ready == checkpoint);
                if let Some((_, event)) = ready {
                    at.submit(event, checkpoint.number)?;
                }
                Ok(None)
            }
            Output::Contradiction { witness, .. } => {
                tracing::warn!(realm = %at.realm.short(), %witness, "a witness contradicts itself");
                Ok(None)
            }
            Output::Differs { witness, .. } => {
                tracing::warn!(realm = %at.realm.short(), %witness, "a witness has other roots");
                Ok(None)
            }
        }
    }
}

impl At<'_> {
    /// Whether anything but cosignatures is covered by no border.
    fn is_wanted(&self) -> Result<bool> {
        if self.seen.uncovered.len() as u64 >= PLACES_MAX {
            return Ok(true);
        }
        for id in &self.seen.uncovered {
            if load(self.node.system(), *id)?.header.kind != Kind::CheckpointSigned.number() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A checkpoint over what is here; none as long as nothing may extend what it must.
    fn draft(
        &self,
        number: u64,
        extends: Option<&CheckpointSigned>,
        prefers: Option<&CheckpointSigned>,
    ) -> Option<(CheckpointSigned, Event)> {
        let own = self.author.did();
        let ground = self.seen.hash(extends, own)?;
        let newest = prefers.and_then(|newest| self.seen.candidate(newest, own));
        let newest = newest.filter(|one| self.seen.stands_on(one.checkpoint, ground));
        let newest = newest.map(|one| (one.checkpoint, one.signed.checkpoint.time_ms));
        let time_ms = extends.map_or(0, |extends| extends.time_ms);
        let grounds = newest.into_iter().chain([(ground, time_ms)]);
        let mut drafts = grounds.map(|(ground, time_ms)| {
            let time_ms = SystemClock.now_ms().max(time_ms);
            self.author.draft_checkpoint(self.node, self.realm, number, ground, time_ms)
        });
        let (chained, event) = drafts.find_map(|draft| match draft {
            Ok(draft) => Some(draft),
            Err(error) => {
                tracing::debug!(%error, number, "no checkpoint can be made");
                None
            }
        })?;
        Some((chained.checkpoint, event))
    }

    /// The event that signs a proposal, if its roots come out here and it stands on what it must.
    fn check(
        &self,
        said: &CheckpointSigned,
        extends: Option<&CheckpointSigned>,
    ) -> Result<Option<Event>> {
        let own = self.author.did();
        let Some(one) = self.seen.candidate(said, own) else { return Ok(None) };
        let ground = self.seen.hash(extends, own);
        let stands = ground.is_some_and(|ground| self.seen.stands_on(one.checkpoint, ground));
        let goes_back = extends.is_some_and(|extends| said.time_ms < extends.time_ms);
        if !stands || goes_back {
            return Ok(None);
        }
        if let Err(error) = check(self.node, self.realm, one) {
            let (realm, number) = (self.realm.short(), said.number);
            tracing::warn!(%realm, number, %error, "a checkpoint is not signed");
            return Ok(None);
        }
        self.author.cosignature(self.node, self.realm, &one.signed).map(Some)
    }

    fn submit(&self, event: Event, number: u64) -> Result<()> {
        let written = self.author.submit_signature(self.node, self.realm, event)?;
        let verdict = written.event.verdict;
        tracing::info!(realm = %self.realm.short(), number, %verdict, "a checkpoint is signed");
        Ok(())
    }

    /// Signs what is remembered and did not leave, if the very same can be signed still; else nothing.
    fn finish(&self, last: Option<&CheckpointSigned>) -> Result<()> {
        let own = self.author.did();
        let is_open = |last: &&CheckpointSigned| {
            let fixed = self.seen.border.as_ref().map_or(0, |border| border.checkpoint.number);
            let mut votes = self.seen.open.iter().filter(|one| one.votes.contains_key(&own));
            last.number > fixed && !votes.any(|one| one.signed.checkpoint.number >= last.number)
        };
        let Some(last) = last.filter(is_open) else { return Ok(()) };
        if let Some(one) = self.seen.candidate(last, own) {
            return match check(self.node, self.realm, one) {
                Ok(()) => {
                    let event = self.author.cosignature(self.node, self.realm, &one.signed)?;
                    self.submit(event, last.number)
                }
                Err(_) => Ok(()),
            };
        }
        let parents = self.node.system().draft(self.realm, own)?.parents;
        if heads_root(&parents) != last.event_set_root {
            return Ok(());
        }
        let mut votes = self.seen.open.iter().rev().filter(|one| one.votes.contains_key(&own));
        let ground = votes.next().map_or(self.seen.last, |one| one.checkpoint);
        let (number, time_ms) = (last.number, last.time_ms);
        match self.author.draft_checkpoint(self.node, self.realm, number, ground, time_ms) {
            Ok((chained, event)) if chained.checkpoint == *last => self.submit(event, number),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
