//! Realms: rules, quotas, identities, trust, roots, checkpoints.

use rmcp::schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{IdentityShown, Words};

/// A realm in full.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct RealmDetail {
    /// Its name, if its genesis has effect.
    pub name: Option<String>,
    /// The rules of its genesis, in words.
    #[schemars(with = "Option<Words>")]
    pub rules: Option<Value>,
    /// The rules it has beside, its own and its parents'.
    pub declared: Vec<String>,
    /// The root of its log.
    pub log_root: String,
    /// The root over the components.
    pub component_tree_root: String,
    /// Realm time in Unix milliseconds; 0 before the first checkpoint.
    pub realm_time_ms: u64,
    /// State entries.
    pub entries: usize,
    /// The events that none stands on.
    pub heads: Vec<String>,
    /// The border before which nothing moves.
    pub border: Option<BorderShown>,
    /// The checkpoint that is final beside the border: no writes.
    pub rival: Option<String>,
}

/// A border: nothing before it moves any more.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct BorderShown {
    /// The number of its checkpoint.
    pub number: u64,
    /// The checkpoint's time.
    pub time_ms: u64,
    /// The place.
    pub position: u64,
    /// The checkpoint.
    pub checkpoint: String,
}

/// What a party used of what the rules limit.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct QuotaShown {
    /// The party.
    pub did: String,
    /// By resource.
    pub buckets: Vec<BucketShown>,
}

/// One resource.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct BucketShown {
    /// Which.
    pub resource: &'static str,
    /// What is left.
    pub left: u64,
    /// What was used.
    pub spent: u64,
}

/// An identity with its document.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct IdentityDetail {
    /// The identity.
    #[serde(flatten)]
    pub identity: IdentityShown,
    /// Its W3C DID document.
    pub document: DidDocument,
}

/// A W3C DID document (DID Core 1.0).
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct DidDocument {
    /// Where its words are defined.
    #[serde(rename = "@context")]
    pub context: Vec<&'static str>,
    /// The DID.
    pub id: String,
    /// The active key.
    #[serde(rename = "verificationMethod")]
    pub verification_method: Vec<MethodShown>,
    /// Keys that show who it is.
    pub authentication: Vec<String>,
    /// Keys that it says things with.
    #[serde(rename = "assertionMethod")]
    pub assertion_method: Vec<String>,
    /// Keys that it acts with.
    #[serde(rename = "capabilityInvocation")]
    pub capability_invocation: Vec<String>,
    /// Keys that it hands rights on with.
    #[serde(rename = "capabilityDelegation")]
    pub capability_delegation: Vec<String>,
}

/// A key of a DID document (Multikey).
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct MethodShown {
    /// Its id.
    pub id: String,
    /// Always `Multikey`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Whose it is.
    pub controller: String,
    /// The key.
    #[serde(rename = "publicKeyMultibase")]
    pub public_key: String,
}

/// The most trusted, and the least.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct RankingShown {
    /// In what.
    pub dimension: &'static str,
    /// When.
    pub realm_time_ms: u64,
    /// How many there are.
    pub ranked: usize,
    /// The most trusted.
    pub top: Vec<RankedShown>,
    /// The least.
    pub bottom: Vec<RankedShown>,
}

/// A place in a ranking.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct RankedShown {
    /// Who.
    pub did: String,
    /// The label they gave themselves.
    pub label: Option<String>,
    /// The value.
    pub value_ppm: u32,
}

/// Every attestation behind a value.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct WhyShown {
    /// Whose.
    pub subject: String,
    /// Which.
    pub dimension: &'static str,
    /// The value.
    pub value_ppm: u32,
    /// What praise adds.
    pub praise_ppm: u64,
    /// What complaints take.
    pub complaint_ppm: u64,
    /// Whether trust flows from them.
    pub root: bool,
    /// How many attested.
    pub attesters: usize,
    /// The entry that proves the value.
    pub entry: EntryPlace,
    /// What was attested, the weightiest first.
    pub reasons: Vec<ReasonShown>,
}

/// Where a state entry is.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct EntryPlace {
    /// The component.
    pub component: &'static str,
    /// The key in hexadecimal.
    pub key: String,
}

/// One attestation.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct ReasonShown {
    /// By whom.
    pub attester: String,
    /// What was said, -1 to 1.
    pub value: i8,
    /// What it contributes.
    pub contribution_ppm: i64,
    /// What stands behind it.
    pub vouched_ppm: u64,
    /// Its event.
    pub event: String,
    /// The entry that proves it.
    pub entry: EntryPlace,
}

/// The roots of a version.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct StateShown {
    /// The realm's id.
    pub realm: String,
    /// Events in its order.
    pub position: u64,
    /// The state root.
    pub state_root: String,
    /// The root of the log.
    pub log_root: String,
    /// The root over the components.
    pub component_tree_root: String,
    /// Realm time in Unix milliseconds.
    pub realm_time_ms: u64,
    /// Every component that holds something.
    pub components: Vec<ComponentRoot>,
}

/// A component that holds something.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct ComponentRoot {
    /// Its name.
    pub component: &'static str,
    /// Its entries.
    pub entries: usize,
    /// The root over them.
    pub root: String,
}

/// Who witnesses, and what is final.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct CheckpointsShown {
    /// Who witnesses.
    #[serde(flatten)]
    pub set: WitnessesShown,
    /// Who will.
    pub next: Option<WitnessesShown>,
    /// The last final checkpoint.
    pub checkpoint: Option<FinalCheckpoint>,
    /// The identity by which this node signs without being told.
    pub signs_by_itself: Option<String>,
    /// The border.
    pub border: Option<BorderShown>,
    /// The checkpoint that is final beside the border.
    pub rival: Option<String>,
    /// The border, if what stands before it here is not what was signed there.
    pub signed_otherwise: Option<BorderShown>,
    /// Checkpoints on the way to be final.
    pub open: Vec<OpenCheckpoint>,
}

/// Witnesses.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct WitnessesShown {
    /// Who.
    pub witnesses: Vec<String>,
    /// How many of them it takes.
    pub threshold: usize,
}

/// A final checkpoint.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct FinalCheckpoint {
    /// Its number.
    pub number: u64,
    /// Its time.
    pub time_ms: u64,
    /// The event that made it final.
    pub event: String,
}

/// A checkpoint that is not final yet.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct OpenCheckpoint {
    /// Its number.
    pub number: u64,
    /// Events it covers.
    pub events: u64,
    /// Its hash.
    pub checkpoint: String,
    /// How many signed.
    pub signatures: usize,
}
