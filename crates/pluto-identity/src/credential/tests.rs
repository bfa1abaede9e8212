//! Who holds what: one encoding, single reads, bounded lists.

use std::collections::BTreeMap;
use std::sync::Arc;

use pluto_core::event::payload_hash;
use pluto_core::traits::{Effects, Engine};
use pluto_core::{Event, Header, Kind, Namespace, RealmId, Verdict, VoidReason};
use proptest::prelude::*;

use super::*;

#[derive(Default)]
struct World {
    entries: BTreeMap<(Component, Vec<u8>), Arc<[u8]>>,
    time_ms: u64,
    events: u64,
}

impl StateView for World {
    fn realm(&self) -> RealmId {
        RealmId([1; 32])
    }

    fn get(&self, component: Component, key: &[u8]) -> Option<Arc<[u8]>> {
        self.entries.get(&(component, key.to_vec())).cloned()
    }

    fn time_ms(&self) -> u64 {
        self.time_ms
    }
}

const SCHEMA: &str = "iso9001/auditor";

fn did(number: u8) -> Did {
    Did { namespace: Namespace::Person, id: [number; 32] }
}

impl World {
    fn member(&mut self, number: u8, role: Role, banned: bool) {
        let record = MemberRecord { role, banned, event: EventId([0; 32]) };
        let key = member_key(did(number)).to_vec();
        self.entries.insert((Component::Realm, key), record.encode().into());
    }

    fn step(&mut self, author: u8, kind: Kind, payload: &[u8]) -> Result<EventId, VoidReason> {
        self.events += 1;
        let header = Header {
            realm: RealmId([1; 32]),
            author: did(author),
            key_ref: EventId([2; 32]),
            author_seq: self.events,
            prev: Some(EventId([3; 32])),
            parents: vec![EventId([3; 32])].into(),
            lamport: self.events + 1,
            wall_ms: 0,
            kind: kind.number(),
            payload_version: 1,
            payload_len: payload.len() as u32,
            payload_hash: payload_hash(payload),
        };
        let event = Event { id: header.id(), header, payload: Some(payload.into()) };
        let mut out = Effects::default();
        match CredentialEngine.step(self, &event, &mut out) {
            Verdict::Void(reason) => Err(reason),
            Verdict::Effective => {
                for write in out.writes {
                    let key = (write.component, write.key);
                    match write.value {
                        Some(value) => self.entries.insert(key, value),
                        None => self.entries.remove(&key),
                    };
                }
                Ok(event.id)
            }
        }
    }

    fn issue(&mut self, author: u8, expires_ms: u64) -> Result<EventId, VoidReason> {
        let (subject, schema) = (did(9), SCHEMA.to_owned());
        let issued = CredentialIssued { subject, schema, claims: Digest([1; 32]), expires_ms };
        self.step(author, Kind::CredentialIssued, &issued.encode())
    }

    fn revoke(&mut self, author: u8, credential: EventId) -> Result<EventId, VoidReason> {
        self.step(author, Kind::CredentialRevoked, &CredentialRevoked { credential }.encode())
    }

    fn held(&self) -> bool {
        holds(self, &did(9), SCHEMA)
    }
}

#[test]
fn it_counts_as_long_as_its_issuer_does() {
    let mut world = World::default();
    world.member(1, Role::Admin, false);
    world.member(2, Role::Moderator, false);
    assert!(!world.held());
    assert_eq!(world.issue(2, 100), Err(VoidReason::NotAllowed));
    assert_eq!(world.issue(3, 100), Err(VoidReason::NotAllowed));
    world.issue(1, 100).unwrap();
    assert!(world.held() && !holds(&world, &did(8), SCHEMA) && !holds(&world, &did(9), "iso"));
    world.member(1, Role::Moderator, false);
    assert!(!world.held());
    world.member(1, Role::Owner, false);
    assert!(world.held());
    world.member(1, Role::Owner, true);
    assert!(!world.held());
}

#[test]
fn it_ends_by_itself_and_by_its_issuer() {
    let mut world = World::default();
    world.member(1, Role::Admin, false);
    world.member(2, Role::Owner, false);
    let credential = world.issue(1, 100).unwrap();
    assert_eq!(world.revoke(2, credential), Err(VoidReason::NotAllowed));
    world.member(1, Role::Member, false);
    world.revoke(1, credential).unwrap();
    assert_eq!(world.revoke(1, credential), Err(VoidReason::Revoked));
    assert_eq!(world.revoke(1, EventId([7; 32])), Err(VoidReason::NotFound));
    assert_eq!(world.get(Component::Credential, &held_key(did(9), SCHEMA)), None);
    world.member(1, Role::Admin, false);
    assert!(!world.held());
    world.issue(1, 100).unwrap();
    world.time_ms = 100;
    assert!(!world.held());
    assert_eq!(world.issue(1, 100), Err(VoidReason::Expired));
}

#[test]
fn the_list_of_one_subject_is_bounded_and_makes_room() {
    let mut world = World::default();
    world.member(1, Role::Admin, false);
    for _ in 0..HELD_MAX {
        world.issue(1, 100).unwrap();
    }
    assert_eq!(world.issue(1, 200), Err(VoidReason::LimitReached));
    world.time_ms = 100;
    world.issue(1, 200).unwrap();
    assert!(world.held());
}

proptest! {
    #[test]
    fn payloads_and_records_have_one_encoding(
        schema in ".{1,32}", claims: [u8; 32], expires_ms: u64, revoked: bool,
        ids in prop::collection::btree_set(any::<[u8; 32]>(), 1..=HELD_MAX),
    ) {
        let claims = Digest(claims);
        let issued = CredentialIssued { subject: did(1), schema, claims, expires_ms };
        prop_assert_eq!(CredentialIssued::decode(&issued.encode()), Ok(issued.clone()));
        let taken = CredentialRevoked { credential: EventId(claims.0) };
        prop_assert_eq!(CredentialRevoked::decode(&taken.encode()), Ok(taken));
        let revoked = revoked.then_some(EventId(claims.0));
        let record = CredentialRecord { issuer: did(2), revoked, issued };
        prop_assert_eq!(CredentialRecord::decode(&record.encode()), Ok(record));
        let held = ids.into_iter().map(|id| {
            Held { credential: EventId(id), issuer: did(3), expires_ms }
        });
        let held = HeldRecord(held.collect());
        prop_assert_eq!(HeldRecord::decode(&held.encode()), Ok(held));
    }
}
