//! The published bytes of every format: written once, compared ever after.

use std::path::PathBuf;
use std::sync::Arc;

use pluto_core::{
    BlobId, Canonical, Did, Digest, Event, EventId, Header, KindNumber, Namespace, RealmId, Run,
    Signature,
};

use crate::blob::{Answer, AskPart, PartMessage};
use crate::equivocation::Equivocation;
use crate::finality::{Memory, WitnessSet};
use crate::head::{ChainEnd, SessionKey};
use crate::message::{Exchange, Message, Range, Refusal};
use crate::riblt::{Encoder, Places, Symbol, expected_count};
use crate::store::Summary;
use crate::traced::{self, Traceparent};

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/golden").join(name)
}

fn did(byte: u8) -> Did {
    Did { namespace: Namespace::Guild, id: [byte; 32] }
}

fn ends() -> Vec<ChainEnd> {
    let end =
        |n: u8| ChainEnd { author: did(n), seq: u64::from(n) * 10, id: EventId([n | 0x80; 32]) };
    (1..=5).map(end).collect()
}

fn key() -> SessionKey {
    SessionKey::new(RealmId([0x11; 32]), &[0x22; 16], &[0x33; 16])
}

const SESSION: Exchange = Exchange { id: 7, number: 2 };

fn summary() -> Summary {
    let (heads_root, state_root) = (Digest([0x44; 32]), Digest([0x55; 32]));
    Summary { heads_root, state_root, events: 155, ends: 5, absent: 1 }
}

fn symbols(count: usize) -> Vec<Symbol> {
    Encoder::new(&key(), ends().iter().map(|end| key().tuple(end))).symbols(count)
}

fn messages() -> Vec<(&'static str, Message)> {
    let (session, realm) = (SESSION, RealmId([0x11; 32]));
    let mut tuples: Vec<_> = ends().iter().map(|end| key().tuple(end)).collect();
    tuples.sort_unstable();
    let ranges = vec![Range { end: tuples[0], from: 0 }, Range { end: tuples[3], from: 5 }];
    let numbered = symbols(8).into_iter().zip(0..);
    let coded = numbered.map(|(symbol, index)| {
        let count = symbol.count - expected_count(5, index);
        (symbol.sum, symbol.check, i16::try_from(count).unwrap())
    });
    let run: Arc<[u8]> = Arc::from(b"a run".as_slice());
    vec![
        (
            "sync-v1-open.bin",
            Message::Open { session, realm, nonce: [0x22; 16], summary: summary() },
        ),
        ("sync-v1-opened.bin", Message::Opened { session, nonce: [0x33; 16], summary: summary() }),
        ("sync-v1-ask-symbols.bin", Message::AskSymbols { session, from: 0, count: 8 }),
        ("sync-v1-symbols.bin", Message::Symbols { session, from: 0, symbols: coded.collect() }),
        ("sync-v1-ask-vector.bin", Message::AskVector { session, from: 0 }),
        ("sync-v1-vector.bin", Message::Vector { session, from: 0, last: true, tuples }),
        ("sync-v1-ask-ranges.bin", Message::AskRanges { session, more: false, ranges }),
        ("sync-v1-ask-more.bin", Message::AskMore { session }),
        (
            "sync-v1-ask-events.bin",
            Message::AskEvents { session, ids: vec![EventId([1; 32]), EventId([2; 32])] },
        ),
        (
            "sync-v1-page.bin",
            Message::Page { session, more: true, gone: 1, runs: vec![run.clone(), run.clone()] },
        ),
        (
            "sync-v1-announce.bin",
            Message::Announce { realm, heads_root: Digest([0x44; 32]), run: Some(run) },
        ),
        ("sync-v1-refused.bin", Message::Refused { session, why: Refusal::Busy }),
    ]
}

/// Key, chain ends, their tuples and first eight places below 1,000, and 24 symbols.
fn sketch() -> Vec<u8> {
    let mut out = key().0.to_vec();
    for end in ends() {
        let tuple = key().tuple(&end);
        let mark = key().mark(tuple);
        end.author.encode_into(&mut out);
        out.extend(end.seq.to_be_bytes());
        out.extend(end.id.0);
        tuple.encode_into(&mut out);
        out.extend(mark.check.to_be_bytes());
        out.extend(mark.seed.to_be_bytes());
        let mut places = Places::new(mark.seed);
        for _ in 0..8 {
            out.extend(u32::try_from(places.at()).unwrap_or(u32::MAX).to_be_bytes());
            places.advance();
        }
    }
    for symbol in symbols(24) {
        symbol.sum.encode_into(&mut out);
        out.extend(symbol.check.to_be_bytes());
        out.extend(symbol.count.to_be_bytes());
    }
    out
}

fn run(kind: u16) -> Run {
    let header = Header {
        realm: RealmId([0x11; 32]),
        author: did(2),
        key_ref: EventId([0x22; 32]),
        author_seq: 5,
        prev: Some(EventId([0x33; 32])),
        parents: vec![EventId([0x33; 32])].into(),
        lamport: 9,
        wall_ms: 1_700_000_000_000,
        kind: KindNumber(kind),
        payload_version: 1,
        payload_len: 0,
        payload_hash: pluto_core::event::payload_hash(b""),
    };
    let event = Event { id: header.id(), header, payload: None };
    let next = Header {
        author_seq: 6,
        prev: Some(event.id),
        parents: event.id.into(),
        lamport: 10,
        ..event.header.clone()
    };
    let next = Event { id: next.id(), header: next, payload: None };
    Run { signature: Signature([0x66; 64]), events: vec![event, next] }
}

fn equivocation() -> Equivocation {
    Equivocation::between(&run(66), &run(67)).unwrap()
}

fn memory() -> Memory {
    Memory { round: 5, commits: true }
}

fn witnesses() -> WitnessSet {
    WitnessSet::of([did(3), did(1), did(2)]).unwrap()
}

fn ask() -> AskPart {
    AskPart { blob: BlobId([0x11; 32]), part: 2 }
}

fn part() -> PartMessage {
    PartMessage { answer: Answer::Here, bytes: b"a part".to_vec() }
}

fn context() -> Traceparent {
    Traceparent::new("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").unwrap()
}

fn traced_frame() -> Vec<u8> {
    Message::AskMore { session: SESSION }.encode()
}

/// Name and bytes of every golden file.
fn all() -> Vec<(&'static str, Vec<u8>)> {
    let mut all: Vec<_> =
        messages().into_iter().map(|(name, message)| (name, message.encode())).collect();
    all.extend([
        ("sync-v1-sketch-vector.bin", sketch()),
        ("traced-sync-v1.bin", context().before(&traced_frame())),
        ("equivocation-v1.bin", equivocation().encode()),
        ("witness-v2-memory.bin", memory().encode()),
        ("witness-v1-set.bin", witnesses().encode()),
        ("blob-exchange-v1-ask.bin", ask().encode()),
        ("blob-exchange-v1-part.bin", part().encode()),
        ("blob-exchange-v1-busy.bin", PartMessage::without(Answer::Busy).encode()),
    ]);
    all
}

#[test]
#[ignore = "writes the golden files; run it only when a format gets a new version"]
fn write_golden_files() {
    for (name, bytes) in all() {
        std::fs::write(file(name), bytes).unwrap();
    }
}

#[test]
fn todays_code_writes_the_golden_bytes() {
    for (name, bytes) in all() {
        let golden = std::fs::read(file(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(golden, bytes, "{name}");
    }
}

#[test]
fn todays_code_reads_the_golden_bytes() {
    let read = |name| std::fs::read(file(name)).unwrap();
    for (name, message) in messages() {
        assert_eq!(Message::from_frame(&read(name)).unwrap(), message, "{name}");
    }
    let request = read("traced-sync-v1.bin");
    assert_eq!(traced::split(&request), Some((context(), &traced_frame()[..])));
    let proof = Equivocation::decode(&read("equivocation-v1.bin")).unwrap();
    assert_eq!(proof, equivocation());
    assert_eq!(proof.check_shape(), Ok(()));
    for name in ["witness-v1-memory.bin", "witness-v2-memory.bin"] {
        assert_eq!(Memory::read(&read(name)).unwrap(), memory(), "{name}");
    }
    assert_eq!(WitnessSet::decode(&read("witness-v1-set.bin")).unwrap(), witnesses());
    assert_eq!(AskPart::decode(&read("blob-exchange-v1-ask.bin")).unwrap(), ask());
    assert_eq!(PartMessage::decode(&read("blob-exchange-v1-part.bin")).unwrap(), part());
    let busy = PartMessage::decode(&read("blob-exchange-v1-busy.bin")).unwrap();
    assert_eq!(busy, PartMessage::without(Answer::Busy));
}
