//! Who may change whose membership, and that a realm keeps an owner.

use proptest::prelude::*;

use super::*;
use crate::test_realm::{TestRealm, bootstrap, did, event, genesis};
use pluto_core::state::IdentityRecord;
use pluto_core::{EventId, RealmId};

use MembershipAction::{Assign, Ban, Remove};

const OWNER: u8 = 0;
const ADMIN: u8 = 1;
const MODERATOR: u8 = 2;
const MEMBER: u8 = 3;
const STRANGER: u8 = 4;
const BANNED: u8 = 5;
const ROLES: [Role; 4] = [Role::Member, Role::Moderator, Role::Admin, Role::Owner];

fn edit(who: u8, subject: u8, action: MembershipAction, role: Role) -> Event {
    let change = MembershipChange { subject: did(subject), action, role };
    event(who, Kind::MembershipChange, 1, &change.encode())
}

/// A realm with one party of each standing, and a second one of each role 10 higher.
fn staffed() -> TestRealm {
    let mut realm = TestRealm::founded(Admission::Invite);
    for (who, role) in [(ADMIN, Role::Admin), (MODERATOR, Role::Moderator), (MEMBER, Role::Member)]
    {
        for number in [who, who + 10] {
            assert_eq!(realm.submit(&edit(OWNER, number, Assign, role)), Verdict::Effective);
        }
    }
    assert_eq!(realm.submit(&edit(OWNER, 10, Assign, Role::Owner)), Verdict::Effective);
    assert_eq!(realm.submit(&edit(OWNER, BANNED, Ban, Role::Member)), Verdict::Effective);
    realm
}

fn role_of(realm: &TestRealm, who: u8) -> Option<Role> {
    active_member(realm, did(who)).map(|record| record.role)
}

const ALLOWED: Verdict = Verdict::Effective;
const REFUSED: Verdict = Verdict::Void(VoidReason::NotAllowed);

#[test]
fn the_genesis_writes_rules_and_an_owner() {
    let realm = TestRealm::founded(Admission::Open);
    let rules = rules(&realm).unwrap();
    assert_eq!(rules.name, "home");
    assert_eq!(rules.creator, did(OWNER));
    assert_eq!(rules.trust_roots, [did(OWNER)]);
    assert_eq!(role_of(&realm, OWNER), Some(Role::Owner));
    assert_eq!(member(&realm, did(OWNER)).unwrap().event, genesis(Admission::Open).id);
    assert_eq!(owners(&realm), 1);
}

#[test]
fn a_realm_is_founded_once_and_only_by_a_genesis_header() {
    let mut realm = TestRealm::founded(Admission::Open);
    let again = realm.submit(&genesis(Admission::Open));
    assert_eq!(again, Verdict::Void(VoidReason::AlreadyExists));
    let mut inside = genesis(Admission::Open);
    inside.header.realm = RealmId([1; 32]);
    assert_eq!(TestRealm::default().submit(&inside), REFUSED);
}

#[test]
fn named_trust_roots_are_kept() {
    let mut payload =
        RealmGenesis::decode(genesis(Admission::Open).payload.as_ref().unwrap()).unwrap();
    payload.trust_roots = vec![did(7)];
    let mut realm = TestRealm::default();
    let genesis = event(OWNER, Kind::RealmGenesis, 0, &payload.encode());
    assert_eq!(realm.submit(&genesis), ALLOWED);
    assert_eq!(rules(&realm).unwrap().trust_roots, [did(7)]);
}

/// An author, the highest role they assign to a stranger, whom they remove, whom they ban.
type Rights = (u8, Option<Role>, &'static [u8], &'static [u8]);

#[test]
fn the_table_of_roles_holds() {
    let table: [Rights; 6] = [
        (OWNER, Some(Role::Owner), &[10, 11, 12, 13], &[10, 11, 12, 13, STRANGER]),
        (ADMIN, Some(Role::Moderator), &[12, 13], &[12, 13, STRANGER]),
        (MODERATOR, Some(Role::Member), &[13], &[13, STRANGER]),
        (MEMBER, None, &[], &[]),
        (STRANGER, None, &[], &[]),
        (BANNED, None, &[], &[]),
    ];
    for (author, highest, removes, bans) in table {
        let is_member = role_of(&staffed(), author).is_some();
        let no = if is_member { REFUSED } else { Verdict::Void(VoidReason::NotMember) };
        let expect = |yes: bool| if yes { ALLOWED } else { no };
        for role in ROLES {
            let expected = expect(highest.is_some_and(|highest| role <= highest));
            assert_eq!(staffed().submit(&edit(author, 20, Assign, role)), expected);
        }
        for subject in [10, 11, 12, 13] {
            let case = format!("{author} about {subject}");
            let removed = staffed().submit(&edit(author, subject, Remove, Role::Member));
            assert_eq!(removed, expect(removes.contains(&subject)), "{case}");
        }
        for subject in [10, 11, 12, 13, STRANGER] {
            let banned = staffed().submit(&edit(author, subject, Ban, Role::Member));
            assert_eq!(banned, expect(bans.contains(&subject)), "{author} about {subject}");
        }
    }
}

#[test]
fn nobody_below_an_owner_lowers_a_role_as_high_as_their_own() {
    assert_eq!(staffed().submit(&edit(ADMIN, 11, Assign, Role::Member)), REFUSED);
    assert_eq!(staffed().submit(&edit(ADMIN, 10, Assign, Role::Member)), REFUSED);
    assert_eq!(staffed().submit(&edit(MODERATOR, 12, Assign, Role::Member)), REFUSED);
    assert_eq!(staffed().submit(&edit(ADMIN, ADMIN, Assign, Role::Owner)), REFUSED);
    assert_eq!(staffed().submit(&edit(ADMIN, ADMIN, Assign, Role::Member)), REFUSED);
    assert_eq!(staffed().submit(&edit(OWNER, 10, Assign, Role::Member)), ALLOWED);
    assert_eq!(staffed().submit(&edit(ADMIN, 12, Assign, Role::Member)), ALLOWED);
}

#[test]
fn the_last_owner_stays() {
    let mut realm = staffed();
    assert_eq!(owners(&realm), 2);
    assert_eq!(realm.submit(&edit(10, OWNER, Remove, Role::Member)), ALLOWED);
    assert_eq!(owners(&realm), 1);
    for action in [Remove, Ban] {
        assert_eq!(realm.submit(&edit(10, 10, action, Role::Member)), REFUSED);
    }
    assert_eq!(realm.submit(&edit(10, 10, Assign, Role::Admin)), REFUSED);
    assert_eq!(realm.submit(&edit(10, ADMIN, Assign, Role::Owner)), ALLOWED);
    assert_eq!(realm.submit(&edit(10, 10, Assign, Role::Admin)), ALLOWED);
    assert_eq!((owners(&realm), role_of(&realm, 10)), (1, Some(Role::Admin)));
}

#[test]
fn everybody_may_leave() {
    for who in [ADMIN, MODERATOR, MEMBER] {
        let mut realm = staffed();
        assert_eq!(realm.submit(&edit(who, who, Remove, Role::Member)), ALLOWED);
        assert_eq!(member(&realm, did(who)), None);
    }
}

#[test]
fn a_ban_holds_until_an_admin_lifts_it() {
    let mut realm = TestRealm::founded(Admission::Open);
    realm.submit(&edit(OWNER, ADMIN, Assign, Role::Admin));
    realm.submit(&edit(OWNER, MODERATOR, Assign, Role::Moderator));
    assert_eq!(realm.submit(&edit(MODERATOR, 9, Ban, Role::Member)), ALLOWED);
    assert_eq!(realm.submit(&bootstrap(9)), ALLOWED);
    assert_eq!(role_of(&realm, 9), None, "an open realm does not let the banned in");
    assert_eq!(realm.submit(&edit(MODERATOR, 9, Assign, Role::Member)), REFUSED);
    assert_eq!(realm.submit(&edit(MODERATOR, 9, Remove, Role::Member)), REFUSED);
    let gone = Verdict::Void(VoidReason::NotFound);
    assert_eq!(realm.submit(&edit(ADMIN, 9, Remove, Role::Member)), gone);
    let twice = Verdict::Void(VoidReason::AlreadyExists);
    assert_eq!(realm.submit(&edit(ADMIN, 9, Ban, Role::Member)), twice);
    assert_eq!(realm.submit(&edit(ADMIN, 9, Assign, Role::Member)), ALLOWED);
    assert_eq!(role_of(&realm, 9), Some(Role::Member));
    assert_eq!(realm.submit(&edit(ADMIN, 9, Assign, Role::Member)), twice);
}

#[test]
fn an_inception_keeps_what_was_assigned_before() {
    let mut realm = TestRealm::founded(Admission::Open);
    realm.submit(&edit(OWNER, 9, Assign, Role::Moderator));
    assert_eq!(realm.submit(&bootstrap(9)), ALLOWED);
    assert_eq!(role_of(&realm, 9), Some(Role::Moderator));
}

#[test]
fn the_keys_of_this_component_never_meet() {
    let member = member_key(did(0));
    assert!(member.len() == 34 && OWNERS_KEY.len() < 34 && RULES_KEY.len() < 34);
    assert_ne!(OWNERS_KEY, RULES_KEY);
    let foreign = IdentityRecord {
        key: [0; 32],
        key_event: EventId::ZERO,
        next_key_digest: None,
        frozen: false,
    };
    assert!(MemberRecord::decode(&foreign.encode()).is_err());
}

fn actions() -> impl Strategy<Value = (u8, u8, u8, usize)> {
    (0_u8..6, 0_u8..6, 0_u8..4, 0_usize..4)
}

proptest! {
    #[test]
    fn any_history_keeps_count_of_its_owners(history in prop::collection::vec(actions(), 0..80)) {
        let mut realm = staffed();
        for (who, subject, action, role) in history {
            let event = match action {
                0 => edit(who, subject, Assign, ROLES[role]),
                1 => edit(who, subject, Remove, Role::Member),
                2 => edit(who, subject, Ban, Role::Member),
                _ => bootstrap(who),
            };
            realm.submit(&event);
            let counted = (0..20).filter(|who| role_of(&realm, *who) == Some(Role::Owner)).count();
            prop_assert_eq!(owners(&realm) as usize, counted);
            prop_assert!(counted >= 1);
        }
    }

    #[test]
    fn the_step_is_pure_and_takes_any_payload(
        payload in prop::collection::vec(any::<u8>(), 0..120), which in 0_usize..4, who in 0_u8..6,
    ) {
        let kinds = [RealmEngine.kinds(), &[Kind::VoteCast]].concat();
        let event = event(who, kinds[which], 1, &payload);
        let realm = staffed();
        let (mut first, mut second) = (Effects::default(), Effects::default());
        let verdict = RealmEngine.step(&realm, &event, &mut first);
        prop_assert_eq!(verdict, RealmEngine.step(&realm, &event, &mut second));
        prop_assert_eq!(first.writes, second.writes);
    }
}
