//! Threads and tasks get their answer, and are woken when they should be and not before.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;

use super::*;

#[derive(Default)]
struct Counter(AtomicUsize);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn poll<T>(receiver: &mut Receiver<T>, counter: &Arc<Counter>) -> Poll<Option<T>> {
    let waker = Waker::from(Arc::clone(counter));
    Pin::new(receiver).poll(&mut Context::from_waker(&waker))
}

#[test]
fn a_thread_that_waits_gets_the_answer() {
    let (sender, receiver) = channel();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| receiver.wait());
        sender.send(7);
        assert_eq!(waiting.join().unwrap(), Some(7));
    });
}

#[test]
fn an_answer_is_there_before_anybody_is_woken() {
    let counter = Arc::new(Counter::default());
    let (sender, mut receiver) = channel();
    assert_eq!(poll(&mut receiver, &counter), Poll::Pending);
    let waiter = sender.put(7).unwrap();
    assert_eq!(counter.0.load(Ordering::SeqCst), 0);
    waiter.wake();
    assert_eq!(counter.0.load(Ordering::SeqCst), 1);
    assert_eq!(poll(&mut receiver, &counter), Poll::Ready(Some(7)));
    assert_eq!(poll(&mut receiver, &counter), Poll::Ready(None));
}

#[test]
fn nobody_is_woken_who_does_not_wait() {
    let (sender, receiver) = channel();
    assert!(sender.put(7).is_none());
    assert_eq!(receiver.wait(), Some(7));
    let (sender, receiver) = channel();
    drop(receiver);
    assert!(sender.put(7).is_none());
}

#[test]
fn a_sender_that_goes_says_so() {
    let counter = Arc::new(Counter::default());
    let (sender, mut receiver) = channel::<u8>();
    assert_eq!(poll(&mut receiver, &counter), Poll::Pending);
    drop(sender);
    assert_eq!(counter.0.load(Ordering::SeqCst), 1);
    assert_eq!(receiver.wait(), None);
}
