//! One fuzz target for every decoder that reads bytes from elsewhere.
//!
//! A target takes any bytes. Bytes that decode must be the one encoding of what they decode to, and
//! whatever is done with the value afterwards must not panic; bytes that do not decode must be refused
//! with an error. `fuzz/` runs the targets under libFuzzer, `scenarios/fuzz_smoke.rs` runs them on
//! seeded mutations of the golden files wherever the tests run.

mod agents;
mod blobs;
mod component;
mod decision;
mod door;
mod ecl;
mod engines;
mod proofs;
mod seeds;
mod storage;
mod sync;
mod text;

use std::fmt::Debug;
use std::ops::ControlFlow;
use std::sync::Arc;

use pluto_core::event::event_ids;
use pluto_core::limits::RUN_PATH_MAX;
use pluto_core::payload::{
    Attestation, ChainedCheckpoint, CheckpointSigned, Inception, MembershipChange, RealmGenesis,
    RecordDeleted, RecordPut, Recovery, RoundVote,
};
use pluto_core::run::{run_path, run_root, run_root_from_path};
use pluto_core::state::{FinalityRecord, IdentityRecord, MemberRecord, RulesRecord};
use pluto_core::traits::{
    KeyRules, KvBatch, KvStore, SignatureVerifier, SignedMessage, VisitEntry,
};
use pluto_core::trust::TrustVector;
use pluto_core::{Canonical, EventId, Header, Reader, RealmId, Run, Signature};
use pluto_decision::ActionRequest;
use pluto_decision::forks::{FreezeLifted, FreezeRecord, ProvenRecord};
use pluto_decision::payload::{ActionDecided, ApprovalGiven, ExecutionCompleted};
use pluto_decision::record::{ApprovalRecord, CompletionRecord, DecisionRecord};
use pluto_ecl::store::{Schema, TypedRecord};
use pluto_eclvm::PolicyInstalled;
use pluto_eclvm::effects::AuditRecord;
use pluto_eclvm::state::{GasRecord, JudgementRecord, ManaRecord, SlotRecord};
use pluto_eclvm::stores::{StoreState, StoredTyped};
use pluto_engines::finality::{ContradictionRecord, VotesRecord, WitnessSet as DeclaredSet};
use pluto_engines::trust::{Edge, Standing};
use pluto_error::Result;
use pluto_identity::credential::{
    CredentialIssued, CredentialRecord, CredentialRevoked, HeldRecord,
};
use pluto_identity::grant::{Grant, GrantRecord, GrantRevoked, UsageRecord};
use pluto_identity::{
    KeyChain, KeyChangeRecord, KeyRotated, RecoveryInitiated, StatementRecord, Zip215Verifier,
};
use pluto_nervous_system::event_sourcing::Footing;
use pluto_nervous_system::event_sourcing::{TILE_FORMAT, TileStore};
use pluto_node::blueprint::Blueprint;
use pluto_node::proof_file::ProofFile;
use pluto_p2p::blob::{AskPart, PartMessage};
use pluto_p2p::equivocation::Equivocation;
use pluto_p2p::finality::{Memory, WitnessSet};
use pluto_p2p::hello::Hello;
use pluto_realm::archive::{ArchiveChange, ArchivedBlob, EpochRecord, Erasure, Holds};
use pluto_realm::blueprint::{
    AttestationRecord, BlueprintAction, BlueprintRecord, DeploymentRecord, NameRecord,
};
use pluto_realm::bucket::Bucket;
use pluto_realm::final_state::HandoverRecord;
use pluto_realm::gateway::{CrossingEvaluated, CrossingOpened, EntryReceipt, ExitReceipt};
use pluto_realm::governance::{ProposalCreated, ProposalRecord, ProposalResolved, VoteCast};
use pluto_realm::hierarchy::{Lineage, ParentRecord, RealmLifecycle};
use pluto_realm::quota::{AccountRecord, QuarantineChange};
use pluto_realm::room::{RoomChange, RoomRecord};
use pluto_realm::saga::{SagaProgress, SagaRecord};
use pluto_realm::{RuleSet, StoredRecord};
use pluto_verifier_wasm::verify_any;

pub use seeds::seeds;

/// A name and what is done with the bytes. Panics are findings.
pub type Target = (&'static str, fn(&[u8]));

/// Every target. Golden files whose name begins with that of a target are its seeds.
pub const TARGETS: &[Target] = &[
    ("event", event),
    ("run", run),
    ("decision-bundle", decision::bundle),
    ("audit", decision::audit),
    ("archive-epoch", decision::epoch),
    ("realm-footing", decision::realm_footing),
    ("blueprint", canonical::<Blueprint>),
    ("action-request", canonical::<ActionRequest>),
    ("payload-action-decided", canonical::<ActionDecided>),
    ("payload-approval-given", canonical::<ApprovalGiven>),
    ("payload-attestation", canonical::<Attestation>),
    ("footing", canonical::<Footing>),
    ("payload-checkpoint-chained", canonical::<ChainedCheckpoint>),
    ("payload-checkpoint-round", canonical::<RoundVote>),
    ("payload-checkpoint-signed", canonical::<CheckpointSigned>),
    ("payload-execution-completed", canonical::<ExecutionCompleted>),
    ("payload-freeze-lifted", canonical::<FreezeLifted>),
    ("payload-grant-revoked", canonical::<GrantRevoked>),
    ("payload-grant", grant),
    ("payload-inception", canonical::<Inception>),
    ("payload-membership-change", canonical::<MembershipChange>),
    ("payload-credential-issued", canonical::<CredentialIssued>),
    ("payload-credential-revoked", canonical::<CredentialRevoked>),
    ("payload-key-rotated", canonical::<KeyRotated>),
    ("payload-recovery-initiated", canonical::<RecoveryInitiated>),
    ("payload-policy-installed", canonical::<PolicyInstalled>),
    ("payload-witnesses-declared", canonical::<DeclaredSet>),
    ("payload-realm-genesis", canonical::<RealmGenesis>),
    ("payload-realm-lifecycle", canonical::<RealmLifecycle>),
    ("payload-quarantine-change", canonical::<QuarantineChange>),
    ("payload-saga-progress", canonical::<SagaProgress>),
    ("payload-proposal-created", canonical::<ProposalCreated>),
    ("payload-proposal-resolved", canonical::<ProposalResolved>),
    ("payload-vote-cast", canonical::<VoteCast>),
    ("payload-crossing-opened", canonical::<CrossingOpened>),
    ("payload-crossing-evaluated", canonical::<CrossingEvaluated>),
    ("payload-room-change", canonical::<RoomChange>),
    ("payload-archive-change", canonical::<ArchiveChange>),
    ("payload-blueprint-action", canonical::<BlueprintAction>),
    ("payload-record-deleted", canonical::<RecordDeleted>),
    ("payload-record-put", canonical::<RecordPut>),
    ("state-approval", canonical::<ApprovalRecord>),
    ("state-completion", canonical::<CompletionRecord>),
    ("state-decision", canonical::<DecisionRecord>),
    ("state-credential", canonical::<CredentialRecord>),
    ("state-guardians", canonical::<Recovery>),
    ("state-held", canonical::<HeldRecord>),
    ("state-key-change", canonical::<KeyChangeRecord>),
    ("state-statement", canonical::<StatementRecord>),
    ("state-edge", canonical::<Edge>),
    ("state-fork", canonical::<ProvenRecord>),
    ("state-freeze", canonical::<FreezeRecord>),
    ("state-gas", canonical::<GasRecord>),
    ("state-judgement", canonical::<JudgementRecord>),
    ("state-mana", canonical::<ManaRecord>),
    ("state-slot", canonical::<SlotRecord>),
    ("state-schema", schema),
    ("state-store", canonical::<StoreState>),
    ("state-typed-record", canonical::<StoredTyped>),
    ("state-audit", canonical::<AuditRecord>),
    ("typed-record", typed_record),
    ("state-finality", canonical::<FinalityRecord>),
    ("state-votes", canonical::<VotesRecord>),
    ("state-contradiction", canonical::<ContradictionRecord>),
    ("state-grant-usage", canonical::<UsageRecord>),
    ("state-grant", canonical::<GrantRecord>),
    ("state-identity", canonical::<IdentityRecord>),
    ("state-member", canonical::<MemberRecord>),
    ("state-record", canonical::<StoredRecord>),
    ("state-rules", canonical::<RulesRecord>),
    ("state-rule-set", canonical::<RuleSet>),
    ("state-lineage", canonical::<Lineage>),
    ("state-parent", canonical::<ParentRecord>),
    ("state-account", canonical::<AccountRecord>),
    ("state-credits", canonical::<Bucket>),
    ("state-saga", canonical::<SagaRecord>),
    ("state-proposal", canonical::<ProposalRecord>),
    ("state-exit", canonical::<ExitReceipt>),
    ("state-entry", canonical::<EntryReceipt>),
    ("state-room", canonical::<RoomRecord>),
    ("state-epoch", canonical::<EpochRecord>),
    ("state-archived", canonical::<ArchivedBlob>),
    ("state-erasure", canonical::<Erasure>),
    ("state-holds", canonical::<Holds>),
    ("state-blueprint", canonical::<BlueprintRecord>),
    ("state-name", canonical::<NameRecord>),
    ("state-attestation", canonical::<AttestationRecord>),
    ("state-deployment", canonical::<DeploymentRecord>),
    ("realm-proof", decision::realm_proof),
    ("state-handover", canonical::<HandoverRecord>),
    ("state-standing", canonical::<Standing>),
    ("state-trust-vector", canonical::<TrustVector>),
    ("tile", tile),
    ("log-proof-inclusion", proofs::inclusion),
    ("log-proof-consistency", proofs::consistency),
    ("log-proof-range", proofs::range),
    ("map-proof", proofs::map),
    ("state-proof", proofs::state),
    ("merkle-delta", proofs::delta),
    ("proof-file", proof_file),
    ("sync", sync::message),
    ("sync-sketch", sync::sketch),
    ("sync-machine", sync::machine),
    ("traced-sync", sync::traced),
    ("hello", canonical::<Hello>),
    ("blob-exchange-ask", canonical::<AskPart>),
    ("blob-exchange-part", canonical::<PartMessage>),
    ("blob-machine", blobs::machine),
    ("equivocation", canonical::<Equivocation>),
    ("witness-memory", witness_memory),
    ("witness-set", canonical::<WitnessSet>),
    ("index", storage::index),
    ("log", storage::segment),
    ("text-did", text::did),
    ("text-did-key", text::did_key),
    ("text-id", text::id),
    ("text-invite", text::invite),
    ("text-pattern", text::pattern),
    ("text-http-keys", door::keys),
    ("text-http-signature", door::signature),
    ("text-http-token", door::token),
    ("text-http-trace", door::trace),
    ("text-mcp-call", agents::call),
    ("text-mcp-proxy", agents::config),
    ("text-mcp-question", agents::question),
    ("text-ratings", text::ratings),
    ("signature", signature),
    ("engines", engines::step),
    ("component", component::bytes),
    ("ecl-source", ecl::source),
    ("ecl-engines", ecl::engines),
    ("eclc", ecl::artifact),
];

/// The target of that name.
#[must_use]
pub fn target(name: &str) -> Option<Target> {
    TARGETS.iter().copied().find(|(other, _)| *other == name)
}

/// What decodes encodes to the same bytes.
fn canonical<T: Canonical + Debug>(bytes: &[u8]) {
    if let Ok(value) = T::decode(bytes) {
        assert_eq!(value.encode(), bytes, "another encoding of {value:?}");
    }
}

/// Two versions are read, one is written.
fn witness_memory(bytes: &[u8]) {
    canonical::<Memory>(bytes);
    if let Ok(memory) = Memory::read(bytes) {
        assert_eq!(Memory::read(&memory.encode()), Ok(memory));
    }
}

fn schema(bytes: &[u8]) {
    if let Ok(schema) = Schema::from_bytes(bytes) {
        assert_eq!(schema.encode(), bytes, "another encoding of {schema:?}");
    }
}

/// Records of the published schema, which has every shape.
fn typed_record(bytes: &[u8]) {
    let schema = include_bytes!("../../docs/formats/golden/state-schema-v1.bin");
    let Ok(schema) = Schema::from_bytes(schema) else { return };
    if let Ok(found) = TypedRecord::from_bytes(&schema, bytes) {
        assert_eq!(found.to_bytes(&schema).as_deref(), Some(bytes));
    }
}

fn event(bytes: &[u8]) {
    canonical::<Header>(bytes);
    if let Ok(header) = Header::decode(bytes) {
        let id = header.id();
        assert_eq!(event_ids(&[bytes]), [id], "one by one and many at once give the same id");
        assert_ne!(header.realm_of(id), RealmId::ZERO);
    }
}

fn run(bytes: &[u8]) {
    let Ok(run) = Run::decode(bytes) else { return };
    assert_eq!(run.encode(), bytes);
    let ids: Vec<EventId> = run.events.iter().map(|event| event.id).collect();
    let root = run_root(&ids);
    for (index, event) in run.events.iter().enumerate() {
        assert_eq!(event.id, event.header.id());
        let path = run_path(&ids, index);
        assert!(path.len() <= RUN_PATH_MAX);
        assert_eq!(run_root_from_path(event.id, index, ids.len(), &path), Some(root));
    }
    assert!(Run::signing_message(&run.events).is_some());
    for event in &run.events {
        let inception = pluto_core::payload::inception_of(event);
        assert!(
            inception.is_none() || event.header.author_seq == 0,
            "only a first event proves a key"
        );
        let named = KeyChain.named(event);
        assert!(named.len() <= 16 && KeyChain.check(event, &[]).is_err());
        assert!(KeyChain.own_key(event).is_none_or(|key| KeyChain.key_of(event) == Some(key)));
    }
}

/// A grant that decodes has one encoding, and covers itself.
fn grant(bytes: &[u8]) {
    canonical::<Grant>(bytes);
    let Ok(grant) = Grant::decode(bytes) else { return };
    assert!(grant.actions.iter().chain(&grant.resources).all(|one| one.covers(one)));
}

/// A stored tile: `version · 256 places`.
fn tile(bytes: &[u8]) {
    let store = Arc::new(OneValue(bytes.to_vec()));
    if let Ok(places) = TileStore::new(RealmId::ZERO, store).places(0) {
        let mut again = vec![TILE_FORMAT.version];
        places.iter().for_each(|place| place.encode_into(&mut again));
        assert_eq!(again, bytes);
    }
}

/// `key 32 · signature 64 · message`: alone and in a batch, the answer is the same.
fn signature(bytes: &[u8]) {
    let mut input = Reader::new(bytes);
    let (Ok(key), Ok(signature)) = (input.array(), input.array()) else { return };
    let signed =
        SignedMessage { key, message: input.rest().to_vec(), signature: Signature(signature) };
    let alone = Zip215Verifier.verify(std::slice::from_ref(&signed));
    let twice = Zip215Verifier.verify(&[signed.clone(), signed]);
    assert_eq!(twice, [alone.as_slice(), &alone].concat());
}

/// A proof file that decodes has one encoding, and is verified or refused.
fn proof_file(bytes: &[u8]) {
    let report = verify_any(bytes);
    let Ok(file) = ProofFile::decode(bytes) else { return };
    assert_eq!(file.encode(), bytes, "a second encoding");
    if let Ok(shown) = file.verify(&Zip215Verifier) {
        assert!(shown.proof.verify(&shown.root).is_ok());
        assert!(report.holds, "the browser's verifier refuses what holds: {report:?}");
    }
}

/// A store that answers every question with one value.
struct OneValue(Vec<u8>);

impl KvStore for OneValue {
    fn get(&self, _key: &[u8]) -> Result<Option<Vec<u8>>> {
        Ok(Some(self.0.clone()))
    }

    fn apply(&self, _batch: &KvBatch) -> Result<()> {
        Ok(())
    }

    fn scan(&self, prefix: &[u8], visit: &mut VisitEntry<'_>) -> Result<()> {
        let (ControlFlow::Continue(()) | ControlFlow::Break(())) = visit(prefix, &self.0);
        Ok(())
    }

    fn flush(&self) -> Result<()> {
        Ok(())
    }
}
