//! Quotas in a realm: limits bite, violations add up to a quarantine, and there is a way back; no order
//! of arrival changes an account.

use pluto_core::payload::{Admission, MembershipAction, MembershipChange, RecordPut, Role};
use pluto_core::{Canonical, Event, Kind, Verdict, VoidReason};
use proptest::prelude::*;

use super::{
    AccountRecord, FORGIVEN_MS, Obstacle, QUARANTINE_MS, QuarantineChange, Resource, account,
    account_now, is_exempt, obstacle, settle,
};
use crate::bucket::DAY_MS;
use crate::hierarchy::RealmLifecycle;
use crate::lattice::{All, AtMost, Only};
use crate::rule_set::{Limit, RuleSet};
use crate::test_realm::{TestRealm, bootstrap, did, event};
use pluto_core::traits::Effects;

const EFFECTIVE: Verdict = Verdict::Effective;
const LIMIT: Verdict = Verdict::Void(VoidReason::LimitReached);

fn limit(capacity: u64, per_day: u64) -> AtMost<Limit> {
    AtMost(Some(Limit { capacity, per_day }))
}

fn realm(rules: &RuleSet) -> TestRealm {
    let mut realm = TestRealm::founded(Admission::Open);
    assert_eq!(realm.submit(&bootstrap(1)), EFFECTIVE);
    declare(&mut realm, rules);
    realm
}

fn declare(realm: &mut TestRealm, rules: &RuleSet) {
    let said = RealmLifecycle::Rules(rules.clone());
    assert_eq!(realm.say(0, Kind::RealmLifecycle, &said), EFFECTIVE);
}

fn put(value: &[u8]) -> RecordPut {
    RecordPut { collection: "notes".into(), key: vec![1], value: value.to_vec() }
}

fn write(realm: &mut TestRealm, who: u8) -> Verdict {
    realm.say(who, Kind::RecordPut, &put(b"x"))
}

fn quarantine(realm: &mut TestRealm, who: u8, change: QuarantineChange) -> Verdict {
    realm.say(who, Kind::RealmQuarantineChange, &change)
}

#[test]
fn who_has_no_tokens_has_no_voice_until_they_come_back() {
    let mut realm = realm(&RuleSet { max_events: limit(2, 24), ..RuleSet::default() });
    assert_eq!([write(&mut realm, 1), write(&mut realm, 1)], [EFFECTIVE; 2]);
    assert_eq!(write(&mut realm, 1), LIMIT);
    assert_eq!(write(&mut realm, 0), EFFECTIVE, "everybody has buckets of their own");
    let fact = realm.facts.last().unwrap();
    assert_eq!((fact.kind, &*fact.text), (Kind::QuotaViolation, "events used up"));
    realm.time_ms += DAY_MS / 24;
    assert_eq!(account_now(&realm, did(1)).bucket(Resource::Events).unwrap().left(), 1);
    assert_eq!([write(&mut realm, 1), write(&mut realm, 1)], [EFFECTIVE, LIMIT]);
}

#[test]
fn ten_violations_are_a_quarantine_that_ends() {
    let mut realm = realm(&RuleSet { max_events: limit(1, 0), ..RuleSet::default() });
    assert_eq!(write(&mut realm, 1), EFFECTIVE);
    (0..9).for_each(|_| assert_eq!(write(&mut realm, 1), LIMIT));
    assert!(!account(&realm, did(1)).unwrap().is_quarantined(realm.time_ms));
    assert_eq!(write(&mut realm, 1), LIMIT);
    assert_eq!(realm.facts.last().unwrap().text, "events used up, quarantined");
    declare(&mut realm, &RuleSet { max_events: limit(9, 900), ..RuleSet::default() });
    realm.time_ms = QUARANTINE_MS - 1;
    assert_eq!(write(&mut realm, 1), LIMIT, "tokens do not end a quarantine");
    realm.time_ms += 1;
    assert_eq!(write(&mut realm, 1), EFFECTIVE);
}

#[test]
fn violations_are_forgiven_by_the_hour() {
    let mut realm = realm(&RuleSet { max_events: limit(0, 0), ..RuleSet::default() });
    (0..9).for_each(|_| assert_eq!(write(&mut realm, 1), LIMIT));
    assert_eq!(account(&realm, did(1)).unwrap().violations(), 9);
    realm.time_ms += 3 * FORGIVEN_MS;
    assert_eq!(account_now(&realm, did(1)).violations(), 6);
    (0..3).for_each(|_| assert_eq!(write(&mut realm, 1), LIMIT));
    assert!(!account(&realm, did(1)).unwrap().is_quarantined(realm.time_ms));
}

#[test]
fn people_quarantine_lift_and_refund() {
    let mut realm = realm(&RuleSet { max_storage: limit(60, 0), ..RuleSet::default() });
    let shut = QuarantineChange::Quarantine { subject: did(1), until_ms: 10 };
    let lift = QuarantineChange::Lift { subject: did(1) };
    assert_eq!(quarantine(&mut realm, 1, lift), Verdict::Void(VoidReason::NotAllowed));
    assert_eq!(quarantine(&mut realm, 0, lift), Verdict::Void(VoidReason::NotFound));
    assert_eq!(quarantine(&mut realm, 0, shut), EFFECTIVE);
    assert_eq!(write(&mut realm, 1), LIMIT);
    assert_eq!(quarantine(&mut realm, 0, lift), EFFECTIVE);
    assert_eq!(write(&mut realm, 1), EFFECTIVE);
    let spent = put(b"x").encode().len() as u64;
    let left =
        |realm: &TestRealm| account_now(realm, did(1)).bucket(Resource::Storage).unwrap().left();
    assert_eq!(left(&realm), 60 - spent);
    let refund = |resource| QuarantineChange::Refund { subject: did(1), resource, tokens: spent };
    let unlimited = quarantine(&mut realm, 0, refund(Resource::Gas));
    assert_eq!(unlimited, Verdict::Void(VoidReason::NotFound));
    assert_eq!(quarantine(&mut realm, 0, refund(Resource::Storage)), EFFECTIVE);
    assert_eq!(left(&realm), 60);
    realm.time_ms = 10;
    assert_eq!(quarantine(&mut realm, 0, shut), Verdict::Void(VoidReason::Expired));
}

#[test]
fn an_administrator_reaches_only_below() {
    let mut realm = realm(&RuleSet::default());
    assert_eq!(realm.submit(&bootstrap(2)), EFFECTIVE);
    for who in [1, 2] {
        let action = MembershipAction::Assign;
        let change = MembershipChange { subject: did(who), action, role: Role::Admin };
        assert_eq!(realm.say(0, Kind::MembershipChange, &change), EFFECTIVE);
    }
    for who in [0, 2] {
        let shut = QuarantineChange::Quarantine { subject: did(who), until_ms: 10 };
        assert_eq!(quarantine(&mut realm, 1, shut), Verdict::Void(VoidReason::NotAllowed));
    }
    let shut = QuarantineChange::Quarantine { subject: did(0), until_ms: 10 };
    assert_eq!(quarantine(&mut realm, 0, shut), EFFECTIVE);
    // Restoring order needs no tokens and no leave: an owner can let itself in again.
    let lift = QuarantineChange::Lift { subject: did(0) };
    assert_eq!(quarantine(&mut realm, 0, lift), EFFECTIVE);
}

#[test]
fn what_rules_forbid_is_void_and_no_violation() {
    let kinds = Only(Some([Kind::RecordPut.number().0].into()));
    let forbidding =
        RuleSet { allowed_kinds: kinds, max_payload: AtMost(Some(30)), ..RuleSet::default() };
    let mut realm = realm(&forbidding);
    assert_eq!(write(&mut realm, 1), EFFECTIVE);
    let long = realm.say(1, Kind::RecordPut, &put(&[0; 30]));
    assert_eq!(long, Verdict::Void(VoidReason::OutOfRange));
    let gone = pluto_core::payload::RecordDeleted { collection: "notes".into(), key: vec![1] };
    let other = realm.say(1, Kind::RecordDeleted, &gone);
    assert_eq!(other, Verdict::Void(VoidReason::NotAllowed));
    declare(&mut realm, &RuleSet { denied_parties: All([did(1)].into()), ..RuleSet::default() });
    assert_eq!(write(&mut realm, 1), Verdict::Void(VoidReason::NotAllowed));
    assert_eq!(account(&realm, did(1)), None);
}

#[test]
fn gas_and_mana_are_settled_after_the_fact() {
    let rules = RuleSet { max_gas: limit(100, 0), max_mana: limit(50, 0), ..RuleSet::default() };
    let mut realm = realm(&rules);
    let spend = |realm: &mut TestRealm, gas, mana| {
        let event = event(1, Kind::RecordPut, 1, &put(b"x").encode());
        let mut out = Effects::default();
        let verdict = realm.decide(&event, &mut out);
        settle(realm, did(1), gas, mana, &mut out);
        realm.apply(&mut out);
        verdict
    };
    assert_eq!(spend(&mut realm, 60, 20), EFFECTIVE);
    assert_eq!(spend(&mut realm, 60, 20), EFFECTIVE);
    let account = account_now(&realm, did(1));
    let left = Resource::ALL.map(|resource| account.bucket(resource).map(|bucket| bucket.left()));
    assert_eq!(left, [Some(0), Some(10), None, None, None]);
    assert_eq!(spend(&mut realm, 1, 1), LIMIT);
    // Without an account nothing is settled.
    let mut out = Effects::default();
    settle(&realm, did(7), 1, 1, &mut out);
    assert!(out.writes.is_empty());
}

#[test]
fn keys_revocations_and_order_are_exempt() {
    let exempt = Kind::ALL.iter().filter(|kind| is_exempt(**kind)).count();
    assert_eq!(exempt, 13);
    assert!(!is_exempt(Kind::ActionDecided) && !is_exempt(Kind::CrossingOpened));
}

/// One thing that happens in a realm, and when.
#[derive(Clone, Debug)]
struct Entry {
    lamport: u64,
    time_ms: u64,
    event: Event,
}

fn history() -> impl Strategy<Value = Vec<Entry>> {
    let limited = (0..30_u64, 0..60_u64).prop_map(|(capacity, per_day)| {
        let events = limit(capacity / 6, per_day);
        let rules = RuleSet {
            max_events: events,
            max_storage: limit(capacity * 9, per_day * 9),
            ..RuleSet::default()
        };
        event(0, Kind::RealmLifecycle, 1, &RealmLifecycle::Rules(rules).encode())
    });
    let wrote = (0..3_u8, any::<[u8; 3]>())
        .prop_map(|(who, value)| event(who, Kind::RecordPut, 1, &put(&value).encode()));
    let refunded = (1..3_u8, 0..40_u64).prop_map(|(who, tokens)| {
        let refund =
            QuarantineChange::Refund { subject: did(who), resource: Resource::Storage, tokens };
        event(0, Kind::RealmQuarantineChange, 1, &refund.encode())
    });
    let said = prop_oneof![1 => limited, 6 => wrote, 2 => refunded];
    proptest::collection::vec((said, 0..3_600_000_u64), 0..60).prop_map(|said| {
        let mut time_ms = 0;
        let stamped = said.into_iter().enumerate().map(|(at, (mut event, passes))| {
            time_ms += passes;
            event.header.lamport = 3 + at as u64 / 2;
            event.id = event.header.id();
            Entry { lamport: event.header.lamport, time_ms, event }
        });
        stamped.collect()
    })
}

fn books(realm: &TestRealm) -> Vec<AccountRecord> {
    (0..3).filter_map(|who| account(realm, did(who))).collect()
}

/// Who asks before writing hears what the fold will say.
fn foreseen(realm: &TestRealm, event: &Event) {
    let header = &event.header;
    let kind = header.kind.known().unwrap();
    let said = obstacle(realm, header.author, kind, header.payload_len).map(Obstacle::reason);
    let decided = realm.decide(event, &mut Effects::default());
    assert_eq!(said.map_or(EFFECTIVE, Verdict::Void), decided);
}

fn replay(entries: &[Entry]) -> TestRealm {
    let mut realm = TestRealm::founded(Admission::Open);
    (1..3).for_each(|who| assert_eq!(realm.submit(&bootstrap(who)), EFFECTIVE));
    for entry in entries {
        realm.time_ms = entry.time_ms;
        foreseen(&realm, &entry.event);
        realm.submit(&entry.event);
        for account in books(&realm) {
            for bucket in Resource::ALL.iter().filter_map(|resource| account.bucket(*resource)) {
                let sum = bucket.spent() + bucket.left() + bucket.returned();
                assert_eq!(bucket.granted(), sum);
            }
            assert_eq!(AccountRecord::decode(&account.encode()), Ok(account));
        }
    }
    realm
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Events arrive in any order and are folded in the canonical one: whatever was folded before a late
    /// one came, the accounts come out the same, and the books balance in every intermediate state.
    #[test]
    fn accounts_balance_over_histories_and_reorganisations(
        history in history(), arrivals in any::<u64>()
    ) {
        let mut canonical = history;
        canonical.sort_by_key(|entry| (entry.lamport, entry.event.id));
        // Realm time stands on places, not on events: it never goes back.
        let mut clock = 0;
        for entry in &mut canonical {
            clock = clock.max(entry.time_ms);
            entry.time_ms = clock;
        }
        let whole = replay(&canonical);
        let mut known: Vec<Entry> = Vec::new();
        let mut order = canonical.clone();
        order.sort_by_key(|entry| {
            u64::from_be_bytes(*entry.event.id.0.first_chunk().unwrap()).wrapping_mul(arrivals | 1)
        });
        for part in order.chunks(7) {
            known.extend(part.iter().cloned());
            known.sort_by_key(|entry| (entry.lamport, entry.event.id));
            prop_assert!(books(&replay(&known)).len() <= 3);
        }
        prop_assert_eq!(replay(&known).entries, whole.entries);
    }
}
