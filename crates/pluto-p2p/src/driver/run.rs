//! The loop: one thing happens, the machines step, what they say is carried out.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt};
use libp2p::gossipsub::{self, MessageAcceptance, MessageId};
use libp2p::swarm::{ConnectionId, Swarm};
use libp2p::{Multiaddr, PeerId as NodeId};
use pluto_core::RealmId;
use pluto_error::Result;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior};

use super::behaviour::Behaviour;
use super::dialer::Dialer;
use super::gossip::{self, Judging};
use super::host::{Grown, Host, Told};
use super::peer::Peer;
use super::status::{NetworkStatus, PeerStatus};
use super::{Settings, Wake, address, failed};
use crate::error::P2pError;
use crate::message::Message;
use crate::peer::{Millis, PeerId, Random};
use crate::score::{self, Deed, Scores};
use crate::sync::{Input, Output, RunOutcome, SyncMachine, Ticket};

/// How often time passes for the machines.
const TICK: Duration = Duration::from_millis(100);
/// How long a peer that shares no realm may stay connected.
const STRANGER_MS_MAX: Millis = 30_000;
/// Announcements at once, and for each second; what is more waits, and is told by its root alone.
const ANNOUNCEMENTS: u64 = 16;

/// How long others are not told what is still being fetched.
const FETCHING_MS_MAX: Millis = 2_000;

/// What others ask of the driver.
pub(super) enum Command {
    Dial(PeerId, Multiaddr),
    Ban(PeerId, bool),
    SyncNow(RealmId),
    Greet,
    Status(oneshot::Sender<NetworkStatus>),
}

/// Numbers from the operating system.
struct OsRandom;

impl Random for OsRandom {
    fn next(&mut self) -> u64 {
        // Without randomness a session key could be foreseen: sketches may collide then, nothing else.
        getrandom::u64().unwrap_or_default()
    }
}

type Applied = (Ticket, Option<Vec<RunOutcome>>);

/// Everything the network thread owns.
pub(super) struct Driver<H> {
    pub(super) swarm: Swarm<Behaviour>,
    pub(super) host: H,
    machine: SyncMachine,
    scores: Scores,
    random: OsRandom,
    begun: Instant,
    wake: Wake,
    pub(super) node: PeerId,
    pub(super) peers: BTreeMap<PeerId, Peer>,
    pub(super) dialer: Dialer,
    applying: FuturesUnordered<futures::future::BoxFuture<'static, Applied>>,
    pub(super) judging: Judging,
    /// Realms that grew and were not announced yet.
    grown: BTreeSet<RealmId>,
    /// Who is shut out now.
    banned: BTreeSet<PeerId>,
    grown_since: Millis,
    announcements: (u64, Millis),
    keeps_strangers: bool,
    /// The realms that peers were told of.
    pub(super) named: Vec<RealmId>,
    /// Whether who may read what must be found out anew.
    is_stale: bool,
}

impl<H: Host> Driver<H> {
    pub(super) fn new(
        swarm: Swarm<Behaviour>,
        host: H,
        wake: Wake,
        settings: &Settings,
    ) -> Result<Self> {
        let id = *swarm.local_peer_id();
        let unknown = || failed("use the node key", id);
        let mut driver = Self {
            node: address::peer_of(&id).ok_or_else(unknown)?,
            swarm,
            host,
            machine: SyncMachine::default(),
            scores: Scores::default(),
            random: OsRandom,
            begun: Instant::now(),
            wake,
            peers: BTreeMap::new(),
            dialer: Dialer::default(),
            applying: FuturesUnordered::new(),
            judging: Judging::default(),
            grown: BTreeSet::new(),
            banned: BTreeSet::new(),
            grown_since: 0,
            announcements: (ANNOUNCEMENTS, 0),
            keeps_strangers: settings.dht || settings.relay,
            named: Vec::new(),
            is_stale: false,
        };
        for text in &settings.listen {
            let address: Multiaddr =
                text.parse().map_err(|_| P2pError::BadAddress(text.clone()))?;
            driver.swarm.listen_on(address).map_err(|error| failed("listen", error))?;
        }
        for text in &settings.peers {
            let (address, peer) = address::parse_address(text)?;
            driver.add(peer, address);
        }
        for peer in &settings.banned {
            driver.ban(*peer, true);
        }
        driver.host.refresh();
        driver.listen_to_realms();
        Ok(driver)
    }

    /// Runs until nobody holds the sending end of `commands`.
    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let wake = self.wake.clone();
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                event = self.swarm.select_next_some() => self.on_event(event),
                Some((ticket, outcomes)) = self.applying.next(), if !self.applying.is_empty() => {
                    self.on_applied(ticket, outcomes);
                }
                command = commands.recv() => match command {
                    Some(command) => self.on_command(command),
                    None => return,
                },
                () = wake.woken() => self.refresh(),
                _ = ticks.tick() => self.on_tick(),
            }
        }
    }

    pub(super) fn now(&self) -> Millis {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn on_tick(&mut self) {
        self.refresh();
        let now = self.now();
        let outputs = self.scores.step(score::Input::Tick, now);
        self.heed(outputs);
        self.give(Input::Tick);
        let peers = &self.peers;
        for (peer, addresses) in self.dialer.due(now, |peer| peers.contains_key(peer)) {
            self.dial(peer, addresses);
        }
        let is_stale = std::mem::take(&mut self.is_stale);
        let all: Vec<PeerId> = self.peers.keys().copied().collect();
        for peer in all {
            if is_stale {
                self.welcome(peer);
            }
            self.pump(peer);
            self.leave_stranger(peer, now);
        }
    }

    /// Strangers take places that others need.
    fn leave_stranger(&mut self, peer: PeerId, now: Millis) {
        let Some(known) = self.peers.get(&peer) else { return };
        let is_new = now.saturating_sub(known.since) < STRANGER_MS_MAX;
        let is_wanted = !known.realms.is_empty() || !self.dialer.addresses(&peer).is_empty();
        if !is_new && !is_wanted && !self.keeps_strangers {
            self.disconnect(peer);
        }
    }

    fn on_command(&mut self, command: Command) {
        match command {
            Command::Dial(peer, address) => self.add(peer, address),
            Command::Ban(peer, banned) => self.ban(peer, banned),
            Command::SyncNow(realm) => self.give(Input::SyncNow(realm)),
            Command::Greet => {
                self.refresh();
                self.greet_all();
            }
            Command::Status(reply) => drop(reply.send(self.status())),
        }
    }

    fn add(&mut self, peer: PeerId, address: Multiaddr) {
        if peer == self.node {
            return;
        }
        if let Some(id) = address::id_of(peer) {
            // An operator named it: strangers cannot take its place.
            self.swarm.behaviour_mut().limits.bypass_peer_id(&id);
        }
        let now = self.now();
        self.dialer.add(peer, address, true, now);
    }

    fn ban(&mut self, peer: PeerId, banned: bool) {
        let now = self.now();
        if banned {
            self.dialer.remove(&peer);
        }
        let outputs = self.scores.step(score::Input::Banned(peer, banned), now);
        self.heed(outputs);
    }

    /// Takes over what the node wrote or learnt since, and tells others.
    pub(super) fn refresh(&mut self) {
        let grown = self.host.refresh();
        let now = self.now();
        let (tokens, since) = self.announcements;
        let new = now.saturating_sub(since).saturating_mul(ANNOUNCEMENTS) / 1_000;
        if new > 0 {
            self.announcements = (tokens.saturating_add(new).min(ANNOUNCEMENTS), now);
        }
        self.is_stale |= !grown.is_empty();
        if grown.iter().any(|grown| !self.named.contains(&grown.realm)) {
            self.greet_all();
        }
        for Grown { realm, run } in grown {
            match run.filter(|_| self.announcements.0 > 0) {
                Some(run) => {
                    self.announcements.0 -= 1;
                    self.give(Input::Changed(realm, Some(run)));
                }
                None => {
                    self.grown.insert(realm);
                }
            }
        }
        // What comes from a peer comes page by page: others are told once it is all here.
        let is_fetching = self.machine.under_way().0 > 0;
        if self.grown.is_empty() || !is_fetching {
            self.grown_since = now;
        }
        let is_due = !is_fetching || now.saturating_sub(self.grown_since) > FETCHING_MS_MAX;
        while is_due
            && self.announcements.0 > 0
            && let Some(realm) = self.grown.pop_first()
        {
            self.announcements.0 -= 1;
            self.give(Input::Changed(realm, None));
        }
    }

    /// A frame came from a peer.
    pub(super) fn hear(&mut self, from: PeerId, frame: Vec<u8>) {
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
        self.give(Input::Frame(from, &frame));
    }

    /// Takes note of the root that a peer tells, for [`NetworkStatus`] alone.
    fn note_root(&mut self, from: PeerId, frame: &[u8]) {
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
        self.carry_out(outputs);
    }

    fn report(&mut self, id: &MessageId, through: &NodeId, verdict: MessageAcceptance) {
        let gossip = &mut self.swarm.behaviour_mut().gossip;
        gossip.report_message_validation_result(id, through, verdict);
    }

    fn on_applied(&mut self, ticket: Ticket, outcomes: Option<Vec<RunOutcome>>) {
        if let Some((id, through, verdict)) = self.judging.judged(&ticket, outcomes.as_deref()) {
            self.report(&id, &through, verdict);
        }
        // Without an outcome the node takes nothing in: the exchange ends in time.
        if let Some(outcomes) = outcomes {
            self.refresh();
            self.give(Input::Applied(ticket, outcomes));
        }
    }

    fn step(&mut self, input: Input<'_>) -> Vec<Output> {
        let now = self.now();
        self.machine.step(input, now, &mut self.random, self.host.store())
    }

    pub(super) fn give(&mut self, input: Input<'_>) {
        let outputs = self.step(input);
        self.carry_out(outputs);
    }

    fn carry_out(&mut self, outputs: Vec<Output>) {
        let mut announced = BTreeMap::new();
        for output in outputs {
            match output {
                Output::Send(to, frame) if Message::is_announcement(&frame) => {
                    self.announce(to, frame, &mut announced);
                }
                Output::Send(to, frame) => self.send(to, frame),
                Output::Apply(ticket, runs) => {
                    let apply = self.host.apply(ticket.peer, runs);
                    let applying = tokio::task::spawn_blocking(apply);
                    let outcomes = async move { (ticket, applying.await.unwrap_or_default()) };
                    self.applying.push(Box::pin(outcomes));
                }
                Output::Did(peer, deed) => self.did(peer, deed),
                Output::Fork(realm, proof) => self.host.told(Told::Fork(realm, proof)),
                Output::Fault(realm, peer, error) => {
                    self.host.told(Told::Fault(realm, peer, error));
                }
                Output::Ended(peer, realm, outcome, events) => {
                    let Some(peer) = self.peers.get_mut(&peer) else { continue };
                    let standing = peer.standing.entry(realm).or_default();
                    standing.outcome = Some(outcome);
                    standing.events = standing.events.saturating_add(events);
                    if outcome == crate::sync::Outcome::Equal {
                        let summary = self.host.store().summary(realm);
                        standing.heads_root = summary.map(|summary| summary.heads_root);
                    }
                }
            }
        }
    }

    /// Announces by gossip where the peer hears it that way, else directly.
    fn announce(
        &mut self,
        to: PeerId,
        frame: Vec<u8>,
        announced: &mut BTreeMap<RealmId, bool>,
    ) {
        let Ok(Message::Announce { realm, .. }) = Message::from_frame(&frame) else { return };
        let topic = gossip::topic(realm).hash();
        let gossip = &mut self.swarm.behaviour_mut().gossip;
        let published = *announced.entry(realm).or_insert_with(|| {
            self.host.is_open(realm) && gossip.publish(topic.clone(), frame.clone()).is_ok()
        });
        let listens = address::id_of(to).is_some_and(|id| {
            gossip.all_peers().any(|(peer, topics)| *peer == id && topics.contains(&&topic))
        });
        if !published || !listens {
            self.send(to, frame);
        }
    }

    fn send(&mut self, to: PeerId, frame: Vec<u8>) {
        let Some(peer) = self.peers.get_mut(&to) else { return };
        if !peer.line_up(frame) {
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
        while let Some(frame) = peer.next_frame(now) {
            self.swarm.behaviour_mut().frames.send_request(&id, frame);
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

    fn heed(&mut self, outputs: Vec<score::Output>) {
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
    fn forget_banned(&mut self) {
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

    /// A connection to a peer was opened.
    pub(super) fn came(&mut self, id: NodeId, connection: ConnectionId, address: Multiaddr, dialled: bool) {
        let now = self.now();
        let Some(peer) = address::peer_of(&id) else {
            self.swarm.close_connection(connection);
            return;
        };
        self.dialer.answered(&peer);
        let is_new = !self.peers.contains_key(&peer);
        self.peers.entry(peer).or_insert_with(|| Peer::new(address, now));
        if is_new && dialled {
            self.greet(peer);
        }
    }

    /// The last connection to a peer was closed.
    pub(super) fn left(&mut self, id: &NodeId) {
        let Some(peer) = address::peer_of(id) else { return };
        if self.peers.remove(&peer).is_some() {
            self.give(Input::PeerDown(peer));
        }
    }

    fn status(&self) -> NetworkStatus {
        let now = self.now();
        let near = self.peers.keys().chain(self.dialer.peers()).chain(&self.banned);
        let mut peers: Vec<PeerId> = near.copied().collect();
        peers.sort_unstable();
        peers.dedup();
        let id = self.swarm.local_peer_id();
        let own = self.swarm.listeners().chain(self.swarm.external_addresses());
        let mut listening: Vec<String> = own.map(|at| format!("{at}/p2p/{id}")).collect();
        listening.sort_unstable();
        listening.dedup();
        let peers = peers.into_iter().map(|peer| self.peer_status(peer, now)).collect();
        NetworkStatus { node: self.node, listening, peers }
    }

    fn peer_status(&self, peer: PeerId, now: Millis) -> PeerStatus {
        let known = self.peers.get(&peer);
        let at = known.map(|known| known.address.to_string());
        let mut addresses: Vec<String> = at.into_iter().collect();
        if addresses.is_empty() {
            addresses.extend(self.dialer.addresses(&peer).iter().map(ToString::to_string));
        }
        let standing = |realm: &RealmId| {
            let standing = known.and_then(|known| known.standing.get(realm)).cloned();
            (*realm, standing.unwrap_or_default())
        };
        PeerStatus {
            peer,
            owner: known.and_then(|known| known.owner),
            addresses,
            connected: known.is_some(),
            points: self.scores.points(&peer, now),
            banned: self.scores.is_banned(&peer, now),
            realms: known.into_iter().flat_map(|known| &known.realms).map(standing).collect(),
        }
    }
}
