//! Decisions in the fold: completions, approvals, who may answer, and what a timeout does.

use pluto_core::payload::Role;
use pluto_identity::grant::Grant;

use super::*;
use crate::refusal::Refusal;
use crate::test_world::{
    ADMIN, AGENT, APPROVER, HOUR_MS, MEMBER, OWNER, STRANGER, World, decided, grant, request,
};

const VOID: fn(VoidReason) -> Verdict = Verdict::Void;

/// A realm in which the agent asked people, under a grant of the administrator.
fn asked(action: &str, amount: u64) -> (World, pluto_identity::grant::GrantId, EventId) {
    let mut world = World::new();
    let id = world.give(ADMIN, &Grant { approvers: vec![APPROVER], ..grant() });
    let (asked, record) = world.act(AGENT, Some(id), None, &request(action, amount));
    assert_eq!(record.answer.said, Said::Escalate);
    assert_eq!(record.escalation.map(|waits| waits.until_ms), Some(HOUR_MS));
    (world, id, asked)
}

#[test]
fn the_record_is_that_of_the_fold_and_not_of_the_claim() {
    let mut world = World::new();
    let wish = request("drop", 0);
    assert_eq!(decided(&wish, None, None).claim.answer.said, Said::Allow);
    let (_, record) = world.act(MEMBER, None, None, &wish);
    assert_eq!((record.answer.said, record.actor), (Said::Deny, MEMBER));
    assert_eq!((record.request, record.settled), (wish.digest(), None));
}

#[test]
fn an_allowed_action_ends_once_and_by_its_actor() {
    let mut world = World::new();
    let (id, _) = world.act(MEMBER, None, None, &request("read", 0));
    let (denied, _) = world.act(MEMBER, None, None, &request("drop", 0));
    let (waits, _) = world.act(MEMBER, None, None, &request("read", 101));
    assert_eq!(world.complete(OWNER, id), VOID(VoidReason::NotAllowed));
    assert_eq!(world.complete(MEMBER, denied), VOID(VoidReason::NotAllowed));
    assert_eq!(world.complete(MEMBER, waits), VOID(VoidReason::NotAllowed));
    assert_eq!(world.complete(MEMBER, EventId([0; 32])), VOID(VoidReason::NotFound));
    assert_eq!(world.complete(MEMBER, id), Verdict::Effective);
    assert!(world.record(&id).settled.is_some());
    assert_eq!(world.complete(MEMBER, id), VOID(VoidReason::AlreadyExists));
}

#[test]
fn an_approval_serves_the_same_request_once() {
    let (mut world, id, asked) = asked("read", 101);
    let wish = request("read", 101);
    let early = world.act(AGENT, Some(id), Some(asked), &wish).1;
    assert_eq!(early.answer.said, Said::Escalate, "nobody has answered yet");
    assert_eq!(world.approve(OWNER, asked, true), Verdict::Effective);
    assert_eq!(world.approve(ADMIN, asked, false), VOID(VoidReason::AlreadyExists));
    let mut refused =
        |actor, grant, wish| world.act(actor, grant, Some(asked), &wish).1.answer.refusal;
    let mismatch = Some(Refusal::ApprovalMismatch);
    assert_eq!(refused(AGENT, Some(id), request("read", 102)), mismatch);
    assert_eq!(refused(MEMBER, None, request("read", 101)), mismatch);
    let (used, record) = world.act(AGENT, Some(id), Some(asked), &wish);
    assert_eq!((record.answer.said, record.approval), (Said::Allow, Some(asked)));
    assert_eq!(world.record(&asked).settled, Some(used));
    let again = world.act(AGENT, Some(id), Some(asked), &wish).1;
    assert_eq!(again.answer.refusal, Some(Refusal::ApprovalUsed));
    assert_eq!(again.approval, None);
    assert_eq!(world.complete(AGENT, used), Verdict::Effective);
}

#[test]
fn an_approval_does_not_stand_for_what_was_never_asked() {
    let mut world = World::new();
    let wish = request("read", 101);
    let (allowed, _) = world.act(MEMBER, None, None, &request("read", 0));
    for approval in [allowed, EventId([0; 32])] {
        let record = world.act(MEMBER, None, Some(approval), &wish).1;
        assert_eq!(record.answer.refusal, Some(Refusal::ApprovalMismatch));
    }
    assert_eq!(world.approve(OWNER, allowed, true), VOID(VoidReason::NotFound));
    assert_eq!(world.record(&allowed).settled, None);
    // What people were asked about another's request is not used up by naming it.
    let (waits, _) = world.act(OWNER, None, None, &wish);
    let (_, record) = world.act(MEMBER, None, Some(waits), &request("read", 0));
    assert_eq!((record.answer.said, record.approval), (Said::Allow, None));
    assert_eq!(world.record(&waits).settled, None);
}

#[test]
fn a_revoked_grant_undoes_an_approval() {
    let (mut world, id, asked) = asked("read", 101);
    assert_eq!(world.approve(OWNER, asked, true), Verdict::Effective);
    world.revoke(ADMIN, id);
    let record = world.act(AGENT, Some(id), Some(asked), &request("read", 101)).1;
    assert_eq!(record.answer.refusal.map(Refusal::number), Some(66));
    assert_eq!(world.record(&asked).settled, None);
}

#[test]
fn people_can_say_no() {
    let (mut world, id, asked) = asked("ask", 0);
    assert_eq!(world.approve(OWNER, asked, false), Verdict::Effective);
    for time_ms in [0, HOUR_MS + 1] {
        world.at(time_ms);
        let record = world.act(AGENT, Some(id), Some(asked), &request("ask", 0)).1;
        assert_eq!(record.answer.refusal, Some(Refusal::Rejected));
    }
}

#[test]
fn when_nobody_answers_the_fallback_holds() {
    for (action, amount, expected) in
        [("read", 101, (Said::Deny, Some(Refusal::NotApproved))), ("ask", 0, (Said::Allow, None))]
    {
        let (mut world, id, asked) = asked(action, amount);
        let wish = request(action, amount);
        world.at(HOUR_MS - 1);
        let early = world.act(AGENT, Some(id), Some(asked), &wish).1;
        assert_eq!(early.answer.said, Said::Escalate);
        world.at(HOUR_MS);
        assert_eq!(world.approve(OWNER, asked, true), VOID(VoidReason::Expired));
        let late = world.act(AGENT, Some(id), Some(asked), &wish).1;
        assert_eq!((late.answer.said, late.answer.refusal), expected, "{action}");
        let again = world.act(AGENT, Some(id), Some(asked), &wish).1;
        assert_eq!(again.answer.said, Said::Deny, "{action}");
    }
}

#[test]
fn who_may_answer() {
    for (who, expected) in [
        (AGENT, VOID(VoidReason::NotAllowed)),
        (MEMBER, VOID(VoidReason::NotAllowed)),
        (STRANGER, VOID(VoidReason::NotAllowed)),
        (OWNER, Verdict::Effective),
        (ADMIN, Verdict::Effective),
        (APPROVER, Verdict::Effective),
    ] {
        let (mut world, _, asked) = asked("read", 101);
        assert_eq!(world.approve(who, asked, true), expected, "{who}");
    }
    let (mut world, _, asked) = asked("read", 101);
    world.assign(AGENT, Role::Owner, false);
    assert_eq!(world.approve(AGENT, asked, true), VOID(VoidReason::NotAllowed), "never the actor");
    for who in [OWNER, ADMIN, APPROVER] {
        world.assign(who, Role::Owner, true);
        assert!(!world.approve(who, asked, true).is_effective(), "{who} is shut out");
    }
}

#[test]
fn an_administrator_who_gave_nothing_does_not_answer() {
    let mut world = World::new();
    let (asked, _) = world.act(MEMBER, None, None, &request("read", 101));
    assert_eq!(world.approve(ADMIN, asked, true), VOID(VoidReason::NotAllowed));
    assert_eq!(world.approve(OWNER, asked, true), Verdict::Effective);
}
