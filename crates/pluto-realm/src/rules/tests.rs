//! Strangers introduce themselves, members write, the banned do neither.

use pluto_core::codec::Canonical;
use pluto_core::payload::{Admission, RecordPut, Role};

use super::*;
use crate::test_realm::{TestRealm, bootstrap, did, event, genesis};

fn record(who: u8) -> Event {
    let payload = RecordPut { collection: "c".to_owned(), key: vec![], value: vec![1] };
    event(who, Kind::RecordPut, 1, &payload.encode())
}

const STRANGER: Verdict = Verdict::Void(VoidReason::NotMember);

#[test]
fn a_realm_begins_with_its_genesis() {
    let mut empty = TestRealm::default();
    assert_eq!(RealmRules.decide(&empty, &bootstrap(1), &mut Effects::default()), STRANGER);
    assert_eq!(RealmRules.decide(&empty, &record(0), &mut Effects::default()), STRANGER);
    assert_eq!(empty.submit(&genesis(Admission::Open)), Verdict::Effective);
    assert_eq!(empty.submit(&record(0)), Verdict::Effective);
}

#[test]
fn an_open_realm_makes_members_of_those_who_introduce_themselves() {
    let mut realm = TestRealm::founded(Admission::Open);
    assert_eq!(realm.submit(&record(1)), STRANGER);
    assert_eq!(realm.submit(&bootstrap(1)), Verdict::Effective);
    assert_eq!(active_member(&realm, did(1)).unwrap().role, Role::Member);
    assert_eq!(realm.submit(&record(1)), Verdict::Effective);
}

#[test]
fn a_realm_by_invitation_knows_them_and_waits() {
    let mut realm = TestRealm::founded(Admission::Invite);
    assert_eq!(realm.submit(&bootstrap(1)), Verdict::Effective);
    assert_eq!(active_member(&realm, did(1)), None);
    assert_eq!(realm.submit(&record(1)), STRANGER);
}

#[test]
fn the_known_may_speak_of_keys_and_hold_grants_without_being_members() {
    let kinds = [
        Kind::KeyRotated,
        Kind::RecoveryInitiated,
        Kind::DelegationCreated,
        Kind::DelegationRevoked,
        Kind::ExecutionCompleted,
        Kind::ActionDecided,
        Kind::ApprovalGiven,
        Kind::CrossingEvaluated,
    ];
    let mut realm = TestRealm::founded(Admission::Invite);
    let decide = |realm: &TestRealm, kind| {
        RealmRules.decide(realm, &event(1, kind, 1, b""), &mut Effects::default())
    };
    for kind in kinds {
        assert_eq!(decide(&realm, kind), STRANGER, "{kind:?} by somebody unknown");
    }
    realm.entries.insert((Component::Identity, did(1).encode()), [1].into());
    for kind in kinds {
        assert_eq!(decide(&realm, kind), Verdict::Effective, "{kind:?}");
    }
    for kind in Kind::ALL.iter().filter(|kind| !kinds.contains(kind)) {
        let decided = decide(&realm, *kind);
        assert!(decided == STRANGER || *kind == Kind::RealmGenesis, "{kind:?}");
    }
    let banned = MemberRecord { role: Role::Member, banned: true, event: record(1).id };
    let key = (Component::Realm, state::member_key(did(1)).to_vec());
    realm.entries.insert(key, banned.encode().into());
    for kind in kinds {
        assert_eq!(decide(&realm, kind), STRANGER, "{kind:?} by the banned");
    }
}

#[test]
fn an_inception_that_is_not_the_first_event_needs_membership() {
    let realm = TestRealm::founded(Admission::Open);
    let late = event(1, Kind::IdentityBootstrapped, 1, b"");
    assert_eq!(RealmRules.decide(&realm, &late, &mut Effects::default()), STRANGER);
}

#[test]
fn the_banned_are_no_members() {
    let mut realm = TestRealm::founded(Admission::Open);
    realm.submit(&bootstrap(1));
    let record_of =
        |banned| MemberRecord { role: Role::Member, banned, event: genesis(Admission::Open).id };
    let key = (Component::Realm, state::member_key(did(1)).to_vec());
    realm.entries.insert(key, record_of(true).encode().into());
    assert_eq!(member(&realm, did(1)), Some(record_of(true)));
    assert_eq!(active_member(&realm, did(1)), None);
    assert_eq!(realm.submit(&record(1)), STRANGER);
}
