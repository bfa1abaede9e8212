//! Which frames go with a context, and which are done within a span.

use pluto_core::{Canonical, Digest};

use super::*;
use crate::message::{Exchange, Refusal};
use crate::store::Summary;

const NAMED: PeerId = PeerId([1; 32]);
const OTHER: PeerId = PeerId([2; 32]);

fn context() -> Traceparent {
    Traceparent::new("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").unwrap()
}

fn realm(n: usize) -> RealmId {
    let mut id = [0; 32];
    id[..8].copy_from_slice(&n.to_be_bytes());
    RealmId(id)
}

fn open(id: SessionId, realm: RealmId) -> Vec<u8> {
    let session = Exchange { id, number: 1 };
    Message::Open { session, realm, nonce: [0; 16], summary: Summary::default() }.encode()
}

fn more(id: SessionId) -> Vec<u8> {
    Message::AskMore { session: Exchange { id, number: 2 } }.encode()
}

fn announcement() -> Vec<u8> {
    Message::Announce { realm: realm(0), heads_root: Digest::ZERO, run: None }.encode()
}

#[test]
fn the_requests_of_an_exchange_go_with_one_context_until_it_ends() {
    let mut traces = Traces::with(&[NAMED]);
    let mut asked = |frame: Vec<u8>| traces.asked(NAMED, &frame, |_| Some(context()));
    assert_eq!(asked(more(7)), None, "no exchange began");
    assert_eq!(asked(open(7, realm(0))), Some(context()));
    assert_eq!(asked(more(7)), Some(context()));
    assert_eq!(asked(open(8, realm(0))), Some(context()), "the next round");
    assert_eq!((asked(more(7)), asked(more(8))), (None, Some(context())));
    traces.ended(NAMED, realm(0), Outcome::Equal, 3);
    assert_eq!(traces.asked(NAMED, &more(8), |_| Some(context())), None);
}

#[test]
fn an_exchange_ends_with_what_is_shared() {
    let mut traces = Traces::with(&[NAMED]);
    for n in 0..=ASKING_MAX {
        let id = SessionId::try_from(n).unwrap() + 1;
        let context = traces.asked(NAMED, &open(id, realm(n)), |_| Some(context()));
        assert_eq!(context.is_some(), n < ASKING_MAX, "{n}");
    }
    traces.keep(OTHER, &[]);
    assert_eq!(traces.asking.len(), ASKING_MAX);
    traces.keep(NAMED, &[realm(3)]);
    assert_eq!(traces.asking.keys().collect::<Vec<_>>(), [&(NAMED, realm(3))]);
}

#[test]
fn who_is_not_named_is_told_nothing_and_not_followed() {
    let mut traces = Traces::with(&[NAMED]);
    assert_eq!(traces.asked(OTHER, &open(7, realm(0)), |_| Some(context())), None);
    assert!(traces.asking.is_empty());
    assert!(traces.heard(OTHER, &more(7), &context()).is_none());
    assert!(traces.heard(OTHER, &announcement(), &context()).is_none());
}

#[test]
fn what_is_heard_has_a_span_of_its_kind() {
    let traces = Traces::with(&[NAMED]);
    let name = |frame: &[u8]| {
        let span = traces.heard(NAMED, frame, &context());
        span.metadata().map(tracing::Metadata::name)
    };
    assert_eq!(name(&more(7)), Some("serve"));
    assert_eq!(name(&announcement()), Some("take in"));
    let (session, why) = (Exchange { id: 7, number: 2 }, Refusal::Busy);
    assert_eq!(name(&Message::Refused { session, why }.encode()), None, "an answer");
}
