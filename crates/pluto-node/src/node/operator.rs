//! What the operator of a node has commanded: events in a realm of the operator's own.
//!
//! The operator is the identity [`OPERATOR`] of the keystore. The realm admits by invitation, so that
//! nobody else can put anything there with effect; it is opened with the first command. The last
//! command is carried out again whenever the node opens: a mode that an operator set lasts over
//! restarts, one that the breaker reached lasts as long as the process. The kind `SystemModeChanged`
//! says what one node did and is never authored, so a command is a record like any other: signed,
//! durable, in the canonical order, provable.

use std::path::Path;

use pluto_core::payload::{Admission, RealmGenesis, RecordPut};
use pluto_core::state::record_key;
use pluto_core::traits::StateView;
use pluto_core::{Canonical, Component, Did, EventId, Kind, RealmId};
use pluto_error::Result;
use pluto_identity::Keystore;
use pluto_nervous_system::modes::SystemMode;
use pluto_realm::StoredRecord;

use super::{Author, Node, Written, keystore_path};

/// The operator's name in the keystore.
pub const OPERATOR: &str = "me";
/// The name of the operator's realm.
pub const OPERATOR_REALM: &str = "operator";
const COLLECTION: &str = "node";
const MODE_KEY: &[u8] = b"mode";
/// The collection of records of commands that came over HTTP.
const AUDIT: &str = "audit";

/// A command about the system mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModeCommand {
    /// The mode.
    pub mode: SystemMode,
    /// The event that carries it.
    pub event: EventId,
}

impl Node {
    /// Carries out again what the operator commanded last.
    pub(super) fn resume_operator(&self, data: &Path) -> Result<()> {
        // Without a keystore nobody can have commanded anything here.
        let entries = Keystore::list(&keystore_path(data)).unwrap_or_default();
        let Some(operator) = entries.iter().find(|entry| entry.name == OPERATOR) else {
            return Ok(());
        };
        if let Some(realm) = self.realm_of_operator(operator.did) {
            let _ = self.operator.set(realm);
        }
        match self.commanded_mode() {
            Some(command) => self.system.guard().command(command.mode),
            None => Ok(()),
        }
    }

    fn realm_of_operator(&self, operator: Did) -> Option<RealmId> {
        let named = self.system.outlines().into_iter();
        let mut named = named.filter(|(_, outline)| outline.name == OPERATOR_REALM);
        let is_own = |realm: RealmId| {
            let rules = self.system.snapshot(realm).and_then(|snapshot| snapshot.rules());
            rules.is_some_and(|rules| rules.creator == operator)
        };
        named.find(|(realm, _)| is_own(*realm)).map(|(realm, _)| realm)
    }

    /// The last command about the mode, if there was one.
    #[must_use]
    pub fn commanded_mode(&self) -> Option<ModeCommand> {
        let snapshot = self.system.snapshot(*self.operator.get()?)?;
        let bytes = snapshot.get(Component::KvStore, &record_key(COLLECTION, MODE_KEY))?;
        let record = StoredRecord::decode(&bytes).ok()?;
        // A word from a later version that this one does not know: as little as possible.
        let mode =
            SystemMode::ALL.into_iter().find(|mode| mode.as_str().as_bytes() == record.value);
        Some(ModeCommand { mode: mode.unwrap_or(SystemMode::Emergency), event: record.event })
    }

    /// Writes the command into the operator's realm and carries it out.
    ///
    /// # Errors
    /// `NRV-0103` for the way from emergency to degraded, with nothing written; what the node says to
    /// a write.
    pub fn command_mode(&self, operator: &Author<'_>, mode: SystemMode) -> Result<Written> {
        // An emergency takes no events in: it ends before its end is written, and begins after.
        if mode != SystemMode::Emergency {
            self.system.guard().command(mode)?;
        }
        let realm = match self.operator.get() {
            Some(realm) => *realm,
            None => self.open_operator_realm(operator)?,
        };
        let put = RecordPut {
            collection: COLLECTION.to_owned(),
            key: MODE_KEY.to_vec(),
            value: mode.as_str().as_bytes().to_vec(),
        };
        let written = operator.write(self, realm, Kind::RecordPut, &put.encode())?;
        self.system.guard().command(mode)?;
        Ok(written)
    }

    /// Leaves a record of a command that changes no realm in the operator's realm: what, and for whom.
    ///
    /// # Errors
    /// What the node says to a write.
    pub fn note_command(&self, operator: &Author<'_>, what: &str, by: &str) -> Result<Written> {
        let realm = match self.operator.get() {
            Some(realm) => *realm,
            None => self.open_operator_realm(operator)?,
        };
        let put = RecordPut {
            collection: AUDIT.to_owned(),
            key: what.as_bytes().to_vec(),
            value: by.as_bytes().to_vec(),
        };
        operator.write(self, realm, Kind::RecordPut, &put.encode())
    }

    fn open_operator_realm(&self, operator: &Author<'_>) -> Result<RealmId> {
        self.check_new_name(OPERATOR_REALM)?;
        let genesis = RealmGenesis {
            name: OPERATOR_REALM.to_owned(),
            admission: Admission::Invite,
            trust_roots: Vec::new(),
            creator: operator.secret().inception().clone(),
        };
        let realm = operator.open_realm(self, &genesis)?;
        let _ = self.operator.set(realm);
        Ok(realm)
    }
}
