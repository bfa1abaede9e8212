//! What must hold when a network has healed.

use std::collections::BTreeSet;

use pluto_core::{Did, Digest, RealmId, Run};
use pluto_p2p::PeerId;
use pluto_p2p::score::Deed;
use pluto_p2p::store::EventStore;

use super::Report;
use super::node::Node;
use super::race::Race;
use super::seat::borders;
use super::world::{STORM_MS, World};
use crate::node::{MemoryNode, Store};

impl World {
    /// Checks what must hold in the end.
    pub(super) fn report(mut self) -> Report {
        let honest: BTreeSet<PeerId> = self.nodes.iter().map(|node| node.id).collect();
        for node in &self.nodes {
            let ids: Vec<_> = node.disk.events.ids(node.disk.realm).collect();
            let first = self.nodes.first().map(|first| first.disk.events.ids(first.disk.realm));
            if first.is_none_or(|first| !first.eq(ids.iter().copied())) {
                self.fail("equal roots over unequal sets");
            }
            if node.faults.iter().any(|peer| honest.contains(peer)) {
                self.fail("two honest nodes call each other's states wrong");
            }
            // Loss, crashes and cuts look like silence; everything else is said of liars only.
            let said = node.accused.iter().filter(|(peer, _)| honest.contains(peer));
            let forgivable = |deed: &Deed| matches!(deed, Deed::Useful | Deed::Silent | Deed::Slow);
            if said.flat_map(|(_, deeds)| deeds).any(|deed| !forgivable(deed)) {
                self.fail("an honest node is accused");
            }
        }
        let forks: BTreeSet<(Did, u64)> =
            self.nodes.iter().flat_map(|node| node.forks.iter().copied()).collect();
        for (author, _, runs) in &self.equivocators {
            let all = |node: &Node| {
                let here = |run: &Run| {
                    let first = run.events.first().map(|event| event.id);
                    first.is_some_and(|id| node.disk.events.ids(node.disk.realm).any(|x| *x == id))
                };
                !runs.is_empty() && runs.iter().all(here)
            };
            let is_shown = forks.iter().any(|(who, _)| *who == author.did());
            if self.nodes.iter().all(all) && !is_shown {
                self.fail("a fork that nobody was shown");
            }
        }
        let root = self.fold();
        let bans = self.nodes.iter().flat_map(|node| &node.ever_banned).collect::<BTreeSet<_>>();
        let events = self.nodes.first().and_then(|node| node.disk.events.summary(node.disk.realm));
        Report {
            trace: self.trace,
            nodes: self.nodes.len(),
            liars: self.liars.len(),
            events: events.map_or(0, |summary| summary.events),
            frames: self.frames,
            crashes: self.crashes,
            forks: forks.len(),
            bans: bans.len(),
            healed_ms: self.now.saturating_sub(STORM_MS),
            borders: self.borders.len(),
            root,
            coverage: self.coverage,
        }
    }

    /// Folds the events of nodes, each in the order in which it received them.
    fn fold(&mut self) -> Digest {
        let mut ends = Vec::new();
        // Nodes differ in their order of arrival only; a few of them show it, the two of the race among
        // them.
        let few = self.nodes.iter().take(4).map(|node| (node.disk.realm, node.disk.log.clone()));
        for (realm, log) in few.collect::<Vec<_>>() {
            let folded = MemoryNode::open(&Store::default(), 5_000);
            let Ok(folded) = folded else { self.fail("a node in memory cannot be opened") };
            if let Err(error) = folded.write(&log) {
                self.fail(&format!("the nervous system refuses a run: {}", error.chain()));
            }
            match borders(&folded, realm) {
                Ok((borders, is_split)) if self.is_witnessed() => {
                    self.compare(&borders, is_split);
                }
                // A border moves events, and with them what is due.
                _ => self.judge(&folded, realm),
            }
            ends.extend(folded.roots(realm));
        }
        let Some(first) = ends.first() else { self.fail("nothing was folded") };
        // The log root covers the verdicts, the state root everything else, trust included.
        if ends.iter().any(|end| end != first) {
            self.fail("the same events, and other verdicts or states");
        }
        first.state
    }

    /// Compares the verdicts on what the two of the race wrote with those that are due.
    fn judge(&self, folded: &MemoryNode, realm: RealmId) {
        let expected = match self.race.expected() {
            Ok(expected) => expected,
            Err(order) => self.fail(&format!("{order:?} is not what the order of events says")),
        };
        for ((lamport, id), due) in expected {
            let found = folded.system.ask(realm, move |view| {
                let at = view.position(lamport, id)?.unwrap_or(u64::MAX - 1);
                Ok(view.places(at..at + 1)?.first().map(|place| (place.id, place.verdict)))
            });
            if !matches!(found, Ok(Some(found)) if found == (id, due)) {
                let Race { contest, order, .. } = self.race;
                self.fail(&format!("{contest:?}, {order:?}: {due:?} is due, found {found:?}"));
            }
        }
    }
}
