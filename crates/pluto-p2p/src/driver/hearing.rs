//! Frames and gossiped announcements on their way to the machine.

use libp2p::PeerId as NodeId;
use libp2p::gossipsub::{self, MessageAcceptance, MessageId};

use super::address;
use super::host::Host;
use super::run::Driver;
use crate::message::Message;
use crate::peer::PeerId;
use crate::score;
use crate::sync::Input;
use crate::traced::Traceparent;

impl<H: Host> Driver<H> {
    /// A frame came from a peer, with a context or without.
    pub(super) fn hear(&mut self, from: PeerId, frame: Vec<u8>, context: Option<Traceparent>) {
        let now = self.now();
        let Some(peer) = self.peers.get_mut(&from) else { return };
        if peer.hello.is_none() {
            peer.keep(frame);
            return;
        }
        if !peer.was_asked(&frame) {
            let bytes = frame.len() as u64;
            let outputs = self.scores.step(score::Input::Traffic(from, bytes), now);
            let is_over = !outputs.is_empty();
            self.heed(outputs);
            if is_over {
                return;
            }
        }
        self.note_root(from, &frame);
        let span = context.map(|context| self.traces.heard(from, &frame, &context));
        let _in = span.as_ref().map(tracing::Span::enter);
        self.give(Input::Frame(from, &frame));
    }

    /// Takes note of the root that a peer tells, for [`NetworkStatus`] alone.
    pub(super) fn note_root(&mut self, from: PeerId, frame: &[u8]) {
        // Only these three tell one.
        if !matches!(frame.get(1), Some(1 | 11)) {
            return;
        }
        let (realm, root) = match Message::from_frame(frame) {
            Ok(Message::Open { realm, summary, .. }) => (realm, summary.heads_root),
            Ok(Message::Announce { realm, heads_root, .. }) => (realm, heads_root),
            _ => return,
        };
        if let Some(peer) = self.peers.get_mut(&from) {
            peer.note_root(realm, root);
        }
    }

    /// A gossiped announcement came through a peer.
    pub(super) fn hear_gossip(
        &mut self,
        through: NodeId,
        id: MessageId,
        message: &gossipsub::Message,
    ) {
        let from = address::peer_of(&through);
        let known = from.filter(|from| self.peers.get(from).is_some_and(|p| p.hello.is_some()));
        if !self.judging.fits(&message.topic, &message.data) {
            self.report(&id, &through, MessageAcceptance::Reject);
            return;
        }
        self.judging.note(&message.data);
        let Some(from) = known else {
            self.report(&id, &through, MessageAcceptance::Ignore);
            return;
        };
        let now = self.now();
        let bytes = message.data.len() as u64;
        let outputs = self.scores.step(score::Input::Traffic(from, bytes), now);
        if !outputs.is_empty() {
            self.heed(outputs);
            self.report(&id, &through, MessageAcceptance::Ignore);
            return;
        }
        self.note_root(from, &message.data);
        let outputs = self.step(Input::Frame(from, &message.data));
        if let Some(verdict) = self.judging.judge(id.clone(), through, &message.data, &outputs) {
            self.report(&id, &through, verdict);
        }
        self.carry_out(outputs, None);
    }

    pub(super) fn report(&mut self, id: &MessageId, through: &NodeId, verdict: MessageAcceptance) {
        let gossip = &mut self.swarm.behaviour_mut().gossip;
        gossip.report_message_validation_result(id, through, verdict);
    }
}
