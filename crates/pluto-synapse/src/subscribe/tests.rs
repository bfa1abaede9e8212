//! Queues, notices and wakers.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::Wake;

use super::*;
use crate::fixture::{REALM, batch, event, events, moved};
use crate::{SynapseHub, Topology};

const NOW: Duration = Duration::ZERO;

fn positions(delivery: &Delivery) -> Vec<u64> {
    match delivery {
        Delivery::Batch(batch) => batch.events.iter().map(|event| event.position.0).collect(),
        other => panic!("no batch: {other:?}"),
    }
}

#[test]
fn a_full_queue_is_dropped_for_one_notice() {
    let (hub, _queue) = SynapseHub::new(Topology::FLAT);
    let slow = hub.subscribe(None, 2).unwrap();
    let fast = hub.subscribe(None, 100).unwrap();
    for number in 0..4 {
        hub.publish(&batch(&events(number * 5, number * 5 + 5, &[])));
    }
    let Delivery::Lagged(lagged) = slow.next(NOW) else { panic!("no notice") };
    assert_eq!(lagged, Lagged { realm: REALM, from: Position(0), to: Position(15) });
    assert_eq!(positions(&slow.next(NOW)), (15..20).collect::<Vec<_>>());
    assert!(matches!(slow.next(NOW), Delivery::Idle));
    for number in 0..4 {
        assert_eq!(positions(&fast.next(NOW)), (number * 5..number * 5 + 5).collect::<Vec<_>>());
    }
    assert_eq!(hub.counts().lagged, 1);
}

#[test]
fn a_notice_covers_a_reorganisation_that_was_dropped() {
    let queue = Queue::new(None, 1);
    queue.push(&batch(&events(10, 12, &[])));
    assert!(queue.push(&moved(&events(4, 13, &[]), Some(Position(4)))));
    let lagged = Lagged { realm: REALM, from: Position(4), to: Position(13) };
    assert!(matches!(queue.lock().take(), Delivery::Lagged(found) if found == lagged));
}

#[test]
fn a_subscriber_of_one_realm_hears_of_no_other() {
    let (hub, _queue) = SynapseHub::new(Topology::FLAT);
    let one = hub.subscribe(Some(REALM), 10).unwrap();
    let mut foreign = event(0, &[]);
    foreign.realm = RealmId([9; 32]);
    hub.publish(&batch(&[foreign]));
    assert!(matches!(one.next(NOW), Delivery::Idle));
}

#[test]
fn closing_delivers_what_is_queued_first() {
    let (hub, _queue) = SynapseHub::new(Topology::FLAT);
    let early = hub.subscribe(None, 10).unwrap();
    hub.publish(&batch(&events(0, 1, &[])));
    hub.close();
    hub.publish(&batch(&events(1, 2, &[])));
    assert_eq!(positions(&early.next(Duration::MAX)), [0]);
    assert!(matches!(early.next(Duration::MAX), Delivery::Closed));
    let late = hub.subscribe(None, 10).unwrap();
    assert!(matches!(late.next(Duration::MAX), Delivery::Closed));
}

#[derive(Default)]
struct Woken(AtomicU32);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

#[test]
fn an_async_subscriber_is_woken() {
    let (hub, _queue) = SynapseHub::new(Topology::FLAT);
    let subscription = hub.subscribe(None, 10).unwrap();
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut context = Context::from_waker(&waker);
    assert!(subscription.poll_next(&mut context).is_pending());
    hub.publish(&batch(&events(0, 1, &[])));
    hub.publish(&batch(&events(1, 2, &[])));
    assert_eq!(woken.0.load(Relaxed), 1, "woken once for one poll");
    for expected in 0..2 {
        let Poll::Ready(delivery) = subscription.poll_next(&mut context) else {
            panic!("nothing ready")
        };
        assert_eq!(positions(&delivery), [expected]);
    }
    assert!(subscription.poll_next(&mut context).is_pending());
    hub.close();
    assert_eq!(woken.0.load(Relaxed), 2);
}
