//! The scribe: writes the events of many authors of one realm, and puts neighbours of one author under
//! one signature.

use std::collections::HashMap;
use std::sync::Arc;

use pluto_core::limits::RUN_EVENTS_MAX;
use pluto_core::payload::{RealmGenesis, RecordPut};
use pluto_core::{Canonical, Did, Event, EventId, Kind, RealmId};
use pluto_error::Result;
use pluto_identity::{IdentitySecret, Purpose};
use pluto_nervous_system::Composer;

use crate::node::{Author, LABELS, payload_version};

/// Writes and signs; submits nothing.
pub(crate) struct Scribe<'a> {
    owner: &'a IdentitySecret,
    composer: Composer,
    people: HashMap<u32, Did>,
    secrets: HashMap<Did, IdentitySecret>,
    /// Events of the author at work, not signed yet.
    open: Vec<Event>,
    author: Did,
    signed: Vec<Arc<[u8]>>,
}

impl<'a> Scribe<'a> {
    /// Opens a realm.
    pub(crate) fn open(owner: &'a IdentitySecret, genesis: &RealmGenesis, wall_ms: u64) -> Self {
        let (composer, event) = Composer::genesis(genesis, wall_ms);
        Self {
            owner,
            composer,
            people: HashMap::new(),
            secrets: HashMap::new(),
            open: vec![event],
            author: owner.did(),
            signed: Vec::new(),
        }
    }

    pub(crate) fn realm(&self) -> RealmId {
        self.composer.realm()
    }

    pub(crate) fn owner(&self) -> Did {
        self.owner.did()
    }

    pub(crate) fn people(&self) -> usize {
        self.people.len()
    }

    /// The identity of that number; one that is not known yet enters the realm and labels itself.
    ///
    /// # Errors
    /// When nothing can be signed.
    pub(crate) fn person(&mut self, number: u32, label: &str, wall_ms: u64) -> Result<Did> {
        if let Some(did) = self.people.get(&number) {
            return Ok(*did);
        }
        let secret = person_of(self.owner, number);
        let did = secret.did();
        self.close()?;
        self.author = did;
        self.open.push(self.composer.inception(secret.inception(), wall_ms));
        self.people.insert(number, did);
        self.secrets.insert(did, secret);
        let (collection, key) = (LABELS.to_owned(), did.encode());
        let label = RecordPut { collection, key, value: label.as_bytes().to_vec() };
        self.write(did, Kind::RecordPut, &label.encode(), wall_ms)?;
        Ok(did)
    }

    /// Writes an event of somebody who is known.
    ///
    /// # Errors
    /// When nothing can be signed.
    pub(crate) fn write(
        &mut self,
        author: Did,
        kind: Kind,
        payload: &[u8],
        wall_ms: u64,
    ) -> Result<EventId> {
        if self.author != author || self.open.len() >= RUN_EVENTS_MAX {
            self.close()?;
            self.author = author;
        }
        let version = payload_version(kind, payload);
        let event = self.composer.compose_version(author, kind, version, payload, wall_ms);
        let id = event.id;
        self.open.push(event);
        Ok(id)
    }

    /// Everything written since the last time, signed.
    ///
    /// # Errors
    /// When nothing can be signed.
    pub(crate) fn take(&mut self) -> Result<Vec<Arc<[u8]>>> {
        self.close()?;
        Ok(std::mem::take(&mut self.signed))
    }

    fn close(&mut self) -> Result<()> {
        let events = std::mem::take(&mut self.open);
        if events.is_empty() {
            return Ok(());
        }
        let secret = self.secrets.get(&self.author).unwrap_or(self.owner);
        self.signed.push(Author::new(secret).sign(events)?.encode().into());
        Ok(())
    }
}

/// The identity of a number: the same owner makes the same identities again.
pub(crate) fn person_of(owner: &IdentitySecret, number: u32) -> IdentitySecret {
    owner.derive(Purpose::Realm, number)
}
