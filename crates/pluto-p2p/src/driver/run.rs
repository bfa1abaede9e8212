//! The loop: one thing happens, the machines step, what they say is carried out.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt};
use libp2p::swarm::{ConnectionId, Swarm};
use libp2p::{Multiaddr, PeerId as NodeId};
use pluto_core::{BlobId, EventId, RealmId};
use pluto_error::Result;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior};

use super::behaviour::{self, Behaviour};
use super::blobs::Blobs;
use super::dialer::Dialer;
use super::gossip::Judging;
use super::host::{Grown, Host};
use super::peer::Peer;
use super::status::NetworkStatus;
use super::traces::Traces;
use super::{Settings, Wake, address, failed};
use crate::blob;
use crate::error::P2pError;
use crate::peer::{Millis, PeerId, Random};
use crate::score::{self, Scores};
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
    Allow(Vec<PeerId>),
    SyncNow(RealmId),
    Greet,
    Want(BlobId, u64),
    Provide(BlobId),
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
    pub(super) machine: SyncMachine,
    pub(super) scores: Scores,
    random: OsRandom,
    begun: Instant,
    wake: Wake,
    pub(super) node: PeerId,
    pub(super) peers: BTreeMap<PeerId, Peer>,
    pub(super) dialer: Dialer,
    pub(super) applying: FuturesUnordered<futures::future::BoxFuture<'static, Applied>>,
    pub(super) judging: Judging,
    pub(super) blobs: Blobs,
    pub(super) traces: Traces,
    /// What the machine was told to fill in.
    hollow: BTreeMap<RealmId, Vec<EventId>>,
    /// Realms that grew and were not announced yet.
    grown: BTreeSet<RealmId>,
    /// Who is shut out now.
    pub(super) banned: BTreeSet<PeerId>,
    grown_since: Millis,
    announcements: (u64, Millis),
    keeps_strangers: bool,
    /// The realms that peers were told of.
    pub(super) named: Vec<RealmId>,
    /// Whether who may read what must be found out anew.
    is_stale: bool,
    /// When the table of Kademlia is told again what is here.
    pub(super) publish_at: Option<Millis>,
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
            blobs: Blobs::new(host.shelf()),
            traces: Traces::with(&settings.traced),
            hollow: BTreeMap::new(),
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
            publish_at: None,
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
                Some(done) = self.blobs.work.next(), if !self.blobs.work.is_empty() => {
                    self.blob_done(done);
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
        self.blob_tick();
        self.publish();
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
            Command::Allow(peers) => self.allow(&peers),
            Command::SyncNow(realm) => self.give(Input::SyncNow(realm)),
            Command::Greet => {
                self.refresh();
                self.greet_all();
            }
            Command::Want(id, bytes_max) => self.want(id, bytes_max),
            Command::Provide(id) => self.provide(&id),
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

    /// Lets these peers in and no others.
    fn allow(&mut self, allowed: &[PeerId]) {
        self.swarm.behaviour_mut().allowed = behaviour::allowed(allowed);
        let others = self.peers.keys().filter(|peer| !allowed.contains(peer));
        let others: Vec<PeerId> = others.copied().collect();
        if !allowed.is_empty() {
            others.into_iter().for_each(|peer| self.disconnect(peer));
        }
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
        self.tell_hollow();
        if grown.iter().any(|grown| !self.named.contains(&grown.realm)) {
            self.greet_all();
        }
        for Grown { realm, run, context } in grown {
            match run.filter(|_| self.announcements.0 > 0) {
                Some(run) => {
                    self.announcements.0 -= 1;
                    let outputs = self.step(Input::Changed(realm, Some(run)));
                    self.carry_out(outputs, context);
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

    /// Says which payloads are wanted, where that is new.
    fn tell_hollow(&mut self) {
        for realm in self.named.clone() {
            let ids = self.host.hollow(realm);
            if self.hollow.get(&realm).map_or(&[][..], Vec::as_slice) != ids {
                self.hollow.insert(realm, ids.clone());
                self.give(Input::Hollow(realm, ids));
            }
        }
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

    pub(super) fn step(&mut self, input: Input<'_>) -> Vec<Output> {
        let now = self.now();
        self.machine.step(input, now, &mut self.random, self.host.store())
    }

    pub(super) fn give(&mut self, input: Input<'_>) {
        let outputs = self.step(input);
        self.carry_out(outputs, None);
    }

    /// A connection to a peer was opened.
    pub(super) fn came(
        &mut self,
        id: NodeId,
        connection: ConnectionId,
        address: Multiaddr,
        dialled: bool,
    ) {
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
            self.traces.keep(peer, &[]);
            self.give(Input::PeerDown(peer));
            self.blob_step(blob::Input::PeerDown(peer));
        }
    }
}
