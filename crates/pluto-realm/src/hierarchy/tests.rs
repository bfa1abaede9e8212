//! Parents, children and their rules: weaker is refused, what is shown must hold, old shows are stale.

use pluto_core::payload::{Admission, MembershipAction, MembershipChange, Role};
use pluto_core::{Canonical, Kind, RealmId, Verdict, VoidReason};
use proptest::prelude::*;

use super::{Level, Lineage, RealmLifecycle, has_adopted, lineage, may_declare, parent};
use crate::final_state::{Claim, FinalState, NoProofs};
use crate::lattice::{AtLeast, AtMost};
use crate::rule_set::tests::any_rules;
use crate::rule_set::{Rule, RuleSet, Weakened};
use crate::test_realm::{TestRealm, did, with_handovers};

const EFFECTIVE: Verdict = Verdict::Effective;

fn rules(min_trust: u32) -> RuleSet {
    RuleSet { min_trust: AtLeast(min_trust), ..RuleSet::default() }
}

fn say(realm: &mut TestRealm, who: u8, said: &RealmLifecycle) -> Verdict {
    realm.say(who, Kind::RealmLifecycle, said)
}

fn declare(realm: &mut TestRealm, rules: &RuleSet) -> Verdict {
    say(realm, 0, &RealmLifecycle::Rules(rules.clone()))
}

/// `child` shows its parent as it is now, under checkpoint `number`.
fn inherit(child: &mut TestRealm, parent: &TestRealm, number: u64) -> Verdict {
    let proof = parent.foreign.checkpoint(parent, number);
    say(child, 0, &RealmLifecycle::Inherit { parent: parent.id, lineage: lineage(parent), proof })
}

fn family() -> (TestRealm, TestRealm) {
    let mut root = TestRealm::founded(Admission::Open);
    let mut child = root.beside(2, Admission::Open);
    assert_eq!(declare(&mut root, &rules(10)), EFFECTIVE);
    assert_eq!(say(&mut root, 0, &RealmLifecycle::Adopt(child.id)), EFFECTIVE);
    assert_eq!(inherit(&mut child, &root, 1), EFFECTIVE);
    (root, child)
}

#[test]
fn a_realm_without_a_word_restricts_nothing() {
    let realm = TestRealm::founded(Admission::Open);
    assert_eq!(lineage(&realm), Lineage::default());
    assert_eq!(may_declare(&realm, &RuleSet::default()), Ok(()));
}

#[test]
fn a_child_that_weakens_is_refused_by_name() {
    let (_, mut child) = family();
    assert_eq!(lineage(&child), Lineage { level: Level::Virtual, rules: rules(10) });
    assert_eq!(may_declare(&child, &rules(9)), Err(Weakened { rule: Rule::MinTrust }));
    assert_eq!(declare(&mut child, &rules(9)), Verdict::Void(VoidReason::ExceedsParent));
    assert_eq!(lineage(&child).rules, rules(10));
    assert_eq!(declare(&mut child, &rules(11)), EFFECTIVE);
    assert_eq!(lineage(&child).rules, rules(11));
}

#[test]
fn what_a_parent_adds_later_reaches_the_child() {
    let (mut root, mut child) = family();
    let stricter = RuleSet { max_payload: AtMost(Some(7)), ..rules(5) };
    assert_eq!(declare(&mut root, &stricter), EFFECTIVE);
    assert_eq!(inherit(&mut child, &root, 2), EFFECTIVE);
    assert_eq!(lineage(&child).rules, stricter);
    // An older root of the parent, or the same again, takes nothing back.
    assert_eq!(inherit(&mut child, &root, 2), Verdict::Void(VoidReason::NotMonotone));
    assert_eq!(inherit(&mut child, &root, 1), Verdict::Void(VoidReason::NotMonotone));
    assert_eq!(parent(&child).unwrap().number, 2);
}

#[test]
fn nobody_is_a_child_unadopted_or_twice() {
    let (root, mut child) = family();
    let mut stranger = root.beside(3, Admission::Open);
    assert_eq!(inherit(&mut stranger, &root, 3), Verdict::Void(VoidReason::InvalidProof));
    let mut other = root.beside(4, Admission::Open);
    assert_eq!(say(&mut other, 0, &RealmLifecycle::Adopt(child.id)), EFFECTIVE);
    assert_eq!(inherit(&mut child, &other, 9), Verdict::Void(VoidReason::NotAllowed));
    assert!(has_adopted(&root, &child.id) && !has_adopted(&root, &stranger.id));
    let again = say(&mut other, 0, &RealmLifecycle::Adopt(child.id));
    assert_eq!(again, Verdict::Void(VoidReason::AlreadyExists));
}

#[test]
fn below_a_partition_there_is_nothing() {
    let (_, mut child) = family();
    let mut partition = child.beside(3, Admission::Open);
    assert_eq!(say(&mut child, 0, &RealmLifecycle::Adopt(partition.id)), EFFECTIVE);
    assert_eq!(inherit(&mut partition, &child, 1), EFFECTIVE);
    assert_eq!(lineage(&partition), Lineage { level: Level::Partition, rules: rules(10) });
    let deeper = say(&mut partition, 0, &RealmLifecycle::Adopt(RealmId([9; 32])));
    assert_eq!(deeper, Verdict::Void(VoidReason::OutOfRange));
}

#[test]
fn a_show_forged_in_any_part_is_refused() {
    let (root, mut child) = family();
    let proof = root.foreign.checkpoint(&root, 5);
    let good = (root.id, lineage(&root), proof);
    let looser = Lineage { rules: rules(0), ..good.1.clone() };
    let forged = [
        (RealmId([7; 32]), good.1.clone(), good.2.clone(), VoidReason::NotAllowed),
        (good.0, looser, good.2.clone(), VoidReason::InvalidProof),
        (good.0, good.1.clone(), 6_u64.to_be_bytes().to_vec(), VoidReason::InvalidProof),
        (good.0, good.1.clone(), vec![], VoidReason::InvalidProof),
    ];
    for (parent, lineage, proof, reason) in forged {
        let said = RealmLifecycle::Inherit { parent, lineage, proof };
        assert_eq!(say(&mut child, 0, &said), Verdict::Void(reason));
    }
    let claim = Claim { component: pluto_core::Component::Realm, key: b"x", value: b"" };
    assert_eq!(NoProofs.prove(root.id, &[claim], &good.2), None);
}

#[test]
fn a_parents_witnesses_that_handed_over_bring_no_news() {
    let (mut root, mut child) = family();
    let mut news = |child: &mut TestRealm, number: u64, handovers: &[u8]| {
        assert_eq!(declare(&mut root, &rules(10 + number as u32)), EFFECTIVE);
        let proof = with_handovers(&root.foreign.checkpoint(&root, number), handovers);
        let (parent, lineage) = (root.id, lineage(&root));
        say(child, 0, &RealmLifecycle::Inherit { parent, lineage, proof })
    };
    assert_eq!(news(&mut child, 2, &[7]), EFFECTIVE);
    let void = Verdict::Void;
    assert_eq!(news(&mut child, 3, &[]), void(VoidReason::NotMonotone));
    assert_eq!(news(&mut child, 4, &[8]), void(VoidReason::InvalidProof));
    assert_eq!(parent(&child).unwrap().number, 2);
    assert_eq!(news(&mut child, 5, &[7, 8]), EFFECTIVE);
}

#[test]
fn who_may_say_what() {
    let (mut root, mut child) = family();
    let join = |realm: &mut TestRealm, who, role| {
        let action = MembershipAction::Assign;
        let change = MembershipChange { subject: did(who), action, role };
        assert_eq!(realm.say(0, Kind::MembershipChange, &change), EFFECTIVE);
    };
    join(&mut root, 1, Role::Admin);
    join(&mut child, 2, Role::Member);
    let rule = RealmLifecycle::Rules(rules(20));
    assert_eq!(say(&mut root, 1, &rule), Verdict::Void(VoidReason::NotAllowed));
    assert_eq!(say(&mut root, 3, &rule), Verdict::Void(VoidReason::NotMember));
    assert_eq!(say(&mut root, 1, &RealmLifecycle::Adopt(RealmId([9; 32]))), EFFECTIVE);
    // News of the parent may come from anybody who belongs.
    let proof = root.foreign.checkpoint(&root, 8);
    let show = RealmLifecycle::Inherit { parent: root.id, lineage: lineage(&root), proof };
    assert_eq!(say(&mut child, 2, &show), EFFECTIVE);
    // Where rules change by vote, no owner changes them.
    let governed = RuleSet { governed: AtLeast(true), ..rules(10) };
    assert_eq!(declare(&mut root, &governed), EFFECTIVE);
    assert_eq!(declare(&mut root, &rules(10)), Verdict::Void(VoidReason::NotAllowed));
}

proptest! {
    #[test]
    fn a_child_is_never_looser_than_its_parent(
        words in proptest::collection::vec((0..3_u8, any_rules()), 1..12)
    ) {
        let (mut root, mut child) = family();
        let mut number = 1;
        for (what, rules) in words {
            match what {
                0 => { declare(&mut root, &RuleSet { governed: AtLeast(false), ..rules }); }
                1 => { declare(&mut child, &RuleSet { governed: AtLeast(false), ..rules }); }
                _ => {
                    number += 1;
                    prop_assert_eq!(inherit(&mut child, &root, number), EFFECTIVE);
                    prop_assert!(lineage(&child).rules.extends(&lineage(&root).rules).is_ok());
                }
            }
            let inherited = parent(&child).unwrap().rules;
            prop_assert!(lineage(&child).rules.extends(&inherited).is_ok());
        }
    }

    #[test]
    fn payloads_have_one_encoding(rules in any_rules(), level in 0..3_usize) {
        let level = [Level::Root, Level::Virtual, Level::Partition][level];
        let lineage = Lineage { level, rules: rules.clone() };
        let parent = RealmId([3; 32]);
        for said in [
            RealmLifecycle::Rules(rules),
            RealmLifecycle::Adopt(parent),
            RealmLifecycle::Inherit { parent, lineage, proof: vec![1, 2] },
        ] {
            prop_assert_eq!(RealmLifecycle::decode(&said.encode()), Ok(said));
        }
    }
}
