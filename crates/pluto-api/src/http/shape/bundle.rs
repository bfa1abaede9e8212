//! What a decision bundle proves.

use rmcp::schemars::JsonSchema;
use serde::Serialize;

/// Every check of a bundle, and what it shows.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct BundleReport {
    /// Whether all checks hold.
    pub verified: bool,
    /// The checks, in order, to the first that fails.
    pub checks: Vec<CheckShown>,
    /// What it proves.
    pub shown: Option<BundleShown>,
}

/// One check.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct CheckShown {
    /// Its name.
    pub check: &'static str,
    /// Whether it holds.
    pub holds: bool,
    /// What was found.
    pub found: String,
}

/// A decision that is proven.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct BundleShown {
    /// The decision.
    pub decision: String,
    /// Who asked.
    pub actor: String,
    /// To do what.
    pub action: String,
    /// To what.
    pub resource: String,
    /// How much of a budget.
    pub amount: u64,
    /// When.
    pub at_ms: u64,
    /// What is decided.
    pub outcome: &'static str,
    /// The rule that decided.
    pub rule: u16,
    /// Its reason.
    pub reason: String,
    /// The gas it took.
    pub gas: u64,
    /// What the author claimed.
    pub claimed: &'static str,
    /// The grants it rests on.
    pub grants: Vec<BundleGrant>,
    /// What the policy was compiled to.
    pub artifact: Option<String>,
    /// The policy.
    pub source: String,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// How the action ended.
    pub ended: Option<String>,
    /// The hash of its result.
    pub result: Option<String>,
    /// State entries it rests on.
    pub facts: usize,
    /// The state root it was judged on.
    pub judged_on: String,
    /// The realm's id.
    pub realm: String,
    /// Its name.
    pub realm_name: String,
    /// The creator, when nobody else was declared to witness.
    pub witness: Option<String>,
    /// Who signed.
    pub witnesses: AttestedShown,
    /// The checkpoint's number.
    pub checkpoint: u64,
    /// Its time.
    pub checkpoint_ms: u64,
    /// Events it covers.
    pub log_size: u64,
    /// The decision's place.
    pub position: u64,
}

/// A grant that a bundle proves.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct BundleGrant {
    /// Its id.
    pub grant: String,
    /// Who gave it.
    pub issuer: String,
    /// Who has it.
    pub delegate: String,
    /// Actions it covers.
    pub actions: Vec<String>,
    /// Resources it covers.
    pub resources: Vec<String>,
    /// When it ends.
    pub expires_ms: u64,
    /// The event that gave it.
    pub event: String,
}

/// Who vouches for a checkpoint.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct AttestedShown {
    /// Whether others than the creator were declared.
    pub declared: bool,
    /// The checkpoint that is final.
    #[serde(rename = "final")]
    pub last: CosignedShown,
    /// How the set of witnesses came from the creator to them.
    pub handovers: Vec<CosignedShown>,
}

/// A checkpoint and who signed it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct CosignedShown {
    /// Its number.
    pub checkpoint: u64,
    /// Its time.
    pub time_ms: u64,
    /// Who signed.
    pub signed_by: Vec<String>,
    /// Who could.
    pub witnesses: Vec<String>,
    /// How many it took.
    pub threshold: usize,
}
