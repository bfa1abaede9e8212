//! Realms, their members, identities, quotas and checkpoints.

use pluto_api::http::shape::{
    BucketShown, IdentityDetail, IdentityShown, MemberShown, QuotaShown, RealmDetail, RealmShown,
};
use pluto_api::http::{Answer, Page};
use pluto_api::principal::Principal;
use pluto_core::state::{IdentityRecord, MemberRecord, RULES_KEY, member_key, read};
use pluto_core::traits::{Clock, StateView};
use pluto_core::{Canonical, Component, Did, RealmId};
use pluto_error::Result;
use pluto_identity::DidKey;
use pluto_nervous_system::Snapshot;
use pluto_realm::quota::{AccountRecord, Resource};
use serde_json::Value;

use super::super::{id, realm};
use super::{NodeDoor, lists, version};
use crate::cli::{Command, Reading, RealmCommand, WitnessCommand};
use crate::describe;
use crate::error::NodeError;
use crate::node::{SystemClock, label};

/// How often an answer that needs the writer is asked again while the realm moves on.
const TRIES: usize = 4;

impl NodeDoor {
    pub(super) fn realms(&self, page: &Page) -> Result<Answer> {
        let (realms, next) = lists::of_sorted(&self.node.system().realms(), page, |realm| realm.0);
        let shown = realms.into_iter().map(|realm| {
            let snapshot = self.node.snapshot(realm)?;
            Ok(RealmShown {
                name: self.node.realm_name(realm),
                as_of: version(&snapshot),
                realm_time_ms: snapshot.time_ms(),
                entries: snapshot.entry_count(),
            })
        });
        Answer::list(&shown.collect::<Result<Vec<_>>>()?, next)
    }

    pub(super) fn one_realm(&self, name: &str) -> Result<Answer> {
        let (_, snapshot) = self.realm(name)?;
        let rules = snapshot.get(Component::Realm, RULES_KEY);
        let rules = describe::entry(Component::Realm, RULES_KEY, rules.as_deref());
        let roots = snapshot.roots();
        let shown = RealmDetail {
            name: snapshot.rules().map(|rules| rules.name),
            rules: rules.map(|words| words.json()),
            declared: declared(&snapshot),
            log_root: roots.log.to_string(),
            component_tree_root: roots.tree.to_string(),
            realm_time_ms: snapshot.time_ms(),
            entries: snapshot.entry_count(),
            heads: snapshot.heads().iter().map(ToString::to_string).collect(),
            border: snapshot.border().map(realm::witness::border_shown),
            rival: snapshot.rival().map(|rival| rival.to_string()),
        };
        Ok(Answer::shown(&shown)?.as_of(version(&snapshot)))
    }

    pub(super) fn members(&self, name: &str, page: &Page) -> Result<Answer> {
        let (_, snapshot) = self.realm(name)?;
        let (items, next) =
            lists::of_map(snapshot.entries(Component::Realm), page, |key, value| {
                let did = Did::decode(key.get(1..)?).ok().filter(|did| key == member_key(*did))?;
                let record = MemberRecord::decode(value).ok()?;
                Some(MemberShown {
                    did: did.to_string(),
                    label: label(&snapshot, did),
                    role: record.role.as_str(),
                    banned: record.banned,
                    event: record.event.to_string(),
                })
            })?;
        Ok(Answer::list(&items, next)?.as_of(version(&snapshot)))
    }

    pub(super) fn quotas(&self, name: &str, page: &Page) -> Result<Answer> {
        let (_, snapshot) = self.realm(name)?;
        let (items, next) =
            lists::of_map(snapshot.entries(Component::Realm), page, |key, value| {
                let did = Did::decode(key.strip_prefix(b"q")?).ok()?;
                let account = AccountRecord::decode(value).ok()?;
                let buckets = Resource::ALL.into_iter().filter_map(|resource| {
                    let bucket = account.bucket(resource)?;
                    let (left, spent) = (bucket.left(), bucket.spent());
                    Some(BucketShown { resource: resource.as_str(), left, spent })
                });
                Some(QuotaShown { did: did.to_string(), buckets: buckets.collect() })
            })?;
        Ok(Answer::list(&items, next)?.as_of(version(&snapshot)))
    }

    pub(super) fn identities(&self, name: &str, page: &Page) -> Result<Answer> {
        let (_, snapshot) = self.realm(name)?;
        let map = snapshot.entries(Component::Identity);
        let (items, next) = lists::of_map(map, page, |key, value| {
            let record = IdentityRecord::decode(value).ok()?;
            Some(identity_shown(&snapshot, Did::decode(key).ok()?, &record))
        })?;
        Ok(Answer::list(&items, next)?.as_of(version(&snapshot)))
    }

    pub(super) fn identity(&self, name: &str, text: &str) -> Result<Answer> {
        let (_, snapshot) = self.realm(name)?;
        let did = super::super::names::party(&self.context, &snapshot, text)?;
        let record: Option<IdentityRecord> = read(&*snapshot, Component::Identity, &did.encode());
        let missing = || NodeError::NotFound {
            what: "identity in this realm",
            name: text.to_owned(),
            hint: "it joins with the first event it writes there".to_owned(),
        };
        let record = record.ok_or_else(missing)?;
        let event = record.key_event.to_string();
        let shown = IdentityDetail {
            identity: identity_shown(&snapshot, did, &record),
            document: id::document::document(did, DidKey(record.key), &event),
        };
        Ok(Answer::shown(&shown)?.as_of(version(&snapshot)))
    }

    /// Who witnesses and what is open, which only the writer knows: read between two equal versions, or
    /// without a tag when the realm does not stand still.
    pub(super) fn checkpoints(&self, name: &str) -> Result<Answer> {
        let (realm, _) = self.realm(name)?;
        let mut last = None;
        for _ in 0..TRIES {
            let before = version(&*self.node.snapshot(realm)?);
            let reading = Reading { realm: Some(realm.to_string()) };
            let command = RealmCommand::Witness(WitnessCommand::Show { reading });
            let value = self.said(Command::Realm(command))?;
            let after = version(&*self.node.snapshot(realm)?);
            if before == after {
                return Ok(Answer::of(value).as_of(after));
            }
            last = Some(Answer::of(value).after(after));
        }
        Ok(last.unwrap_or_else(|| Answer::of(Value::Null)))
    }

    pub(super) fn sign(
        &self,
        who: Option<&Principal>,
        name: &str,
        identity: Option<&str>,
    ) -> Result<Answer> {
        let (realm, _) = self.realm(name)?;
        self.write_as(who, identity, realm, |author| {
            let signed = author.sign_checkpoint(&self.node, realm, SystemClock.now_ms())?;
            Ok(signed.1)
        })
    }

    /// The realm that an event stands in.
    pub(super) fn realm_of(&self, event: pluto_core::EventId) -> Result<RealmId> {
        Ok(crate::node::load(self.node.system(), event)?.header.realm_of(event))
    }
}

/// The rules that the realm has beside those of its genesis, its own and its parents'.
fn declared(snapshot: &Snapshot) -> Vec<String> {
    let rules = pluto_realm::hierarchy::lineage(snapshot).rules;
    let default = pluto_realm::RuleSet::default();
    if rules == default { Vec::new() } else { vec![format!("{rules:?}")] }
}

fn identity_shown(snapshot: &Snapshot, did: Did, record: &IdentityRecord) -> IdentityShown {
    let member: Option<MemberRecord> = read(snapshot, Component::Realm, &member_key(did));
    IdentityShown {
        did: did.to_string(),
        label: label(snapshot, did),
        key: DidKey(record.key).to_string(),
        key_event: record.key_event.to_string(),
        frozen: record.frozen,
        role: member.filter(|member| !member.banned).map(|member| member.role.as_str()),
    }
}
