//! Crossings: a receipt on both sides, and no way in with one that is forged in any part.

use pluto_core::payload::{Admission, Role};
use pluto_core::trust::TrustVector;
use pluto_core::{Canonical, Did, Event, EventId, Kind, RealmId, Verdict, VoidReason};
use proptest::prelude::*;

use super::{
    CrossingEvaluated, CrossingOpened, DAMPENING_PPM, EntryReceipt, ExitReceipt, confirmation,
    dampened, entry, exit,
};
use crate::active_member;
use crate::final_state::handover;
use crate::hierarchy::RealmLifecycle;
use crate::lattice::{All, AtLeast, Only};
use crate::rule_set::RuleSet;
use crate::test_realm::{TestRealm, bootstrap, did, event, with_handovers};

const EFFECTIVE: Verdict = Verdict::Effective;
const EXPIRES_MS: u64 = 1_000;

fn void(reason: VoidReason) -> Verdict {
    Verdict::Void(reason)
}

/// Realm A with member 4, whose trust is 0.4, and realm B that knows 4 by its key only.
fn realms(admission: Admission) -> (TestRealm, TestRealm) {
    let mut a = TestRealm::founded(Admission::Open);
    let mut b = a.beside(2, admission);
    for realm in [&mut a, &mut b] {
        realm.introduce(0);
        realm.introduce(4);
        realm.time_ms = 1;
    }
    assert_eq!(a.submit(&bootstrap(4)), EFFECTIVE);
    (a, b)
}

fn opened(to: RealmId, expires_ms: u64) -> Event {
    event(4, Kind::CrossingOpened, 1, &CrossingOpened { to, expires_ms }.encode())
}

/// The crossing of 4 from A to B, shown under checkpoint `number` of A.
fn leave(a: &mut TestRealm, b: &TestRealm) -> (EventId, CrossingEvaluated) {
    let event = opened(b.id, EXPIRES_MS);
    assert_eq!(a.submit(&event), EFFECTIVE);
    let proof = a.foreign.checkpoint(a, 1);
    let exit = exit(a, &event.id).unwrap();
    (event.id, CrossingEvaluated::Enter { from: a.id, crossing: event.id, exit, proof })
}

fn enter(b: &mut TestRealm, said: &CrossingEvaluated) -> Verdict {
    b.say(4, Kind::CrossingEvaluated, said)
}

fn declare(realm: &mut TestRealm, rules: RuleSet) {
    let said = RealmLifecycle::Rules(rules);
    assert_eq!(realm.say(0, Kind::RealmLifecycle, &said), EFFECTIVE);
}

#[test]
fn both_sides_keep_a_receipt() {
    let (mut a, mut b) = realms(Admission::Open);
    let (crossing, said) = leave(&mut a, &b);
    let left = exit(&a, &crossing).unwrap();
    assert_eq!((left.party, left.to, left.role), (did(4), b.id, Role::Member));
    assert_eq!(left.trust, TrustVector([400_000; 6]));
    assert_eq!(enter(&mut b, &said), EFFECTIVE);
    assert!(active_member(&b, did(4)).is_some());
    let receipt = entry(&b, &crossing).unwrap();
    assert_eq!((receipt.party, receipt.from), (did(4), a.id));
    assert_eq!(receipt.trust, dampened(&left.trust));
    assert_eq!(enter(&mut b, &said), void(VoidReason::AlreadyExists));
    let proof = b.foreign.checkpoint(&b, 7);
    let confirm = CrossingEvaluated::Confirm { crossing, entry: receipt, proof };
    assert_eq!(confirmation(&a, &crossing), None);
    assert_eq!(a.say(0, Kind::CrossingEvaluated, &confirm), void(VoidReason::NotAllowed));
    assert_eq!(enter(&mut a, &confirm), EFFECTIVE);
    assert_eq!(confirmation(&a, &crossing), Some(receipt));
    assert_eq!(enter(&mut a, &confirm), void(VoidReason::AlreadyExists));
}

#[test]
fn an_exit_receipt_forged_in_any_part_is_refused() {
    let (mut a, mut b) = realms(Admission::Open);
    let (_, said) = leave(&mut a, &b);
    let CrossingEvaluated::Enter { from, crossing, exit, proof } = said.clone() else { panic!() };
    let with_exit = |exit| CrossingEvaluated::Enter { from, crossing, exit, proof: proof.clone() };
    let with_proof = |proof| CrossingEvaluated::Enter { from, crossing, exit, proof };
    let forged = [
        with_exit(ExitReceipt { party: did(0), ..exit }),
        with_exit(ExitReceipt { to: RealmId([9; 32]), ..exit }),
        with_exit(ExitReceipt { role: Role::Owner, ..exit }),
        with_exit(ExitReceipt { trust: TrustVector([1_000_000; 6]), ..exit }),
        with_exit(ExitReceipt { expires_ms: exit.expires_ms + 1, ..exit }),
        CrossingEvaluated::Enter { from: RealmId([9; 32]), crossing, exit, proof: proof.clone() },
        CrossingEvaluated::Enter { from: b.id, crossing, exit, proof: proof.clone() },
        CrossingEvaluated::Enter { from, crossing: EventId([9; 32]), exit, proof: proof.clone() },
        with_proof(2_u64.to_be_bytes().to_vec()),
        with_proof(vec![]),
    ];
    for said in &forged {
        assert_eq!(enter(&mut b, said), void(VoidReason::InvalidProof), "{said:?}");
    }
    assert!(active_member(&b, did(4)).is_none());
    // Somebody else cannot use it either.
    b.introduce(3);
    assert_eq!(b.say(3, Kind::CrossingEvaluated, &said), void(VoidReason::InvalidProof));
    assert_eq!(enter(&mut b, &said), EFFECTIVE);
}

#[test]
fn an_entry_receipt_forged_in_any_part_is_refused() {
    let (mut a, mut b) = realms(Admission::Open);
    let (crossing, said) = leave(&mut a, &b);
    assert_eq!(enter(&mut b, &said), EFFECTIVE);
    let proof = b.foreign.checkpoint(&b, 7);
    let good = entry(&b, &crossing).unwrap();
    let bad = [
        EntryReceipt { party: did(0), ..good },
        EntryReceipt { from: RealmId([9; 32]), ..good },
        EntryReceipt { trust: TrustVector([1; 6]), ..good },
        EntryReceipt { event: EventId([9; 32]), ..good },
    ];
    for entry in bad {
        let said = CrossingEvaluated::Confirm { crossing, entry, proof: proof.clone() };
        assert_eq!(enter(&mut a, &said), void(VoidReason::InvalidProof));
    }
    let unknown = EventId([9; 32]);
    let said = CrossingEvaluated::Confirm { crossing: unknown, entry: good, proof };
    assert_eq!(enter(&mut a, &said), void(VoidReason::NotFound));
}

/// Another crossing of 4, shown under `number` with these handovers.
fn leave_again(
    a: &mut TestRealm,
    b: &TestRealm,
    number: u64,
    handovers: &[u8],
) -> CrossingEvaluated {
    let (crossing, said) = {
        let event = opened(b.id, EXPIRES_MS - number);
        assert_eq!(a.submit(&event), EFFECTIVE);
        (event.id, exit(a, &event.id).unwrap())
    };
    let proof = with_handovers(&a.foreign.checkpoint(a, number), handovers);
    CrossingEvaluated::Enter { from: a.id, crossing, exit: said, proof }
}

#[test]
fn who_handed_over_is_not_believed_any_more() {
    let (mut a, mut b) = realms(Admission::Open);
    let known = |b: &TestRealm| handover(b, &TestRealm::default().id).map(|known| known.number);
    let first = leave_again(&mut a, &b, 2, &[]);
    assert_eq!((enter(&mut b, &first), known(&b)), (EFFECTIVE, None));
    let next = leave_again(&mut a, &b, 3, &[7, 8]);
    assert_eq!((enter(&mut b, &next), known(&b)), (EFFECTIVE, Some(2)));
    for (number, handovers, reason) in [
        (4, &[][..], VoidReason::NotMonotone),
        (5, &[7], VoidReason::NotMonotone),
        (6, &[7, 9], VoidReason::InvalidProof),
        (7, &[7, 9, 8], VoidReason::InvalidProof),
    ] {
        let said = leave_again(&mut a, &b, number, handovers);
        assert_eq!((enter(&mut b, &said), known(&b)), (void(reason), Some(2)));
    }
    let same = leave_again(&mut a, &b, 8, &[7, 8]);
    assert_eq!((enter(&mut b, &same), known(&b)), (EFFECTIVE, Some(2)));
    // What is refused for another reason teaches nothing.
    let third = leave_again(&mut a, &b, 9, &[7, 8, 9]);
    b.time_ms = EXPIRES_MS;
    assert_eq!((enter(&mut b, &third), known(&b)), (void(VoidReason::Expired), Some(2)));
    b.time_ms = 1;
    assert_eq!((enter(&mut b, &third), known(&b)), (EFFECTIVE, Some(3)));
}

fn verdict(rules: RuleSet, admission: Admission) -> (Verdict, Option<EntryReceipt>) {
    let (mut a, mut b) = realms(admission);
    declare(&mut b, rules);
    let (crossing, said) = leave(&mut a, &b);
    let verdict = enter(&mut b, &said);
    (verdict, entry(&b, &crossing))
}

#[test]
fn a_blocklist_beats_an_allowlist() {
    let a = || TestRealm::default().id;
    let allowed = || Only(Some([a()].into()));
    let with = |rules: RuleSet, admission| verdict(rules, admission).0;
    let open = RuleSet { allowed_realms: allowed(), ..RuleSet::default() };
    assert_eq!(with(open.clone(), Admission::Invite), EFFECTIVE);
    let both = RuleSet { denied_realms: All([a()].into()), ..open.clone() };
    assert_eq!(with(both, Admission::Open), void(VoidReason::NotAllowed));
    let party = RuleSet { denied_parties: All([did(4)].into()), ..open };
    assert_eq!(with(party, Admission::Open), void(VoidReason::NotAllowed));
    let others =
        RuleSet { allowed_realms: Only(Some([RealmId([9; 32])].into())), ..RuleSet::default() };
    assert_eq!(with(others, Admission::Open), void(VoidReason::NotAllowed));
    assert_eq!(with(RuleSet::default(), Admission::Invite), void(VoidReason::NotAllowed));
}

#[test]
fn trust_from_elsewhere_is_worth_less_unless_allowlisted() {
    // 0.4 in every dimension is a norm of 0.4, and of about 0.22 when dampened.
    let at_least = |min| RuleSet { min_trust: AtLeast(min), ..RuleSet::default() };
    assert_eq!(verdict(at_least(200_000), Admission::Open).0, EFFECTIVE);
    let refused = verdict(at_least(300_000), Admission::Open);
    assert_eq!(refused, (void(VoidReason::PolicyDenied), None));
    let listed = RuleSet {
        allowed_realms: Only(Some([TestRealm::default().id].into())),
        ..at_least(300_000)
    };
    let (verdict, receipt) = verdict(listed, Admission::Open);
    assert_eq!((verdict, receipt.unwrap().trust), (EFFECTIVE, TrustVector([400_000; 6])));
}

#[test]
fn credentials_are_asked_for() {
    let with = |schema: &str| RuleSet {
        required_credentials: All([schema.to_owned()].into()),
        ..RuleSet::default()
    };
    // In the test realm everybody holds `known`.
    assert_eq!(verdict(with("known"), Admission::Open).0, EFFECTIVE);
    assert_eq!(verdict(with("unknown"), Admission::Open).0, void(VoidReason::PolicyDenied));
}

#[test]
fn crossings_are_for_members_and_for_a_time() {
    let (mut a, mut b) = realms(Admission::Open);
    let (_, said) = leave(&mut a, &b);
    b.time_ms = EXPIRES_MS;
    assert_eq!(enter(&mut b, &said), void(VoidReason::Expired));
    let cases = [
        (opened(a.id, EXPIRES_MS), VoidReason::NotAllowed),
        (opened(b.id, 1), VoidReason::Expired),
        (opened(b.id, 2 + super::CROSSING_MS_MAX), VoidReason::OutOfRange),
    ];
    for (event, reason) in cases {
        assert_eq!(a.submit(&event), void(reason));
    }
    let stranger = CrossingOpened { to: b.id, expires_ms: EXPIRES_MS };
    assert_eq!(a.say(3, Kind::CrossingOpened, &stranger), void(VoidReason::NotMember));
    let mut denied = a.clone();
    declare(&mut denied, RuleSet { denied_realms: All([b.id].into()), ..RuleSet::default() });
    assert_eq!(denied.submit(&opened(b.id, EXPIRES_MS)), void(VoidReason::NotAllowed));
    a.time_ms = 0;
    assert_eq!(a.submit(&opened(b.id, EXPIRES_MS)), void(VoidReason::Expired));
}

proptest! {
    #[test]
    fn dampening_never_raises(trust in any::<[u32; 6]>()) {
        let trust = TrustVector(trust.map(|value| value % 1_000_001));
        let less = dampened(&trust);
        for ((value, less), part) in trust.0.iter().zip(less.0).zip(DAMPENING_PPM) {
            prop_assert!(less <= *value && u64::from(less) * 1_000_000 <= u64::from(*value) * u64::from(part));
        }
    }

    #[test]
    fn one_encoding(trust in any::<[u32; 6]>(), expires_ms in any::<u64>(), proof in any::<Vec<u8>>()) {
        let trust = TrustVector(trust.map(|value| value % 1_000_001));
        let (party, to, from): (Did, _, _) = (did(1), RealmId([1; 32]), RealmId([2; 32]));
        let (crossing, event) = (EventId([3; 32]), EventId([4; 32]));
        let exit = ExitReceipt { party, to, role: Role::Admin, trust, expires_ms };
        let entry = EntryReceipt { party, from, trust, event };
        for said in [
            CrossingEvaluated::Enter { from, crossing, exit, proof: proof.clone() },
            CrossingEvaluated::Confirm { crossing, entry, proof },
        ] {
            prop_assert_eq!(CrossingEvaluated::decode(&said.encode()), Ok(said));
        }
    }
}
