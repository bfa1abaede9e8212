//! A peer that lies in every way there is: each exchange ends, and the lie is put down.

use super::*;
use crate::head::HeadTuple;
use crate::message::{Exchange, Refusal, TUPLES_PER_MESSAGE_MAX};

/// A machine with one peer that the test plays.
struct Victim {
    machine: SyncMachine,
    store: MemoryEvents,
    random: Seeded,
    now: Millis,
    realm: RealmId,
}

impl Victim {
    fn new() -> Self {
        let (mut pen, genesis) = Pen::open();
        let mut store = MemoryEvents::default();
        store.insert(&genesis);
        for author in 1..80 {
            store.insert(&pen.run(author, 1, Kind::RecordPut));
        }
        let machine = SyncMachine::default();
        let mut victim = Self { machine, store, random: Seeded(9), now: 0, realm: pen.realm };
        victim.give(Input::PeerUp(B, vec![pen.realm]));
        victim
    }

    fn give(&mut self, input: Input<'_>) -> Vec<Output> {
        self.machine.step(input, self.now, &mut self.random, &self.store)
    }

    fn says(&mut self, message: &Message) -> Vec<Output> {
        self.give(Input::Frame(B, &message.encode()))
    }

    /// The request the machine makes next.
    fn asks(&mut self) -> Message {
        asked(&self.give(Input::Tick))
    }

    /// Claims another root and so many events and chain ends; what is asked then.
    fn opens(&mut self, events: u64, ends: u32) -> Vec<Output> {
        let Message::Open { session, .. } = self.asks() else { panic!("an exchange begins") };
        let heads_root = Digest([7; 32]);
        let summary = Summary { heads_root, events, ends, ..Summary::default() };
        self.says(&Message::Opened { session, nonce: [0; 16], summary })
    }
}

fn asked(outputs: &[Output]) -> Message {
    let frame = outputs.iter().rev().find_map(|output| match output {
        Output::Send(_, frame) => Some(frame),
        _ => None,
    });
    Message::from_frame(frame.unwrap_or_else(|| panic!("{outputs:?}"))).unwrap()
}

fn punished(outputs: &[Output], deed: Deed, outcome: Outcome) {
    assert!(outputs.contains(&Output::Did(B, deed)), "{outputs:?}");
    let ended = outputs.iter().any(|o| matches!(o, Output::Ended(_, _, how, 0) if *how == outcome));
    assert!(ended, "{outputs:?}");
}

#[test]
fn numbers_that_cannot_be() {
    for (events, ends) in [(3, 4), (4, 0), (u64::MAX, ENDS_MAX + 1)] {
        let out = Victim::new().opens(events, ends);
        punished(&out, Deed::Garbage, Outcome::Misbehaved);
    }
}

#[test]
fn a_sketch_without_end_is_cut_at_half_of_the_list_and_the_list_at_what_was_claimed() {
    let mut victim = Victim::new();
    let mut request = asked(&victim.opens(1_000, 90));
    let mut symbols_seen = 0;
    while let Message::AskSymbols { session, from, count } = request {
        let junk = (HeadTuple { author: 1, seq: 1, head: 1 }, 5, 9);
        symbols_seen += usize::from(count);
        let symbols = vec![junk; usize::from(count)];
        request = asked(&victim.says(&Message::Symbols { session, from, symbols }));
    }
    assert!(symbols_seen * 34 <= 90 * 24 / 2);
    let Message::AskVector { session, from: 0 } = request else { panic!("{request:?}") };
    let tuples = (0..91).map(|n| HeadTuple { author: n, seq: 1, head: n }).collect();
    let out = victim.says(&Message::Vector { session, from: 0, last: false, tuples });
    punished(&out, Deed::Garbage, Outcome::Misbehaved);
}

#[test]
fn events_that_are_claimed_and_not_shown() {
    let mut victim = Victim::new();
    let mut request = asked(&victim.opens(500_000, 500_000));
    let (mut from, total) = (0_u64, 500_000_u64);
    while let Message::AskVector { session, .. } = request {
        let to = (from + TUPLES_PER_MESSAGE_MAX as u64).min(total);
        let tuples = (from..to).map(|n| HeadTuple { author: n, seq: 1, head: n }).collect();
        let first = u32::try_from(from).unwrap();
        let page = Message::Vector { session, from: first, last: to == total, tuples };
        request = asked(&victim.says(&page));
        from = to;
    }
    let Message::AskRanges { session, ranges, more: false } = request else {
        panic!("{request:?}")
    };
    assert!(ranges.len() <= crate::message::RANGES_MAX);
    // A page with nothing in it that is not the last would go on for ever.
    let out = victim.says(&Message::Page { session, more: true, gone: 0, runs: Vec::new() });
    punished(&out, Deed::Garbage, Outcome::Misbehaved);
}

fn at_ranges(victim: &mut Victim) -> (Exchange, Vec<crate::message::Range>) {
    let mut request = asked(&victim.opens(5, 4));
    if let Message::AskVector { session, .. } = request {
        let tuples = (0..4).map(|n| HeadTuple { author: n, seq: 1, head: n }).collect();
        request = asked(&victim.says(&Message::Vector { session, from: 0, last: true, tuples }));
    }
    let Message::AskRanges { session, ranges, .. } = request else { panic!("{request:?}") };
    (session, ranges)
}

#[test]
fn stale_heads_end_after_one_round() {
    let mut victim = Victim::new();
    let (session, _) = at_ranges(&mut victim);
    let out = victim.says(&Message::Page { session, more: false, gone: 0, runs: Vec::new() });
    punished(&out, Deed::Stale, Outcome::Stale);
    assert!(victim.give(Input::Tick).is_empty(), "it is left alone for a while");
}

#[test]
fn runs_that_nobody_asked_for_or_that_are_none() {
    let (pen, genesis) = Pen::open();
    let mut other = pen.clone();
    let foreign = other.run(50, 1, Kind::RecordPut);
    for run in [genesis.encode(), foreign.encode()] {
        let mut victim = Victim::new();
        let (session, _) = at_ranges(&mut victim);
        let runs = vec![Arc::from(run)];
        let out = victim.says(&Message::Page { session, more: false, gone: 0, runs });
        punished(&out, Deed::Unexpected, Outcome::Misbehaved);
    }
    let mut victim = Victim::new();
    let (session, _) = at_ranges(&mut victim);
    let runs = vec![Arc::from([1_u8; 300])];
    let out = victim.says(&Message::Page { session, more: false, gone: 0, runs });
    punished(&out, Deed::Garbage, Outcome::Misbehaved);
}

#[test]
fn silence_and_a_trickle() {
    let mut victim = Victim::new();
    victim.asks();
    victim.now = REPLY_MS_MAX + 1;
    let out = victim.give(Input::Tick);
    punished(&out, Deed::Silent, Outcome::TimedOut);

    let mut victim = Victim::new();
    let mut request = asked(&victim.opens(1_000, 90));
    let mut out = Vec::new();
    // Symbols are answered one request at a time, each just in time.
    for _ in 0..6 {
        victim.now += REPLY_MS_MAX;
        out = victim.give(Input::Tick);
        if !out.is_empty() {
            break;
        }
        if let Message::AskSymbols { session, from, count } = request {
            let junk = (HeadTuple { author: 1, seq: 1, head: 1 }, 5, 9);
            let symbols = vec![junk; usize::from(count)];
            request = asked(&victim.says(&Message::Symbols { session, from, symbols }));
        } else {
            break;
        }
    }
    punished(&out, Deed::Slow, Outcome::TimedOut);
}

#[test]
fn requests_out_of_turn_and_floods_of_exchanges() {
    let mut victim = Victim::new();
    let realm = victim.realm;
    let named = |id, number| Exchange { id, number };
    for id in 1..500 {
        let (session, summary) = (named(id, 1), Summary::default());
        victim.says(&Message::Open { session, realm, nonce: [1; 16], summary });
    }
    assert_eq!(victim.machine.under_way().1, SERVED_PER_PEER_MAX);
    let again = victim.says(&Message::AskSymbols { session: named(499, 2), from: 5, count: 1 });
    assert_eq!(again, [Output::Did(B, Deed::Unexpected)]);
    let gone = victim.says(&Message::AskMore { session: named(499, 3) });
    let refusal = Message::Refused { session: named(499, 3), why: Refusal::NoSession };
    assert_eq!(gone, [Output::Send(B, refusal.encode())]);
    victim.now = 100_000;
    victim.give(Input::Tick);
    assert_eq!(victim.machine.under_way().1, 0, "what nobody uses is let go");
}

#[test]
fn garbage_and_oversize_frames() {
    let mut victim = Victim::new();
    let huge = vec![1; crate::message::FRAME_BYTES_MAX + 1];
    assert_eq!(victim.give(Input::Frame(B, &huge)), [Output::Did(B, Deed::Oversize)]);
    assert_eq!(victim.give(Input::Frame(B, &[1, 99])), [Output::Did(B, Deed::Garbage)]);
    let bad = Message::Announce {
        realm: victim.realm,
        heads_root: Digest::ZERO,
        run: Some(Arc::from([0_u8; 9])),
    };
    assert_eq!(victim.says(&bad), [Output::Did(B, Deed::Garbage)]);
    assert!(victim.give(Input::Frame(PeerId([77; 32]), &[1])).len() == 1);
}
