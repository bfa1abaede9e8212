//! Votes: who may, how they count, and what follows from them.

use pluto_core::payload::{Admission, MembershipAction, MembershipChange, Role};
use pluto_core::{Canonical, Event, EventId, Kind, Verdict, VoidReason};
use proptest::prelude::*;

use super::{
    Choice, Measure, Method, ProposalCreated, ProposalRecord, ProposalResolved, ProposalStatus,
    Resolution, VOTING_MS_MIN, VoteCast, credits, proposal,
};
use crate::active_member;
use crate::bucket::DAY_MS;
use crate::hierarchy::{RealmLifecycle, lineage};
use crate::lattice::{AtLeast, Only};
use crate::quota::QuarantineChange;
use crate::rule_set::RuleSet;
use crate::rule_set::tests::any_rules;
use crate::test_realm::{TestRealm, bootstrap, did, event};

const EFFECTIVE: Verdict = Verdict::Effective;

fn void(reason: VoidReason) -> Verdict {
    Verdict::Void(reason)
}

/// A realm with members 0 to 4, in which a day of realm time has passed.
fn realm() -> TestRealm {
    let mut realm = TestRealm::founded(Admission::Open);
    (1..5).for_each(|who| assert_eq!(realm.submit(&bootstrap(who)), EFFECTIVE));
    realm.time_ms = DAY_MS;
    realm
}

fn asked(measure: Measure, method: Method) -> Event {
    let title = "ask".to_owned();
    let created = ProposalCreated { title, measure, method, voting_ms: VOTING_MS_MIN };
    event(1, Kind::ProposalCreated, 1, &created.encode())
}

fn propose(realm: &mut TestRealm, measure: Measure, method: Method) -> EventId {
    let event = asked(measure, method);
    assert_eq!(realm.submit(&event), EFFECTIVE);
    event.id
}

fn vote(realm: &mut TestRealm, who: u8, id: EventId, choice: Choice, votes: u16) -> Verdict {
    realm.say(who, Kind::VoteCast, &VoteCast { proposal: id, choice, votes })
}

fn resolve(realm: &mut TestRealm, id: EventId, resolution: Resolution) -> Verdict {
    let resolved = ProposalResolved { proposal: id, resolution };
    realm.say(2, Kind::ProposalResolved, &resolved)
}

fn close(realm: &mut TestRealm, id: EventId) -> ProposalStatus {
    realm.time_ms = proposal(realm, &id).unwrap().closes_ms;
    assert_eq!(resolve(realm, id, Resolution::Close), EFFECTIVE);
    proposal(realm, &id).unwrap().status
}

fn execute(realm: &mut TestRealm, id: EventId) -> Verdict {
    realm.time_ms = proposal(realm, &id).unwrap().executable_ms();
    resolve(realm, id, Resolution::Execute)
}

#[test]
fn a_vote_changes_rules_that_no_owner_changes() {
    let mut realm = realm();
    let governed = RuleSet { governed: AtLeast(true), ..RuleSet::default() };
    let said = RealmLifecycle::Rules(governed.clone());
    assert_eq!(realm.say(0, Kind::RealmLifecycle, &said), EFFECTIVE);
    let stricter = RuleSet { min_trust: AtLeast(5), ..governed };
    let id = propose(&mut realm, Measure::Rules(stricter.clone()), Method::MemberEqual);
    for who in [0, 1, 3] {
        assert_eq!(vote(&mut realm, who, id, Choice::Yes, 1), EFFECTIVE);
    }
    assert_eq!(vote(&mut realm, 4, id, Choice::No, 1), EFFECTIVE);
    assert_eq!(resolve(&mut realm, id, Resolution::Close), void(VoidReason::Expired));
    assert_eq!(close(&mut realm, id), ProposalStatus::Accepted);
    assert_eq!(resolve(&mut realm, id, Resolution::Execute), void(VoidReason::Expired), "timelock");
    assert_eq!(execute(&mut realm, id), EFFECTIVE);
    assert_eq!(lineage(&realm).rules, stricter);
    assert_eq!(resolve(&mut realm, id, Resolution::Execute), void(VoidReason::Expired), "once");
}

#[test]
fn who_comes_later_does_not_vote() {
    let mut realm = realm();
    let id = propose(&mut realm, Measure::Statement, Method::MemberEqual);
    assert_eq!(realm.submit(&bootstrap(5)), EFFECTIVE);
    assert_eq!(vote(&mut realm, 5, id, Choice::Yes, 1), void(VoidReason::NotAllowed));
    let change = |subject, action, role| MembershipChange { subject, action, role };
    let (gone, promoted) = (did(3), did(4));
    for said in [
        change(gone, MembershipAction::Remove, Role::Member),
        change(gone, MembershipAction::Assign, Role::Member),
        change(promoted, MembershipAction::Assign, Role::Admin),
    ] {
        assert_eq!(realm.say(0, Kind::MembershipChange, &said), EFFECTIVE);
    }
    assert_eq!(vote(&mut realm, 3, id, Choice::Yes, 1), void(VoidReason::NotAllowed));
    assert_eq!(vote(&mut realm, 4, id, Choice::Yes, 1), EFFECTIVE, "another role is no arrival");
    let next = asked(Measure::Statement, Method::Quadratic);
    assert_eq!(realm.submit(&next), EFFECTIVE);
    assert_eq!(vote(&mut realm, 5, next.id, Choice::Yes, 1), EFFECTIVE);
}

#[test]
fn a_voice_counts_once_and_in_time() {
    let mut realm = realm();
    let id = propose(&mut realm, Measure::Statement, Method::MemberEqual);
    assert_eq!(vote(&mut realm, 0, id, Choice::Yes, 2), void(VoidReason::OutOfRange));
    assert_eq!(vote(&mut realm, 0, id, Choice::Yes, 0), void(VoidReason::OutOfRange));
    assert_eq!(vote(&mut realm, 0, id, Choice::Yes, 1), EFFECTIVE);
    assert_eq!(vote(&mut realm, 0, id, Choice::No, 1), void(VoidReason::AlreadyExists));
    assert_eq!(vote(&mut realm, 0, EventId::ZERO, Choice::No, 1), void(VoidReason::NotFound));
    realm.time_ms += VOTING_MS_MIN;
    assert_eq!(vote(&mut realm, 1, id, Choice::No, 1), void(VoidReason::Expired));
}

#[test]
fn a_quorum_is_needed_and_abstaining_counts_for_it() {
    let mut realm = realm();
    let rules = RuleSet { min_quorum: AtLeast(3), ..RuleSet::default() };
    assert_eq!(realm.say(0, Kind::RealmLifecycle, &RealmLifecycle::Rules(rules)), EFFECTIVE);
    let id = propose(&mut realm, Measure::Statement, Method::MemberEqual);
    assert_eq!(vote(&mut realm, 0, id, Choice::Yes, 1), EFFECTIVE);
    assert_eq!(vote(&mut realm, 1, id, Choice::Yes, 1), EFFECTIVE);
    let mut with_one_more = realm.clone();
    assert_eq!(close(&mut realm, id), ProposalStatus::Rejected);
    assert_eq!(vote(&mut with_one_more, 2, id, Choice::Abstain, 1), EFFECTIVE);
    assert_eq!(close(&mut with_one_more, id), ProposalStatus::Accepted);
}

#[test]
fn trust_weighs() {
    let mut realm = realm();
    let id = propose(&mut realm, Measure::Statement, Method::Reputation);
    // In the test realm, trust in somebody is their number, in tenths.
    assert_eq!(vote(&mut realm, 4, id, Choice::Yes, 1), EFFECTIVE);
    assert_eq!(vote(&mut realm, 1, id, Choice::No, 1), EFFECTIVE);
    let record = proposal(&realm, &id).unwrap();
    assert_eq!((record.yes, record.no), (400_000, 100_000));
    assert_eq!(close(&mut realm, id), ProposalStatus::Accepted);
}

#[test]
fn votes_cost_their_square() {
    let mut realm = realm();
    let id = propose(&mut realm, Measure::Statement, Method::Quadratic);
    assert_eq!(vote(&mut realm, 0, id, Choice::Yes, 11), void(VoidReason::LimitReached));
    assert_eq!(vote(&mut realm, 0, id, Choice::Yes, 9), EFFECTIVE);
    assert_eq!(credits(&realm, did(0)).left(), 19);
    realm.time_ms += DAY_MS;
    assert_eq!(credits(&realm, did(0)).left(), 22);
    let next =
        asked(Measure::Quarantine(QuarantineChange::Lift { subject: did(3) }), Method::Quadratic);
    assert_eq!(realm.submit(&next), EFFECTIVE);
    assert_eq!(vote(&mut realm, 0, next.id, Choice::No, 5), void(VoidReason::LimitReached));
    assert_eq!(vote(&mut realm, 0, next.id, Choice::No, 4), EFFECTIVE);
    assert_eq!(proposal(&realm, &id).unwrap().yes, 9);
}

#[test]
fn a_measure_that_cannot_be_taken_stays_accepted() {
    let mut realm = realm();
    let last_owner =
        MembershipChange { subject: did(0), action: MembershipAction::Remove, role: Role::Member };
    let id = propose(&mut realm, Measure::Membership(last_owner), Method::MemberEqual);
    assert_eq!(vote(&mut realm, 1, id, Choice::Yes, 1), EFFECTIVE);
    assert_eq!(close(&mut realm, id), ProposalStatus::Accepted);
    assert_eq!(execute(&mut realm, id), void(VoidReason::NotAllowed));
    assert_eq!(proposal(&realm, &id).unwrap().status, ProposalStatus::Accepted);
    let another =
        MembershipChange { subject: did(1), action: MembershipAction::Assign, role: Role::Owner };
    assert_eq!(realm.say(0, Kind::MembershipChange, &another), EFFECTIVE);
    assert_eq!(execute(&mut realm, id), EFFECTIVE);
    assert!(active_member(&realm, did(0)).is_none());
}

#[test]
fn proposals_are_bounded_and_taken_back() {
    let mut realm = realm();
    for voting_ms in [0, VOTING_MS_MIN - 1, super::VOTING_MS_MAX + 1, u64::MAX] {
        let measure = Measure::Statement;
        let (title, method) = ("ask".to_owned(), Method::MemberEqual);
        let created = ProposalCreated { title, measure, method, voting_ms };
        let said = realm.say(1, Kind::ProposalCreated, &created);
        assert_eq!(said, void(VoidReason::OutOfRange));
    }
    let id = propose(&mut realm, Measure::Statement, Method::MemberEqual);
    assert_eq!(resolve(&mut realm, id, Resolution::Withdraw), void(VoidReason::NotAllowed));
    let withdraw = ProposalResolved { proposal: id, resolution: Resolution::Withdraw };
    assert_eq!(realm.say(1, Kind::ProposalResolved, &withdraw), EFFECTIVE);
    assert_eq!(vote(&mut realm, 0, id, Choice::Yes, 1), void(VoidReason::Expired));
    let rules = RuleSet { allowed_methods: Only(Some([0].into())), ..RuleSet::default() };
    assert_eq!(realm.say(0, Kind::RealmLifecycle, &RealmLifecycle::Rules(rules)), EFFECTIVE);
    let by_trust = asked(Measure::Statement, Method::Reputation);
    assert_eq!(realm.submit(&by_trust), void(VoidReason::NotAllowed));
    realm.time_ms = 0;
    let early = asked(Measure::Statement, Method::MemberEqual);
    assert_eq!(realm.submit(&early), void(VoidReason::Expired));
}

fn measure() -> impl Strategy<Value = Measure> {
    let change =
        MembershipChange { subject: did(1), action: MembershipAction::Ban, role: Role::Member };
    let lift = QuarantineChange::Quarantine { subject: did(1), until_ms: 3 };
    prop_oneof![
        Just(Measure::Statement),
        any_rules().prop_map(Measure::Rules),
        Just(Measure::Membership(change)),
        Just(Measure::Quarantine(lift)),
    ]
}

proptest! {
    #[test]
    fn one_encoding(measure in measure(), yes in any::<u64>(), ballots in any::<u32>()) {
        let created = ProposalCreated {
            title: "t".into(), measure, method: Method::Quadratic, voting_ms: yes,
        };
        let record = ProposalRecord {
            proposer: did(1), serial: 2, quorum: 3, closes_ms: 4, status: ProposalStatus::Accepted,
            ballots, yes, no: 7, proposal: created.clone(),
        };
        prop_assert_eq!(ProposalCreated::decode(&created.encode()), Ok(created));
        prop_assert_eq!(ProposalRecord::decode(&record.encode()), Ok(record));
    }

    /// What is counted is what was said: one ballot each, by those who were there.
    #[test]
    fn the_count_is_the_sum_of_the_ballots(
        said in proptest::collection::vec((0..7_u8, 0..3_u8, 0..4_u16, any::<bool>()), 0..30)
    ) {
        let mut realm = realm();
        let id = propose(&mut realm, Measure::Statement, Method::Quadratic);
        let (mut yes, mut no, mut voted) = (0, 0, Vec::new());
        for (who, choice, votes, joins) in said {
            if joins && active_member(&realm, did(who)).is_none() {
                prop_assert_eq!(realm.submit(&bootstrap(who)), EFFECTIVE);
            }
            let choice = [Choice::No, Choice::Yes, Choice::Abstain][usize::from(choice)];
            if vote(&mut realm, who, id, choice, votes).is_effective() {
                prop_assert!(who < 5 && votes > 0 && !voted.contains(&who));
                voted.push(who);
                match choice {
                    Choice::Yes => yes += u64::from(votes),
                    Choice::No => no += u64::from(votes),
                    Choice::Abstain => {}
                }
            }
        }
        let record = proposal(&realm, &id).unwrap();
        prop_assert_eq!((record.yes, record.no, record.ballots), (yes, no, voted.len() as u32));
    }
}
