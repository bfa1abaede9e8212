//! The published bytes of events, runs, payloads, state records and checkpoints.
//!
//! Every file was written once. Today's code must write the same bytes from the same values, read them
//! back to those values, and find the ids that the pages state. Keys are made from seeds of equal
//! bytes, so that another implementation can repeat everything.

mod archive;
mod borders;
mod decisions;
mod realm;

use std::path::PathBuf;
use std::sync::Arc;

use pluto_core::event::payload_hash;
use pluto_core::payload::{
    Admission, Attestation, ChainedCheckpoint, CheckpointSigned, Inception, MembershipAction,
    MembershipChange, RealmGenesis, RecordDeleted, RecordPut, Recovery, Role, RoundVote,
    inception_of,
};
use pluto_core::policy::{Gas, Value as PolicyValue};
use pluto_core::state::{FinalityRecord, IdentityRecord, MemberRecord, RulesRecord};
use pluto_core::traits::{EventLog, KvBatch, KvStore, SignatureVerifier, SignedMessage};
use pluto_core::trust::{Dimension, TrustVector};
use pluto_core::{
    Canonical, Class, Did, Digest, Event, EventId, Header, Kind, Namespace, RealmId, Run, Signature,
};
use pluto_ecl::store::{Field, Index, Schema, Shape, TypedRecord};
use pluto_eclvm::effects::AuditRecord;
use pluto_eclvm::state::{GasRecord, JudgementRecord, ManaRecord, SlotRecord};
use pluto_eclvm::stores::{StoreState, StoredTyped};
use pluto_eclvm::{ExecutionMode, PolicyInstalled, Vm};
use pluto_engines::finality::{ContradictionRecord, Vote, VotesRecord, WitnessSet};
use pluto_engines::trust::{Edge, Standing};
use pluto_identity::credential::{
    CredentialIssued, CredentialRecord, CredentialRevoked, Held, HeldRecord,
};
use pluto_identity::grant::{
    Grant, GrantId, GrantRecord, GrantRevoked, Rate, UsageRecord, grant_id,
};
use pluto_identity::{
    Authority, IdentitySecret, KeyChangeRecord, KeyRotated, RecoveryInitiated, Rotation,
    SecretSeed, StatementRecord, Zip215Verifier, sign_run,
};
use pluto_nervous_system::Composer;
use pluto_nervous_system::event_sourcing::TileStore;
use pluto_realm::StoredRecord;
use pluto_storage::LogOptions;
use pluto_tests::{MemoryNode, Store};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/formats")
}

fn read(name: &str) -> Vec<u8> {
    let path = folder().join("golden").join(name);
    std::fs::read(path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn page(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap()
}

/// The identity whose seed is 32 times `byte`.
fn somebody(byte: u8) -> IdentitySecret {
    IdentitySecret::from_seed(SecretSeed::from([byte; 32]), Namespace::Person, Rotation::Committed)
}

fn did(byte: u8) -> Did {
    Did { namespace: Namespace::Guild, id: [byte; 32] }
}

fn header() -> Header {
    Header {
        realm: RealmId([0x11; 32]),
        author: Did { namespace: Namespace::Spirit, id: [0x22; 32] },
        key_ref: EventId([0x33; 32]),
        author_seq: 5,
        prev: Some(EventId([0x44; 32])),
        parents: vec![EventId([0x44; 32]), EventId([0x55; 32])].into(),
        lamport: 9,
        wall_ms: 1_700_000_000_000,
        kind: Kind::RecordPut.number(),
        payload_version: 1,
        payload_len: 5,
        payload_hash: payload_hash(b"hello"),
    }
}

fn genesis() -> RealmGenesis {
    RealmGenesis {
        name: "golden".into(),
        admission: Admission::Open,
        trust_roots: Vec::new(),
        creator: somebody(6).inception().clone(),
    }
}

fn put(key: u8, value: &[u8]) -> RecordPut {
    RecordPut { collection: "notes".into(), key: vec![key], value: value.to_vec() }
}

/// A realm with a run by its creator, one by somebody who joins, and three records under one signature,
/// the second of which is erased.
fn realm() -> (Composer, [Run; 3]) {
    let (creator, author) = (somebody(6), somebody(7));
    let (mut composer, opened) = Composer::genesis(&genesis(), 1_000);
    let joined = composer.inception(author.inception(), 2_000);
    let mut write = |key, value| {
        composer.compose(author.did(), Kind::RecordPut, &put(key, value).encode(), 3_000)
    };
    let (first, mut erased, last) = (write(1, b"draft"), write(2, b"secret"), write(1, b"public"));
    erased.payload = None;
    let runs = [
        sign_run(&creator.key_pair(), vec![opened]).unwrap(),
        sign_run(&author.key_pair(), vec![joined]).unwrap(),
        sign_run(&author.key_pair(), vec![first, erased, last]).unwrap(),
    ];
    (composer, runs)
}

/// Names and bytes of the small golden files.
fn small() -> Vec<(&'static str, Vec<u8>)> {
    let (_, [opening, joining, run]) = realm();
    let first = opening.events[0].header.encode();
    let mut all = vec![
        ("event-v1.bin", header().encode()),
        ("event-v1-genesis.bin", first),
        ("run-v1-genesis.bin", opening.encode()),
        ("run-v1-join.bin", joining.encode()),
        ("run-v1.bin", run.encode()),
    ];
    all.extend(payloads());
    all.extend(records());
    all.extend(identities());
    all.extend(decisions::files());
    all.extend(realm::files());
    all.extend(archive::files());
    all
}

fn inception() -> Inception {
    Inception {
        namespace: Namespace::Spirit,
        key: [0x0a; 32],
        next_key_digest: Some(Digest([0x0b; 32])),
        recovery: Some(Recovery { threshold: 2, delay_h: 72, guardians: vec![did(1), did(2)] }),
    }
}

fn payloads() -> Vec<(&'static str, Vec<u8>)> {
    let genesis = RealmGenesis {
        admission: Admission::Invite,
        trust_roots: vec![did(3), did(4)],
        creator: inception(),
        name: "Köln".into(),
    };
    let change =
        MembershipChange { subject: did(5), action: MembershipAction::Assign, role: Role::Admin };
    let word = Attestation { subject: did(5), dimension: Dimension::Vigilance, value: -3 };
    let checkpoint = CheckpointSigned {
        number: 1,
        time_ms: 1_700_000_000_000,
        size: 4,
        event_set_root: Digest([1; 32]),
        log_root: Digest([2; 32]),
        state_root: Digest([3; 32]),
    };
    let witnesses = WitnessSet::new([did(3), did(1), did(2)], None).unwrap();
    let deleted = RecordDeleted { collection: "notes".into(), key: vec![2] };
    let installed = PolicyInstalled { slot: "admission".into(), artifact: vec![1, 2, 3] };
    vec![
        ("payload-inception-v1.bin", inception().encode()),
        ("payload-inception-v1-plain.bin", somebody(6).inception().encode()),
        ("payload-realm-genesis-v1.bin", genesis.encode()),
        ("payload-membership-change-v1.bin", change.encode()),
        ("payload-record-put-v1.bin", put(2, b"public").encode()),
        ("payload-record-deleted-v1.bin", deleted.encode()),
        ("payload-attestation-v1.bin", word.encode()),
        ("payload-checkpoint-signed-v1.bin", checkpoint.encode()),
        (
            "payload-checkpoint-chained-v2.bin",
            ChainedCheckpoint { checkpoint: checkpoint.clone(), extends: Digest([9; 32]) }.encode(),
        ),
        (
            "payload-checkpoint-round-v3.bin",
            RoundVote {
                chained: ChainedCheckpoint { checkpoint, extends: Digest([9; 32]) },
                round: 2,
                commits: true,
            }
            .encode(),
        ),
        ("payload-policy-installed-v1.bin", installed.encode()),
        ("payload-witnesses-declared-v1.bin", witnesses.encode()),
        ("payload-grant-v1.bin", grant().encode()),
        ("payload-grant-v1-first.bin", first_grant().encode()),
        ("payload-grant-revoked-v1.bin", GrantRevoked { grant: GrantId([7; 32]) }.encode()),
    ]
}

/// A grant with everything.
fn grant() -> Grant {
    Grant {
        nonce: [0x0c; 16],
        parent: Some(GrantId([7; 32])),
        delegate: did(5),
        actions: vec!["db:read".parse().unwrap(), "mail:*".parse().unwrap()],
        resources: vec!["prod/Köln/**".parse().unwrap()],
        expires_ms: 1_700_000_000_000,
        hops: 2,
        rate: Some(Rate { count: 10, window_ms: 3_600_000 }),
        budget: Some(500),
        approvers: vec![did(1), did(2)],
        factor_ppm: 900_000,
    }
}

/// A grant with as little as possible.
fn first_grant() -> Grant {
    Grant {
        parent: None,
        actions: vec!["*".parse().unwrap()],
        resources: vec!["**".parse().unwrap()],
        hops: 0,
        rate: None,
        budget: None,
        approvers: vec![],
        factor_ppm: 1_000_000,
        ..grant()
    }
}

/// What a witness signed.
fn votes() -> VotesRecord {
    let vote = |number, byte| {
        let (checkpoint, event) = (Digest([byte; 32]), EventId([0x66; 32]));
        Vote { number, checkpoint, event }
    };
    VotesRecord(vec![vote(2, 1), vote(5, 2)])
}

fn records() -> Vec<(&'static str, Vec<u8>)> {
    let (event, author) = (EventId([0x66; 32]), did(5));
    let next_key_digest = Some(Digest([0x0b; 32]));
    let identity =
        IdentityRecord { key: [0x0a; 32], key_event: event, next_key_digest, frozen: false };
    let rules = RulesRecord {
        name: "golden".into(),
        admission: Admission::Open,
        creator: author,
        trust_roots: vec![author],
        extended: false,
    };
    let finality = FinalityRecord { number: 1, time_ms: 1_700_000_000_000, event };
    let contradiction = ContradictionRecord { number: 3, events: [event, EventId([0x77; 32])] };
    let standing = Standing { day: 1, flow: 2, spent: 3, pos: 4, neg: 5, gain: 6 };
    let gas = Gas { network: 10, compute: 20, storage: 5, realm: 1 };
    let judgement =
        JudgementRecord { outcome: 3, fault: 2, rule: 0, gas, artifact: Digest([9; 32]) };
    let edge = Edge { day: 1, contribution: -2, vouched: 3, event };
    let given = GrantRecord {
        issuer: author,
        event,
        depth: 1,
        revoked: Some(EventId([0x77; 32])),
        grant: grant(),
    };
    let schema = schema();
    let fields = vec![PolicyValue::Text("Ann".into()), PolicyValue::Option(None)];
    let typed = StoredTyped {
        version: 2,
        minor: 1,
        author,
        event,
        fields: schema.encode_fields(&fields).unwrap(),
    };
    let audit = AuditRecord {
        slot: "admission".into(),
        fields: vec![("amount".into(), "5".into()), ("why".into(), "\"asked\"".into())],
    };
    vec![
        ("state-grant-v1.bin", given.encode()),
        ("state-grant-usage-v1.bin", UsageRecord { window: 1, count: 2, spent: 3 }.encode()),
        ("typed-record-v1.bin", TypedRecord { version: 2, fields }.to_bytes(&schema).unwrap()),
        ("state-schema-v1.bin", schema.encode()),
        ("state-store-v1.bin", StoreState { version: 2, declared: true }.encode()),
        ("state-typed-record-v1.bin", typed.encode()),
        ("state-audit-v1.bin", audit.encode()),
        ("state-identity-v1.bin", identity.encode()),
        ("state-member-v1.bin", MemberRecord { role: Role::Admin, banned: false, event }.encode()),
        ("state-rules-v1.bin", rules.encode()),
        ("state-finality-v1.bin", finality.encode()),
        ("state-votes-v1.bin", votes().encode()),
        ("state-contradiction-v1.bin", contradiction.encode()),
        ("state-record-v1.bin", StoredRecord { author, event, value: b"public".into() }.encode()),
        ("state-standing-v1.bin", standing.encode()),
        ("state-edge-v1.bin", edge.encode()),
        ("state-slot-v1.bin", SlotRecord { artifact: Digest([9; 32]), event }.encode()),
        ("state-judgement-v1.bin", judgement.encode()),
        ("state-mana-v1.bin", ManaRecord { level_milli: 9_985_000, at_ms: 7 }.encode()),
        ("state-gas-v1.bin", GasRecord { window: 1, used: 42, total: [1, 2, 3, 4] }.encode()),
        ("state-trust-vector-v1.bin", TrustVector([0, 1, 2, 3, 4, 1_000_000]).encode()),
    ]
}

/// What is said and known about keys and credentials.
fn identities() -> Vec<(&'static str, Vec<u8>)> {
    let (key, event) = ([0x0c; 32], EventId([0x66; 32]));
    let next_key_digest = Some(Digest([0x0d; 32]));
    let authority = Authority::Rotation(Signature([0x0e; 64]));
    let rotated = KeyRotated { key, next_key_digest, authority };
    let statements = vec![EventId([1; 32]), EventId([2; 32])];
    let authority = Authority::Recovery { inception: inception(), statements };
    let recovered = KeyRotated { key, next_key_digest: None, authority };
    let (subject, guardian, issuer) = (inception().did(), did(1), did(5));
    let said = RecoveryInitiated { subject, key, next_key_digest, at_ms: 1_700_000_000_000 };
    let change = KeyChangeRecord { owner: subject, key, replaced: event, recovered: true };
    let (key_event, from_ms) = (event, 1_700_000_000_000);
    let statement = StatementRecord { guardian, subject, key, next_key_digest, key_event, from_ms };
    let schema = "iso9001/auditor".to_owned();
    let issued = CredentialIssued { subject, schema, claims: Digest([7; 32]), expires_ms: from_ms };
    let revoked = CredentialRevoked { credential: event };
    let credential = CredentialRecord { issuer, revoked: None, issued: issued.clone() };
    let held = HeldRecord(vec![Held { credential: event, issuer, expires_ms: from_ms }]);
    vec![
        ("payload-key-rotated-v1.bin", rotated.encode()),
        ("payload-key-rotated-v1-recovery.bin", recovered.encode()),
        ("payload-recovery-initiated-v1.bin", said.encode()),
        ("payload-credential-issued-v1.bin", issued.encode()),
        ("payload-credential-revoked-v1.bin", revoked.encode()),
        ("state-key-change-v1.bin", change.encode()),
        ("state-statement-v1.bin", statement.encode()),
        ("state-guardians-v1.bin", inception().recovery.unwrap().encode()),
        ("state-credential-v1.bin", credential.encode()),
        ("state-held-v1.bin", held.encode()),
    ]
}

/// Every shape once, a field and an index that came later, and an index that went.
fn schema() -> Schema {
    let field = |name: &str, shape, since| Field { name: name.into(), shape, default: None, since };
    let parts = [
        Shape::Bool,
        Shape::Int,
        Shape::Fixed,
        Shape::Time,
        Shape::Duration,
        Shape::Did,
        Shape::Symbol,
        Shape::Trust,
        Shape::Enum(vec!["low".into(), "high".into()]),
        Shape::Set(vec!["low".into(), "high".into()]),
    ];
    let parts = parts.into_iter().zip('a'..).map(|(shape, name)| (name.to_string(), shape));
    let everything = Shape::Option(Box::new(Shape::Record(parts.collect())));
    let later = Field { default: Some(PolicyValue::Option(None)), ..field("rest", everything, 1) };
    let indexes = vec![
        Index { field: 0, added: 0, removed: Some(1) },
        Index { field: 0, added: 1, removed: None },
    ];
    Schema { version: 2, minor: 1, fields: vec![field("name", Shape::Text(64), 0), later], indexes }
}

/// The realm above with 306 events: one full tile, and state in five components.
fn long_realm() -> (RealmId, Vec<Run>) {
    let (mut composer, short) = realm();
    let (creator, author) = (somebody(6), somebody(7));
    let mut runs = short.to_vec();
    for part in 0..10_u8 {
        let events = (0..30_u8).map(|number| {
            let put = put(number, &[part, number]);
            composer.compose(author.did(), Kind::RecordPut, &put.encode(), 4_000)
        });
        runs.push(sign_run(&author.key_pair(), events.collect()).unwrap());
    }
    let praise = Attestation { subject: author.did(), dimension: Dimension::Integrity, value: 10 };
    let event = composer.compose(creator.did(), Kind::Attestation, &praise.encode(), 5_000);
    runs.push(sign_run(&creator.key_pair(), vec![event]).unwrap());
    (composer.realm(), runs)
}

/// What a node that folded the long realm leaves in its store.
fn stored() -> (RealmId, Store) {
    let (realm, runs) = long_realm();
    let store = Store::default();
    let node = MemoryNode::open(&store, 5_000).unwrap();
    node.write(&runs).unwrap();
    node.system.stop().unwrap();
    (realm, store)
}

/// Key of a tile, of a chunk of a blob, or of a manifest (`docs/formats/checkpoint.md`).
fn key(tag: u8, realm: Option<RealmId>, numbers: &[u64]) -> Vec<u8> {
    let mut key = vec![tag];
    key.extend(realm.iter().flat_map(|realm| realm.0));
    key.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
    key
}

/// The manifest of today, and the one of version 1 over the same blob.
const MANIFESTS: [&str; 2] = ["checkpoint-manifest-v2.bin", "checkpoint-manifest-v1-blob-v2.bin"];

fn places(realm: RealmId, manifest: &'static str) -> [(&'static str, Vec<u8>); 3] {
    [
        ("tile-v2.bin", key(b't', Some(realm), &[0])),
        ("checkpoint-v2.bin", key(b'c', Some(realm), &[1, 0])),
        (manifest, key(b'm', None, &[1])),
    ]
}

/// The manifest with another end of the log: where that is depends on the log's own format.
fn with_log_end(manifest: &[u8], log_end: u64) -> Vec<u8> {
    [&manifest[..9], &log_end.to_be_bytes(), &manifest[17..]].concat()
}

/// The first file of every store.
fn format_file() -> (&'static str, Vec<u8>) {
    let dir = tempfile::tempdir().unwrap();
    drop(pluto_storage::Store::open(dir.path(), LogOptions::default()).unwrap());
    ("store-v1.txt", std::fs::read(dir.path().join("FORMAT")).unwrap())
}

/// Name and bytes of the golden files that a node wrote.
fn written() -> Vec<(&'static str, Vec<u8>)> {
    let (realm, store) = stored();
    let value = |key: Vec<u8>| store.kv.get(&key).unwrap().unwrap();
    let [tile, blob, manifest] = places(realm, MANIFESTS[0]).map(|(name, key)| (name, value(key)));
    vec![tile, blob, (manifest.0, with_log_end(&manifest.1, 0))]
}

#[test]
#[ignore = "writes the golden files; run it only when a format gets a new version"]
fn write_golden_files() {
    for (name, bytes) in small().into_iter().chain([format_file()]).chain(written()) {
        std::fs::write(folder().join("golden").join(name), bytes).unwrap();
    }
}

#[test]
fn todays_code_writes_the_golden_bytes() {
    for (name, bytes) in small().into_iter().chain([format_file()]).chain(written()) {
        assert!(read(name) == bytes, "{name}");
    }
}

#[test]
fn todays_code_reads_the_golden_bytes() {
    assert_eq!(Header::decode(&read("event-v1.bin")).unwrap(), header());
    let (_, [opening, joining, run]) = realm();
    assert_eq!(Run::decode(&read("run-v1-genesis.bin")).unwrap(), opening);
    assert_eq!(Run::decode(&read("run-v1-join.bin")).unwrap(), joining);
    assert_eq!(Run::decode(&read("run-v1.bin")).unwrap(), run);
    let plain = Inception::decode(&read("payload-inception-v1-plain.bin")).unwrap();
    assert_eq!(plain, *somebody(6).inception());
}

#[test]
fn the_golden_runs_carry_the_keys_that_signed_them() {
    let decoded = |name| Run::decode(&read(name)).unwrap();
    let key = |run: &Run| inception_of(&run.events[0]).unwrap().key;
    for (name, carrier) in [
        ("run-v1-genesis.bin", "run-v1-genesis.bin"),
        ("run-v1-join.bin", "run-v1-join.bin"),
        ("run-v1.bin", "run-v1-join.bin"),
    ] {
        let (run, key) = (decoded(name), key(&decoded(carrier)));
        let message = Run::signing_message(&run.events).unwrap();
        let signed = SignedMessage { key, message, signature: run.signature };
        assert_eq!(Zip215Verifier.verify(&[signed]), [true], "{name}");
    }
}

#[test]
fn the_pages_state_the_ids() {
    let (_, [opening, _, run]) = realm();
    let event = page("event.md");
    let ids = [header().id(), opening.events[0].id];
    assert!(ids.iter().all(|id| event.contains(&id.to_string())), "event.md: {ids:?}");
    let message = Run::signing_message(&run.events).unwrap();
    let root = Digest(*message.last_chunk().unwrap());
    let listed = page("run.md");
    let ids: Vec<_> = run.events.iter().map(|event: &Event| event.id).collect();
    assert!(ids.iter().all(|id| listed.contains(&id.to_string())), "run.md: {ids:?}");
    assert!(listed.contains(&root.to_string()), "run.md: {root}");
    let names = [inception().did(), somebody(6).did()];
    let listed = page("payloads.md");
    assert!(names.iter().all(|did| listed.contains(&did.to_string())), "payloads.md: {names:?}");
    let grants = [grant(), first_grant()].map(|one| grant_id(RealmId([0x11; 32]), did(4), &one));
    assert!(grants.iter().all(|id| listed.contains(&id.to_string())), "payloads.md: {grants:?}");
}

#[test]
fn the_page_of_kinds_is_the_table_of_the_code() {
    let page = page("kinds.md");
    let rows: Vec<Vec<&str>> = page
        .lines()
        .map(|line| line.split('|').map(str::trim).collect::<Vec<_>>())
        .filter(|cells| cells.len() == 8 && cells[1].parse::<u16>().is_ok())
        .collect();
    assert_eq!(rows.len(), Kind::ALL.len());
    for (kind, cells) in Kind::ALL.iter().zip(rows) {
        let class = match kind.class() {
            Class::Authoritative => "authoritative",
            Class::Journal => "journal",
            Class::NodeLocal => "node-local",
            Class::Telemetry => "telemetry",
        };
        let critical = if kind.is_critical() { "yes" } else { "" };
        let number = kind.number().0.to_string();
        let expected = [&number, kind.as_str(), class, kind.component().as_str(), critical];
        assert_eq!(cells[1..6], expected);
        assert_eq!(!cells[6].is_empty(), has_engine(*kind), "{kind:?}");
    }
}

fn has_engine(kind: Kind) -> bool {
    let vm = Vm::new(ExecutionMode::Legacy, None).unwrap();
    let engines = pluto_decision::rules(&Arc::new(vm)).engines;
    engines.iter().any(|engine| engine.kinds().contains(&kind))
}

#[test]
fn a_node_opens_from_the_golden_checkpoint() {
    let (realm, whole) = stored();
    let expected = MemoryNode::open(&whole, 5_000).unwrap().roots(realm).unwrap();
    assert_eq!(expected.position, 306);
    for manifest in MANIFESTS {
        let store = Store { log: whole.log.clone(), ..Store::default() };
        let mut batch = KvBatch::default();
        for (name, key) in places(realm, manifest) {
            let end = store.log.reader().end().0;
            let bytes = if key[0] == b'm' { with_log_end(&read(name), end) } else { read(name) };
            batch.writes.push((key, Some(bytes)));
        }
        store.kv.apply(&batch).unwrap();
        let node = MemoryNode::open(&store, 5_000).unwrap();
        assert_eq!((node.recovery.from_checkpoint, node.recovery.replayed), (306, 0));
        assert_eq!(node.roots(realm), Some(expected), "{manifest}");
        let outline = node.system.outline(realm).unwrap();
        assert_eq!((outline.events, outline.root), (306, expected.state), "{manifest}");
        assert_eq!(node.system.shard_stats().readers.folded, 0, "{manifest}");
        let kv: Arc<dyn KvStore> = store.kv.clone();
        let first = TileStore::new(realm, kv).places(0).unwrap();
        assert_eq!(first[0].id, EventId(realm.0));
    }
    assert!(page("checkpoint.md").contains(&expected.state.to_string()), "{}", expected.state);
}
