//! Questions to the writer, which alone has a realm as it is.

use pluto_core::{Did, Digest, EventId, RealmId};
use pluto_error::Result;

use super::NervousSystem;
use crate::error::NervousError;
use crate::event_bus::{Lane, Source};
use crate::event_sourcing::RealmView;
use crate::merkle_tracker::Roots;
use crate::writer::{Draft, Intake, Ticket};

impl NervousSystem {
    /// Asks the writer about a realm. The answer comes when everything it rests on is durable.
    ///
    /// # Errors
    /// `NRV-0006` for a realm that is not here; the error of the question.
    pub fn ask<T: Send + 'static>(
        &self,
        realm: RealmId,
        question: impl FnOnce(&RealmView<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.ask_later(realm, question)?.wait()
    }

    /// As [`NervousSystem::ask`], without waiting for the answer.
    ///
    /// # Errors
    /// When the writer has stopped.
    pub fn ask_later<T: Send + 'static>(
        &self,
        realm: RealmId,
        question: impl FnOnce(&RealmView<'_>) -> Result<T> + Send + 'static,
    ) -> Result<Ticket<T>> {
        let (reply, ticket) = Ticket::new();
        let ask = move |view: Option<&RealmView<'_>>| {
            let unknown = || NervousError::UnknownRealm(realm).into();
            let answer = view.ok_or_else(unknown).and_then(question);
            let conclude: crate::writer::Answer =
                Box::new(move |durable: Result<()>| reply.put(durable.and(answer)));
            conclude
        };
        self.push(Lane::Critical, Source::Local, Intake::Ask(realm, Box::new(ask)))?;
        Ok(ticket)
    }

    /// What `author` needs to write the next event in `realm`.
    ///
    /// # Errors
    /// `NRV-0006` for a realm that is not here.
    pub fn draft(&self, realm: RealmId, author: Did) -> Result<Draft> {
        self.ask(realm, move |view| Ok(view.draft(&author)))
    }

    /// The roots over exactly the causal past of an event with those parents, in the order that it has if a
    /// checkpoint over it extends `extends` (zero for none): what a witness compares before it signs.
    /// Costs folding twice what stands behind the first event that is not covered, or the whole realm once
    /// when `extends` is not final yet. Nothing that was published changes.
    ///
    /// # Errors
    /// `NRV-0006` for a realm that is not here, `NRV-0007` for an event that is not; `NRV-0013` when
    /// `extends` is neither the last border nor leads there without a change of witnesses.
    pub fn roots_behind(
        &self,
        realm: RealmId,
        parents: Vec<EventId>,
        extends: Digest,
    ) -> Result<Roots> {
        let (reply, ticket) = Ticket::new();
        self.push(Lane::Critical, Source::Local, Intake::Behind(realm, parents, extends, reply))?;
        ticket.wait()
    }
}
