//! Taking payloads out of the log for good.

use pluto_core::{Event, EventId, Kind, RealmId};
use pluto_error::Result;

use super::NervousSystem;
use crate::error::NervousError;
use crate::event_bus::{Lane, Source};
use crate::event_sourcing::{Basis, PastLog, RealmView, build};
use crate::writer::{Intake, Ticket};

impl NervousSystem {
    /// Takes the payloads of events of a realm out of the log; gives the bytes freed. Everything else about
    /// them stays: ids, places, verdicts, and what follows from them.
    ///
    /// First the realm gets a footing at the first border that covers the first `covered` places, the events among
    /// them, unless it has one: that folds the realm once, beside the writer. It is durable before anything is
    /// erased. What is erased already is passed over, so whoever was cut off asks again.
    ///
    /// # Errors
    /// `NRV-0006` and `NRV-0007` for what is not here, `NRV-0015` for an event that no border covers, `NRV-0016`
    /// for one whose payload everybody needs, `NRV-0014` when the roots that were signed at the border are not
    /// those of the log: then nothing is erased.
    pub fn erase(&self, realm: RealmId, events: Vec<EventId>, covered: u64) -> Result<u64> {
        self.check_writable()?;
        let log = PastLog::whole(&*self.log);
        let found = events.iter().map(|id| {
            let event = log.load(id)?.ok_or(NervousError::UnknownEvent(*id))?;
            Ok((event.payload.is_some()).then_some(event))
        });
        let with_payload: Vec<Event> = found.flat_map(Result::transpose).collect::<Result<_>>()?;
        if with_payload.is_empty() {
            return Ok(0);
        }
        if let Some(event) = with_payload.iter().find(|event| is_needed(event)) {
            return Err(NervousError::Needed(event.id).into());
        }
        self.found(realm, &with_payload, covered)?;
        let (reply, ticket) = Ticket::new();
        self.push(Lane::Critical, Source::Local, Intake::Erase(realm, events, reply))?;
        ticket.wait()
    }

    /// How many events stand before the footing of a realm; none without one.
    #[must_use]
    pub fn stands_behind(&self, realm: &RealmId) -> u64 {
        self.loader.catalogue.footings().position(realm)
    }

    /// Sees to it that the realm stands on a footing behind those events.
    fn found(&self, realm: RealmId, events: &[Event], covered: u64) -> Result<()> {
        let footings = self.loader.catalogue.footings();
        let stands = footings.position(&realm);
        let keys = events.iter().map(|event| (event.header.lamport, event.id)).collect();
        let question = move |view: &RealmView<'_>| view.basis(keys, covered, stands);
        let Some((root, borders, signed)) = self.ask(realm, question)? else { return Ok(()) };
        let footing = build(&Basis {
            realm,
            root,
            borders,
            signed,
            log: &*self.log,
            rules: &self.loader.rules,
            authenticator: self.loader.authenticator.apart(),
            store: &self.store,
            footings,
        })?;
        footings.put(&footing)
    }
}

/// Whether keys, witnesses or final checkpoints are read from the payload of an event, by whoever has the log.
#[must_use]
pub fn is_needed(event: &Event) -> bool {
    let kinds = [
        Kind::RealmGenesis,
        Kind::KeyRotated,
        Kind::RecoveryInitiated,
        Kind::CheckpointSigned,
        Kind::WitnessesDeclared,
    ];
    let by_kind = event.header.kind.known().is_some_and(|kind| kinds.contains(&kind));
    by_kind || event.header.author_seq == 0
}
