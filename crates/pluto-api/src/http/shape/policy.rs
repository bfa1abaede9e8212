//! Policies: compiled, asked, installed, tried.

use rmcp::schemars::JsonSchema;
use serde::Serialize;

use super::Document;

/// Gas by layer.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct GasShown {
    /// Of the network.
    pub network: u32,
    /// Of computing.
    pub compute: u32,
    /// Of the store.
    pub storage: u32,
    /// Of the realm.
    pub realm: u32,
}

/// A place in a source.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct SpanShown {
    /// The file.
    pub file: String,
    /// Where it begins.
    pub start: PointShown,
    /// Where it ends.
    pub end: PointShown,
}

/// A point in a source.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct PointShown {
    /// Bytes before it.
    pub byte: u32,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
}

/// What is wrong with a source.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct DiagnosticShown {
    /// The code.
    pub code: &'static str,
    /// `error` or `warning`.
    pub severity: &'static str,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub span: SpanShown,
    /// What is there.
    pub label: String,
    /// Other places that matter.
    pub labels: Vec<LabelShown>,
    /// More about it.
    pub notes: Vec<String>,
    /// What would mend it.
    pub fixes: Vec<FixShown>,
}

/// A place with a word about it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct LabelShown {
    /// The place.
    pub span: SpanShown,
    /// The word.
    pub text: String,
}

/// What would mend a source.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct FixShown {
    /// What is done.
    pub title: String,
    /// Where.
    pub span: SpanShown,
    /// What to put there.
    pub replacement: String,
}

/// A policy.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct PolicyShown {
    /// Its name.
    pub name: String,
    /// What it is of.
    pub kind: &'static str,
    /// What it is told.
    pub parameters: Vec<ParameterShown>,
    /// Its rules.
    pub rules: Vec<RuleShown>,
    /// The gas it takes at most.
    pub gas_max: GasShown,
}

/// A parameter of a policy.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct ParameterShown {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
}

/// A rule of a policy.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct RuleShown {
    /// Its number, from 1.
    pub number: usize,
    /// The word it begins with.
    pub statement: &'static str,
    /// Its reason.
    pub reason: String,
    /// Where it stands.
    pub span: SpanShown,
}

/// A policy of a realm.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct InstalledShown {
    /// Its slot.
    pub slot: String,
    /// The names of the policies in it.
    pub policies: Vec<String>,
    /// The gas they take at most.
    pub gas_max: u64,
    /// What it was compiled to.
    pub artifact: String,
    /// The event that installed it.
    pub event: String,
}

/// A slot with its source.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct SlotShown {
    /// The slot.
    pub slot: String,
    /// What the source was compiled to.
    pub artifact: String,
    /// The event that installed it.
    pub event: String,
    /// Length of the artifact.
    pub bytes: usize,
    /// The policies in it.
    pub policies: Vec<PolicyShown>,
    /// The source.
    pub source: String,
}

/// What a proposed policy would have said.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct SimulatedShown {
    /// Events that were judged.
    pub judged: u64,
    /// Those that would be judged otherwise.
    pub changed: u64,
    /// The first of them.
    pub changes: Vec<ChangeShown>,
}

/// An event that would be judged otherwise.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct ChangeShown {
    /// The event.
    pub event: String,
    /// Its kind.
    pub kind: String,
    /// The verdict now.
    pub now: String,
    /// The verdict then.
    pub proposed: String,
}

/// A source that does not compile.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct RefusedSource {
    /// Always false.
    pub compiled: bool,
    /// Why.
    pub diagnostics: Vec<DiagnosticShown>,
}

/// What a source compiles to.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct MadeShown {
    /// Always true.
    pub compiled: bool,
    /// What is to be said about it.
    pub diagnostics: Vec<DiagnosticShown>,
    /// The artifact's id.
    pub artifact: String,
    /// Its length.
    pub bytes: usize,
    /// The policies in it.
    pub policies: Vec<PolicyShown>,
}

/// What a policy answers.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct DecidedShown {
    /// The policy.
    pub policy: Option<String>,
    /// `allow`, `deny`, `escalate` or `indeterminate`.
    pub outcome: &'static str,
    /// The rule that decided, from 1; 0 for the end of the policy.
    pub rule: u16,
    /// The word it begins with.
    pub statement: Option<&'static str>,
    /// Its reason.
    pub reason: Option<String>,
    /// Where it stands.
    pub span: Option<SpanShown>,
    /// The gas it took.
    pub gas: GasShown,
    /// The gas it takes at most.
    pub gas_max: GasShown,
    /// What the policy asks for besides.
    pub effects: Vec<EffectShown>,
    /// Why it gave no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<&'static str>,
    /// How long an approval may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<i64>,
    /// What holds when none comes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fallback: Option<&'static str>,
}

/// What a policy asks for besides its outcome.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct EffectShown {
    /// Its kind.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// What it says.
    pub fields: Document,
}

/// What a policy answers, and why.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct ExplainedShown {
    /// The answer.
    #[serde(flatten)]
    pub decided: DecidedShown,
    /// The conditions on the way.
    pub conditions: Vec<ConditionShown>,
    /// Checks that are not shown.
    pub left_out: usize,
}

/// What a policy answers in both modes, and why.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct AnsweredShown {
    /// The answer and the way to it.
    #[serde(flatten)]
    pub explained: ExplainedShown,
    /// Always true.
    pub compiled: bool,
    /// The answer of each mode.
    pub modes: ModesShown,
    /// Whether they are the same.
    pub modes_agree: bool,
    /// The same for people.
    pub text: String,
}

/// The answer of each mode.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct ModesShown {
    /// Of the interpreter.
    pub legacy: DecidedShown,
    /// Of the compiled code.
    pub wasm: DecidedShown,
}

/// A condition on the way to an answer.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct ConditionShown {
    /// The rule; none for the condition of an `if`.
    pub rule: Option<u16>,
    /// The condition.
    pub source: String,
    /// Whether it held; unknown where it was at fault.
    pub held: Option<bool>,
    /// What was compared.
    pub checks: Vec<String>,
}

/// What a source compiles to, or why it does not.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
#[serde(untagged)]
pub enum CompiledShown {
    /// It does.
    Made(MadeShown),
    /// It does not.
    Refused(RefusedSource),
}

/// What a policy that is tried answers, or why there is none.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
#[serde(untagged)]
pub enum TriedShown {
    /// It was asked.
    Answered(Box<AnsweredShown>),
    /// It does not compile.
    Refused(RefusedSource),
}
