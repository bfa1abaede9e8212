//! What the desk answers, and what it is told afterwards.

use rmcp::schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Go on.
    Allow,
    /// Do not.
    Deny,
    /// Somebody has to approve first.
    Escalate,
    /// The rules gave no answer; treat it as a denial.
    Indeterminate,
}

impl Outcome {
    /// The word used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Escalate => "escalate",
            Self::Indeterminate => "indeterminate",
        }
    }
}

/// What was decided, why, and on what knowledge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct Answer {
    /// The outcome.
    pub outcome: Outcome,
    /// The rule that decided.
    pub rule: Option<String>,
    /// Its reason, or the fault.
    pub reason: Option<String>,
    /// Ids of the grants that were used, the actor's own first.
    pub grant_path: Vec<String>,
    /// What the policy asks for besides.
    pub obligations: Vec<Obligation>,
    /// Gas that the policy took.
    pub gas: u64,
    /// The state that was asked.
    pub as_of: AsOf,
}

/// Something a policy asks for besides its outcome. Nothing here performs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct Obligation {
    /// Its kind, such as `audit`.
    pub kind: String,
    /// What it says.
    pub text: String,
}

/// On what knowledge an answer stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct AsOf {
    /// Events in the realm's order before the question.
    pub position: u64,
    /// The state root, in hexadecimal.
    pub state_root: String,
    /// The realm's time in milliseconds since 1970.
    pub realm_time_ms: u64,
    /// How much older than the desk's clock that is.
    pub age_ms: u64,
    /// Whether that is more than the desk accepts.
    pub stale: bool,
    /// The realm's id, where the desk is of no one realm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub realm: Option<String>,
}

/// A decision that is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct Receipt {
    /// Its id.
    pub decision: String,
    /// What was decided.
    #[serde(flatten)]
    pub answer: Answer,
}

/// How an action that was allowed ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct Completion {
    /// How it ended.
    #[serde(flatten)]
    pub status: Status,
    /// BLAKE3 of the result, in hexadecimal.
    pub result_digest: String,
    /// Length of the result in bytes.
    pub result_len: u64,
}

/// How an action ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
#[serde(tag = "status", content = "code", rename_all = "snake_case")]
pub enum Status {
    /// By itself; 0 is success.
    Exited(i32),
    /// By a signal.
    Signalled(i32),
    /// By the time limit.
    TimedOut,
    /// Without a result.
    Failed,
    /// It did not begin.
    NotRun,
}

impl Completion {
    /// The end of an action with these bytes as its result.
    #[must_use]
    pub fn of(status: Status, result: &[u8]) -> Self {
        let result_digest = blake3::hash(result).to_hex().to_string();
        Self { status, result_digest, result_len: u64::try_from(result.len()).unwrap_or(u64::MAX) }
    }
}

/// One thing that the desk recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct Recorded {
    /// The event, by id.
    pub event: String,
    /// The decision it is about.
    pub decision: String,
}

/// A grant that the actor has, or gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct GrantSummary {
    /// Its id.
    pub id: String,
    /// Who gave it.
    pub issuer: String,
    /// Who has it.
    pub delegate: String,
    /// The grant it was cut from.
    pub parent: Option<String>,
    /// Actions it covers.
    pub actions: Vec<String>,
    /// Resources it covers.
    pub resources: Vec<String>,
    /// When it ends, in milliseconds since 1970 of realm time.
    pub expires_ms: u64,
    /// How often it may still be handed on.
    pub hops: u8,
    /// Uses per window.
    pub rate: Option<RateSummary>,
    /// What is left of its budget.
    pub budget_left: Option<u64>,
    /// Whether it holds now, with every grant above it.
    pub active: bool,
}

/// At most so many uses in so much realm time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct RateSummary {
    /// Uses.
    pub count: u32,
    /// Length of the window in milliseconds.
    pub window_ms: u64,
}
