//! Carries out what the machines say: frames into lines, runs to the node, peers in and out.

use std::collections::BTreeMap;

use pluto_core::RealmId;

use super::host::{Host, Told};
use super::peer::Letter;
use super::run::Driver;
use super::{address, gossip};
use crate::message::Message;
use crate::peer::PeerId;
use crate::score::{self, Deed};
use crate::sync::{Outcome, Output};
use crate::traced::Traceparent;

impl<H: Host> Driver<H> {
    /// Announcements among it go with that context.
    pub(super) fn carry_out(&mut self, outputs: Vec<Output>, context: Option<Traceparent>) {
        let mut announced = BTreeMap::new();
        for output in outputs {
            match output {
                Output::Send(to, frame) if Message::is_announcement(&frame) => {
                    self.announce(to, Letter { frame, context }, &mut announced);
                }
                Output::Send(to, frame) => {
                    let host = &self.host;
                    let context = self.traces.asked(to, &frame, |span| host.traceparent(span));
                    self.send(to, Letter { frame, context });
                }
                Output::Apply(ticket, runs) => {
                    let apply = self.host.apply(ticket.peer, runs);
                    let span = self.traces.applying(&ticket);
                    let applying = tokio::task::spawn_blocking(move || span.in_scope(apply));
                    let outcomes = async move { (ticket, applying.await.unwrap_or_default()) };
                    self.applying.push(Box::pin(outcomes));
                }
                Output::Did(peer, deed) => self.did(peer, deed),
                Output::Fork(realm, proof) => self.host.told(Told::Fork(realm, proof)),
                Output::Fault(realm, peer, error) => {
                    self.host.told(Told::Fault(realm, peer, error));
                }
                Output::Ended(peer, realm, outcome, events) => {
                    self.traces.ended(peer, realm, outcome, events);
                    let Some(peer) = self.peers.get_mut(&peer) else { continue };
                    let standing = peer.standing.entry(realm).or_default();
                    standing.outcome = Some(outcome);
                    standing.events = standing.events.saturating_add(events);
                    if outcome == Outcome::Equal {
                        let summary = self.host.store().summary(realm);
                        standing.heads_root = summary.map(|summary| summary.heads_root);
                    }
                }
            }
        }
    }

    /// Announces by gossip where the peer hears it that way, else directly.
    pub(super) fn announce(
        &mut self,
        to: PeerId,
        letter: Letter,
        announced: &mut BTreeMap<RealmId, bool>,
    ) {
        let Ok(Message::Announce { realm, heads_root, run }) = Message::from_frame(&letter.frame)
        else {
            return;
        };
        // Whoever listens has heard of that root already, through others or from here.
        let is_old = run.is_none() && self.judging.root_of(realm) == Some(heads_root);
        let topic = gossip::topic(realm).hash();
        let gossip = &mut self.swarm.behaviour_mut().gossip;
        let published = *announced.entry(realm).or_insert_with(|| {
            let is_open = self.host.is_open(realm);
            is_open && (is_old || gossip.publish(topic.clone(), letter.frame.clone()).is_ok())
        });
        if published {
            self.judging.note_root(realm, heads_root);
        }
        let listens = address::id_of(to).is_some_and(|id| {
            gossip.all_peers().any(|(peer, topics)| *peer == id && topics.contains(&&topic))
        });
        if !published || !listens {
            self.send(to, letter);
        }
    }

    pub(super) fn send(&mut self, to: PeerId, letter: Letter) {
        let Some(peer) = self.peers.get_mut(&to) else { return };
        if !peer.line_up(letter) {
            // It reads too slowly; its own requests go unanswered.
            self.did(to, Deed::Slow);
        }
        self.pump(to);
    }

    /// Sends what may go out to a peer now.
    pub(super) fn pump(&mut self, to: PeerId) {
        let now = self.now();
        let Some(id) = address::id_of(to) else { return };
        let Some(peer) = self.peers.get_mut(&to) else { return };
        let takes_context = peer.takes_context;
        while let Some(Letter { frame, context }) = peer.next_letter(now) {
            let behaviour = self.swarm.behaviour_mut();
            match context.filter(|_| takes_context) {
                Some(context) => behaviour.traced.send_request(&id, context.before(&frame)),
                None => behaviour.frames.send_request(&id, frame),
            };
        }
    }

    pub(super) fn did(&mut self, peer: PeerId, deed: Deed) {
        if deed.points() < 0 {
            tracing::debug!(peer = %address::text_of(peer), ?deed, "a peer misbehaved");
        }
        let now = self.now();
        let outputs = self.scores.step(score::Input::Did(peer, deed), now);
        if let Some(id) = address::id_of(peer) {
            let points = f64::from(self.scores.points(&peer, now).min(0));
            self.swarm.behaviour_mut().gossip.set_application_score(&id, points);
        }
        self.heed(outputs);
    }

    pub(super) fn heed(&mut self, outputs: Vec<score::Output>) {
        for output in outputs {
            match output {
                score::Output::ShutOut(peer, until) => {
                    self.forget_banned();
                    self.banned.insert(peer);
                    if let Some(id) = address::id_of(peer) {
                        self.swarm.behaviour_mut().blocked.block_peer(id);
                    }
                    if until.is_some() {
                        self.host.told(Told::ShutOut(peer));
                    }
                    self.disconnect(peer);
                }
                score::Output::LetIn(peer) => {
                    self.banned.remove(&peer);
                    if let Some(id) = address::id_of(peer) {
                        self.swarm.behaviour_mut().blocked.unblock_peer(id);
                    }
                }
                score::Output::Drop(_) => {}
            }
        }
    }

    /// As many are shut out at once as the scores remember.
    pub(super) fn forget_banned(&mut self) {
        if self.banned.len() >= score::PEERS_MAX
            && let Some(peer) = self.banned.pop_first()
            && let Some(id) = address::id_of(peer)
        {
            self.swarm.behaviour_mut().blocked.unblock_peer(id);
        }
    }

    pub(super) fn disconnect(&mut self, peer: PeerId) {
        if let Some(id) = address::id_of(peer) {
            // Not connected is what is wanted.
            let _ = self.swarm.disconnect_peer_id(id);
        }
    }
}
