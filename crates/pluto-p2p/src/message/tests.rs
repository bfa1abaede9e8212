//! Messages round-trip, and no length is believed before it was compared with its bound.

use proptest::prelude::*;

use super::*;

fn tuple() -> impl Strategy<Value = HeadTuple> {
    (any::<u64>(), any::<u64>(), any::<u64>()).prop_map(|(author, seq, head)| HeadTuple {
        author,
        seq,
        head,
    })
}

fn summary() -> impl Strategy<Value = Summary> {
    (any::<[u8; 32]>(), any::<[u8; 32]>(), any::<u64>(), any::<u32>(), any::<u64>()).prop_map(
        |(heads, state, events, ends, absent)| Summary {
            heads_root: Digest(heads),
            state_root: Digest(state),
            events,
            ends,
            absent,
        },
    )
}

fn runs() -> impl Strategy<Value = Vec<Arc<[u8]>>> {
    prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40).prop_map(Arc::from), 0..5)
}

fn message() -> impl Strategy<Value = Message> {
    let session = (any::<u32>(), any::<u16>()).prop_map(|(id, number)| Exchange { id, number });
    let session = session.boxed();
    prop_oneof![
        (session.clone(), any::<[u8; 32]>(), any::<[u8; 16]>(), summary()).prop_map(
            |(session, realm, nonce, summary)| {
                Message::Open { session, realm: RealmId(realm), nonce, summary }
            }
        ),
        (session.clone(), any::<[u8; 16]>(), summary())
            .prop_map(|(session, nonce, summary)| Message::Opened { session, nonce, summary }),
        (session.clone(), any::<u32>(), any::<u16>())
            .prop_map(|(session, from, count)| Message::AskSymbols { session, from, count }),
        (
            session.clone(),
            any::<u32>(),
            prop::collection::vec((tuple(), any::<u64>(), any::<i16>()), 0..9)
        )
            .prop_map(|(session, from, symbols)| Message::Symbols {
                session,
                from,
                symbols
            }),
        (session.clone(), any::<u32>())
            .prop_map(|(session, from)| Message::AskVector { session, from }),
        (session.clone(), any::<u32>(), any::<bool>(), prop::collection::btree_set(tuple(), 0..9))
            .prop_map(|(session, from, last, tuples)| {
                Message::Vector { session, from, last, tuples: tuples.into_iter().collect() }
            }),
        (session.clone(), prop::collection::vec((tuple(), any::<u64>()), 0..9)).prop_map(
            |(session, ranges)| {
                let range = |(end, from): (HeadTuple, u64)| Range { end, from: from.min(end.seq) };
                Message::AskRanges {
                    session,
                    more: false,
                    ranges: ranges.into_iter().map(range).collect(),
                }
            }
        ),
        session.clone().prop_map(|session| Message::AskMore { session }),
        (session.clone(), prop::collection::btree_set(any::<[u8; 32]>(), 0..9)).prop_map(
            |(session, ids)| {
                Message::AskEvents { session, ids: ids.into_iter().map(EventId).collect() }
            }
        ),
        (session.clone(), any::<bool>(), any::<u16>(), runs()).prop_map(
            |(session, more, gone, runs)| { Message::Page { session, more, gone, runs } }
        ),
        (any::<[u8; 32]>(), any::<[u8; 32]>(), runs()).prop_map(|(realm, root, runs)| {
            let (realm, heads_root) = (RealmId(realm), Digest(root));
            Message::Announce { realm, heads_root, run: runs.into_iter().next() }
        }),
        session.prop_map(|session| Message::Refused { session, why: Refusal::Busy }),
    ]
}

proptest! {
    #[test]
    fn messages_round_trip(message in message()) {
        let bytes = message.encode();
        prop_assert_eq!(Message::from_frame(&bytes).unwrap(), message);
    }

    #[test]
    fn any_bytes_are_a_message_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(message) = Message::from_frame(&bytes) {
            prop_assert_eq!(message.encode(), bytes);
        }
    }
}

fn code(frame: &[u8]) -> &'static str {
    Message::from_frame(frame).unwrap_err().code().id()
}

#[test]
fn bounds_are_checked_before_room_is_made() {
    assert_eq!(code(&vec![0; FRAME_BYTES_MAX + 1]), "P2P-0001");
    // 65,535 symbols, tuples, ranges, ids or runs in a frame of a few bytes.
    for (number, fixed) in [(4, 4), (6, 5), (7, 1), (9, 0), (10, 3)] {
        let mut frame = vec![1, number, 0, 0, 0, 0, 0, 0];
        frame.extend(std::iter::repeat_n(0, fixed));
        frame.extend([0xff, 0xff]);
        assert_eq!(code(&frame), "COR-0004", "message {number}");
        let short = frame.len() - 2;
        frame[short..].copy_from_slice(&[0, 200]);
        assert_eq!(code(&frame), "COR-0001", "message {number}");
    }
}

#[test]
fn what_has_two_encodings_has_one() {
    let tuple = HeadTuple { author: 1, seq: 5, head: 1 };
    let twice = Message::Vector {
        session: Exchange::default(),
        from: 0,
        last: true,
        tuples: vec![tuple, tuple],
    };
    assert_eq!(code(&twice.encode()), "COR-0003");
    let ids = vec![EventId([2; 32]), EventId([1; 32])];
    assert_eq!(
        code(&Message::AskEvents { session: Exchange::default(), ids }.encode()),
        "COR-0003"
    );
    let backwards = vec![Range { end: tuple, from: 6 }];
    assert_eq!(
        code(
            &Message::AskRanges { session: Exchange::default(), more: true, ranges: backwards }
                .encode()
        ),
        "COR-0006"
    );
    assert_eq!(code(&[2, 1]), "COR-0005");
    assert_eq!(code(&[1, 13, 0, 0, 0, 0, 0, 0]), "COR-0006");
}
