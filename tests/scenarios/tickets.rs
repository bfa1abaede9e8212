//! Every submission is answered, to threads and to tasks of any runtime.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use pluto_tests::{MemoryNode, Store, Writer, person};

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
