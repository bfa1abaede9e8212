//! Identities that may sign requests: those of the settings, with the keys that realms say are active.

use std::collections::BTreeMap;
use std::sync::Arc;

use pluto_api::auth::{Directory, Signatory};
use pluto_api::principal::Principal;
use pluto_core::{Did, RealmId};
use pluto_error::Result;
use pluto_identity::DidKey;

use super::config::{IdentityConfig, role};
use crate::error::NodeError;
use crate::node::{Node, identity};

/// Identities that are known at once.
const IDENTITIES_MAX: usize = 4096;

enum Who {
    /// An identity that is its key.
    Key(DidKey),
    /// An identity whose key a realm knows.
    Did(Did, Option<RealmId>),
}

/// The identities of the settings.
pub struct Identities {
    node: Arc<Node>,
    known: BTreeMap<String, (Who, Principal)>,
}

impl Identities {
    /// Reads the settings.
    ///
    /// # Errors
    /// `NOD-0007` for a role or DID that is none, `NOD-0003` for a realm that is not here.
    pub fn of(node: Arc<Node>, settings: &[IdentityConfig]) -> Result<Self> {
        let bad = |what: &str| NodeError::BadArgument(format!("identities in `http.toml`: {what}"));
        if settings.len() > IDENTITIES_MAX {
            return Err(bad("expected at most 4096").into());
        }
        let mut known = BTreeMap::new();
        for setting in settings {
            let who = match setting.did.parse::<DidKey>() {
                Ok(key) => Who::Key(key),
                Err(_) => {
                    let did = setting.did.parse::<Did>().map_err(|_| bad("expected DIDs"))?;
                    let realm = setting.realm.as_deref().map(|realm| node.realm(Some(realm)));
                    Who::Did(did, realm.transpose()?)
                }
            };
            let principal = Principal {
                name: setting.did.clone(),
                role: role(&setting.role)?,
                scopes: setting.scopes.clone(),
            };
            if known.insert(setting.did.clone(), (who, principal)).is_some() {
                return Err(bad("expected each once").into());
            }
        }
        Ok(Self { node, known })
    }

    /// The active key, and the names of it that may stand behind `#`.
    fn key(&self, who: &Who) -> Option<([u8; 32], Vec<String>)> {
        match who {
            Who::Key(key) => Some((key.0, vec![multibase(*key)])),
            Who::Did(did, Some(realm)) => self.key_in(*realm, *did),
            Who::Did(did, None) => {
                let realms = self.node.system().realms();
                let mut keys = realms.into_iter().filter_map(|realm| self.key_in(realm, *did));
                let (key, mut names) = keys.next()?;
                for (other, more) in keys {
                    // One of the two was rotated away, and must not be taken.
                    if other != key {
                        tracing::debug!(%did, "realms name two keys; name a realm in `http.toml`");
                        return None;
                    }
                    names.extend(more);
                }
                Some((key, names))
            }
        }
    }

    fn key_in(&self, realm: RealmId, did: Did) -> Option<([u8; 32], Vec<String>)> {
        let record = identity(&self.node, realm, did).ok().flatten()?;
        let names = vec![multibase(DidKey(record.key)), record.key_event.to_string()];
        Some((record.key, names))
    }
}

/// The text of a key behind `did:key:`.
fn multibase(key: DidKey) -> String {
    let text = key.to_string();
    text.strip_prefix("did:key:").map(str::to_owned).unwrap_or(text)
}

impl Directory for Identities {
    fn find(&self, key_id: &str) -> Option<Signatory> {
        let (did, fragment) = match key_id.split_once('#') {
            Some((did, fragment)) => (did, Some(fragment)),
            None => (key_id, None),
        };
        let (who, principal) = self.known.get(did)?;
        let (key, names) = self.key(who)?;
        let is_named = fragment.is_none_or(|fragment| names.iter().any(|name| name == fragment));
        is_named.then(|| Signatory { key, principal: principal.clone() })
    }
}

#[cfg(test)]
mod tests;
