//! What the judge answers, and the reason when it says no.

use pluto_core::VoidReason;
use pluto_identity::grant::{Grant, Rate};

use super::*;
use crate::payload::ActionDecided;
use crate::request::ContextValue;
use crate::test_world::{
    ADMIN, AGENT, END_MS, MEMBER, OWNER, STRANGER, World, decided, grant, person, request,
};
use pluto_core::{Canonical, Kind};

#[test]
fn people_act_alone_and_agents_never_do() {
    let mut world = World::new();
    let read = request("read", 0);
    for (actor, expected) in [
        (OWNER, None),
        (ADMIN, None),
        (MEMBER, None),
        (STRANGER, Some(Refusal::NoGrant)),
        (AGENT, Some(Refusal::NoGrant)),
    ] {
        assert_eq!(world.refusal(actor, None, &read), expected, "{actor}");
    }
    for role in [Role::Member, Role::Owner] {
        world.assign(AGENT, role, false);
        assert_eq!(world.refusal(AGENT, None, &read), Some(Refusal::NoGrant), "{role:?}");
    }
}

#[test]
fn whoever_is_shut_out_is_refused_even_with_a_grant() {
    let mut world = World::new();
    let id = world.give(OWNER, &Grant { delegate: MEMBER, ..grant() });
    world.assign(MEMBER, Role::Member, true);
    for under in [None, Some(id)] {
        let found = world.refusal(MEMBER, under, &request("read", 0));
        assert_eq!(found, Some(Refusal::NoStanding));
    }
}

#[test]
fn what_a_grant_says_against_it_is_the_refusal() {
    let mut world = World::new();
    let narrow = Grant {
        actions: vec!["read".parse().unwrap(), "ask".parse().unwrap()],
        resources: vec!["prod/*".parse().unwrap()],
        rate: Some(Rate { count: 2, window_ms: 1_000 }),
        budget: Some(10),
        ..grant()
    };
    let id = world.give(OWNER, &narrow);
    let refused = |world: &World, actor, id, request: &ActionRequest| {
        world.refusal(actor, Some(id), request).map(Refusal::number)
    };
    let read = request("read", 1);
    assert_eq!(refused(&world, AGENT, id, &read), None);
    assert_eq!(refused(&world, AGENT, GrantId([0; 32]), &read), Some(65));
    assert_eq!(refused(&world, STRANGER, id, &read), Some(68));
    assert_eq!(refused(&world, AGENT, id, &request("write", 1)), Some(69));
    let elsewhere = ActionRequest::new("read", "test/users");
    assert_eq!(refused(&world, AGENT, id, &elsewhere), Some(70));
    assert_eq!(refused(&world, AGENT, id, &request("read", 11)), Some(72));
    // What is refused is not charged; what is allowed is.
    assert_eq!(world.act(AGENT, Some(id), None, &request("read", 11)).1.answer.said, Said::Deny);
    assert_eq!(world.act(AGENT, Some(id), None, &request("read", 9)).1.answer.said, Said::Allow);
    assert_eq!(refused(&world, AGENT, id, &request("read", 2)), Some(72));
    assert_eq!(world.act(AGENT, Some(id), None, &read).1.answer.said, Said::Allow);
    assert_eq!(refused(&world, AGENT, id, &request("read", 0)), Some(71));
    world.at(1_000);
    assert_eq!(refused(&world, AGENT, id, &request("read", 0)), None);
    world.at(END_MS);
    assert_eq!(refused(&world, AGENT, id, &request("read", 0)), Some(67));
    world.revoke(OWNER, id);
    assert_eq!(refused(&world, AGENT, id, &request("read", 0)), Some(66));
    let mut world = World::new();
    let id = world.give(ADMIN, &grant());
    world.assign(ADMIN, Role::Member, false);
    assert_eq!(refused(&world, AGENT, id, &read), Some(73));
}

#[test]
fn a_claimed_time_only_ends_a_grant_sooner() {
    let mut world = World::new();
    let id = world.give(OWNER, &grant());
    let wish = request("read", 0);
    for (at_ms, allows) in [(0, true), (END_MS - 1, true), (END_MS, false), (u64::MAX, false)] {
        let decided = ActionDecided { at_ms, ..decided(&wish, Some(id), None) };
        let (verdict, _) = world.submit(AGENT, Kind::ActionDecided, &decided.encode());
        assert_eq!(verdict.is_effective(), allows, "{at_ms}");
    }
    world.at(END_MS);
    let late = world.act(AGENT, Some(id), None, &wish).1;
    assert_eq!(late.answer.refusal.map(Refusal::number), Some(67));
}

#[test]
fn a_realm_without_a_policy_allows_nothing() {
    let mut world = World::bare();
    let id = world.give(OWNER, &grant());
    let read = request("read", 0);
    assert_eq!(world.refusal(OWNER, None, &read), Some(Refusal::NoPolicy));
    assert_eq!(world.refusal(AGENT, Some(id), &read), Some(Refusal::NoPolicy));
    world.install("policy other on controller (amount: int) { allow }");
    let answer = world.ask(OWNER, None, &read).answer;
    assert_eq!((answer.said, answer.fault), (Said::Indeterminate, Some(Fault::NoPolicy)));
    assert_eq!(answer.said.verdict(), pluto_core::Verdict::Void(VoidReason::PolicyFault));
}

#[test]
fn grant_and_policy_must_both_allow() {
    let mut world = World::new();
    let id = world.give(OWNER, &grant());
    let judged = world.ask(AGENT, Some(id), &request("drop", 0));
    assert_eq!((judged.answer.said, judged.answer.refusal), (Said::Deny, None));
    assert!(judged.answer.rule > 0);
    assert_eq!(judged.reason(), "nobody drops anything");
    let judged = world.ask(AGENT, Some(id), &request("read", 0));
    assert_eq!(judged.answer.said, Said::Allow);
    assert_eq!(judged.chain.map(|chain| chain.grantor()), Some(OWNER));
}

const TOLD: &str = r#"
policy action on controller (
  action: text<128>, resource: text<512>, amount: int, role: symbol, hops: int,
  grantor: option<did>, env: symbol, who: option<did>, when: option<time>, size: option<int>,
) {
  require action == "read" && resource == "prod/users" && amount == 7, "the request"
  require role == member || role == stranger, "the role"
  require (hops == 0) == !present(grantor), "the chain"
  require env == prod, "the place"
  allow
}
"#;

#[test]
fn a_policy_is_told_by_name_and_in_its_own_types() {
    let mut world = World::bare();
    world.install(TOLD);
    let id = world.give(OWNER, &grant());
    let mut wish = request("read", 7);
    let fault = |world: &World, wish: &ActionRequest| world.ask(MEMBER, None, wish).answer.fault;
    assert_eq!(fault(&world, &wish), Some(Fault::BadRequest), "env is missing, and no option");
    wish.set("env", ContextValue::Text("prod".into()));
    for (actor, under) in [(MEMBER, None), (AGENT, Some(id))] {
        let judged = world.ask(actor, under, &wish);
        assert_eq!(judged.answer.said, Said::Allow, "{}", judged.reason());
    }
    wish.set("who", ContextValue::Text(OWNER.to_string()));
    wish.set("when", ContextValue::Int(5));
    wish.set("unasked", ContextValue::Bool(true));
    assert_eq!(fault(&world, &wish), None);
    wish.set("env", ContextValue::Symbol("test".into()));
    assert_eq!(world.ask(MEMBER, None, &wish).answer.said, Said::Deny);
    for value in [ContextValue::Text("nobody".into()), ContextValue::Int(1)] {
        let mut wish = wish.clone();
        wish.set("who", value);
        assert_eq!(world.ask(MEMBER, None, &wish).answer.said, Said::Indeterminate);
    }
}

#[test]
fn a_context_cannot_pass_for_what_is_spoken_for() {
    let mut world = World::bare();
    world.install(
        "policy action on controller (role: symbol, hops: int) { allow if role == owner }",
    );
    let mut wish = request("read", 0);
    wish.set("role", ContextValue::Symbol("owner".into()));
    assert_eq!(world.ask(MEMBER, None, &wish).answer.said, Said::Deny);
    assert_eq!(world.ask(OWNER, None, &wish).answer.said, Said::Allow);
}

#[test]
fn judgements_are_paid_for_until_nothing_is_left() {
    let mut world = World::new();
    let wish = request("read", 0);
    let fault = (0..).map(|_| world.act(MEMBER, None, None, &wish).1.answer.fault);
    let (paid, fault) = fault.enumerate().find(|(_, fault)| fault.is_some()).unwrap();
    assert!(paid > 100, "{paid}");
    assert_eq!(fault, Some(Fault::OutOfMana));
    assert_eq!(world.ask(MEMBER, None, &wish).answer.said, Said::Indeterminate);
    assert_eq!(world.ask(OWNER, None, &wish).answer.said, Said::Allow, "others are not touched");
    assert_eq!(acts_alone(person(1), true), !acts_alone(AGENT, true));
}
