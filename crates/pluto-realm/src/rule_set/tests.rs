//! The lattice is a lattice, for every rule; a weaker child is refused by name; one encoding.

use std::collections::BTreeSet;

use proptest::collection::btree_set;
use proptest::option;
use proptest::prelude::*;

use pluto_core::codec::Canonical;
use pluto_core::{Did, Namespace, RealmId};

use super::{Isolation, Limit, Rule, RuleSet, Weakened};
use crate::lattice::{All, AtLeast, AtMost, LIST_MAX, Law, Only};

fn limit() -> impl Strategy<Value = AtMost<Limit>> {
    option::of((0..5_u64, 0..5_u64))
        .prop_map(|bound| AtMost(bound.map(|(capacity, per_day)| Limit { capacity, per_day })))
}

fn few() -> impl Strategy<Value = BTreeSet<u8>> {
    btree_set(0..5_u8, 0..4)
}

fn party(byte: u8) -> Did {
    Did { namespace: Namespace::Person, id: [byte; 32] }
}

/// Any rules, of few values: so that they often meet.
pub(crate) fn any_rules() -> impl Strategy<Value = RuleSet> {
    let numbers = (any::<bool>(), 0..4_u32, 0..4_u32, any::<bool>(), option::of(0..4_u32));
    let limits = [limit(), limit(), limit(), limit(), limit()];
    let lists = (few(), option::of(few()), option::of(few()), few(), few(), option::of(few()));
    let late = (0..3_u64, few());
    (numbers, limits, lists, late).prop_map(|(numbers, limits, lists, late)| {
        let (isolated, trust, quorum, governed, payload) = numbers;
        let [max_gas, max_mana, max_events, max_storage, max_crossings] = limits;
        let realms = |list: BTreeSet<u8>| list.into_iter().map(|byte| RealmId([byte; 32]));
        RuleSet {
            min_isolation: AtLeast(if isolated { Isolation::Members } else { Isolation::Public }),
            min_trust: AtLeast(trust),
            min_quorum: AtLeast(quorum),
            governed: AtLeast(governed),
            max_payload: AtMost(payload),
            max_gas,
            max_mana,
            max_events,
            max_storage,
            max_crossings,
            required_credentials: All(lists.0.into_iter().map(|n| format!("c{n}")).collect()),
            allowed_kinds: Only(lists.1.map(|list| list.into_iter().map(u16::from).collect())),
            allowed_realms: Only(lists.2.map(|list| realms(list).collect())),
            allowed_methods: Only(lists.5.map(|list| list.into_iter().map(u16::from).collect())),
            denied_realms: All(realms(lists.3).collect()),
            denied_parties: All(lists.4.into_iter().map(party).collect()),
            min_retention_ms: AtLeast(late.0),
            required_attestations: All(late.1.into_iter().map(|n| format!("a{n}")).collect()),
        }
    })
}

proptest! {
    #[test]
    fn meet_is_associative_commutative_idempotent(
        a in any_rules(), b in any_rules(), c in any_rules()
    ) {
        prop_assert_eq!(a.meet(&b).meet(&c), a.meet(&b.meet(&c)));
        prop_assert_eq!(a.meet(&b), b.meet(&a));
        prop_assert_eq!(a.meet(&a), a.clone());
        prop_assert_eq!(a.meet(&RuleSet::default()), a);
    }

    #[test]
    fn meet_is_monotone_and_the_loosest_below_both(
        a in any_rules(), b in any_rules(), c in any_rules()
    ) {
        prop_assert!(a.meet(&b).extends(&a).is_ok() && a.meet(&b).extends(&b).is_ok());
        let stricter = a.meet(&c);
        prop_assert!(stricter.meet(&b).extends(&a.meet(&b)).is_ok());
        let below_both = a.meet(&b).meet(&c);
        prop_assert!(below_both.extends(&a.meet(&b)).is_ok());
        if a.extends(&b).is_ok() && b.extends(&a).is_ok() {
            prop_assert_eq!(a, b);
        }
    }

    #[test]
    fn every_rule_by_itself(a in any_rules(), b in any_rules()) {
        // What is said about whole sets holds for each rule: taking one rule from elsewhere makes the
        // set weaker exactly if that rule is.
        for rule in Rule::ALL {
            let mut child = b.clone();
            take(*rule, &mut child, &a);
            let weaker = !one_extends(*rule, &a, &b);
            let found = child.extends(&b);
            prop_assert_eq!(found, if weaker { Err(Weakened { rule: *rule }) } else { Ok(()) });
        }
    }

    #[test]
    fn one_encoding(rules in any_rules()) {
        prop_assert_eq!(RuleSet::decode(&rules.encode()), Ok(rules));
    }

    #[test]
    fn what_decodes_is_canonical(bytes in proptest::collection::vec(0..3_u8, 0..120)) {
        if let Ok(rules) = RuleSet::decode(&bytes) {
            prop_assert_eq!(rules.encode(), bytes);
        }
    }
}

macro_rules! by_rule {
    ($($name:ident $variant:ident)+) => {
        fn take(rule: Rule, to: &mut RuleSet, from: &RuleSet) {
            match rule { $(Rule::$variant => to.$name.clone_from(&from.$name),)+ }
        }

        fn one_extends(rule: Rule, child: &RuleSet, parent: &RuleSet) -> bool {
            match rule { $(Rule::$variant => child.$name.extends(&parent.$name),)+ }
        }
    };
}

by_rule! {
    min_isolation MinIsolation min_trust MinTrust min_quorum MinQuorum governed Governed
    max_payload MaxPayload max_gas MaxGas max_mana MaxMana max_events MaxEvents
    max_storage MaxStorage max_crossings MaxCrossings
    required_credentials RequiredCredentials allowed_kinds AllowedKinds allowed_methods AllowedMethods
    allowed_realms AllowedRealms denied_realms DeniedRealms denied_parties DeniedParties
    min_retention_ms MinRetentionMs required_attestations RequiredAttestations
}

#[test]
fn the_first_weaker_rule_is_named() {
    let limit = |capacity| AtMost(Some(Limit { capacity, per_day: 1 }));
    let parent = RuleSet { max_events: limit(10), min_trust: AtLeast(5), ..RuleSet::default() };
    let child = RuleSet { max_events: limit(11), ..parent.clone() };
    let refused = child.extends(&parent).unwrap_err();
    assert_eq!(refused.to_string(), "the rule `max_events` is weaker than that of the parent");
    let silent = RuleSet::default();
    assert_eq!(silent.extends(&parent), Err(Weakened { rule: Rule::MinTrust }));
}

#[test]
fn lists_that_grow_too_long_do_not_fit() {
    let list = |from: u16| Only(Some((from..from + 96).collect()));
    let all = |from: u16| All((from..from + 96).map(|n| n.to_string()).collect());
    let a = RuleSet { allowed_kinds: list(0), required_credentials: all(0), ..RuleSet::default() };
    let b = RuleSet { required_credentials: all(1), ..RuleSet::default() };
    assert_eq!(LIST_MAX, 96);
    assert!(a.fits() && b.fits() && !a.meet(&b).fits());
}
