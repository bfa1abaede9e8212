//! Who may give and revoke what; a grant never allows more than the one above it.

use proptest::prelude::*;

use super::super::payload::tests::any_grant;
use super::super::test_world::{ADMIN, END_MS, MEMBER, OWNER, STRANGER, World, asked, did, grant};
use super::super::{Asked, authorise};
use super::*;

fn patterns(texts: &[&str]) -> Vec<Pattern> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

#[test]
fn administrators_give_first_grants() {
    let mut world = World::new();
    for issuer in [OWNER, ADMIN] {
        let id = world.give(issuer, &grant(None, STRANGER)).unwrap();
        let record = world.record(id);
        assert_eq!((record.issuer, record.depth, record.revoked), (issuer, 0, None));
        assert_eq!(record.grant, grant(None, STRANGER));
    }
    for issuer in [MEMBER, STRANGER] {
        assert_eq!(world.give(issuer, &grant(None, did(5))), Err(VoidReason::NotAllowed));
    }
}

#[test]
fn a_nonce_tells_equal_grants_apart() {
    let mut world = World::new();
    let once = grant(None, did(5));
    world.give(OWNER, &once).unwrap();
    assert_eq!(world.give(OWNER, &once), Err(VoidReason::AlreadyExists));
    world.give(OWNER, &Grant { nonce: [1; 16], ..once }).unwrap();
}

/// The grant that the cases below hand on.
fn parent() -> Grant {
    Grant {
        actions: patterns(&["db:*", "mail:send"]),
        resources: patterns(&["prod/**"]),
        hops: 3,
        rate: Some(Rate { count: 10, window_ms: 1_000 }),
        budget: Some(500),
        approvers: vec![did(50)],
        factor_ppm: 900_000,
        ..grant(None, did(20))
    }
}

/// Each way to go beyond the parent, alone.
const BEYOND: [(&str, fn(&mut Grant)); 12] = [
    ("wider actions", |grant| grant.actions = patterns(&["db:read", "db:**"])),
    ("other actions", |grant| grant.actions = patterns(&["mail:read"])),
    ("wider resources", |grant| grant.resources = patterns(&["prod/a", "**"])),
    ("other resources", |grant| grant.resources = patterns(&["dev/a"])),
    ("a later expiry", |grant| grant.expires_ms = END_MS + 1),
    ("as many hops", |grant| grant.hops = 3),
    ("no rate", |grant| grant.rate = None),
    ("a higher rate", |grant| grant.rate = Some(Rate { count: 11, window_ms: 1_000 })),
    ("a rate of shorter windows", |grant| grant.rate = Some(Rate { count: 10, window_ms: 999 })),
    ("no budget", |grant| grant.budget = None),
    ("a larger budget", |grant| grant.budget = Some(501)),
    ("less approvers", |grant| grant.approvers = vec![did(49), did(51)]),
];

#[test]
fn each_violation_of_attenuation_is_refused_alone() {
    let mut world = World::new();
    let id = world.give(OWNER, &parent()).unwrap();
    let child = Grant { parent: Some(id), delegate: did(21), hops: 2, ..parent() };
    for (what, change) in BEYOND {
        let mut wider = child.clone();
        change(&mut wider);
        assert_eq!(world.give(did(20), &wider), Err(VoidReason::ExceedsParent), "{what}");
        assert!(beyond(&parent(), &wider).is_some_and(|field| what.contains(field)), "{what}");
    }
    let equal = world.give(did(20), &child).unwrap();
    assert_eq!(world.record(equal).depth, 1);
    let narrower = Grant {
        actions: patterns(&["db:read", "db:w*", "mail:send"]),
        resources: patterns(&["prod/users", "prod/a/**"]),
        expires_ms: END_MS - 1,
        hops: 0,
        rate: Some(Rate { count: 9, window_ms: 2_000 }),
        budget: Some(0),
        approvers: vec![did(49), did(50)],
        factor_ppm: 1,
        ..child
    };
    world.give(did(20), &narrower).unwrap();
}

#[test]
fn only_the_holder_hands_a_grant_on() {
    let mut world = World::new();
    let id = world.give(OWNER, &grant(None, did(20))).unwrap();
    let child = Grant { hops: 0, ..grant(Some(id), did(21)) };
    for issuer in [OWNER, ADMIN, did(21)] {
        assert_eq!(world.give(issuer, &child), Err(VoidReason::NotAllowed));
    }
    world.give(did(20), &child).unwrap();
    let unknown = Grant { parent: Some(GrantId([8; 32])), ..child };
    assert_eq!(world.give(did(20), &unknown), Err(VoidReason::NotFound));
}

#[test]
fn a_ninth_hop_is_refused() {
    let mut world = World::new();
    let ids = world.chain(8);
    let ninth = Grant { hops: 0, ..grant(Some(ids[7]), did(28)) };
    assert_eq!(world.give(did(27), &ninth), Err(VoidReason::LimitReached));
    assert_eq!(world.record(ids[7]).depth, 7);
}

#[test]
fn hops_run_out() {
    let mut world = World::new();
    let last = world.give(OWNER, &Grant { hops: 0, ..grant(None, did(20)) }).unwrap();
    let child = Grant { hops: 0, ..grant(Some(last), did(21)) };
    assert_eq!(world.give(did(20), &child), Err(VoidReason::LimitReached));
}

#[test]
fn nothing_grows_on_a_dead_chain() {
    let mut world = World::new();
    let ids = world.chain(3);
    let child = Grant { hops: 0, ..grant(Some(ids[2]), did(23)) };
    let mut revoked = world.clone();
    revoked.revoke(OWNER, ids[0]).unwrap();
    assert_eq!(revoked.give(did(22), &child), Err(VoidReason::Revoked));
    let mut late = world.clone();
    late.now_ms = END_MS;
    assert_eq!(late.give(did(22), &child), Err(VoidReason::Expired));
    assert_eq!(late.give(OWNER, &grant(None, did(5))), Err(VoidReason::Expired));
    world.assign(OWNER, pluto_core::payload::Role::Owner, true);
    assert_eq!(world.give(did(22), &child), Err(VoidReason::NotAllowed));
}

#[test]
fn those_above_and_administrators_revoke() {
    let mut world = World::new();
    let ids = world.chain(3);
    for (who, allowed) in [
        (OWNER, true),
        (ADMIN, true),
        (did(20), true),
        (did(21), true),
        (did(22), false),
        (MEMBER, false),
        (STRANGER, false),
    ] {
        let expected = if allowed { Ok(()) } else { Err(VoidReason::NotAllowed) };
        assert_eq!(world.clone().revoke(who, ids[2]), expected, "{who}");
    }
    assert_eq!(world.revoke(did(21), ids[0]), Err(VoidReason::NotAllowed), "from below");
    assert_eq!(world.revoke(OWNER, GrantId([8; 32])), Err(VoidReason::NotFound));
    world.revoke(did(20), ids[1]).unwrap();
    assert_eq!(world.revoke(OWNER, ids[1]), Err(VoidReason::Revoked), "once is enough");
}

#[test]
fn payloads_that_cannot_be_read_have_no_effect() {
    let mut world = World::new();
    for kind in [Kind::DelegationCreated, Kind::DelegationRevoked] {
        let malformed = world.event(OWNER, kind, b"?");
        assert_eq!(world.submit(&malformed), Err(VoidReason::MalformedPayload));
        let mut erased = world.event(OWNER, kind, b"?");
        erased.payload = None;
        assert_eq!(world.submit(&erased), Err(VoidReason::PayloadAbsent));
    }
}

proptest! {
    /// Whatever is handed on allows nothing that its parent does not.
    #[test]
    fn a_child_allows_no_more(
        above in any_grant(), below in any_grant(), action in "[a-c/]{1,6}", resource in "[a-c/]{1,6}",
        at_ms: u64,
    ) {
        let mut world = World::new();
        let above = Grant { parent: None, delegate: did(20), hops: 7, ..above };
        prop_assume!(above.expires_ms > 0);
        let id = world.give(OWNER, &above).unwrap();
        // Mostly the parent's own fields, so that many are accepted.
        let below = Grant {
            parent: Some(id),
            delegate: did(21),
            hops: 0,
            actions: above.actions[..1].to_vec(),
            approvers: above.approvers.clone(),
            expires_ms: below.expires_ms.min(above.expires_ms),
            rate: above.rate,
            budget: above.budget,
            ..below
        };
        if let Ok(child) = world.give(did(20), &below) {
            let ask = |actor| {
                Asked { actor, action: &action, resource: &resource, at_ms, ..asked(actor) }
            };
            if authorise(&world, &child, &ask(did(21))).is_ok() {
                prop_assert!(authorise(&world, &id, &ask(did(20))).is_ok());
            }
        }
    }
}
