//! A realm in memory, for tests of grants: members, a realm time, and the engine.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use pluto_core::codec::Canonical;
use pluto_core::event::payload_hash;
use pluto_core::payload::{PAYLOAD_VERSION, Role};
use pluto_core::state::{MemberRecord, member_key};
use pluto_core::traits::{Effects, Engine, StateView};
use pluto_core::{
    Component, Did, Event, EventId, Header, Kind, Namespace, RealmId, Verdict, VoidReason,
};

use super::{
    Asked, Chain, Grant, GrantEngine, GrantId, GrantRecord, GrantRevoked, Refusal, authorise,
    charge, grant_id, grant_key,
};

pub(crate) const REALM: RealmId = RealmId([1; 32]);
pub(crate) const OWNER: Did = did(0);
pub(crate) const ADMIN: Did = did(1);
pub(crate) const MEMBER: Did = did(2);
pub(crate) const STRANGER: Did = did(9);
/// When grants of tests end.
pub(crate) const END_MS: u64 = 1_000_000;

pub(crate) const fn did(who: u8) -> Did {
    Did { namespace: Namespace::Spirit, id: [who; 32] }
}

#[derive(Clone, Default)]
pub(crate) struct World {
    entries: BTreeMap<Component, HashMap<Vec<u8>, Arc<[u8]>>>,
    pub(crate) now_ms: u64,
    events: u64,
}

impl StateView for World {
    fn realm(&self) -> RealmId {
        REALM
    }

    fn get(&self, component: Component, key: &[u8]) -> Option<Arc<[u8]>> {
        self.entries.get(&component)?.get(key).cloned()
    }

    fn time_ms(&self) -> u64 {
        self.now_ms
    }
}

/// A grant of everything to `delegate`.
pub(crate) fn grant(parent: Option<GrantId>, delegate: Did) -> Grant {
    Grant {
        nonce: [0; 16],
        parent,
        delegate,
        actions: vec!["**".parse().unwrap()],
        resources: vec!["**".parse().unwrap()],
        expires_ms: END_MS,
        hops: 7,
        rate: None,
        budget: None,
        approvers: vec![],
        factor_ppm: 1_000_000,
    }
}

pub(crate) fn asked(actor: Did) -> Asked<'static> {
    Asked { actor, action: "db:read", resource: "prod/users", amount: 0, at_ms: 0 }
}

impl World {
    pub(crate) fn new() -> Self {
        let mut world = Self::default();
        world.assign(OWNER, Role::Owner, false);
        world.assign(ADMIN, Role::Admin, false);
        world.assign(MEMBER, Role::Member, false);
        world
    }

    pub(crate) fn assign(&mut self, who: Did, role: Role, banned: bool) {
        let record = MemberRecord { role, banned, event: EventId([7; 32]) };
        self.put(Component::Realm, member_key(who).to_vec(), record.encode().into());
    }

    pub(crate) fn remove(&mut self, who: Did) {
        self.entries.get_mut(&Component::Realm).unwrap().remove(&member_key(who)[..]);
    }

    pub(crate) fn put(&mut self, component: Component, key: Vec<u8>, value: Arc<[u8]>) {
        self.entries.entry(component).or_default().insert(key, value);
    }

    pub(crate) fn event(&mut self, author: Did, kind: Kind, payload: &[u8]) -> Event {
        self.events += 1;
        let header = Header {
            realm: REALM,
            author,
            key_ref: EventId([3; 32]),
            author_seq: self.events,
            prev: Some(EventId([4; 32])),
            parents: vec![EventId([5; 32])].into(),
            lamport: self.events,
            wall_ms: 0,
            kind: kind.number(),
            payload_version: PAYLOAD_VERSION,
            payload_len: payload.len() as u32,
            payload_hash: payload_hash(payload),
        };
        Event { id: header.id(), header, payload: Some(payload.into()) }
    }

    /// What the engine says; its writes are kept when the event has effect.
    pub(crate) fn submit(&mut self, event: &Event) -> Result<(), VoidReason> {
        let mut out = Effects::default();
        match GrantEngine.step(self, event, &mut out) {
            Verdict::Void(reason) => {
                assert!(out.writes.is_empty(), "an event without effect writes nothing");
                Err(reason)
            }
            Verdict::Effective => {
                self.keep(out);
                Ok(())
            }
        }
    }

    fn keep(&mut self, out: Effects) {
        for write in out.writes {
            assert_eq!(write.component, GrantEngine.component());
            self.put(write.component, write.key, write.value.unwrap());
        }
    }

    pub(crate) fn give(&mut self, issuer: Did, grant: &Grant) -> Result<GrantId, VoidReason> {
        let event = self.event(issuer, Kind::DelegationCreated, &grant.encode());
        self.submit(&event)?;
        Ok(grant_id(REALM, issuer, grant))
    }

    pub(crate) fn revoke(&mut self, author: Did, grant: GrantId) -> Result<(), VoidReason> {
        let payload = GrantRevoked { grant }.encode();
        let event = self.event(author, Kind::DelegationRevoked, &payload);
        self.submit(&event)
    }

    /// Grants from the owner to 20, from 20 to 21, and so on: `count` of them.
    pub(crate) fn chain(&mut self, count: u8) -> Vec<GrantId> {
        let (mut ids, mut issuer) = (Vec::new(), OWNER);
        for hop in 0..count {
            let hops = 7 - hop;
            let next = Grant { hops, ..grant(ids.last().copied(), did(20 + hop)) };
            ids.push(self.give(issuer, &next).unwrap());
            issuer = did(20 + hop);
        }
        ids
    }

    pub(crate) fn record(&self, id: GrantId) -> GrantRecord {
        let bytes = self.get(Component::Controller, &grant_key(&id)).unwrap();
        GrantRecord::decode(&bytes).unwrap()
    }

    /// Uses a grant once.
    pub(crate) fn spend(&mut self, leaf: GrantId, asked: &Asked<'_>) -> Result<Chain, Refusal> {
        let chain = authorise(self, &leaf, asked)?;
        let mut out = Effects::default();
        charge(self, &chain, asked.amount, &mut out);
        self.keep(out);
        Ok(chain)
    }

    pub(crate) fn grants(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let entries = self.entries.get(&Component::Controller);
        entries.into_iter().flatten().map(|(key, value)| (&key[..], &value[..]))
    }
}
