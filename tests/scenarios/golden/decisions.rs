//! The published bytes of decisions: payloads, records, bundles, an audit file.

use pluto_core::policy::{Fallback, Gas};
use pluto_core::state::IdentityRecord;
use pluto_core::{Canonical, Component, Did, Digest, EventId, Namespace};
use pluto_decision::forks::{FreezeLifted, FreezeRecord, ProvenRecord};
use pluto_decision::payload::{ActionDecided, ApprovalGiven, Claim, Ended, ExecutionCompleted};
use pluto_decision::record::{ApprovalRecord, CompletionRecord, DecisionRecord, Escalation};
use pluto_decision::{ActionRequest, Answer, ContextValue, Refusal, Said};
use pluto_identity::grant::GrantId;

use crate::bundles::{story, witnessed};

fn did(byte: u8) -> Did {
    Did { namespace: Namespace::Spirit, id: [byte; 32] }
}

/// A request with a value of every kind.
fn request() -> ActionRequest {
    let mut request = ActionRequest::new("deploy", "prod/Köln/web");
    request.amount = 250;
    for (name, value) in [
        ("dry", ContextValue::Bool(true)),
        ("env", ContextValue::Symbol("prod".into())),
        ("from", ContextValue::Did(did(5))),
        ("load", ContextValue::Fixed(-1_500_000)),
        ("note", ContextValue::Text("größer".into())),
        ("size", ContextValue::Int(-7)),
        ("when", ContextValue::Time(1_700_000_000_000)),
    ] {
        request.set(name, value);
    }
    request
}

fn answer() -> Answer {
    Answer {
        said: Said::Escalate,
        fault: None,
        refusal: None,
        rule: 2,
        gas: Gas { network: 10, compute: 20, storage: 5, realm: 1 },
        artifact: Some(Digest([9; 32])),
    }
}

fn records() -> Vec<(&'static str, Vec<u8>)> {
    let (event, actor) = (EventId([0x66; 32]), did(5));
    let claim = Claim { position: 12, state_root: Digest([3; 32]), answer: answer() };
    let (ended, result, result_bytes) = (Ended::Exited(-1), Digest([5; 32]), 42);
    let decided = ActionDecided {
        request: request(),
        grant: Some(GrantId([7; 32])),
        approval: Some(event),
        at_ms: 1_700_000_000_000,
        claim,
    };
    let waits = Escalation { until_ms: 1_700_003_600_000, fallback: Fallback::Allow };
    let record = DecisionRecord {
        actor,
        request: request().digest(),
        grant: Some(GrantId([7; 32])),
        grantor: Some(did(1)),
        answer: answer(),
        approval: None,
        escalation: Some(waits),
        settled: Some(EventId([0x77; 32])),
    };
    let refused = DecisionRecord {
        grant: None,
        grantor: None,
        answer: Answer::refused(Refusal::NoGrant),
        escalation: None,
        settled: None,
        ..record.clone()
    };
    let done = ExecutionCompleted { decision: event, ended, result, result_bytes };
    let end = CompletionRecord { event, ended, result, result_bytes };
    let given = ApprovalGiven { decision: event, approve: true };
    vec![
        ("action-request-v1.bin", request().encode()),
        ("payload-action-decided-v1.bin", decided.encode()),
        ("payload-execution-completed-v1.bin", done.encode()),
        ("payload-approval-given-v1.bin", given.encode()),
        ("state-decision-v1.bin", record.encode()),
        ("state-decision-v1-refused.bin", refused.encode()),
        ("state-approval-v1.bin", ApprovalRecord { by: did(1), event, approve: true }.encode()),
        ("state-completion-v1.bin", end.encode()),
    ]
}

fn forks() -> Vec<(&'static str, Vec<u8>)> {
    let [event, first, second] = [0x66, 0x44, 0x55].map(|byte| EventId([byte; 32]));
    let identity = IdentityRecord {
        key: [0x0a; 32],
        key_event: event,
        next_key_digest: Some(Digest([0x0b; 32])),
        frozen: true,
    };
    vec![
        ("payload-freeze-lifted-v1.bin", FreezeLifted { subject: did(5), proof: event }.encode()),
        ("state-freeze-v1.bin", FreezeRecord { event, seq: 7 }.encode()),
        ("state-fork-v1.bin", ProvenRecord { event, first, second }.encode()),
        ("state-identity-v1-frozen.bin", identity.encode()),
    ]
}

/// Names and bytes.
pub(super) fn files() -> Vec<(&'static str, Vec<u8>)> {
    let story = story(1);
    let declared = witnessed::story();
    let bundle = |id| story.office.bundle(id).unwrap().encode();
    let mut all = records();
    all.extend(forks());
    all.extend([
        ("decision-bundle-v1-allow.bin", bundle(story.allowed)),
        ("decision-bundle-v1-deny.bin", bundle(story.denied)),
        ("decision-bundle-v1-approved.bin", bundle(story.approved)),
        ("audit-v1.bin", story.office.audit(story.first).unwrap().encode()),
        ("decision-bundle-v2.bin", declared.office.bundle(declared.denied).unwrap().encode()),
        ("proof-file-v2.bin", declared.proof(Component::EclPolicy, b"no such entry").encode()),
        ("audit-v2.bin", declared.office.audit(declared.first).unwrap().encode()),
    ]);
    all
}
