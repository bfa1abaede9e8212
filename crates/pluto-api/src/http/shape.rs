//! What answers look like: the types that doors fill in and that the OpenAPI document shows.
//!
//! What the command line prints with `--json` is made of the same types.

mod bundle;
mod decision;
mod graph;
mod node;
mod policy;
mod realm;

pub use bundle::*;
pub use decision::*;
pub use graph::*;
pub use node::*;
pub use policy::*;
pub use realm::*;

use rmcp::schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::door::Version;

/// An object that is of no type of ours.
pub type Document = Map<String, Value>;

/// A record in words: what it is, and its fields by name, as this build knows the record.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct Words {
    /// What it is, such as `trust standing`.
    pub what: String,
    /// Its fields.
    #[serde(flatten)]
    pub fields: Document,
}

/// An answer that was read from one version of a realm.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct Dated<T> {
    /// The version.
    pub as_of: Version,
    /// The rest.
    #[serde(flatten)]
    pub inner: T,
}

/// A part of a list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct List<T> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor of the next part; null at the end.
    pub next: Option<String>,
}

/// A yes or no with its reason.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct Health {
    /// Whether it is so.
    pub ok: bool,
    /// Why, or why not.
    pub reason: String,
}

/// What this build and this configuration offer, so that a client degrades instead of failing.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct Capabilities {
    /// Always `v1`.
    pub api: &'static str,
    /// The version of the build.
    pub version: &'static str,
    /// What is there: `events`, `stream`, `intents`, `network`, …
    pub features: Vec<&'static str>,
    /// What is not there, with the reason.
    pub missing: Vec<Missing>,
    /// Bounds.
    pub limits: Limits,
}

/// Something a node does not offer.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct Missing {
    /// What.
    pub feature: &'static str,
    /// Why.
    pub reason: &'static str,
}

/// Bounds of requests.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct Limits {
    /// Most items of a list in one answer.
    pub items_max: usize,
    /// Largest JSON body in bytes.
    pub json_bytes_max: usize,
    /// Deepest nesting of a JSON body.
    pub json_depth_max: usize,
    /// Largest signed run in bytes.
    pub run_bytes_max: usize,
    /// Largest blob in one request in bytes.
    pub blob_bytes_max: usize,
}

/// A realm.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct RealmShown {
    /// Its name; empty when its genesis has no effect.
    pub name: String,
    /// The version.
    pub as_of: Version,
    /// Realm time in Unix milliseconds; 0 before the first checkpoint.
    pub realm_time_ms: u64,
    /// State entries.
    pub entries: usize,
}

/// A party of a realm.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct MemberShown {
    /// Who.
    pub did: String,
    /// The label they gave themselves.
    pub label: Option<String>,
    /// The role.
    pub role: &'static str,
    /// Whether they are shut out.
    pub banned: bool,
    /// The event that set this.
    pub event: String,
}

/// An event, and what became of it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct EventShown {
    /// Its id.
    pub event: String,
    /// The realm's id.
    pub realm: String,
    /// The kind.
    pub kind: String,
    /// Who wrote it.
    pub author: String,
    /// The label they gave themselves.
    pub label: Option<String>,
    /// The author's how-manieth event in the realm, from 0.
    pub author_seq: u64,
    /// Lamport time.
    pub lamport: u64,
    /// The author's clock in Unix milliseconds; orders nothing.
    pub wall_ms: u64,
    /// The events it stands on.
    pub parents: Vec<String>,
    /// Length of the payload.
    pub payload_bytes: u32,
    /// Its place in the canonical order.
    pub position: Option<u64>,
    /// Whether it has effect, or why not.
    pub verdict: Option<String>,
    /// The payload in words, where this build knows the kind.
    #[schemars(with = "Option<Words>")]
    pub described: Option<Value>,
}

/// An identity of a realm.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct IdentityShown {
    /// Its DID.
    pub did: String,
    /// The label it gave itself.
    pub label: Option<String>,
    /// The active key as `did:key`.
    pub key: String,
    /// The event that made it active.
    pub key_event: String,
    /// Whether it is frozen after a proven fork.
    pub frozen: bool,
    /// Its role as a member, if it is one.
    pub role: Option<&'static str>,
}

/// Trust in somebody, in parts per million.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct TrustShown {
    /// Whom.
    pub subject: String,
    /// The label they gave themselves.
    pub label: Option<String>,
    /// Whether trust flows from them.
    pub root: bool,
    /// All six as one.
    pub norm_ppm: u32,
    /// Each of the six.
    pub dimensions: Vec<TrustValue>,
}

/// One dimension of trust.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct TrustValue {
    /// `reliability`, `integrity`, `competence`, `prestige`, `vigilance`, `omega`.
    pub dimension: &'static str,
    /// The value.
    pub value_ppm: u32,
    /// The entry that proves it: component `Trust`, this key.
    pub key: String,
}

/// A state entry.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct EntryShown {
    /// The component.
    pub component: &'static str,
    /// The key in hexadecimal.
    pub key: String,
    /// The value in hexadecimal; null when there is no such entry.
    pub value: Option<String>,
    /// Key and value in words, where this build knows the record.
    #[schemars(with = "Option<Words>")]
    pub described: Option<Value>,
    /// The proof against the state root, as a file for `pluto verify` in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
}

/// An event that was written.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct WrittenShown {
    /// The event; the last one of a run.
    pub event: String,
    /// All events that were new.
    pub events: Vec<String>,
    /// Its place in the canonical order.
    pub position: u64,
    /// Whether it has effect, or why not.
    pub verdict: String,
}

/// A proof that an event is in the log of its realm.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct InclusionShown {
    /// The event.
    pub event: String,
    /// Its place.
    pub position: u64,
    /// Its verdict, which the leaf commits to.
    pub verdict: String,
    /// The leaf.
    pub leaf: String,
    /// Leaves of the log.
    pub size: u64,
    /// The log root.
    pub log_root: String,
    /// The hashes from the leaf to the root (RFC 9162).
    pub path: Vec<String>,
}

/// A blob.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct BlobShown {
    /// Its id.
    pub blob: String,
    /// Its length.
    pub bytes: u64,
}
