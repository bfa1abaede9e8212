//! The node that is attacked: machine, decoder, events; and a meter around each of its steps.

use pluto_core::{Did, EventId, Namespace, RealmId};
use pluto_p2p::head::{ChainEnd, Nonce};
use pluto_p2p::memory::MemoryEvents;
use pluto_p2p::message::{Exchange, Message};
use pluto_p2p::sync::{Input, Output, SyncMachine, Ticket};
use pluto_p2p::{Millis, PeerId, Random, Seeded};

use super::{MEMORY, Played};

pub(crate) const REALM: RealmId = RealmId([0x11; 32]);

/// Measures what stays allocated of what is done under it, and the most there was at any moment.
#[derive(Default)]
pub(crate) struct Meter {
    held: i64,
    peak: i64,
    frames: u64,
    sent: u64,
}

impl Meter {
    /// Does something that a frame of so many bytes brings about.
    pub(crate) fn during<R: Copy>(&mut self, bytes: usize, act: impl FnOnce() -> R) -> R {
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let result = act();
        let [peak, after] =
            [MEMORY.peak_usage(), MEMORY.current_usage()].map(|now| now as i64 - before as i64);
        self.peak = self.peak.max(self.held + peak);
        self.held += after;
        self.frames += 1;
        self.sent += bytes as u64;
        result
    }

    pub(crate) fn played(&self, what: &'static str, bound_bytes: usize) -> Played {
        Played {
            what,
            frames: self.frames,
            sent_bytes: self.sent,
            peak_bytes: u64::try_from(self.peak).unwrap_or(0),
            bound_bytes: bound_bytes as u64,
        }
    }
}

/// What the node asks for after a step.
#[derive(Clone, Copy, Default)]
pub(crate) struct Asks {
    pub(crate) request: Option<Request>,
    pub(crate) apply: Option<(Ticket, usize)>,
    pub(crate) is_over: bool,
}

/// A request, or what answers the first one, without what it lists.
#[derive(Clone, Copy)]
pub(crate) enum Request {
    Open(Exchange, Nonce),
    Opened(Nonce),
    Symbols(Exchange, u32, u16),
    Vector(Exchange, u32),
    Runs(Exchange),
}

/// The node.
pub(crate) struct Victim {
    machine: SyncMachine,
    store: MemoryEvents,
    random: Seeded,
    pub(crate) now: Millis,
    pub(crate) meter: Meter,
}

impl Victim {
    /// A node that has so many chains.
    pub(crate) fn with_chains(chains: u64) -> Self {
        let mut store = MemoryEvents::default();
        let mut random = Seeded(1);
        for seq in 0..chains {
            let author = Did { namespace: Namespace::Person, id: id(&mut random) };
            store.insert_pruned(REALM, ChainEnd { author, seq, id: EventId(id(&mut random)) });
        }
        let machine = SyncMachine::default();
        Self { machine, store, random: Seeded(2), now: 1, meter: Meter::default() }
    }

    pub(crate) fn ends(&self) -> Vec<ChainEnd> {
        pluto_p2p::store::EventStore::ends(&self.store, REALM).unwrap_or_default()
    }

    pub(crate) fn meets(&mut self, peer: PeerId) {
        self.take(Input::PeerUp(peer, vec![REALM]), 0);
    }

    pub(crate) fn ticks(&mut self) -> Asks {
        self.now += 1;
        self.take(Input::Tick, 0)
    }

    pub(crate) fn hears(&mut self, from: PeerId, frame: &[u8]) -> Asks {
        self.now += 1;
        self.take(Input::Frame(from, frame), frame.len())
    }

    fn take(&mut self, input: Input<'_>, bytes: usize) -> Asks {
        let Self { machine, store, random, now, meter } = self;
        meter.during(bytes, || {
            let mut asks = Asks::default();
            for output in machine.step(input, *now, random, store) {
                match output {
                    Output::Send(_, frame) => asks.request = request(&frame).or(asks.request),
                    Output::Apply(ticket, runs) => asks.apply = Some((ticket, runs.len())),
                    Output::Ended(..) => asks.is_over = true,
                    Output::Did(..) | Output::Fork(..) | Output::Fault(..) => {}
                }
            }
            asks
        })
    }
}

/// The last of a request's frames, without reading what it lists.
fn request(frame: &[u8]) -> Option<Request> {
    // Ranges may fill many frames of a megabyte; the beginning says enough.
    let session = || {
        let numbers = frame.get(2..8)?;
        let (id, number) = numbers.split_first_chunk::<4>()?;
        let number = u16::from_be_bytes(*number.first_chunk()?);
        Some(Exchange { id: u32::from_be_bytes(*id), number })
    };
    match frame.get(1)? {
        7..=9 => Some(Request::Runs(session()?)),
        _ => match Message::from_frame(frame).ok()? {
            Message::Open { session, nonce, .. } => Some(Request::Open(session, nonce)),
            Message::Opened { nonce, .. } => Some(Request::Opened(nonce)),
            Message::AskSymbols { session, from, count } => {
                Some(Request::Symbols(session, from, count))
            }
            Message::AskVector { session, from } => Some(Request::Vector(session, from)),
            _ => None,
        },
    }
}

/// Any 32 bytes.
pub(crate) fn id(random: &mut Seeded) -> [u8; 32] {
    let mut id = [0; 32];
    id.chunks_mut(8).for_each(|part| part.copy_from_slice(&random.next().to_be_bytes()));
    id
}

pub(crate) fn peer(number: u16) -> PeerId {
    let [high, low] = number.to_be_bytes();
    let mut id = [0xee; 32];
    id[..2].copy_from_slice(&[high, low]);
    PeerId(id)
}
