//! Whose key signs what is asked for over HTTP, and what is said of what was written.

use pluto_api::http::shape::{NameShown, WrittenShown};
use pluto_api::http::{Answer, Page};
use pluto_api::principal::{Principal, Role};
use pluto_core::{Did, RealmId};
use pluto_error::Result;
use pluto_identity::Keystore;

use super::{NodeDoor, lists, version};
use crate::error::NodeError;
use crate::node::{Author, OPERATOR, Written};

impl NodeDoor {
    /// The keys that the node holds open.
    pub(super) fn keystore(&self) -> Result<&std::sync::Arc<Keystore>> {
        let why = "the node holds no key open; start it with the keystore's passphrase";
        Ok(self.keys.as_ref().ok_or(NodeError::NoKeyForYou(why))?)
    }

    /// What the owner calls its own identities, by name; none without a keystore.
    pub(super) fn names(&self, page: &Page) -> Result<Answer> {
        let own = Keystore::list(&self.context.keys.path).unwrap_or_default();
        let first = usize::try_from(lists::number(page)?.unwrap_or(0)).unwrap_or(usize::MAX);
        let end = first.saturating_add(page.limit);
        let shown = own.get(first..end.min(own.len())).unwrap_or_default().iter();
        let shown =
            shown.map(|entry| NameShown { did: entry.did.to_string(), name: entry.name.clone() });
        let next = (end < own.len()).then(|| (end as u64).to_be_bytes().to_vec());
        Answer::list(&shown.collect::<Vec<_>>(), next)
    }

    /// The name in the keystore of whose key is to sign: the one that is named, else the asker's own, of
    /// an administrator who is none the operator's. Only an administrator signs for others.
    pub(super) fn signer(&self, who: Option<&Principal>, identity: Option<&str>) -> Result<String> {
        let keys = self.keystore()?;
        let who = who.ok_or(NodeError::NoKeyForYou("nobody has said who asks"))?;
        let is_admin = who.role == Role::Admin;
        let own: Option<Did> = who.name.parse().ok();
        let wanted = match identity {
            Some(text) => text.to_owned(),
            None => own.map_or_else(|| OPERATOR.to_owned(), |did| did.to_string()),
        };
        let name = match wanted.parse::<Did>() {
            Ok(did) => keys.name_of(&did).map(str::to_owned),
            Err(_) => Some(wanted),
        };
        let name = name.ok_or(NodeError::NoKeyForYou("the node does not hold that key"))?;
        let refused = NodeError::NoKeyForYou("the key is another's; an administrator may use it");
        let did = match keys.get(&name) {
            Ok(secret) => secret.did(),
            Err(_) if !is_admin => return Err(refused.into()),
            Err(error) => return Err(error),
        };
        if is_admin || own == Some(did) { Ok(name) } else { Err(refused.into()) }
    }

    /// Writes by that signer.
    pub(super) fn write_as(
        &self,
        who: Option<&Principal>,
        identity: Option<&str>,
        realm: RealmId,
        write: impl FnOnce(&Author<'_>) -> Result<Written>,
    ) -> Result<Answer> {
        let name = self.signer(who, identity)?;
        let author = Author::new(self.keystore()?.get(&name)?);
        self.written(realm, &write(&author)?)
    }

    /// The answer to a write.
    pub(super) fn written(&self, realm: RealmId, written: &Written) -> Result<Answer> {
        let shown = WrittenShown {
            event: written.event.id.to_string(),
            events: written.receipt.events.iter().map(|event| event.id.to_string()).collect(),
            position: written.event.position.0,
            verdict: written.event.verdict.to_string(),
        };
        Ok(Answer::shown(&shown)?.after(version(&*self.node.snapshot(realm)?)))
    }
}
