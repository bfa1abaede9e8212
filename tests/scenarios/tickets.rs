//! Every submission is answered, to threads and to tasks of any runtime.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use pluto_core::traits::Clock;
use pluto_core::{Canonical, Run};
use pluto_nervous_system::event_bus::Source;
use pluto_tests::{MemoryNode, Store, Writer, open_at, person};

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// The smallest runtime there is.
fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

#[test]
fn a_task_awaits_its_receipt() {
    let alice = person(1);
    let (mut writer, genesis) = Writer::open(&alice);
    let node = MemoryNode::open(&Store::default(), 5_000).unwrap();
    let runs: Vec<_> =
        std::iter::once(genesis).chain((1..20).map(|_| writer.records(&alice, 3))).collect();
    let tickets = node.submit(&runs).unwrap();
    let mut events = 0;
    for (run, ticket) in runs.iter().zip(tickets) {
        let receipt = block_on(ticket).unwrap();
        assert_eq!(receipt.events.len(), run.events.len());
        events += receipt.events.len();
    }
    assert_eq!(node.roots(writer.realm()).unwrap().position, events as u64);
}

#[derive(Default)]
struct Hand(AtomicU64);

impl Clock for Hand {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

#[test]
fn a_run_whose_past_does_not_come_is_answered_and_may_come_again() {
    let alice = person(1);
    let (mut writer, genesis) = Writer::open(&alice);
    let (missing, orphan) = (writer.records(&alice, 1), writer.records(&alice, 2));
    let (store, clock) = (Store::default(), Arc::new(Hand::default()));
    let log = Box::new(store.log.clone());
    let (system, _) = open_at(log, store.kv.clone(), 5_000, clock.clone(), |_| {}).unwrap();
    let submit = |run: &Run| system.submit(Source::Local, run.encode()).unwrap();
    submit(&genesis).wait().unwrap();
    let mut waiting = pin!(submit(&orphan));
    // Time goes on, however late the writer sees the run.
    let told = loop {
        match waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => break answer.unwrap_err(),
            Poll::Pending => clock.0.fetch_add(1_000, Ordering::SeqCst),
        };
        std::thread::yield_now();
    };
    assert_eq!(told.code().id(), "NRV-0004");
    assert!(told.chain().contains(&missing.events[0].id.to_string()), "{told:?}");
    let again = submit(&orphan);
    submit(&missing).wait().unwrap();
    assert_eq!(again.wait().unwrap().events.len(), 2);
}

#[test]
fn a_task_hears_of_a_refusal() {
    let (alice, bob) = (person(1), person(2));
    let (mut writer, genesis) = Writer::open(&alice);
    let node = MemoryNode::open(&Store::default(), 5_000).unwrap();
    node.write(&[genesis]).unwrap();
    let mut forged = writer.records(&alice, 1);
    forged.signature = bob.sign(forged.events.clone()).signature;
    let ticket = node.submit(&[forged]).unwrap().remove(0);
    assert_eq!(block_on(ticket).unwrap_err().code().id(), "NRV-0001");
}
