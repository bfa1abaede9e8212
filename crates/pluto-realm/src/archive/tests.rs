//! Epochs close one after the other; what is held or not old enough stays; erased is erased.

use proptest::prelude::*;

use pluto_core::codec::Canonical;
use pluto_core::payload::{Admission, MembershipAction, MembershipChange, Role};
use pluto_core::state::{FINALITY_KEY, FinalityRecord};
use pluto_core::{BlobId, Component, Digest, EventId, Kind, Verdict, VoidReason};
use pluto_error::Coded;

use super::{
    ArchiveChange, EPOCH_BLOBS_MAX, EpochRecord, Erasure, HOLDS_MAX, Hold, HoldScope, Holds, Kept,
    Seal, archived, epoch, erasure, holds, is_due, last_epoch, may_erase, may_erase_payload,
    payload_erasure,
};
use crate::RuleSet;
use crate::codes;
use crate::hierarchy::RealmLifecycle;
use crate::lattice::AtLeast;
use crate::test_realm::{TestRealm, bootstrap, did};

const DAY_MS: u64 = 86_400_000;

fn blob(byte: u8) -> BlobId {
    BlobId([byte; 32])
}

fn seal(number: u32, end: u64, checkpoint: u64, blobs: &[u8]) -> ArchiveChange {
    ArchiveChange::Seal(Seal {
        number,
        end,
        checkpoint,
        log_root: Digest([7; 32]),
        manifest: blob(0xee),
        blobs: blobs.iter().copied().map(blob).collect(),
    })
}

fn erase(byte: u8) -> ArchiveChange {
    ArchiveChange::Erase { blob: blob(byte), reason: "the right to be forgotten".into() }
}

fn hold(scope: HoldScope, name: &str) -> ArchiveChange {
    ArchiveChange::Hold { scope, name: name.into(), reason: "a court ordered it".into() }
}

fn lift(scope: HoldScope, name: &str) -> ArchiveChange {
    ArchiveChange::Lift { scope, name: name.into() }
}

/// Owner 0, administrator 1, member 2; checkpoint 3 is final, and it is day 10.
fn realm() -> TestRealm {
    let mut realm = TestRealm::founded(Admission::Open);
    for who in [1, 2] {
        assert_eq!(realm.submit(&bootstrap(who)), Verdict::Effective);
    }
    let change =
        MembershipChange { subject: did(1), action: MembershipAction::Assign, role: Role::Admin };
    assert_eq!(realm.say(0, Kind::MembershipChange, &change), Verdict::Effective);
    realm.time_ms = 10 * DAY_MS;
    reach(&mut realm, 3);
    realm
}

fn reach(realm: &mut TestRealm, number: u64) {
    let last = FinalityRecord { number, time_ms: realm.time_ms, event: EventId::ZERO };
    realm.entries.insert((Component::Consensus, FINALITY_KEY.to_vec()), last.encode().into());
}

fn keep(realm: &mut TestRealm, days: u64) -> Verdict {
    let rules = RuleSet { min_retention_ms: AtLeast(days * DAY_MS), ..RuleSet::default() };
    realm.say(0, Kind::RealmLifecycle, &RealmLifecycle::Rules(rules))
}

fn say(realm: &mut TestRealm, who: u8, change: &ArchiveChange) -> Result<(), VoidReason> {
    match realm.say(who, Kind::ArchiveChange, change) {
        Verdict::Effective => Ok(()),
        Verdict::Void(reason) => Err(reason),
    }
}

#[test]
fn epochs_close_one_after_the_other_at_final_checkpoints() {
    let mut realm = realm();
    assert_eq!(say(&mut realm, 2, &seal(1, 8, 1, &[])), Err(VoidReason::NotAllowed));
    assert_eq!(say(&mut realm, 1, &seal(2, 8, 1, &[])), Err(VoidReason::NotMonotone));
    assert_eq!(say(&mut realm, 1, &seal(1, 8, 4, &[])), Err(VoidReason::NotFound));
    assert_eq!(say(&mut realm, 1, &seal(1, 8, 2, &[1, 2])), Ok(()));
    assert_eq!(say(&mut realm, 1, &seal(2, 8, 3, &[])), Err(VoidReason::NotMonotone));
    assert_eq!(say(&mut realm, 1, &seal(2, 9, 2, &[])), Err(VoidReason::NotMonotone));
    assert_eq!(say(&mut realm, 1, &seal(2, 9, 3, &[2])), Err(VoidReason::AlreadyExists));
    assert_eq!(say(&mut realm, 1, &seal(2, 9, 3, &[3])), Ok(()));
    let last = last_epoch(&realm).unwrap();
    assert_eq!((last.number, last.from, last.end, last.blobs), (2, 8, 9, 1));
    assert_eq!(epoch(&realm, 1).unwrap().from, 0);
    assert_eq!(archived(&realm, &blob(2)).unwrap().epoch, 1);
}

#[test]
fn an_erased_blob_stays_erased_and_says_why() {
    let mut realm = realm();
    say(&mut realm, 1, &seal(1, 8, 1, &[1, 2])).unwrap();
    assert_eq!(say(&mut realm, 2, &erase(1)), Err(VoidReason::NotAllowed));
    assert_eq!(say(&mut realm, 1, &erase(9)), Err(VoidReason::NotFound));
    assert_eq!(say(&mut realm, 1, &erase(1)), Ok(()));
    let gone = erasure(&realm, &blob(1)).unwrap();
    assert_eq!((gone.reason.as_str(), gone.after), ("the right to be forgotten", 3));
    assert!(!is_due(&realm, &gone), "a hold beside it may still arrive");
    reach(&mut realm, 4);
    assert!(is_due(&realm, &gone));
    assert_eq!(archived(&realm, &blob(1)), None);
    assert_eq!(say(&mut realm, 1, &erase(1)), Err(VoidReason::NotFound), "once");
    assert_eq!(say(&mut realm, 1, &seal(2, 9, 2, &[1])), Err(VoidReason::AlreadyExists));
}

fn erase_payload(epoch: u32, byte: u8) -> ArchiveChange {
    let (event, reason) = (EventId([byte; 32]), "the right to be forgotten".into());
    ArchiveChange::ErasePayload { epoch, event, reason }
}

#[test]
fn a_payload_of_an_epoch_is_erased_once_and_not_before_its_time() {
    let mut realm = realm();
    let event = EventId([1; 32]);
    assert_eq!(say(&mut realm, 1, &erase_payload(1, 1)), Err(VoidReason::NotFound), "no epoch");
    assert_eq!(keep(&mut realm, 5), Verdict::Effective);
    say(&mut realm, 1, &seal(1, 8, 1, &[])).unwrap();
    assert_eq!(say(&mut realm, 2, &erase_payload(1, 1)), Err(VoidReason::NotAllowed));
    assert_eq!(say(&mut realm, 1, &erase_payload(1, 1)), Err(VoidReason::Expired));
    realm.time_ms += 5 * DAY_MS;
    for scope in [HoldScope::Realm, HoldScope::Epoch(1), HoldScope::Payload(event)] {
        say(&mut realm, 1, &hold(scope, "case 7")).unwrap();
        let refused = may_erase_payload(&realm, 1, &event).unwrap_err();
        assert_eq!(refused.code(), codes::HELD);
        assert_eq!(say(&mut realm, 1, &erase_payload(1, 1)), Err(VoidReason::PolicyDenied));
        say(&mut realm, 0, &lift(scope, "case 7")).unwrap();
    }
    assert_eq!(say(&mut realm, 1, &erase_payload(1, 1)), Ok(()));
    let gone = payload_erasure(&realm, &event).unwrap();
    assert_eq!((gone.epoch, gone.after), (1, 3));
    assert!(!is_due(&realm, &gone));
    reach(&mut realm, 4);
    assert!(is_due(&realm, &gone));
    assert_eq!(say(&mut realm, 1, &erase_payload(1, 1)), Err(VoidReason::NotFound), "once");
    let late = hold(HoldScope::Payload(event), "case 8");
    assert_eq!(say(&mut realm, 1, &late), Err(VoidReason::NotFound), "too late");
}

#[test]
fn a_legal_hold_blocks_erasure_until_an_owner_lifts_it() {
    for scope in [HoldScope::Realm, HoldScope::Epoch(1), HoldScope::Blob(blob(1))] {
        let mut realm = realm();
        say(&mut realm, 1, &seal(1, 8, 1, &[1])).unwrap();
        assert_eq!(say(&mut realm, 1, &hold(scope, "case 7")), Ok(()));
        assert_eq!(say(&mut realm, 1, &hold(scope, "case 7")), Err(VoidReason::AlreadyExists));
        assert_eq!(say(&mut realm, 0, &hold(scope, "case 8")), Ok(()));
        assert_eq!(say(&mut realm, 0, &erase(1)), Err(VoidReason::PolicyDenied));
        assert_eq!(may_erase(&realm, &blob(1)), Err(Kept::Held("case 7".into())));
        assert_eq!(say(&mut realm, 1, &lift(scope, "case 7")), Err(VoidReason::NotAllowed));
        assert_eq!(say(&mut realm, 0, &lift(scope, "case 9")), Err(VoidReason::NotFound));
        assert_eq!(say(&mut realm, 0, &lift(scope, "case 7")), Ok(()));
        assert_eq!(say(&mut realm, 0, &erase(1)), Err(VoidReason::PolicyDenied), "case 8");
        assert_eq!(say(&mut realm, 0, &lift(scope, "case 8")), Ok(()));
        assert_eq!(holds(&realm, scope), Holds::default());
        assert_eq!(say(&mut realm, 1, &erase(1)), Ok(()));
    }
}

#[test]
fn holds_are_on_what_is_there_and_bounded() {
    let mut realm = realm();
    for scope in [HoldScope::Epoch(1), HoldScope::Blob(blob(1))] {
        assert_eq!(say(&mut realm, 1, &hold(scope, "case")), Err(VoidReason::NotFound));
    }
    for number in 0..HOLDS_MAX {
        say(&mut realm, 1, &hold(HoldScope::Realm, &format!("{number}"))).unwrap();
    }
    let one_more = hold(HoldScope::Realm, "more");
    assert_eq!(say(&mut realm, 1, &one_more), Err(VoidReason::LimitReached));
}

#[test]
fn nothing_is_erased_before_its_time_and_no_shorter_rule_helps() {
    let mut realm = realm();
    assert_eq!(keep(&mut realm, 30), Verdict::Effective);
    say(&mut realm, 1, &seal(1, 8, 1, &[1, 2])).unwrap();
    realm.time_ms = 40 * DAY_MS - 1;
    assert_eq!(say(&mut realm, 0, &erase(1)), Err(VoidReason::Expired));
    assert_eq!(keep(&mut realm, 1), Verdict::Effective);
    assert_eq!(may_erase(&realm, &blob(1)), Err(Kept::Retained(40 * DAY_MS)));
    realm.time_ms += 1;
    assert_eq!(say(&mut realm, 0, &erase(1)), Ok(()));
    assert_eq!(keep(&mut realm, 31), Verdict::Effective, "longer counts at once");
    assert_eq!(may_erase(&realm, &blob(2)), Err(Kept::Retained(41 * DAY_MS)));
}

#[test]
fn a_child_may_only_keep_longer() {
    let rules = |days| RuleSet { min_retention_ms: AtLeast(days), ..RuleSet::default() };
    assert!(rules(31).extends(&rules(30)).is_ok());
    let refused = rules(29).extends(&rules(30)).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the rule `min_retention_ms` is weaker than that of the parent"
    );
    assert_eq!(rules(3).meet(&rules(5)), rules(5));
}

#[test]
fn refusals_have_codes() {
    assert_eq!(Kept::Held("x".into()).code(), codes::HELD);
    assert_eq!(Kept::Retained(1).code(), codes::RETAINED);
    assert_eq!(Kept::Unknown.code(), codes::NOT_ARCHIVED);
}

fn text() -> impl Strategy<Value = String> {
    "[a-zé]{1,8}"
}

fn scope() -> impl Strategy<Value = HoldScope> {
    prop_oneof![
        Just(HoldScope::Realm),
        any::<u32>().prop_map(HoldScope::Epoch),
        any::<u8>().prop_map(|byte| HoldScope::Blob(blob(byte))),
    ]
}

fn change() -> impl Strategy<Value = ArchiveChange> {
    let bytes = proptest::collection::btree_set(any::<u8>(), 0..4);
    prop_oneof![
        (any::<u32>(), any::<u64>(), any::<u64>(), bytes).prop_map(
            |(number, end, at, bytes)| seal(
                number,
                end,
                at,
                &bytes.into_iter().collect::<Vec<_>>()
            )
        ),
        (scope(), text(), text()).prop_map(|(scope, name, reason)| ArchiveChange::Hold {
            scope,
            name,
            reason
        }),
        (scope(), text()).prop_map(|(scope, name)| ArchiveChange::Lift { scope, name }),
        (any::<u8>(), text())
            .prop_map(|(byte, reason)| ArchiveChange::Erase { blob: blob(byte), reason }),
    ]
}

proptest! {
    #[test]
    fn one_encoding(change in change()) {
        prop_assert_eq!(ArchiveChange::decode(&change.encode()), Ok(change));
    }

    #[test]
    fn records_round_trip(number: u32, numbers: [u64; 5], blobs: u32, names in proptest::collection::btree_set(text(), 1..5)) {
        let [from, end, checkpoint, sealed_ms, keep_ms] = numbers;
        let event = EventId([5; 32]);
        let (log_root, manifest) = (Digest([6; 32]), blob(7));
        let record = EpochRecord { number, event, from, end, checkpoint, log_root, manifest, sealed_ms, keep_ms, blobs };
        prop_assert_eq!(EpochRecord::decode(&record.encode()), Ok(record));
        let all = names.iter().map(|name| Hold { name: name.clone(), reason: name.clone(), event });
        let holds = Holds(all.collect());
        prop_assert_eq!(Holds::decode(&holds.encode()), Ok(holds));
        let erasure = Erasure { event, epoch: number, after: from, reason: names.into_iter().next().unwrap() };
        prop_assert_eq!(Erasure::decode(&erasure.encode()), Ok(erasure));
    }
}

#[test]
fn lists_of_blobs_are_ascending_and_bounded() {
    let ArchiveChange::Seal(mut wrong) = seal(1, 1, 1, &[2, 1]) else { unreachable!() };
    assert!(Seal::decode(&wrong.encode()).is_err());
    wrong.blobs = (0..=EPOCH_BLOBS_MAX)
        .map(|n| {
            let mut id = [0; 32];
            id[..8].copy_from_slice(&(n as u64).to_be_bytes());
            BlobId(id)
        })
        .collect();
    assert!(Seal::decode(&wrong.encode()).is_err());
    wrong.blobs.pop();
    assert_eq!(Seal::decode(&wrong.encode()), Ok(wrong));
}
