//! The published bytes of the rules of realms: payloads, records, a proof for another realm.

use pluto_core::payload::{Admission, MembershipAction, MembershipChange, Role};
use pluto_core::state::RulesRecord;
use pluto_core::trust::TrustVector;
use pluto_core::{Canonical, Did, Digest, EventId, Kind, Namespace, RealmId};
use pluto_realm::bucket::Bucket;
use pluto_realm::final_state::HandoverRecord;
use pluto_realm::gateway::{CrossingEvaluated, CrossingOpened, EntryReceipt, ExitReceipt};
use pluto_realm::governance::{
    Choice, Measure, Method, ProposalCreated, ProposalRecord, ProposalResolved, ProposalStatus,
    Resolution, VoteCast,
};
use pluto_realm::hierarchy::{Level, Lineage, ParentRecord, RealmLifecycle};
use pluto_realm::lattice::{All, AtLeast, AtMost, Only};
use pluto_realm::quota::{AccountRecord, QuarantineChange, Resource};
use pluto_realm::room::{RoomChange, RoomRecord};
use pluto_realm::saga::{
    Intent, NamedStep, Report, Reporter, SagaId, SagaProgress, SagaRecord, SagaStatus, Step,
    StepStatus,
};
use pluto_realm::{Isolation, Limit, RuleSet};

const EVENT: EventId = EventId([0x66; 32]);
const NOW_MS: u64 = 1_700_000_000_000;

fn did(byte: u8) -> Did {
    Did { namespace: Namespace::Guild, id: [byte; 32] }
}

/// Every rule once that was there from the beginning.
fn rules() -> RuleSet {
    let limit = |capacity| AtMost(Some(Limit { capacity, per_day: 24 }));
    RuleSet {
        min_isolation: AtLeast(Isolation::Members),
        min_trust: AtLeast(300_000),
        min_quorum: AtLeast(3),
        governed: AtLeast(true),
        max_payload: AtMost(Some(4_096)),
        max_gas: limit(1_000_000),
        max_mana: limit(10_000),
        max_events: limit(100),
        max_storage: limit(65_536),
        max_crossings: AtMost(None),
        required_credentials: All(["iso9001/auditor".to_owned()].into()),
        allowed_kinds: Only(Some(
            [Kind::Attestation.number().0, Kind::RecordPut.number().0].into(),
        )),
        allowed_methods: Only(None),
        allowed_realms: Only(Some([RealmId([1; 32]), RealmId([2; 32])].into())),
        denied_realms: All([RealmId([3; 32])].into()),
        denied_parties: All([did(7)].into()),
        ..RuleSet::default()
    }
}

fn lineage() -> Lineage {
    Lineage { level: Level::Virtual, rules: rules() }
}

fn steps() -> Intent {
    let step = |action: &str, compensation: Option<&str>| Step {
        action: action.into(),
        resource: "depot/Köln".into(),
        amount: 5,
        compensation: compensation.map(Into::into),
        reporter: Reporter::Owner,
    };
    Intent::Steps(vec![step("stock:reserve", Some("stock:release")), step("stock:ship", None)])
}

/// The same steps, each reported by somebody else.
fn shared() -> Intent {
    let Intent::Steps(mut steps) = steps() else { unreachable!() };
    for (step, by) in steps.iter_mut().zip([Reporter::Holder("Group 4".into()), Reporter::Anybody])
    {
        step.reporter = by;
    }
    Intent::Steps(steps)
}

fn open() -> Intent {
    Intent::Open { about: "permits/17".into(), reporter: Reporter::Anybody }
}

fn proposal() -> ProposalCreated {
    ProposalCreated {
        title: "größer".into(),
        measure: Measure::Rules(rules()),
        method: Method::Quadratic,
        voting_ms: 259_200_000,
    }
}

fn exit() -> ExitReceipt {
    let trust = TrustVector([0, 1, 2, 3, 4, 1_000_000]);
    ExitReceipt {
        party: did(5),
        to: RealmId([2; 32]),
        role: Role::Admin,
        trust,
        expires_ms: NOW_MS,
    }
}

fn entry() -> EntryReceipt {
    let trust = TrustVector([0, 0, 0, 0, 2, 700_000]);
    EntryReceipt { party: did(5), from: RealmId([1; 32]), trust, event: EVENT }
}

/// An account that was limited in two resources and violated one of them once.
fn account() -> AccountRecord {
    let limit = |capacity| AtMost(Some(Limit { capacity, per_day: 24 }));
    let rules = RuleSet { max_events: limit(3), max_storage: limit(100), ..RuleSet::default() };
    let mut account = AccountRecord::default();
    account.bring_to(&rules, NOW_MS);
    assert_eq!(account.take(&rules, &[0, 0, 2, 40, 0]), None);
    assert_eq!(account.take(&rules, &[0, 0, 2, 1, 0]), Some(Resource::Events));
    account.violate(NOW_MS);
    account
}

fn payloads() -> Vec<(&'static str, Vec<u8>)> {
    let (proof, place) = (vec![1, 2, 3], "ward/desk".parse().unwrap());
    let crossing = EVENT;
    let inherit = RealmLifecycle::Inherit {
        parent: RealmId([1; 32]),
        lineage: lineage(),
        proof: proof.clone(),
    };
    let change =
        MembershipChange { subject: did(5), action: MembershipAction::Assign, role: Role::Admin };
    let membership = ProposalCreated { measure: Measure::Membership(change), ..proposal() };
    let subject = did(5);
    let refund = QuarantineChange::Refund { subject, resource: Resource::Storage, tokens: 40 };
    let enter = CrossingEvaluated::Enter {
        from: RealmId([1; 32]),
        crossing,
        exit: exit(),
        proof: proof.clone(),
    };
    let room = RoomChange::Open { place, rules: rules() };
    let admit = RoomChange::Admit { place: "ward".parse().unwrap(), party: did(5), admitted: true };
    vec![
        ("payload-realm-lifecycle-v1-rules.bin", RealmLifecycle::Rules(rules()).encode()),
        ("payload-realm-lifecycle-v1-adopt.bin", RealmLifecycle::Adopt(RealmId([2; 32])).encode()),
        ("payload-realm-lifecycle-v1-inherit.bin", inherit.encode()),
        (
            "payload-quarantine-change-v1.bin",
            QuarantineChange::Quarantine { subject, until_ms: NOW_MS }.encode(),
        ),
        ("payload-quarantine-change-v1-lift.bin", QuarantineChange::Lift { subject }.encode()),
        ("payload-quarantine-change-v1-refund.bin", refund.encode()),
        ("payload-proposal-created-v1.bin", proposal().encode()),
        ("payload-proposal-created-v1-membership.bin", membership.encode()),
        (
            "payload-vote-cast-v1.bin",
            VoteCast { proposal: EVENT, choice: Choice::Yes, votes: 3 }.encode(),
        ),
        (
            "payload-proposal-resolved-v1.bin",
            ProposalResolved { proposal: EVENT, resolution: Resolution::Execute }.encode(),
        ),
        (
            "payload-crossing-opened-v1.bin",
            CrossingOpened { to: RealmId([2; 32]), expires_ms: NOW_MS }.encode(),
        ),
        ("payload-crossing-evaluated-v1-enter.bin", enter.encode()),
        (
            "payload-crossing-evaluated-v1-confirm.bin",
            CrossingEvaluated::Confirm { crossing, entry: entry(), proof }.encode(),
        ),
        ("payload-room-change-v1-open.bin", room.encode()),
        ("payload-room-change-v1-admit.bin", admit.encode()),
    ]
}

fn sagas() -> Vec<(&'static str, Vec<u8>)> {
    let (saga, key) = (SagaId([8; 32]), Digest([9; 32]));
    let transfer = Intent::Transfer { asset: "gold".into(), amount: 5, to: did(5) };
    let begin = |intent| SagaProgress::Begin { nonce: [0x0c; 16], intent, timeout_ms: 86_400_000 };
    let report = |report| SagaProgress::Report { saga, report };
    let late =
        |intent| SagaProgress::Begin { nonce: [0x0c; 16], intent, timeout_ms: 400 * 86_400_000 };
    let named = |result| SagaProgress::Name {
        saga,
        step: 2,
        action: "T02 Check".into(),
        compensation: Some("reopen".into()),
        result,
    };
    let done = Report::Done { step: 1, key, result: Digest([5; 32]) };
    vec![
        ("payload-saga-progress-v1-transfer.bin", begin(transfer).encode()),
        ("payload-saga-progress-v1-steps.bin", begin(steps()).encode()),
        ("payload-saga-progress-v1-done.bin", report(done).encode()),
        (
            "payload-saga-progress-v1-compensated.bin",
            report(Report::Compensated { step: 0, key }).encode(),
        ),
        ("payload-saga-progress-v2-steps.bin", late(shared()).encode()),
        ("payload-saga-progress-v2-open.bin", late(open()).encode()),
        ("payload-saga-progress-v2-name.bin", named(None).encode()),
        ("payload-saga-progress-v2-name-taken.bin", named(Some(Digest([5; 32]))).encode()),
        ("payload-saga-progress-v2-close.bin", report(Report::Close).encode()),
    ]
}

fn records() -> Vec<(&'static str, Vec<u8>)> {
    let extended = RulesRecord {
        name: "golden".into(),
        admission: Admission::Invite,
        creator: did(5),
        trust_roots: vec![did(5)],
        extended: true,
    };
    let parent =
        ParentRecord { parent: RealmId([1; 32]), level: Level::Virtual, number: 7, rules: rules() };
    let saga = SagaRecord {
        owner: did(5),
        event: EVENT,
        intent: steps(),
        deadline_ms: NOW_MS,
        status: SagaStatus::Compensating,
        attempts: 1,
        steps: vec![StepStatus::Done, StepStatus::Failed],
        named: Vec::new(),
    };
    let step = |action: &str, result| NamedStep {
        action: action.into(),
        compensation: None,
        by: did(6),
        result,
    };
    let case = SagaRecord {
        intent: open(),
        status: SagaStatus::Running,
        attempts: 0,
        steps: vec![StepStatus::Done, StepStatus::Running],
        named: vec![step("T02 Check", Some(Digest([5; 32]))), step("T04 Determine", None)],
        ..saga.clone()
    };
    let voted = ProposalRecord {
        proposer: did(5),
        serial: 2,
        quorum: 3,
        closes_ms: NOW_MS,
        status: ProposalStatus::Accepted,
        ballots: 4,
        yes: 9,
        no: 1,
        proposal: proposal(),
    };
    let mut credits = Bucket::full(Limit { capacity: 100, per_day: 3 }, NOW_MS);
    assert!(credits.take(81));
    let handover = HandoverRecord { number: 2, checkpoint: Digest([7; 32]) };
    vec![
        ("state-rules-v1-extended.bin", extended.encode()),
        ("state-rule-set-v1.bin", rules().encode()),
        ("state-rule-set-v1-loosest.bin", RuleSet::default().encode()),
        ("state-lineage-v1.bin", lineage().encode()),
        ("state-parent-v1.bin", parent.encode()),
        ("state-account-v1.bin", account().encode()),
        ("state-credits-v1.bin", credits.encode()),
        ("state-saga-v1.bin", saga.encode()),
        ("state-saga-v2.bin", case.encode()),
        ("state-proposal-v1.bin", voted.encode()),
        ("state-exit-v1.bin", exit().encode()),
        ("state-entry-v1.bin", entry().encode()),
        ("state-handover-v1.bin", handover.encode()),
        ("state-room-v1.bin", RoomRecord { event: EVENT, rules: rules() }.encode()),
    ]
}

pub(super) fn files() -> Vec<(&'static str, Vec<u8>)> {
    let mut all = payloads();
    all.extend(sagas());
    all.extend(records());
    all.push(("realm-proof-v1.bin", crate::realms::shown().encode()));
    all.push(("realm-proof-v2.bin", crate::realms::witnessed::shown().encode()));
    all
}
