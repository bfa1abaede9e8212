//! What can be asked of a node, one variant for each route that reads or writes.
//!
//! Names and ids come bounded and are otherwise any text; whoever implements the door parses them.

use axum::body::Bytes;

use super::body::{
    ActBody, ApproveBody, CheckBody, CompleteBody, ExplainBody, GiveBody, IdentityBody,
    InstallBody, ModeBody, RecordBody, SimulateBody, SourceBody,
};

/// Most items of a list in one answer.
pub const ITEMS_MAX: usize = 1_000;
/// Items of a list where nothing is said.
pub const ITEMS: usize = 100;

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Where the last part ended, as the door said; none for the beginning.
    pub after: Option<Vec<u8>>,
    /// Most items.
    pub limit: usize,
}

/// One question or command.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "fields are what the routes call them")]
pub enum Ask {
    /// Whether the node lives.
    Live,
    /// Whether it takes writes.
    Ready,
    /// What this build and this configuration offer.
    Capabilities,
    /// What the node holds.
    Status,
    /// Figures, in the text format of Prometheus.
    Metrics,
    /// The realms.
    Realms(Page),
    /// One realm.
    Realm { realm: String },
    /// Its members.
    Members { realm: String, page: Page },
    /// What its parties used of their quotas.
    Quotas { realm: String, page: Page },
    /// Its policies.
    Policies { realm: String, page: Page },
    /// One policy with its source.
    Policy { realm: String, slot: String },
    /// Events in canonical order.
    Events { realm: String, page: Page, newest: bool },
    /// One event.
    Event { event: String },
    /// The proof that it is in the log.
    EventProof { event: String },
    /// The signed run it came in, as bytes.
    EventRun { event: String },
    /// A record to write by a key that the node holds.
    Record { realm: String, body: RecordBody },
    /// What the owner of the node calls its own identities.
    Names(Page),
    /// Identities of a realm.
    Identities { realm: String, page: Page },
    /// One identity.
    Identity { realm: String, did: String },
    /// What an identity wrote.
    History { realm: String, did: String, page: Page },
    /// The most trusted, and the least.
    Ranking { realm: String, dimension: Option<String>, limit: usize },
    /// The six values of somebody.
    Trust { realm: String, did: String },
    /// Every attestation behind a value.
    Why { realm: String, did: String, dimension: Option<String>, limit: usize },
    /// Roots, and the components that hold something.
    State { realm: String },
    /// Entries of a component.
    Entries { realm: String, component: String, page: Page },
    /// One entry, and the proof of it.
    Entry { realm: String, component: String, key: String, prove: bool },
    /// What would be decided.
    Check { realm: String, body: CheckBody },
    /// Decides and records.
    Act { realm: String, body: ActBody },
    /// Records how an action ended.
    Complete { decision: String, body: CompleteBody },
    /// Answers a decision that was escalated.
    Approve { decision: String, body: ApproveBody },
    /// What agents were allowed, and what they did.
    Decisions { realm: String, page: Page },
    /// Grants.
    Grants { realm: String, of: Option<String>, page: Page },
    /// One grant with its chain.
    Grant { realm: String, grant: String },
    /// Gives a grant.
    Give { realm: String, body: GiveBody },
    /// Takes a grant back.
    Revoke { realm: String, grant: String, body: IdentityBody },
    /// The file that proves a decision.
    Bundle { decision: String },
    /// Checks a bundle, or any other file with a proof in it.
    Verify { file: Bytes },
    /// Compiles a policy.
    Compile(SourceBody),
    /// Puts a policy into a slot.
    Install { realm: String, slot: String, body: InstallBody },
    /// Folds the log by a proposed policy.
    Simulate { realm: String, body: SimulateBody },
    /// Asks a policy, and has it explain itself.
    Explain(ExplainBody),
    /// The graph of components.
    Graph,
    /// What a change in one component bears on.
    Impact { component: String },
    /// The final checkpoints of a realm, and who signs the next.
    Checkpoints { realm: String },
    /// Signs a checkpoint.
    Sign { realm: String, body: IdentityBody },
    /// Peers.
    Peers,
    /// How the events here compare with those of peers.
    Sync,
    /// Compares now.
    SyncNow,
    /// Blobs.
    Blobs(Page),
    /// How long a blob is.
    BlobAbout { blob: String },
    /// Some bytes of a blob.
    Blob { blob: String, from: u64, to: u64 },
    /// Stores a blob.
    Keep { bytes: Bytes },
    /// The mode.
    Mode,
    /// Commands a mode.
    SetMode(ModeBody),
    /// Writes a checkpoint to the disk.
    Save,
}
