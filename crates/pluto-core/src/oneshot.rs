//! One answer from one thread to another, which waits for it as a thread or as a task.
//!
//! A channel from the standard library serves threads only, and wakes them while it is being written
//! to. Here the answer is put first and whoever waits is woken apart from that, so that a writer that
//! answers a whole batch lets nobody run before all of it is answered, and wakes nobody who does not
//! wait. Standard library only: a future is polled by whatever runtime the caller has.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread::Thread;

/// Whoever waits for an answer.
#[derive(Debug)]
#[must_use = "it sleeps until it is woken"]
pub struct Waiter(Who);

#[derive(Debug)]
enum Who {
    Thread(Thread),
    Task(Waker),
}

impl Waiter {
    /// Lets it look.
    pub fn wake(self) {
        match self.0 {
            Who::Thread(thread) => thread.unpark(),
            Who::Task(waker) => waker.wake(),
        }
    }
}

#[derive(Debug)]
enum State<T> {
    /// No answer yet; who sleeps, if anybody does.
    Open(Option<Waiter>),
    Answered(T),
    /// Taken, or never to come.
    Closed,
}

#[derive(Debug)]
struct Slot<T>(Mutex<State<T>>);

impl<T> Slot<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settle(&self, state: State<T>) -> Option<Waiter> {
        match std::mem::replace(&mut *self.lock(), state) {
            State::Open(waiter) => waiter,
            State::Answered(_) | State::Closed => None,
        }
    }

    /// Takes the answer, or leaves word who sleeps until there is one.
    fn take_or_sleep(&self, who: impl FnOnce() -> Who) -> Poll<Option<T>> {
        let mut state = self.lock();
        match std::mem::replace(&mut *state, State::Closed) {
            State::Answered(answer) => Poll::Ready(Some(answer)),
            State::Closed => Poll::Ready(None),
            State::Open(_) => {
                *state = State::Open(Some(Waiter(who())));
                Poll::Pending
            }
        }
    }
}

/// The end that answers. Dropped unused, it says that no answer will come.
#[derive(Debug)]
pub struct Sender<T>(Option<Arc<Slot<T>>>);

impl<T> Sender<T> {
    /// Puts the answer; gives whoever sleeps, to be woken when it suits.
    pub fn put(mut self, answer: T) -> Option<Waiter> {
        self.0.take().and_then(|slot| slot.settle(State::Answered(answer)))
    }

    /// Answers at once; whoever asked may have gone.
    pub fn send(self, answer: T) {
        if let Some(waiter) = self.put(answer) {
            waiter.wake();
        }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        if let Some(waiter) = self.0.take().and_then(|slot| slot.settle(State::Closed)) {
            waiter.wake();
        }
    }
}

/// The end that waits: a thread with [`Receiver::wait`], a task with `.await`.
///
/// # Cancel safety
/// Dropping it loses the answer and nothing else.
#[derive(Debug)]
pub struct Receiver<T>(Arc<Slot<T>>);

impl<T> Receiver<T> {
    /// Blocks until the answer is there; `None` when none will come.
    #[must_use]
    pub fn wait(self) -> Option<T> {
        loop {
            match self.0.take_or_sleep(|| Who::Thread(std::thread::current())) {
                Poll::Ready(answer) => return answer,
                Poll::Pending => std::thread::park(),
            }
        }
    }
}

impl<T> Future for Receiver<T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.0.take_or_sleep(|| Who::Task(context.waker().clone()))
    }
}

/// Both ends.
#[must_use]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let slot = Arc::new(Slot(Mutex::new(State::Open(None))));
    (Sender(Some(Arc::clone(&slot))), Receiver(slot))
}

#[cfg(test)]
mod tests;
