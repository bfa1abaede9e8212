//! Rooms and partitions: stricter than what is above them, closed to whom they do not admit.

use pluto_core::payload::{Admission, RecordPut};
use pluto_core::{Canonical, Kind, Verdict, VoidReason};
use proptest::prelude::*;

use super::{Place, RoomChange, RoomRecord, may_open, room, rules_of};
use crate::hierarchy::RealmLifecycle;
use crate::lattice::{All, AtLeast, AtMost};
use crate::rule_set::tests::any_rules;
use crate::rule_set::{Isolation, Rule, RuleSet, Weakened};
use crate::test_realm::{TestRealm, bootstrap, did};

const EFFECTIVE: Verdict = Verdict::Effective;

fn void(reason: VoidReason) -> Verdict {
    Verdict::Void(reason)
}

fn place(name: &str) -> Place {
    name.parse().unwrap()
}

fn realm() -> TestRealm {
    let mut realm = TestRealm::founded(Admission::Open);
    (1..4).for_each(|who| assert_eq!(realm.submit(&bootstrap(who)), EFFECTIVE));
    realm
}

fn change(realm: &mut TestRealm, said: &RoomChange) -> Verdict {
    realm.say(0, Kind::RoomChange, said)
}

fn open(realm: &mut TestRealm, name: &str, rules: &RuleSet) -> Verdict {
    change(realm, &RoomChange::Open { place: place(name), rules: rules.clone() })
}

fn write(realm: &mut TestRealm, who: u8, collection: &str) -> Verdict {
    let put = RecordPut { collection: collection.into(), key: vec![1], value: b"x".into() };
    realm.say(who, Kind::RecordPut, &put)
}

fn isolated() -> RuleSet {
    RuleSet { min_isolation: AtLeast(Isolation::Members), ..RuleSet::default() }
}

#[test]
fn a_room_is_written_by_whom_it_admits() {
    let mut realm = realm();
    assert_eq!(write(&mut realm, 1, "room:ward:notes"), EFFECTIVE, "not a room yet");
    assert_eq!(open(&mut realm, "ward", &isolated()), EFFECTIVE);
    assert_eq!(write(&mut realm, 1, "room:ward:notes"), void(VoidReason::NotAllowed));
    assert_eq!(write(&mut realm, 0, "room:ward:notes"), EFFECTIVE, "an administrator");
    assert_eq!(write(&mut realm, 1, "room:other:notes"), EFFECTIVE);
    assert_eq!(write(&mut realm, 1, "notes"), EFFECTIVE);
    let admit = |admitted| RoomChange::Admit { place: place("ward"), party: did(1), admitted };
    assert_eq!(change(&mut realm, &admit(false)), void(VoidReason::NotFound));
    assert_eq!(change(&mut realm, &admit(true)), EFFECTIVE);
    assert_eq!(change(&mut realm, &admit(true)), void(VoidReason::AlreadyExists));
    assert_eq!(write(&mut realm, 1, "room:ward:notes"), EFFECTIVE);
    assert_eq!(change(&mut realm, &admit(false)), EFFECTIVE);
    assert_eq!(write(&mut realm, 1, "room:ward:notes"), void(VoidReason::NotAllowed));
    assert_eq!(change(&mut realm, &RoomChange::Close { place: place("ward") }), EFFECTIVE);
    assert_eq!(write(&mut realm, 1, "room:ward:notes"), EFFECTIVE);
}

#[test]
fn places_extend_what_is_above_them() {
    let mut realm = realm();
    let rules = |max| RuleSet { max_payload: AtMost(Some(max)), ..RuleSet::default() };
    assert_eq!(realm.say(0, Kind::RealmLifecycle, &RealmLifecycle::Rules(rules(100))), EFFECTIVE);
    assert_eq!(open(&mut realm, "a/b", &rules(50)), void(VoidReason::NotFound), "no room");
    assert_eq!(open(&mut realm, "a", &rules(101)), void(VoidReason::ExceedsParent));
    assert_eq!(open(&mut realm, "a", &rules(60)), EFFECTIVE);
    let weaker = Err(Weakened { rule: Rule::MaxPayload });
    assert_eq!(may_open(&realm, &place("a/b"), &rules(61)), weaker);
    assert_eq!(open(&mut realm, "a/b", &rules(61)), void(VoidReason::ExceedsParent));
    assert_eq!(open(&mut realm, "a/b", &rules(30)), EFFECTIVE);
    assert_eq!(write(&mut realm, 1, "room:a/b:notes"), EFFECTIVE);
    assert_eq!(write(&mut realm, 1, "room:a/b:notes-notes"), void(VoidReason::OutOfRange));
    assert_eq!(write(&mut realm, 1, "room:a:notes-notes"), EFFECTIVE);
    // What tightens above reaches down at once.
    let stricter = RuleSet { denied_parties: All([did(1)].into()), ..rules(100) };
    assert_eq!(open(&mut realm, "a", &stricter.meet(&rules(60))), EFFECTIVE);
    assert_eq!(write(&mut realm, 1, "room:a/b:notes"), void(VoidReason::NotAllowed));
    assert_eq!(change(&mut realm, &RoomChange::Close { place: place("a") }), EFFECTIVE);
    assert_eq!(rules_of(&realm, &place("a/b")), None);
}

#[test]
fn trust_and_credentials_open_doors() {
    let mut realm = realm();
    let trusted = RuleSet { min_trust: AtLeast(250_000), ..RuleSet::default() };
    assert_eq!(open(&mut realm, "vault", &trusted), EFFECTIVE);
    assert_eq!(write(&mut realm, 2, "room:vault:x"), void(VoidReason::PolicyDenied));
    assert_eq!(write(&mut realm, 3, "room:vault:x"), EFFECTIVE);
    let unknown =
        RuleSet { required_credentials: All(["nurse".into()].into()), ..RuleSet::default() };
    assert_eq!(open(&mut realm, "vault", &unknown), EFFECTIVE);
    assert_eq!(write(&mut realm, 3, "room:vault:x"), void(VoidReason::PolicyDenied));
}

#[test]
fn only_administrators_change_rooms() {
    let mut realm = realm();
    let said = RoomChange::Open { place: place("a"), rules: RuleSet::default() };
    assert_eq!(realm.say(1, Kind::RoomChange, &said), void(VoidReason::NotAllowed));
    let close = RoomChange::Close { place: place("a") };
    assert_eq!(change(&mut realm, &close), void(VoidReason::NotFound));
    assert_eq!(room(&realm, &place("a")), None);
}

#[test]
fn names_of_places() {
    for good in ["a", "a/b", "ward-3", "0"] {
        assert_eq!(place(good).to_string(), good);
    }
    for bad in ["", "/", "a/", "/b", "a/b/c", "A", "a:b", "ä", &"a".repeat(65)] {
        assert!(bad.parse::<Place>().is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn one_encoding(rules in any_rules(), admitted in any::<bool>()) {
        let (place, party) = (place("a/b"), did(1));
        let record = RoomRecord { event: pluto_core::EventId([1; 32]), rules: rules.clone() };
        prop_assert_eq!(RoomRecord::decode(&record.encode()), Ok(record));
        for said in [
            RoomChange::Open { place: place.clone(), rules },
            RoomChange::Close { place: place.clone() },
            RoomChange::Admit { place, party, admitted },
        ] {
            prop_assert_eq!(RoomChange::decode(&said.encode()), Ok(said));
        }
    }
}
