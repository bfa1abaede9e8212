//! Known records are put into words; anything else has no description and harms nothing.

use pluto_core::payload::{Admission, Attestation, CheckpointSigned, RecordPut, Role};
use pluto_core::state::{
    FINALITY_KEY, FinalityRecord, IdentityRecord, MemberRecord, RULES_KEY, RulesRecord, member_key,
    record_key,
};
use pluto_core::trust::Dimension;
use pluto_core::{Canonical, Component, Did, Digest, EventId, Kind, KindNumber, Namespace};
use pluto_engines::finality::{
    ContradictionRecord, NEXT_WITNESSES_KEY, VotesRecord, WITNESSES_KEY, WitnessSet,
    contradiction_key, votes_key,
};
use pluto_engines::trust::{Edge, Standing, edge_key, standing_key};
use pluto_identity::grant::{
    Grant, GrantId, GrantRecord, GrantRevoked, Rate, UsageRecord, grant_key, usage_key,
};
use pluto_realm::StoredRecord;
use proptest::prelude::*;

use super::*;

const DID: Did = Did { namespace: Namespace::Person, id: [7; 32] };
const OTHER: Did = Did { namespace: Namespace::Spirit, id: [8; 32] };
const EVENT: EventId = EventId([9; 32]);

fn fields(about: &Description) -> Vec<String> {
    about.fields.iter().map(|(name, text, _)| format!("{name}={text}")).collect()
}

fn grant() -> Grant {
    Grant {
        nonce: [1; 16],
        parent: Some(GrantId([3; 32])),
        delegate: OTHER,
        actions: vec!["db:*".parse().unwrap(), "mail:send".parse().unwrap()],
        resources: vec!["prod/**".parse().unwrap()],
        expires_ms: 86_400_000,
        hops: 2,
        rate: Some(Rate { count: 10, window_ms: 3_600_000 }),
        budget: Some(500),
        approvers: vec![DID],
        factor_ppm: 500_000,
    }
}

#[test]
fn grants_have_words() {
    let about = payload(Kind::DelegationCreated.number(), &grant().encode()).unwrap();
    let parent = format!("parent={}", GrantId([3; 32]));
    let (to, approver) = (format!("delegate={OTHER}"), format!("approvers={DID}"));
    let expected = [
        &*parent,
        &*to,
        "actions=db:*, mail:send",
        "resources=prod/**",
        "expires_ms=1970-01-02 00:00:00",
        "hops=2",
        "rate=10 in 3600000 ms",
        "budget=500",
        &*approver,
        "factor_ppm=0.5000",
    ];
    assert_eq!(fields(&about), expected);
    let gone = GrantRevoked { grant: GrantId([3; 32]) };
    let about = payload(Kind::DelegationRevoked.number(), &gone.encode()).unwrap();
    assert_eq!(about.json()["grant"], GrantId([3; 32]).to_string());
}

#[test]
fn every_known_record_has_words() {
    let rules = RulesRecord {
        name: "home".into(),
        admission: Admission::Open,
        creator: DID,
        trust_roots: vec![DID],
        extended: false,
    };
    let standing = Standing { day: 365, pos: 50_000, flow: 100_000, ..Standing::default() };
    let edge = Edge { day: 1, contribution: -75_000, vouched: 0, event: EVENT };
    let entries = [
        (
            Component::Identity,
            DID.encode(),
            IdentityRecord { key: [1; 32], key_event: EVENT, next_key_digest: None, frozen: false }
                .encode(),
            "identity",
        ),
        (
            Component::Trust,
            standing_key(Dimension::Integrity, DID),
            standing.encode(),
            "trust standing",
        ),
        (Component::Trust, edge_key(Dimension::Integrity, DID, OTHER), edge.encode(), "trust edge"),
        (
            Component::Consensus,
            FINALITY_KEY.to_vec(),
            FinalityRecord { number: 3, time_ms: 5, event: EVENT }.encode(),
            "last checkpoint",
        ),
        (
            Component::KvStore,
            record_key("notes", b"hello"),
            StoredRecord { author: DID, event: EVENT, value: b"words".to_vec() }.encode(),
            "record",
        ),
        (Component::Realm, RULES_KEY.to_vec(), rules.encode(), "rules of the realm"),
        (
            Component::Realm,
            member_key(DID).to_vec(),
            MemberRecord { role: Role::Admin, banned: false, event: EVENT }.encode(),
            "member",
        ),
        (Component::Realm, b"owners".to_vec(), vec![0, 0, 0, 2], "number of owners"),
        (
            Component::Controller,
            grant_key(&GrantId([4; 32])),
            GrantRecord { issuer: DID, event: EVENT, depth: 1, revoked: None, grant: grant() }
                .encode(),
            "grant",
        ),
        (
            Component::Controller,
            usage_key(&GrantId([4; 32])),
            UsageRecord { window: 1, count: 2, spent: 3 }.encode(),
            "use of a grant",
        ),
    ];
    entries.into_iter().for_each(|(component, key, value, what)| {
        has_words(component, &key, &value, what);
    });
}

fn has_words(component: Component, key: &[u8], value: &[u8], what: &str) {
    let present = entry(component, key, Some(value)).unwrap();
    let absent = entry(component, key, None).unwrap();
    assert_eq!((present.what, absent.what), (what, what));
    assert!(present.fields.len() >= absent.fields.len());
    assert_eq!(entry(component, key, Some(&value[1..])), None, "{what}");
}

#[test]
fn records_of_witnesses_have_words() {
    let set = WitnessSet::new([DID], None).unwrap();
    let record = ContradictionRecord { number: 3, events: [EVENT; 2] };
    let waiting = "witnesses from the next final checkpoint on";
    for (key, value, what) in [
        (WITNESSES_KEY.to_vec(), set.encode(), "witnesses"),
        (NEXT_WITNESSES_KEY.to_vec(), set.encode(), waiting),
        (votes_key(DID), VotesRecord::default().encode(), "checkpoints signed"),
        (contradiction_key(DID), record.encode(), "two checkpoints of one number"),
    ] {
        has_words(Component::Consensus, &key, &value, what);
    }
    let about = payload(Kind::WitnessesDeclared.number(), &set.encode()).unwrap();
    assert_eq!(about.json()["witnesses"], serde_json::json!([DID.to_string()]));
}

#[test]
fn a_standing_reads_as_people_say_it() {
    let standing = Standing { day: 365, pos: 50_000, flow: 100_000, ..Standing::default() };
    let key = standing_key(Dimension::Reliability, DID);
    let about = entry(Component::Trust, &key, Some(&standing.encode())).unwrap();
    let did = format!("subject={DID}");
    let expected = [
        &*did,
        "dimension=reliability",
        "value_ppm=0.2800",
        "praise_ppm=0.0500",
        "complaints_ppm=0.0000",
        "vouched_for_ppm=0.1000",
        "passed_on_ppm=0.0000",
        "gained_that_day_ppm=0.0000",
        "as_of_day=1971-01-01",
    ];
    assert_eq!(fields(&about), expected);
    assert_eq!(about.json()["value_ppm"], 280_000);
    assert_eq!(about.rows()[3], ["  value", "0.2800"]);
    let edge = Edge { day: 1, contribution: -75_000, vouched: 0, event: EVENT };
    let key = edge_key(Dimension::Reliability, DID, OTHER);
    let about = entry(Component::Trust, &key, Some(&edge.encode())).unwrap();
    assert_eq!(fields(&about)[3], "contribution_ppm=-0.0750");
    assert_eq!(about.json()["contribution_ppm"], -75_000);
}

#[test]
fn payloads_have_words() {
    let number = |kind: Kind| kind.number();
    let word = Attestation { subject: DID, dimension: Dimension::Omega, value: -3 };
    let about = payload(number(Kind::Attestation), &word.encode()).unwrap();
    assert_eq!(fields(&about)[1..], ["dimension=omega", "value=-3"]);
    let put = RecordPut { collection: "c".into(), key: vec![0, 1], value: b"text".to_vec() };
    let about = payload(number(Kind::RecordPut), &put.encode()).unwrap();
    assert_eq!(fields(&about), ["collection=c", "key=hex:0001", "value=text"]);
    let checkpoint = CheckpointSigned {
        number: 1,
        time_ms: 2,
        size: 3,
        event_set_root: Digest::ZERO,
        log_root: Digest::ZERO,
        state_root: Digest::ZERO,
    };
    let about = payload(number(Kind::CheckpointSigned), &checkpoint.encode()).unwrap();
    assert_eq!(about.json()["size"], 3);
}

proptest! {
    #[test]
    fn anything_else_has_none_and_harms_nothing(
        component in 0..40_u16,
        kind in any::<u16>(),
        key in prop::collection::vec(any::<u8>(), 0..80),
        value in prop::collection::vec(any::<u8>(), 0..120),
    ) {
        let component = Component::from_number(component).unwrap();
        for value in [None, Some(value.as_slice())] {
            if let Some(about) = entry(component, &key, value) {
                prop_assert!(!about.rows().is_empty() && about.json().is_object());
            }
        }
        let _ = payload(KindNumber(kind), &value);
    }
}

/// The golden file of that name.
fn golden(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/formats/golden/");
    std::fs::read(format!("{folder}{name}.bin")).unwrap()
}

#[test]
fn what_realms_say_has_words() {
    let payloads = [
        (Kind::RealmLifecycle, "payload-realm-lifecycle-v1-rules"),
        (Kind::RealmLifecycle, "payload-realm-lifecycle-v1-adopt"),
        (Kind::RealmLifecycle, "payload-realm-lifecycle-v1-inherit"),
        (Kind::RealmQuarantineChange, "payload-quarantine-change-v1"),
        (Kind::RealmQuarantineChange, "payload-quarantine-change-v1-lift"),
        (Kind::RealmQuarantineChange, "payload-quarantine-change-v1-refund"),
        (Kind::RoomChange, "payload-room-change-v1-open"),
        (Kind::RoomChange, "payload-room-change-v1-admit"),
        (Kind::SagaProgress, "payload-saga-progress-v1-steps"),
        (Kind::SagaProgress, "payload-saga-progress-v1-transfer"),
        (Kind::SagaProgress, "payload-saga-progress-v1-done"),
        (Kind::SagaProgress, "payload-saga-progress-v1-compensated"),
        (Kind::ProposalCreated, "payload-proposal-created-v1"),
        (Kind::ProposalCreated, "payload-proposal-created-v1-membership"),
        (Kind::VoteCast, "payload-vote-cast-v1"),
        (Kind::ProposalResolved, "payload-proposal-resolved-v1"),
        (Kind::CrossingOpened, "payload-crossing-opened-v1"),
        (Kind::CrossingEvaluated, "payload-crossing-evaluated-v1-enter"),
        (Kind::CrossingEvaluated, "payload-crossing-evaluated-v1-confirm"),
    ];
    for (kind, name) in payloads {
        let about = payload(kind.number(), &golden(name)).unwrap_or_else(|| panic!("{name}"));
        assert!(!about.fields.is_empty(), "{name}");
        assert!(about.fields.iter().all(|(_, text, _)| !text.is_empty()), "{name}: {about:?}");
    }
}

#[test]
fn what_realms_keep_has_words() {
    let [id, party] = [vec![9; 32], DID.to_bytes().to_vec()];
    let with = |tag: u8, rest: &[u8]| [&[tag], rest].concat();
    let place = with(b'r', b"board");
    let entries = [
        (Component::Realm, b"lineage".to_vec(), "state-lineage-v1"),
        (Component::Realm, b"parent".to_vec(), "state-parent-v1"),
        (Component::Realm, with(b'q', &party), "state-account-v1"),
        (Component::Room, place, "state-room-v1"),
        (Component::SagaComposer, with(b's', &id), "state-saga-v1"),
        (Component::Governance, with(b'p', &id), "state-proposal-v1"),
        (Component::Gateway, with(b'x', &id), "state-exit-v1"),
        (Component::Gateway, with(b'e', &id), "state-entry-v1"),
        (Component::Gateway, with(b'w', &id), "state-handover-v1"),
    ];
    for (component, key, name) in entries {
        let about = entry(component, &key, Some(&golden(name)));
        let about = about.unwrap_or_else(|| panic!("{name}"));
        assert!(!about.fields.is_empty(), "{name}");
        assert!(entry(component, &key, None).is_some(), "{name} has words when it is absent");
    }
}
