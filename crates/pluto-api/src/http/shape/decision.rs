//! Events and decisions in full: how they were judged, what was granted, what a bundle shows.

use rmcp::schemars::JsonSchema;
use serde::Serialize;

use super::{EventShown, GasShown};
use crate::answer::RateSummary;

/// An event in full.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct EventDetail {
    /// The event.
    #[serde(flatten)]
    pub event: EventShown,
    /// How policies judged it.
    pub judgements: Vec<JudgementShown>,
    /// The event that brought its key.
    pub key_ref: String,
    /// The event before by the same author.
    pub prev: Option<String>,
    /// The version of the payload's format.
    pub payload_version: u8,
    /// The hash of the payload.
    pub payload_hash: String,
    /// The payload in hexadecimal; null when it is not here.
    pub payload: Option<String>,
    /// Why the payload was erased; null when it was not, and may come yet where it is not here.
    pub erased: Option<String>,
}

/// How a policy judged an event.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct JudgementShown {
    /// The policy.
    pub policy: String,
    /// `allow`, `deny`, `escalate`, or `fault …`.
    pub outcome: String,
    /// The rule that decided, from 1; 0 for the end of the policy.
    pub rule: u16,
    /// Its reason.
    pub reason: Option<String>,
    /// Where it stands.
    pub line: Option<usize>,
    /// The line.
    pub text: Option<String>,
    /// The gas it took.
    pub gas: GasShown,
    /// The mana that the gas costs.
    pub mana_min: u64,
    /// What the policy was compiled to.
    pub artifact: String,
}

/// One event of the story of agents.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct ToldShown {
    /// The event.
    pub event: String,
    /// Its kind.
    pub kind: &'static str,
    /// Who.
    pub author: String,
    /// The author's clock.
    pub wall_ms: u64,
    /// What they did, in words.
    pub what: String,
    /// What came of it, in words.
    pub outcome: String,
    /// Whether it has effect, or why not.
    pub verdict: String,
}

/// A grant, its use and its standing.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct GrantShown {
    /// Its id.
    pub grant: String,
    /// Who gave it.
    pub issuer: String,
    /// The event that gave it.
    pub event: String,
    /// How often it was handed on before.
    pub depth: u8,
    /// The event that took it back.
    pub revoked_by: Option<String>,
    /// What it allows.
    pub described: GrantWords,
    /// Uses in this window, where its rate is limited.
    pub used_in_window: Option<u32>,
    /// What was spent of its budget.
    pub spent: Option<u64>,
    /// Whether it holds now.
    pub valid: bool,
    /// Why it does not.
    pub refusal: Option<RefusalShown>,
}

/// What a grant allows.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct GrantWords {
    /// The grant it was cut from.
    pub parent: Option<String>,
    /// Who has it.
    pub delegate: String,
    /// Actions it covers.
    pub actions: Vec<String>,
    /// Resources it covers.
    pub resources: Vec<String>,
    /// When it ends.
    pub expires_ms: u64,
    /// How often it may be handed on.
    pub hops: u8,
    /// Uses per window.
    pub rate: Option<RateSummary>,
    /// What may be spent.
    pub budget: Option<u64>,
    /// Who approves what is escalated.
    pub approvers: Vec<String>,
    /// How much of the issuer's trust goes with it.
    pub factor_ppm: u32,
}

/// Why a grant does not hold.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct RefusalShown {
    /// The number of the reason.
    pub number: u8,
    /// The grant it is about.
    pub grant: String,
    /// The reason.
    pub message: String,
}

/// A grant with what is above and below it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct GrantDetail {
    /// The grant.
    #[serde(flatten)]
    pub grant: GrantShown,
    /// Realm time in Unix milliseconds.
    pub realm_time_ms: u64,
    /// From the first grant to this one.
    pub chain: Vec<GrantShown>,
    /// What was cut from it.
    pub below: Vec<GrantShown>,
}
