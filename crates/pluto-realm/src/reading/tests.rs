//! Who reads what: open realms, realms by invitation, keys that were rotated away.

use pluto_core::EventId;
use pluto_core::codec::Canonical;
use pluto_core::payload::{MembershipAction, MembershipChange, Role};
use pluto_core::{Kind, Verdict};

use super::*;
use crate::hierarchy::RealmLifecycle;
use crate::lattice::AtLeast;
use crate::rule_set::{Isolation, RuleSet};
use crate::test_realm::{TestRealm, bootstrap, did, event};

fn reads(realm: &TestRealm, who: u8, key: u8) -> bool {
    let (key, first_key) = ([key; 32], [who; 32]);
    may_read(realm, Some(Reader { did: did(who), key: &key, first_key: &first_key }))
}

fn change(realm: &mut TestRealm, action: MembershipAction) {
    let change = MembershipChange { subject: did(1), action, role: Role::Member };
    let event = event(0, Kind::MembershipChange, 1, &change.encode());
    assert_eq!(realm.submit(&event), Verdict::Effective);
}

#[test]
fn nobody_reads_a_realm_without_rules() {
    assert!(!may_read(&TestRealm::default(), None));
}

#[test]
fn an_open_realm_is_read_by_all_but_the_banned() {
    let mut realm = TestRealm::founded(Admission::Open);
    assert!(may_read(&realm, None));
    assert!(reads(&realm, 1, 1));
    assert_eq!(realm.submit(&bootstrap(1)), Verdict::Effective);
    change(&mut realm, MembershipAction::Ban);
    assert!(!reads(&realm, 1, 1));
}

#[test]
fn a_realm_by_invitation_is_read_by_members_with_their_active_key() {
    let mut realm = TestRealm::founded(Admission::Invite);
    assert!(!may_read(&realm, None));
    assert!(!reads(&realm, 1, 1));
    change(&mut realm, MembershipAction::Assign);
    assert!(reads(&realm, 1, 1), "invited, and silent so far");
    assert!(!reads(&realm, 1, 9), "a key that nobody knows");
    let key_event = EventId([3; 32]);
    let rotated = IdentityRecord { key: [9; 32], key_event, next_key_digest: None, frozen: false };
    let entry = (Component::Identity, did(1).to_bytes().to_vec());
    realm.entries.insert(entry, rotated.encode().into());
    assert!(reads(&realm, 1, 9));
    assert!(!reads(&realm, 1, 1), "a key that was rotated away");
    change(&mut realm, MembershipAction::Remove);
    assert!(!reads(&realm, 1, 9));
}

#[test]
fn an_open_realm_that_isolates_itself_is_read_by_members() {
    let mut realm = TestRealm::founded(Admission::Open);
    assert!(may_read(&realm, None));
    let rules = RuleSet { min_isolation: AtLeast(Isolation::Members), ..RuleSet::default() };
    let said = RealmLifecycle::Rules(rules);
    assert_eq!(realm.say(0, Kind::RealmLifecycle, &said), Verdict::Effective);
    assert!(!may_read(&realm, None) && reads(&realm, 0, 0));
}
