//! The line from a guest to the facts.
//!
//! What a store holds must live for ever, and facts are borrowed for one decision; so the guest never
//! holds them. A read leaves a question on the line and sets the guest aside; the thread that runs it
//! finds the question, asks the facts it borrowed, leaves the answer and goes on with the guest. One
//! run, in order, on one thread and one question at a time.

use std::future::{Future, poll_fn};
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use pluto_core::Did;
use pluto_core::policy::{Claim, Facts, Fault, Value};
use pluto_core::trust::TrustVector;

use super::bindings::types;

/// A read.
pub(super) enum Question {
    Trust(Did),
    Balance(Did),
    Holds(Did, types::Claim),
    Record(String, u16, String),
}

/// What the facts say; in the order of [`Question`].
pub(super) enum Answer {
    Trust(TrustVector),
    Balance(i64),
    Holds(bool),
    Record(Option<Vec<Value>>),
}

impl Question {
    fn ask(&self, facts: &dyn Facts) -> Result<Answer, Fault> {
        Ok(match self {
            Self::Trust(who) => Answer::Trust(facts.trust(who)?),
            Self::Balance(who) => Answer::Balance(facts.balance(who)?),
            Self::Holds(who, claim) => Answer::Holds(facts.holds(who, borrowed(claim))?),
            Self::Record(store, version, key) => {
                Answer::Record(facts.record(store, *version, key)?)
            }
        })
    }
}

fn borrowed(claim: &types::Claim) -> Claim<'_> {
    match claim {
        types::Claim::Credential(schema) => Claim::Credential(schema),
        types::Claim::Capability(name) => Claim::Capability(name),
        types::Claim::Role(name) => Claim::Role(name),
        types::Claim::Known => Claim::Known,
    }
}

#[derive(Default)]
enum Word {
    #[default]
    Silence,
    Question(Question),
    Answer(Result<Answer, Fault>),
}

/// Both ends of a line.
#[derive(Clone, Default)]
pub(super) struct Line(Arc<Mutex<Word>>);

impl Line {
    /// The guest's end: asks, and is set aside until there is an answer.
    pub(super) async fn ask(&self, question: Question) -> Result<Answer, Fault> {
        self.say(Word::Question(question));
        poll_fn(|_| match self.hear() {
            Word::Answer(answer) => Poll::Ready(answer),
            other => {
                self.say(other);
                Poll::Pending
            }
        })
        .await
    }

    /// The other end: runs the guest to its end. None when it waits without having asked.
    pub(super) fn run<T>(
        &self,
        mut guest: Pin<&mut impl Future<Output = T>>,
        facts: &dyn Facts,
    ) -> Option<T> {
        let mut context = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(end) = guest.as_mut().poll(&mut context) {
                return Some(end);
            }
            let Word::Question(question) = self.hear() else { return None };
            self.say(Word::Answer(question.ask(facts)));
        }
    }

    fn say(&self, word: Word) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = word;
    }

    fn hear(&self) -> Word {
        mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
