//! Decision bundles and audit files: what holds, and what a forger may try to put in its place.
//!
//! Every forged file has a fitting seal: what refuses it is one of the checks.

mod forged;
mod forged_audits;
mod forged_witnesses;
mod rotated;
pub(crate) mod witnessed;

use pluto_core::{EventId, Verdict, VoidReason};
use pluto_decision::audit;
use pluto_decision::bundle::{Bundle, Check, Report, verify};
use pluto_decision::{Refusal, Said};
use pluto_identity::Zip215Verifier;
use pluto_identity::grant::{Grant, GrantId};
use pluto_tests::{HOUR_MS, OPENED_MS, Office, Staff, grant, request};

/// A realm in which an agent and the agent below it act, ask people, and lose their grants.
pub(crate) struct Story {
    pub(crate) staff: Staff,
    pub(crate) office: Office,
    /// The grant of the agent, and that of its helper.
    pub(crate) grants: [GrantId; 2],
    /// The place from which the audit is made.
    pub(crate) first: u64,
    /// The helper reads, and completes it.
    pub(crate) allowed: EventId,
    /// The agent writes much, which people are asked about.
    pub(crate) asked: EventId,
    /// The same with their approval.
    pub(crate) approved: EventId,
    /// The helper reads again, when the agent's grant is revoked.
    pub(crate) denied: EventId,
    /// The first and the second checkpoint.
    pub(crate) checkpoints: [EventId; 2],
}

/// The story of the four people from number `first` on.
pub(crate) fn story(first: u8) -> Story {
    let staff = Staff::from(first);
    let mut office = Office::open(&staff).unwrap();
    let approvers = vec![staff.approver.did()];
    let given = Grant { approvers: approvers.clone(), ..grant(None, staff.agent.did()) };
    let above = office.give(&staff.owner, &given).unwrap();
    let given = Grant { approvers, ..grant(Some(above), staff.helper.did()) };
    let below = office.give(&staff.agent, &given).unwrap();
    let first = office.node.snapshot(office.realm()).unwrap().roots().position;
    let (read, much) = (request("read", 0), request("write", 500));
    let allowed = office.act(&staff.helper, Some(below), None, &read).unwrap();
    assert_eq!(office.complete(&staff.helper, allowed.0).unwrap().1, Verdict::Effective);
    let asked = office.act(&staff.agent, Some(above), None, &much).unwrap();
    let (one, _) = office.checkpoint(&staff.owner, 2, OPENED_MS + 10).unwrap();
    assert_eq!(office.approve(&staff.approver, asked.0).unwrap().1, Verdict::Effective);
    let approved = office.act(&staff.agent, Some(above), Some(asked.0), &much).unwrap();
    assert_eq!(office.complete(&staff.agent, approved.0).unwrap().1, Verdict::Effective);
    assert_eq!(office.revoke(&staff.owner, above).unwrap().1, Verdict::Effective);
    let denied = office.act(&staff.helper, Some(below), None, &read).unwrap();
    let (two, _) = office.checkpoint(&staff.owner, 3, OPENED_MS + HOUR_MS).unwrap();
    let void = Verdict::Void;
    assert_eq!([allowed.1, approved.1], [Verdict::Effective; 2]);
    assert_eq!(asked.1, void(VoidReason::PolicyEscalated));
    assert_eq!(denied.1, void(VoidReason::PolicyDenied));
    Story {
        staff,
        office,
        grants: [above, below],
        first,
        allowed: allowed.0,
        asked: asked.0,
        approved: approved.0,
        denied: denied.0,
        checkpoints: [one, two],
    }
}

fn report(bundle: &Bundle) -> Report {
    let bytes = bundle.encode();
    assert_eq!(Bundle::from_bytes(&bytes).as_ref().ok(), Some(bundle));
    verify(&bytes, &Zip215Verifier)
}

/// The check that refuses a bundle.
#[track_caller]
fn refused(bundle: &Bundle) -> Check {
    let report = verify(&bundle.encode(), &Zip215Verifier);
    let failure = report.failure().map(|(check, _)| check);
    assert!(!report.holds(), "it should be refused");
    failure.unwrap()
}

#[test]
fn a_stranger_runs_every_decision_again() {
    let story = story(1);
    let office = &story.office;
    for (id, said, grants, completed) in [
        (story.allowed, Said::Allow, 2, true),
        (story.asked, Said::Escalate, 1, false),
        (story.approved, Said::Allow, 1, true),
        (story.denied, Said::Deny, 2, false),
    ] {
        let report = report(&office.bundle(id).unwrap());
        let shown = report.shown.as_ref().unwrap_or_else(|| panic!("{:?}", report.failure()));
        assert_eq!((shown.decision, shown.answer.said), (id, said));
        assert_eq!(shown.answer, shown.claim.answer);
        assert_eq!((shown.grants.len(), shown.completion.is_some()), (grants, completed));
        assert_eq!(shown.approval.is_some(), id == story.approved);
        assert_eq!(report.steps.len(), Check::ALL.len());
        let judged = shown.answer.artifact.is_some();
        assert_eq!(shown.source.contains("policy action"), judged);
    }
    let denied = report(&office.bundle(story.denied).unwrap()).shown.unwrap();
    assert_eq!(denied.answer.refusal, Some(Refusal::Grant(2)));
    assert_eq!(denied.reason, "the grant is revoked");
}

#[test]
fn an_audit_shows_every_decision_of_the_stretch() {
    let story = story(1);
    let file = story.office.audit(story.first).unwrap();
    let shown = audit::verify(&file.encode(), &Zip215Verifier).unwrap();
    let ids: Vec<EventId> = shown.decisions.iter().map(|one| one.decision).collect();
    assert_eq!(ids, [story.allowed, story.asked, story.approved, story.denied]);
    assert_eq!(
        (shown.first, shown.attested.last.checkpoint.number, shown.unjudged),
        (story.first, 3, 0)
    );
    let file = story.office.audit(0).unwrap();
    assert_eq!(audit::verify(&file.encode(), &Zip215Verifier).unwrap().decisions.len(), 4);
}

#[test]
fn a_chain_is_shown_as_far_as_the_judge_looked() {
    let mut story = story(1);
    let given = Grant { nonce: [9; 16], ..grant(None, story.staff.agent.did()) };
    let above = story.office.give(&story.staff.owner, &given).unwrap();
    let below = grant(Some(above), story.staff.helper.did());
    let below = story.office.give(&story.staff.agent, &below).unwrap();
    story.office.revoke(&story.staff.agent, below).unwrap();
    let wish = request("read", 0);
    let (id, _) = story.office.act(&story.staff.helper, Some(below), None, &wish).unwrap();
    let (unknown, _) =
        story.office.act(&story.staff.helper, Some(GrantId([0; 32])), None, &wish).unwrap();
    let (none, _) = story.office.act(&story.staff.helper, None, None, &wish).unwrap();
    story.office.checkpoint(&story.staff.owner, 4, OPENED_MS + 2 * HOUR_MS).unwrap();
    for (id, refusal, grants) in
        [(id, Refusal::Grant(2), 1), (unknown, Refusal::Grant(1), 0), (none, Refusal::NoGrant, 0)]
    {
        let report = report(&story.office.bundle(id).unwrap());
        let shown = report.shown.as_ref().unwrap_or_else(|| panic!("{:?}", report.failure()));
        assert_eq!((shown.answer.refusal, shown.grants.len()), (Some(refusal), grants));
    }
}

/// A decision that the key, the realm or its own payload kept from being judged is none.
#[test]
fn an_event_that_nobody_judges_does_not_stop_an_audit() {
    let mut story = story(1);
    let helper = &story.staff.helper;
    let kind = pluto_core::Kind::ActionDecided;
    let (_, verdict) = story.office.write(helper, kind, b"nothing at all").unwrap();
    assert_eq!(verdict, Verdict::Void(VoidReason::MalformedPayload));
    story.office.checkpoint(&story.staff.owner, 4, OPENED_MS + 2 * HOUR_MS).unwrap();
    let file = story.office.audit(story.first).unwrap();
    let shown = audit::verify(&file.encode(), &Zip215Verifier).unwrap();
    assert_eq!((shown.decisions.len(), shown.unjudged), (4, 1));
}
