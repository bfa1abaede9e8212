//! What a chain allows, and the reason when it does not.

use std::time::Instant;

use super::super::payload::Rate;
use super::super::test_world::{ADMIN, END_MS, MEMBER, OWNER, STRANGER, World, asked, did, grant};
use super::super::{Grant, grant_key};
use super::*;

#[track_caller]
fn refused(world: &World, leaf: GrantId, asked: &Asked<'_>) -> Refusal {
    let refusal = authorise(world, &leaf, asked).unwrap_err();
    let line = refusal.to_string();
    assert!(line.contains(&refusal.grant().short()) && !line.contains('\n'), "{line}");
    refusal
}

#[test]
fn a_chain_leads_from_the_actor_to_the_grantor() {
    let mut world = World::new();
    let ids = world.chain(3);
    let chain = authorise(&world, &ids[2], &asked(did(22))).unwrap();
    assert_eq!(chain.grantor(), OWNER);
    assert_eq!(chain.ids().collect::<Vec<_>>(), [ids[2], ids[1], ids[0]]);
    assert_eq!(chain.hops[0].1, world.record(ids[2]));
    assert_eq!((chain.factor_ppm(), chain.approvers()), (1_000_000, &[][..]));
}

#[test]
fn eight_grants_are_a_chain_and_nine_are_none() {
    let mut world = World::new();
    let ids = world.chain(8);
    let chain = authorise(&world, &ids[7], &asked(did(27))).unwrap();
    assert_eq!(chain.hops.len(), CHAIN_GRANTS_MAX);
    // A ninth that the engine would never write.
    let ninth = GrantRecord { depth: 8, ..world.record(ids[7]) };
    let ninth = GrantRecord { grant: grant(Some(ids[7]), did(28)), issuer: did(27), ..ninth };
    let id = GrantId([9; 32]);
    world.put(Component::Controller, grant_key(&id), ninth.encode().into());
    assert_eq!(refused(&world, id, &asked(did(28))), Refusal::Damaged { grant: ids[0] });
}

#[test]
fn factors_multiply_and_approvers_are_those_of_the_leaf() {
    let mut world = World::new();
    let approvers = vec![did(50), did(51)];
    let first = Grant { factor_ppm: 800_000, ..grant(None, did(20)) };
    let first = world.give(OWNER, &Grant { approvers: vec![did(50)], ..first }).unwrap();
    let second = Grant { factor_ppm: 500_000, hops: 6, ..grant(Some(first), did(21)) };
    let second = world.give(did(20), &Grant { approvers, ..second }).unwrap();
    let chain = authorise(&world, &second, &asked(did(21))).unwrap();
    assert_eq!(chain.factor_ppm(), 400_000);
    assert_eq!(chain.approvers(), [did(50), did(51)]);
}

#[test]
fn patterns_must_match_at_every_hop() {
    let mut world = World::new();
    let actions = vec!["db:read".parse().unwrap(), "db:list*".parse().unwrap()];
    let resources = vec!["prod/*".parse().unwrap()];
    let id = world.give(OWNER, &Grant { actions, resources, ..grant(None, did(20)) }).unwrap();
    let ask = |action, resource| Asked { action, resource, ..asked(did(20)) };
    for (action, resource) in [("db:read", "prod/users"), ("db:list-all", "prod/")] {
        assert!(authorise(&world, &id, &ask(action, resource)).is_ok());
    }
    assert_eq!(refused(&world, id, &ask("db:write", "prod/users")), Refusal::Action { grant: id });
    assert_eq!(refused(&world, id, &ask("db:read", "prod/a/b")), Refusal::Resource { grant: id });
    assert_eq!(
        refused(&world, id, &asked(STRANGER)),
        Refusal::NotDelegate { grant: id, actor: STRANGER }
    );
    let nothing = GrantId([5; 32]);
    assert_eq!(refused(&world, nothing, &asked(MEMBER)), Refusal::NotFound { grant: nothing });
}

#[test]
fn the_later_of_two_clocks_ends_a_grant() {
    let mut world = World::new();
    let [first, second] = world.chain(2)[..] else { panic!("two grants") };
    let at = |at_ms| Asked { at_ms, ..asked(did(21)) };
    assert!(authorise(&world, &second, &at(END_MS - 1)).is_ok());
    let expired = |grant, at_ms| Refusal::Expired { grant, expires_ms: END_MS, at_ms };
    assert_eq!(refused(&world, second, &at(END_MS)), expired(second, END_MS));
    world.now_ms = END_MS + 1;
    assert_eq!(refused(&world, second, &at(0)), expired(second, END_MS + 1));
    assert_eq!(refused(&world, first, &asked(did(20))), expired(first, END_MS + 1));
}

#[test]
fn a_revocation_kills_what_is_below_and_nothing_above() {
    for revoked in 0..4 {
        let mut world = World::new();
        let ids = world.chain(4);
        world.revoke(OWNER, ids[revoked]).unwrap();
        let event = world.record(ids[revoked]).revoked.unwrap();
        for (hop, id) in ids.iter().enumerate() {
            let answer = authorise(&world, id, &asked(did(20 + hop as u8)));
            match hop < revoked {
                true => assert!(answer.is_ok()),
                false => {
                    let grant = ids[revoked];
                    assert_eq!(answer.unwrap_err(), Refusal::Revoked { grant, event });
                }
            }
        }
    }
}

#[test]
fn a_chain_ends_with_the_standing_of_its_grantor() {
    let changes: [(&str, fn(&mut World)); 3] = [
        ("banned", |world| world.assign(ADMIN, Role::Admin, true)),
        ("lowered", |world| world.assign(ADMIN, Role::Moderator, false)),
        ("removed", |world| world.remove(ADMIN)),
    ];
    for (what, change) in changes {
        let mut world = World::new();
        let first = world.give(ADMIN, &grant(None, did(20))).unwrap();
        let second = Grant { hops: 6, ..grant(Some(first), did(21)) };
        let second = world.give(did(20), &second).unwrap();
        assert!(authorise(&world, &second, &asked(did(21))).is_ok());
        change(&mut world);
        let expected = Refusal::Issuer { grant: first, issuer: ADMIN };
        assert_eq!(refused(&world, second, &asked(did(21))), expected, "{what}");
        world.assign(ADMIN, Role::Owner, false);
        assert!(authorise(&world, &second, &asked(did(21))).is_ok(), "{what} and back");
    }
}

#[test]
fn a_rate_counts_windows_of_realm_time() {
    let mut world = World::new();
    let rate = Rate { count: 2, window_ms: 100 };
    let id = world.give(OWNER, &Grant { rate: Some(rate), ..grant(None, did(20)) }).unwrap();
    let full = Refusal::Rate { grant: id, count: 2, window_ms: 100 };
    for now_ms in [0, 100, 399] {
        world.now_ms = now_ms;
        for _ in 0..rate.count {
            world.spend(id, &asked(did(20))).unwrap();
        }
        assert_eq!(world.spend(id, &asked(did(20))), Err(full));
        // No later clock of the actor opens a window.
        assert_eq!(refused(&world, id, &Asked { at_ms: 900, ..asked(did(20)) }), full);
    }
    assert_eq!(usage(&world, &id), UsageRecord { window: 3, count: 2, spent: 0 });
}

#[test]
fn a_budget_is_spent_by_all_who_share_it() {
    let mut world = World::new();
    let budget = Some(100);
    let first = world.give(OWNER, &Grant { budget, ..grant(None, did(20)) }).unwrap();
    let below = |who| Grant { budget, hops: 6, ..grant(Some(first), did(who)) };
    let [left, right] = [21, 22].map(|who| world.give(did(20), &below(who)).unwrap());
    let ask = |who, amount| Asked { amount, ..asked(did(who)) };
    world.spend(left, &ask(21, 60)).unwrap();
    world.spend(right, &ask(22, 30)).unwrap();
    let over = Refusal::Budget { grant: first, left: 10, amount: 11 };
    assert_eq!(world.spend(right, &ask(22, 11)), Err(over));
    assert_eq!(
        refused(&world, left, &ask(21, u64::MAX)),
        Refusal::Budget { grant: left, left: 40, amount: u64::MAX }
    );
    world.spend(right, &ask(22, 10)).unwrap();
    assert!(authorise(&world, &right, &ask(22, 0)).is_ok(), "nothing is left, and nothing asked");
    assert_eq!(usage(&world, &first), UsageRecord { window: 0, count: 3, spent: 100 });
    assert_eq!(usage(&world, &right).spent, 40);
}

#[test]
fn grants_without_limits_write_nothing() {
    let mut world = World::new();
    let id = world.chain(1)[0];
    world.spend(id, &Asked { amount: 5, ..asked(did(20)) }).unwrap();
    assert_eq!(world.grants().count(), 1);
}

#[test]
fn a_damaged_record_is_refused() {
    let mut world = World::new();
    let id = world.chain(1)[0];
    world.put(Component::Controller, grant_key(&id), [1, 2, 3].into());
    assert_eq!(refused(&world, id, &asked(did(20))), Refusal::Damaged { grant: id });
}

#[test]
#[ignore = "measures: cargo test --release -p pluto-identity authorise_takes -- --ignored --nocapture"]
fn authorise_takes() {
    // The best of many short batches: what the machine does besides is not measured.
    const BATCHES: usize = 500;
    const ROUNDS: u32 = 500;
    for count in [1, 3, 8] {
        let mut world = World::new();
        let ids = world.chain(count);
        let (leaf, ask) = (ids[usize::from(count) - 1], asked(did(19 + count)));
        let batch = || {
            let began = Instant::now();
            for _ in 0..ROUNDS {
                assert!(std::hint::black_box(authorise(&world, &leaf, &ask)).is_ok());
            }
            began.elapsed() / ROUNDS
        };
        let each = std::iter::repeat_with(batch).take(BATCHES).min().unwrap();
        let _ = std::io::Write::write_fmt(
            &mut std::io::stderr(),
            format_args!("{count} grants: {each:?}\n"),
        );
    }
}
