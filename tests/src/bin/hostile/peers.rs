//! The hostile peers.

use std::sync::Arc;

use pluto_core::event::payload_hash;
use pluto_core::{Canonical, Did, Digest, Event, EventId, Header, Kind, Namespace, Run, Signature};
use pluto_p2p::head::{ChainEnd, HeadTuple, SessionKey};
use pluto_p2p::hello::Hello;
use pluto_p2p::message::{
    ANNOUNCED_RUN_BYTES_MAX, Exchange, FRAME_BYTES_MAX, Message, RANGES_MAX, Range,
    TUPLES_PER_MESSAGE_MAX,
};
use pluto_p2p::score::{self, Deed, Scores};
use pluto_p2p::store::Summary;
use pluto_p2p::sync::ENDS_MAX;
use pluto_p2p::{PeerId, Random, Seeded};

use super::victim::{Asks, Meter, REALM, Request, Victim, id, peer};
use super::{Played, bounds};

pub(crate) const ALL: [fn() -> Played; 13] = [
    oversized,
    full_of_nothing,
    endless_sketch,
    endless_vector,
    endless_ranges,
    opened_and_left,
    opened_and_left_by_many,
    runs_that_wait,
    pages_never_admitted,
    announcements,
    garbage,
    greetings,
    crowds,
];

const LIAR: PeerId = PeerId([0xaa; 32]);
const NONCE: [u8; 16] = [4; 16];

/// What a liar says it has.
fn claimed(ends: u32) -> Summary {
    let (heads_root, state_root) = (Digest([0xbb; 32]), Digest([0xcc; 32]));
    Summary { heads_root, state_root, events: 1 << 40, ends, absent: 0 }
}

fn oversized() -> Played {
    let mut victim = Victim::with_chains(10);
    victim.meets(LIAR);
    for more in 1..200 {
        victim.hears(LIAR, &vec![1; FRAME_BYTES_MAX + more]);
    }
    victim.meter.played("sends frames above the bound", bounds::frame())
}

/// Frames of the largest size whose lists are as long as can be.
fn full_of_nothing() -> Played {
    let mut victim = Victim::with_chains(10);
    victim.meets(LIAR);
    let session = Exchange { id: 9, number: 9 };
    let runs: Vec<Arc<[u8]>> = (0..4_096).map(|_| Arc::from([0_u8; 200])).collect();
    let tuples = (0..TUPLES_PER_MESSAGE_MAX as u64)
        .map(|n| HeadTuple { author: n, seq: 0, head: 0 })
        .collect();
    let page = Message::Page { session, more: true, gone: 0, runs }.encode();
    let vector = Message::Vector { session, from: 0, last: false, tuples }.encode();
    for _ in 0..5 {
        victim.hears(LIAR, &page);
        victim.hears(LIAR, &vector);
    }
    victim.meter.played("answers what nobody asked, at full length", bounds::decoded())
}

/// Lets the node open an exchange, and says to have that many chain ends.
fn opened(victim: &mut Victim, ends: u32) -> (Asks, SessionKey) {
    victim.meets(LIAR);
    let asks = victim.ticks();
    let Some(Request::Open(session, nonce)) = asks.request else {
        return (asks, SessionKey([0; 32]));
    };
    let answer = Message::Opened { session, nonce: NONCE, summary: claimed(ends) };
    let asks = victim.hears(LIAR, &answer.encode());
    (asks, SessionKey::new(REALM, &nonce, &NONCE))
}

fn endless_sketch() -> Played {
    const ENDS: u32 = 60_000;
    let mut victim = Victim::with_chains(u64::from(ENDS));
    let mut random = Seeded(3);
    let (mut asks, _) = opened(&mut victim, ENDS);
    while let Some(Request::Symbols(session, from, count)) = asks.request {
        let mut next = || random.next();
        let symbols = (0..count)
            .map(|_| {
                let sum = HeadTuple { author: next(), seq: next(), head: next() };
                (sum, next(), (next() % 9_999) as i16)
            })
            .collect();
        asks = victim.hears(LIAR, &Message::Symbols { session, from, symbols }.encode());
    }
    let asked_on = matches!(asks.request, Some(Request::Vector(..)));
    assert!(asked_on, "the sketch was not used up");
    victim.meter.played("sends symbols without end, 60,000 chains", bounds::sketch(ENDS as usize))
}

fn endless_vector() -> Played {
    let mut victim = Victim::with_chains(10);
    let (mut asks, _) = opened(&mut victim, ENDS_MAX);
    let mut number = 0;
    while let Some(Request::Vector(session, from)) = asks.request {
        let count = (ENDS_MAX - from).min(TUPLES_PER_MESSAGE_MAX as u32);
        let tuples = (0..count)
            .map(|_| {
                number += 1;
                HeadTuple { author: number, seq: 1 << 40, head: 7 }
            })
            .collect();
        let last = from + count == ENDS_MAX;
        asks = victim.hears(LIAR, &Message::Vector { session, from, last, tuples }.encode());
    }
    assert!(matches!(asks.request, Some(Request::Runs(_))), "ranges were not asked for");
    victim.meter.played("claims a million chain ends", bounds::vector(10))
}

fn open(number: u32) -> Vec<u8> {
    let session = Exchange { id: number, number: 1 };
    Message::Open { session, realm: REALM, nonce: [3; 16], summary: claimed(1) }.encode()
}

/// Asks for ranges again and again, of every chain there is, and at last has them served.
#[expect(clippy::panic, reason = "without an opening there is nothing to measure")]
fn endless_ranges() -> Played {
    const ENDS: usize = 20_000;
    let mut victim = Victim::with_chains(ENDS as u64);
    let ends = victim.ends();
    victim.meets(LIAR);
    let asks = victim.hears(LIAR, &open(1));
    let Some(Request::Opened(nonce)) = asks.request else { panic!("nothing was opened") };
    let key = SessionKey::new(REALM, &[3; 16], &nonce);
    let mut tuples: Vec<HeadTuple> = ends.iter().map(|end| key.tuple(end)).collect();
    tuples.sort_unstable();
    for (number, part) in (2..60).zip(tuples.chunks(RANGES_MAX).cycle()) {
        let session = Exchange { id: 1, number };
        let ranges = part.iter().map(|end| Range { end: *end, from: 0 }).collect();
        let more = number < 59;
        victim.hears(LIAR, &Message::AskRanges { session, more, ranges }.encode());
    }
    let what = "asks for ranges again and again, 20,000 chains";
    victim.meter.played(what, bounds::served(1, ENDS, ENDS))
}

fn opened_and_left() -> Played {
    const ENDS: usize = 20_000;
    let mut victim = Victim::with_chains(ENDS as u64);
    victim.meets(LIAR);
    for number in 1..20 {
        victim.hears(LIAR, &open(number));
    }
    victim
        .meter
        .played("opens exchanges and leaves them, 20,000 chains", bounds::one_peer_served(ENDS))
}

fn opened_and_left_by_many() -> Played {
    const ENDS: usize = 5_000;
    let mut victim = Victim::with_chains(ENDS as u64);
    for number in 0..100 {
        victim.meets(peer(number));
    }
    for number in 0..150_u16 {
        victim.hears(peer(number % 100), &open(u32::from(number) + 1));
    }
    let what = "and a hundred of them do, 5,000 chains";
    victim.meter.played(what, bounds::all_served(ENDS))
}

/// A run of somebody after `prev`, which nobody has signed, with as many events of as many bytes.
fn run(mut prev: EventId, seq: u64, events: u64, payload: usize) -> Run {
    let payload = vec![7; payload];
    let author = AUTHOR;
    let events = (0..events).map(|n| {
        let header = Header {
            realm: REALM,
            author,
            key_ref: EventId([5; 32]),
            author_seq: seq + n,
            prev: Some(prev),
            parents: prev.into(),
            lamport: 1_000 + seq + n,
            wall_ms: 0,
            kind: Kind::RecordPut.number(),
            payload_version: 1,
            payload_len: payload.len() as u32,
            payload_hash: payload_hash(&payload),
        };
        prev = header.id();
        Event { id: prev, header, payload: Some(payload.as_slice().into()) }
    });
    Run { signature: Signature([0; 64]), events: events.collect() }
}

const AUTHOR: Did = Did { namespace: Namespace::Person, id: [0x77; 32] };

/// Sends page after page of what a function makes; what is handed on is never answered.
fn pages(victim: &mut Victim, mut runs: impl FnMut() -> Vec<Arc<[u8]>>) {
    let (asks, key) = opened(victim, 1);
    let Some(Request::Vector(session, from)) = asks.request else { return };
    let end = ChainEnd { author: AUTHOR, seq: 1 << 40, id: EventId([9; 32]) };
    let tuples = vec![key.tuple(&end)];
    let vector = Message::Vector { session, from, last: true, tuples }.encode();
    let mut asks = victim.hears(LIAR, &vector);
    for _ in 0..60 {
        let Some(Request::Runs(session)) = asks.request else { break };
        let page = Message::Page { session, more: true, gone: 0, runs: runs() };
        asks = victim.hears(LIAR, &page.encode());
    }
}

fn runs_that_wait() -> Played {
    let mut victim = Victim::with_chains(10);
    let (mut random, mut seq) = (Seeded(6), 1);
    pages(&mut victim, || {
        let mut next = || {
            seq += 100;
            Arc::from(run(EventId(id(&mut random)), seq, 64, 1).encode())
        };
        (0..60).map(|_| next()).collect()
    });
    victim.meter.played("sends runs that wait for ever", bounds::held())
}

fn pages_never_admitted() -> Played {
    let mut victim = Victim::with_chains(10);
    let known = known(&victim);
    let mut seq = 0;
    pages(&mut victim, || {
        let mut next = || {
            seq += 64;
            Arc::from(run(known, seq, 64, 1).encode())
        };
        (0..60).map(|_| next()).collect()
    });
    victim.meter.played("sends runs faster than they are admitted", bounds::applying())
}

fn announcements() -> Played {
    let mut victim = Victim::with_chains(10);
    let known = known(&victim);
    victim.meets(LIAR);
    let mut random = Seeded(8);
    for seq in 0..2_000 {
        let run = run(known, 64 * seq, 64, 1).encode();
        assert!(run.len() <= ANNOUNCED_RUN_BYTES_MAX, "{}", run.len());
        let (heads_root, run) = (Digest(id(&mut random)), Some(run.into()));
        victim.hears(LIAR, &Message::Announce { realm: REALM, heads_root, run }.encode());
    }
    victim.meter.played("announces runs without end", bounds::announced())
}

/// An event that the node has.
fn known(victim: &Victim) -> EventId {
    victim.ends().first().map_or_else(EventId::default, |end| end.id)
}

fn garbage() -> Played {
    let mut victim = Victim::with_chains(10);
    victim.meets(LIAR);
    let mut random = Seeded(9);
    for number in 0..3_000_u64 {
        let length = random.next() as usize % 3_000;
        let mut frame: Vec<u8> = (0..length).map(|_| (random.next() >> 40) as u8).collect();
        // Version and number are right, so that what follows is read.
        frame.splice(..2.min(frame.len()), [1, (number % 14) as u8]);
        victim.hears(LIAR, &frame);
    }
    victim.meter.played("sends bytes that mean nothing", bounds::frame())
}

fn greetings() -> Played {
    let mut meter = Meter::default();
    let mut random = Seeded(10);
    for number in 0..300_u64 {
        let mut bytes: Vec<u8> = (0..40 * 1_024).map(|_| (random.next() >> 40) as u8).collect();
        // Version 1, and all counts of tags there are.
        bytes.splice(..3, [1, (number >> 4) as u8, (number << 4) as u8]);
        meter.during(bytes.len(), || drop(std::hint::black_box(Hello::decode(&bytes))));
    }
    meter.played("greets with bytes that mean nothing", bounds::hello())
}

/// More peers than are remembered, and all misbehave.
fn crowds() -> Played {
    let mut meter = Meter::default();
    let mut scores = Scores::default();
    let mut random = Seeded(11);
    for number in 0..5_000 {
        let peer = PeerId(id(&mut random));
        let deed = score::Input::Did(peer, Deed::Oversize);
        meter.during(0, || drop(scores.step(deed, number)));
        let traffic = score::Input::Traffic(peer, 1 << 20);
        meter.during(1 << 20, || drop(scores.step(traffic, number)));
    }
    meter.played("is one of 5,000 that misbehave", bounds::scores())
}
