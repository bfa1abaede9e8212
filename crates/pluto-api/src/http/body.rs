//! What requests carry as JSON. Unknown fields are refused, so that a misspelt one does not pass for
//! one that was left out.

use std::collections::BTreeMap;

use rmcp::schemars::JsonSchema;
use serde::Deserialize;

use crate::answer::Status;
use crate::question::{ActionQuestion, Fact};

/// A record to write.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
#[serde(deny_unknown_fields)]
pub struct RecordBody {
    /// Whose key signs: a DID, or the name of a key that the node holds. Your own if missing.
    pub identity: Option<String>,
    /// The collection.
    #[schemars(length(min = 1, max = 128))]
    pub collection: String,
    /// The key in it.
    #[schemars(length(max = 256))]
    pub key: String,
    /// The value.
    #[schemars(length(max = 60_000))]
    pub value: String,
}

/// May somebody do this?
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
#[serde(deny_unknown_fields)]
pub struct CheckBody {
    /// Who: a DID, or the name of a key that the node holds. You if missing.
    pub actor: Option<String>,
    /// What is to be done.
    #[schemars(length(min = 1, max = 128))]
    pub action: String,
    /// To what.
    #[schemars(length(min = 1, max = 512))]
    pub resource: String,
    /// How much of a budget it takes.
    #[serde(default)]
    pub amount: u64,
    /// Facts that the policy may read.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 32))]
    pub context: BTreeMap<String, Fact>,
    /// A decision that escalated this very question before.
    pub escalated: Option<String>,
    /// The source of a policy that is asked instead of the one that is installed.
    pub source: Option<String>,
}

/// Something to be decided and recorded.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
#[serde(deny_unknown_fields)]
pub struct ActBody {
    /// Who acts, and whose key signs.
    pub identity: Option<String>,
    /// What is to be done.
    #[schemars(length(min = 1, max = 128))]
    pub action: String,
    /// To what.
    #[schemars(length(min = 1, max = 512))]
    pub resource: String,
    /// How much of a budget it takes.
    #[serde(default)]
    pub amount: u64,
    /// Facts that the policy may read.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 32))]
    pub context: BTreeMap<String, Fact>,
    /// A decision that escalated this very question before.
    pub escalated: Option<String>,
}

impl CheckBody {
    /// The question, unchecked.
    #[must_use]
    pub fn question(&self) -> ActionQuestion {
        let Self { action, resource, amount, context, escalated, .. } = self.clone();
        ActionQuestion { action, resource, amount, context, realm: None, escalated }
    }
}

impl ActBody {
    /// The question, unchecked.
    #[must_use]
    pub fn question(&self) -> ActionQuestion {
        let Self { action, resource, amount, context, escalated, .. } = self.clone();
        ActionQuestion { action, resource, amount, context, realm: None, escalated }
    }
}

/// How an action ended.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct CompleteBody {
    /// Whose key signs: that of who acted.
    pub identity: Option<String>,
    /// How it ended; with `code` for `exited` and `signalled`.
    #[serde(flatten)]
    pub status: Status,
    /// BLAKE3 of the result, in hexadecimal.
    #[schemars(length(min = 64, max = 64))]
    pub result_digest: String,
    /// Length of the result in bytes.
    pub result_len: u64,
}

/// An answer to a decision that was escalated.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
#[serde(deny_unknown_fields)]
pub struct ApproveBody {
    /// Whose key signs.
    pub identity: Option<String>,
    /// Yes or no.
    pub approve: bool,
}

/// A grant to give.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
#[serde(deny_unknown_fields)]
pub struct GiveBody {
    /// Whose key signs.
    pub identity: Option<String>,
    /// Who gets it: a DID, or the name of a key that the node holds.
    pub to: String,
    /// The grant it is handed on from; none for a first one.
    pub parent: Option<String>,
    /// Patterns of actions.
    #[schemars(length(min = 1, max = 16))]
    pub actions: Vec<String>,
    /// Patterns of resources.
    #[schemars(length(min = 1, max = 16))]
    pub resources: Vec<String>,
    /// Until when, in Unix milliseconds of realm time.
    pub expires_ms: u64,
    /// How often it may be handed on.
    #[serde(default)]
    pub hops: u8,
    /// What may be spent; that of the parent if missing.
    pub budget: Option<u64>,
}

/// Whose key signs.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
#[serde(deny_unknown_fields)]
pub struct IdentityBody {
    /// A DID, or the name of a key that the node holds. Your own if missing.
    pub identity: Option<String>,
}

/// The source of a policy.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
#[serde(deny_unknown_fields)]
pub struct SourceBody {
    /// ECL.
    pub source: String,
}

/// A policy to install.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
#[serde(deny_unknown_fields)]
pub struct InstallBody {
    /// Whose key signs.
    pub identity: Option<String>,
    /// ECL; empty takes the policy out of the slot.
    pub source: String,
}

/// A policy to try on the log.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
#[serde(deny_unknown_fields)]
pub struct SimulateBody {
    /// ECL with a policy named `admission`.
    pub source: String,
    /// Leaves out events written before this time, in Unix milliseconds.
    #[serde(default)]
    pub from_ms: u64,
}

/// A question to a policy.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
#[serde(deny_unknown_fields)]
pub struct ExplainBody {
    /// ECL.
    pub source: String,
    /// Which policy of it; not needed where there is one.
    pub policy: Option<String>,
    /// Facts, as a test block gives them: `action = "read"`.
    #[serde(default)]
    #[schemars(length(max = 64))]
    pub given: Vec<String>,
}

/// A mode to command.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
#[serde(deny_unknown_fields)]
pub struct ModeBody {
    /// `normal`, `degraded` or `emergency`.
    pub mode: String,
}
