//! Names that people type for parties: a DID, a name in the keystore, or a label in the realm.

use std::collections::HashMap;

use pluto_core::state::record_key;
use pluto_core::{Canonical, Component, Did, Reader};
use pluto_error::Result;
use pluto_identity::Keystore;
use pluto_nervous_system::Snapshot;
use pluto_realm::StoredRecord;

use super::Context;
use crate::error::NodeError;
use crate::node::{LABELS, label};

/// The party `name` means.
///
/// # Errors
/// `NOD-0003` when nothing fits.
pub(super) fn party(context: &Context, snapshot: &Snapshot, name: &str) -> Result<Did> {
    if let Ok(did) = name.parse() {
        return Ok(did);
    }
    let own = Keystore::list(&context.keys.path).unwrap_or_default();
    if let Some(entry) = own.into_iter().find(|entry| entry.name == name) {
        return Ok(entry.did);
    }
    labelled(snapshot, name).ok_or_else(|| {
        let hint = "give a DID, a name in the keystore, or a label in the realm".to_owned();
        NodeError::NotFound { what: "party", name: name.to_owned(), hint }.into()
    })
}

fn labelled(snapshot: &Snapshot, name: &str) -> Option<Did> {
    let prefix = record_key(LABELS, &[]);
    snapshot.entries(Component::KvStore).iter().find_map(|(key, value)| {
        let did = Did::decode_from(&mut Reader::new(key.strip_prefix(prefix.as_slice())?)).ok()?;
        let record = StoredRecord::decode(value).ok()?;
        (record.author == did && record.value == name.as_bytes()).then_some(did)
    })
}

/// How a party is shown: its label and DID.
pub(super) fn shown(snapshot: &Snapshot, did: Did) -> String {
    match label(snapshot, did) {
        Some(label) => format!("{label} ({did})"),
        None => did.to_string(),
    }
}

/// Names of this node's own identities, for short lists.
pub(super) struct Names(HashMap<Did, String>);

impl Names {
    /// Those in the keystore; none when there is no keystore.
    pub(super) fn of(context: &Context) -> Self {
        let own = Keystore::list(&context.keys.path).unwrap_or_default();
        Self(own.into_iter().map(|entry| (entry.did, entry.name)).collect())
    }

    /// The name in the keystore, else the label in the realm, else the DID.
    pub(super) fn short(&self, snapshot: &Snapshot, did: Did) -> String {
        self.0
            .get(&did)
            .cloned()
            .or_else(|| label(snapshot, did))
            .unwrap_or_else(|| did.to_string())
    }
}
