//! Messages of peers: their decoder, trace contexts before them, sketches made of any symbols, and a
//! machine that hears anything.

use pluto_core::{Canonical, EventId, Reader, RealmId};
use pluto_node::observe::context::TraceContext;
use pluto_p2p::head::{ChainEnd, HeadTuple, SessionKey};
use pluto_p2p::memory::MemoryEvents;
use pluto_p2p::message::Message;
use pluto_p2p::riblt::{Decoder, Encoder, Symbol};
use pluto_p2p::sync::{Input, Output, RunOutcome, SyncMachine};
use pluto_p2p::traced::{CONTEXT_BYTES, split};
use pluto_p2p::{PeerId, Seeded};

const PEER: PeerId = PeerId([1; 32]);

/// A message that decodes has one encoding.
pub(super) fn message(bytes: &[u8]) {
    if let Ok(message) = Message::from_frame(bytes) {
        assert_eq!(message.encode(), bytes, "another encoding of {message:?}");
    }
}

/// A request comes apart into what was put together, and its context is one or is passed over.
pub(super) fn traced(bytes: &[u8]) {
    let Some((context, frame)) = split(bytes) else {
        assert!(bytes.len() < CONTEXT_BYTES);
        return;
    };
    assert_eq!(context.before(frame), bytes);
    if let Some(found) = context.text().and_then(TraceContext::continuing) {
        assert!(found.is_continued && found.traceparent().len() == CONTEXT_BYTES);
    }
    message(frame);
}

/// Any symbols are decoded, refused, or leave the decoder waiting.
pub(super) fn sketch(bytes: &[u8]) {
    let key = SessionKey([7; 32]);
    let own = (0..9).map(|n| HeadTuple { author: n, seq: n, head: n });
    let mut decoder = Decoder::new(key, Encoder::new(&key, own));
    let mut input = Reader::new(bytes);
    while let Ok(sum) = HeadTuple::decode_from(&mut input)
        && let (Ok(check), Ok(count)) = (input.u64(), input.u8())
    {
        let symbol = Symbol { sum, check, count: i64::from(count.cast_signed()) };
        if !matches!(decoder.push(&[symbol]), Ok(None)) {
            return;
        }
    }
}

/// A machine with an exchange under way hears frames: `length u16 · frame`, one after the other. The
/// first bytes of a frame that answer a request are overwritten, so that answers are heard as such.
pub(super) fn machine(bytes: &[u8]) {
    let realm = RealmId([0x11; 32]);
    let mut store = MemoryEvents::default();
    for n in 0..40 {
        let author = pluto_core::Did { namespace: pluto_core::Namespace::Guild, id: [n; 32] };
        store.insert_pruned(realm, ChainEnd { author, seq: u64::from(n), id: EventId([n; 32]) });
    }
    let mut random = Seeded(5);
    let mut machine = SyncMachine::default();
    machine.step(Input::PeerUp(PEER, vec![realm]), 0, &mut random, &store);
    let mut outputs = machine.step(Input::Tick, 1, &mut random, &store);
    let mut input = Reader::new(bytes);
    let mut now = 1;
    while let Ok(length) = input.u16()
        && let Ok(frame) = input.take(usize::from(length).min(input.rest().len()))
    {
        now += 100;
        let mut frame = frame.to_vec();
        for output in std::mem::take(&mut outputs) {
            match output {
                // Session and number of the last request stand behind version and kind.
                Output::Send(_, request) => {
                    frame
                        .iter_mut()
                        .skip(2)
                        .zip(request.iter().skip(2))
                        .take(6)
                        .for_each(|(to, from)| *to = *from);
                }
                Output::Apply(ticket, runs) => {
                    let outcomes = runs.iter().map(|_| RunOutcome::Refused).collect();
                    machine.step(Input::Applied(ticket, outcomes), now, &mut random, &store);
                }
                _ => {}
            }
        }
        outputs = machine.step(Input::Frame(PEER, &frame), now, &mut random, &store);
    }
    machine.step(Input::Tick, now + 100_000, &mut random, &store);
}
