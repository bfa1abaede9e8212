//! What libp2p reports: connections, greetings, frames, and addresses of others.

use libp2p::request_response::{self, Message as Carried};
use libp2p::swarm::SwarmEvent;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::{Multiaddr, PeerId as NodeId, gossipsub, identify, kad, mdns, ping};
use pluto_core::Canonical;

use super::behaviour::{self, BehaviourEvent};
use super::host::Host;
use super::run::Driver;
use super::{address, gossip};
use crate::blob;
use crate::hello::Hello;
use crate::peer::PeerId;
use crate::score::Deed;
use crate::sync::Input;
use crate::traced;

/// After how long a realm that nobody shares is looked for again.
const AGAIN_MS: u64 = 15_000;
/// How long after a peer was met the table of Kademlia is told what is here.
const PUBLISH_MS: u64 = 500;

type Exchanged = request_response::Event<Vec<u8>, Vec<u8>>;

pluto_core::domains! {
    PROVIDER = "pluto provider record v1";
}

impl<H: Host> Driver<H> {
    pub(super) fn on_event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(event) => self.on_behaviour(event),
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                let address = endpoint.get_remote_address().clone();
                self.came(peer_id, connection_id, address, endpoint.is_dialer());
            }
            SwarmEvent::ConnectionClosed { peer_id, num_established: 0, .. } => self.left(&peer_id),
            SwarmEvent::NewListenAddr { address, .. } => {
                tracing::info!(%address, "listening");
                // Who lets others be reached through it says that it can be reached itself.
                if self.swarm.behaviour().relay.is_enabled() {
                    self.swarm.add_external_address(address);
                }
            }
            SwarmEvent::ListenerError { error, .. } => tracing::warn!(%error, "a listener failed"),
            SwarmEvent::OutgoingConnectionError { error, .. } => {
                tracing::debug!(%error, "a peer does not answer");
            }
            _ => {}
        }
    }

    fn on_behaviour(&mut self, event: BehaviourEvent) {
        match event {
            BehaviourEvent::Frames(event) => self.on_frame(event, false),
            BehaviourEvent::Traced(event) => self.on_frame(event, true),
            BehaviourEvent::Hello(event) => self.on_hello(event),
            BehaviourEvent::Blobs(event) => self.on_blob(event),
            BehaviourEvent::Gossip(gossipsub::Event::Message {
                propagation_source,
                message_id,
                message,
            }) => self.hear_gossip(propagation_source, message_id, &message),
            BehaviourEvent::Ping(ping::Event {
                connection,
                result: Err(ping::Failure::Timeout | ping::Failure::Other { .. }),
                ..
            }) => {
                // Nobody is there any more: a new connection finds the way that there is now.
                self.swarm.close_connection(connection);
            }
            BehaviourEvent::Identify(identify::Event::Received { peer_id, info, .. }) => {
                self.learnt(&peer_id, &info);
                let Some(kad) = self.swarm.behaviour_mut().kad.as_mut() else { return };
                for address in info.listen_addrs {
                    kad.add_address(&peer_id, address);
                }
                // Records that were made while nobody was there reached nobody.
                let due = self.now().saturating_add(PUBLISH_MS);
                self.publish_at.get_or_insert(due);
            }
            BehaviourEvent::Mdns(mdns::Event::Discovered(found)) => {
                for (id, address) in found {
                    self.found(&id, address);
                }
            }
            BehaviourEvent::Kad(kad::Event::OutboundQueryProgressed {
                result:
                    kad::QueryResult::GetProviders(Ok(kad::GetProvidersOk::FoundProviders {
                        providers,
                        ..
                    })),
                ..
            }) => {
                for id in providers {
                    let is_known =
                        address::peer_of(&id).is_none_or(|p| self.peers.contains_key(&p));
                    if !is_known && id != *self.swarm.local_peer_id() {
                        // The table of Kademlia knows where it is.
                        let _ = self.swarm.dial(id);
                    }
                }
            }
            _ => {}
        }
    }

    /// What a peer speaks. One that takes no trace context, or is not to have any, gets plain frames.
    fn learnt(&mut self, id: &NodeId, info: &identify::Info) {
        let Some(peer) = address::peer_of(id) else { return };
        let is_named = self.traces.names(&peer);
        if let Some(known) = self.peers.get_mut(&peer) {
            known.takes_context = is_named && info.protocols.contains(&behaviour::TRACED);
        }
    }

    fn on_frame(&mut self, event: Exchanged, is_traced: bool) {
        match event {
            Exchanged::Message {
                peer, message: Carried::Request { request, channel, .. }, ..
            } => {
                let behaviour = self.swarm.behaviour_mut();
                let line = if is_traced { &mut behaviour.traced } else { &mut behaviour.frames };
                // The acknowledgement: the next frame may come.
                let _ = line.send_response(channel, Vec::new());
                let Some(peer) = address::peer_of(&peer) else { return };
                match request {
                    request if request.is_empty() => self.did(peer, Deed::Oversize),
                    frame if !is_traced => self.hear(peer, frame, None),
                    request => match traced::split(&request) {
                        Some((context, frame)) => self.hear(peer, frame.to_vec(), Some(context)),
                        None => self.did(peer, Deed::Garbage),
                    },
                }
            }
            Exchanged::Message { peer, message: Carried::Response { .. }, .. }
            | Exchanged::OutboundFailure { peer, .. } => {
                let Some(peer) = address::peer_of(&peer) else { return };
                if let Some(known) = self.peers.get_mut(&peer) {
                    known.acknowledged();
                }
                self.pump(peer);
            }
            Exchanged::InboundFailure { .. } | Exchanged::ResponseSent { .. } => {}
        }
    }

    fn on_hello(&mut self, event: Exchanged) {
        match event {
            Exchanged::Message { peer, message, .. } => {
                let Some(from) = address::peer_of(&peer) else { return };
                let bytes = match message {
                    Carried::Request { request, channel, .. } => {
                        let own = self.host.hello(from).encode();
                        let _ = self.swarm.behaviour_mut().hello.send_response(channel, own);
                        request
                    }
                    Carried::Response { response, .. } => response,
                };
                match Hello::decode(&bytes) {
                    _ if bytes.is_empty() => self.did(from, Deed::Oversize),
                    Ok(hello) => self.greeted(from, hello),
                    Err(_) => self.did(from, Deed::Garbage),
                }
            }
            Exchanged::InboundFailure { .. }
            | Exchanged::OutboundFailure { .. }
            | Exchanged::ResponseSent { .. } => {}
        }
    }

    /// Tells all peers which realms are here now.
    pub(super) fn greet_all(&mut self) {
        self.listen_to_realms();
        let peers: Vec<PeerId> = self.peers.keys().copied().collect();
        for peer in peers {
            self.greet(peer);
            self.welcome(peer);
        }
    }

    /// Greets a peer; it greets back.
    pub(super) fn greet(&mut self, peer: PeerId) {
        let Some(id) = address::id_of(peer) else { return };
        let hello = self.host.hello(peer).encode();
        self.swarm.behaviour_mut().hello.send_request(&id, hello);
    }

    fn greeted(&mut self, from: PeerId, hello: Hello) {
        let Some(peer) = self.peers.get_mut(&from) else { return };
        peer.hello = Some(hello);
        self.blob_step(blob::Input::PeerUp(from));
        self.welcome(from);
        let early = self.peers.get_mut(&from).map(super::peer::Peer::early).unwrap_or_default();
        for frame in early {
            self.hear(from, frame, None);
        }
    }

    /// Finds out anew what is shared with a peer.
    pub(super) fn welcome(&mut self, from: PeerId) {
        let Some(peer) = self.peers.get_mut(&from) else { return };
        let Some(hello) = &peer.hello else { return };
        let welcome = self.host.welcome(from, hello);
        let is_new = peer.realms != welcome.realms;
        peer.owner = welcome.owner;
        peer.realms.clone_from(&welcome.realms);
        peer.standing.retain(|realm, _| welcome.realms.contains(realm));
        if is_new {
            self.traces.keep(from, &welcome.realms);
            self.give(Input::PeerUp(from, welcome.realms));
        }
    }

    /// Subscribes to the open realms of this node, and tells in the table of Kademlia that it has them.
    pub(super) fn listen_to_realms(&mut self) {
        self.named = self.host.realms();
        let host = &self.host;
        let open: Vec<_> =
            self.named.iter().copied().filter(|realm| host.is_open(*realm)).collect();
        self.judging.listen(open.iter().copied());
        let behaviour = self.swarm.behaviour_mut();
        for realm in open {
            if let Err(error) = behaviour.gossip.subscribe(&gossip::topic(realm)) {
                tracing::warn!(%error, "announcements of a realm are not heard");
            }
        }
        self.publish_at = Some(self.now());
    }

    /// Tells the table of Kademlia what is here, and asks it who else has it, if that is due.
    pub(super) fn publish(&mut self) {
        let is_due = self.publish_at.is_some_and(|at| at <= self.now());
        if !is_due || !self.swarm.behaviour().kad.is_enabled() {
            return;
        }
        self.publish_at = None;
        let mut is_alone = false;
        for realm in self.named.clone() {
            // Of what is only looked for there is nothing here; who has it is known by the same key.
            let is_here = self.host.is_open(realm);
            let Some(kad) = self.swarm.behaviour_mut().kad.as_mut() else { return };
            let key = kad::RecordKey::new(&PROVIDER.hash(&realm.0).0);
            if is_here {
                // A full table serves others as well as it can.
                let _ = kad.start_providing(key.clone());
            }
            let is_wanted = is_here || self.host.store().summary(realm).is_none();
            if is_wanted {
                kad.get_providers(key);
            }
            is_alone |= !self.peers.values().any(|peer| peer.realms.contains(&realm));
        }
        if is_alone {
            self.publish_at = Some(self.now().saturating_add(AGAIN_MS));
        }
        self.provide_all();
    }

    fn found(&mut self, id: &NodeId, address: Multiaddr) {
        if let Some(peer) = address::peer_of(id).filter(|peer| *peer != self.node) {
            let now = self.now();
            self.dialer.add(peer, address, false, now);
        }
    }

    pub(super) fn dial(&mut self, peer: PeerId, addresses: Vec<Multiaddr>) {
        let Some(id) = address::id_of(peer) else { return };
        let options = DialOpts::peer_id(id)
            .condition(PeerCondition::DisconnectedAndNotDialing)
            .addresses(addresses)
            .build();
        if let Err(error) = self.swarm.dial(options) {
            tracing::debug!(%error, "a peer is not dialled");
        }
    }
}
