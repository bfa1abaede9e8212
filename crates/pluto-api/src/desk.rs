//! The desk: who is asked. A node implements [`Desk`]; the faces know nothing of how it decides.
//!
//! The trait blocks, because a node decides on threads of its own. [`BoundedDesk`] brings it to async
//! callers: a bounded number of questions at once, each on a thread for blocking work, none waited for
//! longer than a bound. A question that is given up goes on and keeps its place until it is answered,
//! so that a slow desk is never asked more than the bound. [`Bounded`] is the same for the door of the
//! HTTP face.

use std::sync::Arc;
use std::time::Duration;

use pluto_error::Result;
use tokio::sync::Semaphore;

use crate::answer::{Answer, Completion, GrantSummary, Receipt, Recorded};
use crate::error::ApiError;
use crate::question::ActionQuestion;

/// Questions that a desk is asked at once.
pub const QUESTIONS_MAX: usize = 16;
/// Longest that a face waits for the desk.
pub const ANSWER_MS_MAX: u64 = 60_000;

/// Decides for one actor, records what was decided, and proves it.
///
/// Questions come checked. Ids come bounded and are otherwise any text.
pub trait Desk: Send + Sync + 'static {
    /// What would be decided now. Records nothing.
    ///
    /// # Errors
    /// Those of the desk; a denial is an answer, not an error.
    fn check(&self, question: &ActionQuestion) -> Result<Answer>;

    /// Decides and records. The answer is the one that has effect, not merely the one claimed.
    ///
    /// A question with [`ActionQuestion::escalated`] set may be allowed by an approval of that
    /// decision, once; while it waits, the answer is that decision again and nothing is recorded.
    ///
    /// # Errors
    /// Those of the desk; nothing may be done then.
    fn act(&self, question: &ActionQuestion) -> Result<Receipt>;

    /// Records how an allowed action ended, once.
    ///
    /// # Errors
    /// Those of the desk.
    fn complete(&self, decision: &str, completion: &Completion) -> Result<Recorded>;

    /// The grants of the actor in a realm.
    ///
    /// # Errors
    /// Those of the desk.
    fn grants(&self, realm: Option<&str>) -> Result<Vec<GrantSummary>>;

    /// The file that proves a decision.
    ///
    /// # Errors
    /// Those of the desk.
    fn prove(&self, decision: &str) -> Result<Vec<u8>>;

    /// Answers a decision that was escalated. The desk sees to it that nobody approves their own.
    ///
    /// # Errors
    /// Those of the desk.
    fn approve(&self, decision: &str, yes: bool) -> Result<Recorded>;
}

/// A desk that async callers can ask.
pub type BoundedDesk = Bounded<dyn Desk>;

/// Something that blocks, for async callers.
pub struct Bounded<D: ?Sized> {
    desk: Arc<D>,
    places: Arc<Semaphore>,
    places_max: usize,
    patience: Duration,
}

impl<D: ?Sized> Clone for Bounded<D> {
    fn clone(&self) -> Self {
        Self { desk: Arc::clone(&self.desk), places: Arc::clone(&self.places), ..*self }
    }
}

impl<D: ?Sized + Send + Sync + 'static> Bounded<D> {
    /// Asks `desk` at most [`QUESTIONS_MAX`] questions at once.
    #[must_use]
    pub fn new(desk: Arc<D>) -> Self {
        Self::within(desk, QUESTIONS_MAX, Duration::ZERO)
    }

    /// Asks at most `places_max` questions at once; whoever comes then waits for a place so long.
    #[must_use]
    pub fn within(desk: Arc<D>, places_max: usize, patience: Duration) -> Self {
        Self { desk, places: Arc::new(Semaphore::new(places_max)), places_max, patience }
    }

    /// Asks one question.
    ///
    /// # Errors
    /// `API-0002` when too many are open, `API-0003` when the answer takes too long, `API-0010` when
    /// the desk panics, and those of the desk.
    ///
    /// # Cancel safety
    /// Dropping it gives up the answer; the desk goes on.
    pub async fn ask<T, F>(&self, question: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&D) -> Result<T> + Send + 'static,
    {
        self.ask_later(move |desk| Ok(std::future::ready(Ok(question(desk)?)))).await
    }

    /// Asks one question whose answer is a matter of waiting: a thread is taken until it was asked, and
    /// the place until it is answered.
    ///
    /// # Errors
    /// Those of [`Bounded::ask`].
    ///
    /// # Cancel safety
    /// Dropping it gives up the answer, and the place of a question that was asked.
    pub async fn ask_later<T, A, F>(&self, question: F) -> Result<T>
    where
        A: Future<Output = Result<T>> + Send + 'static,
        F: FnOnce(&D) -> Result<A> + Send + 'static,
    {
        let place = Arc::clone(&self.places).acquire_owned();
        let place = tokio::time::timeout(self.patience, place).await.ok().and_then(Result::ok);
        let place = place.ok_or(ApiError::Crowded(self.places_max))?;
        let desk = Arc::clone(&self.desk);
        let span = tracing::Span::current();
        let asked = tokio::task::spawn_blocking(move || (span.in_scope(|| question(&desk)), place));
        let answered = async move {
            let (answer, _place) = asked.await.map_err(|lost| ApiError::Lost(lost.to_string()))?;
            answer?.await
        };
        let late = |_| ApiError::TimedOut { what: "the desk", after_ms: ANSWER_MS_MAX };
        let limit = Duration::from_millis(ANSWER_MS_MAX);
        tokio::time::timeout(limit, answered).await.map_err(late)?
    }
}
