//! The six tools: names, schemas, and what each asks the desk.

use std::any::Any;
use std::sync::Arc;

use pluto_error::Result;
use rmcp::handler::server::common::schema_for_type;
use rmcp::model::{CallToolResult, JsonObject, Tool, ToolAnnotations};
use rmcp::schemars::JsonSchema;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::reply::{file, shown};
use crate::answer::{Completion, Status};
use crate::desk::BoundedDesk;
use crate::error::ApiError;
use crate::question::{ActionQuestion, checked_id};

const DIGEST_HEX: usize = 64;

#[derive(Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
struct Complete {
    /// The decision that allowed the action.
    #[schemars(length(min = 1, max = 128))]
    decision: String,
    /// How the action ended: `{"status": "exited", "code": 0}` is success.
    #[serde(flatten)]
    status: Status,
    /// BLAKE3 of the result, 64 hexadecimal digits; that of nothing if missing.
    #[schemars(length(min = 64, max = 64))]
    result_digest: Option<String>,
    /// Length of the result in bytes.
    #[serde(default)]
    result_len: u64,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
#[serde(deny_unknown_fields)]
struct Grants {
    /// Name or id of the realm; that of the desk if missing.
    #[schemars(length(min = 1, max = 128))]
    realm: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
#[serde(deny_unknown_fields)]
struct Prove {
    /// The decision to prove.
    #[schemars(length(min = 1, max = 128))]
    decision: String,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
#[serde(deny_unknown_fields)]
struct Approve {
    /// The decision that was escalated.
    #[schemars(length(min = 1, max = 128))]
    decision: String,
    /// Whether it may be done.
    approve: bool,
}

/// What is offered.
pub(super) fn list() -> Vec<Tool> {
    vec![
        tool::<ActionQuestion>("check", "May I do this? Asks without recording anything.", true),
        tool::<ActionQuestion>(
            "act",
            "Decides whether an action may be done now and records the decision. Do it only when the \
             outcome is `allow`.",
            false,
        ),
        tool::<Complete>("complete", "Records how an action that was allowed ended, once.", false),
        tool::<Grants>("grants", "Lists what this agent was granted.", true),
        tool::<Prove>("prove", "Gives the file that proves a decision, verified offline.", true),
        tool::<Approve>(
            "approve",
            "Answers a decision that was escalated. Nobody can approve their own.",
            false,
        ),
    ]
}

/// Calls the tool of that name, if there is one.
pub(super) async fn call(
    desk: &BoundedDesk,
    name: &str,
    arguments: JsonObject,
) -> Option<Result<CallToolResult>> {
    Some(match name {
        "check" => check(desk, arguments).await,
        "act" => act(desk, arguments).await,
        "complete" => complete(desk, arguments).await,
        "grants" => grants(desk, arguments).await,
        "prove" => prove(desk, arguments).await,
        "approve" => approve(desk, arguments).await,
        _ => return None,
    })
}

fn tool<T: JsonSchema + Any>(name: &'static str, about: &'static str, reads: bool) -> Tool {
    let mut schema = (*schema_for_type::<T>()).clone();
    for text in ["title", "description"] {
        schema.remove(text);
    }
    let hints = ToolAnnotations::new().read_only(reads).destructive(false).open_world(false);
    Tool::new(name, about, Arc::new(schema)).with_annotations(hints)
}

fn arguments_of<T: DeserializeOwned>(tool: &'static str, arguments: JsonObject) -> Result<T> {
    let parsed = serde_json::from_value(Value::Object(arguments));
    Ok(parsed.map_err(|error| ApiError::BadArguments { tool, why: error.to_string() })?)
}

async fn check(desk: &BoundedDesk, arguments: JsonObject) -> Result<CallToolResult> {
    let question = arguments_of::<ActionQuestion>("check", arguments)?.checked()?;
    shown(&desk.ask(move |desk| desk.check(&question)).await?)
}

async fn act(desk: &BoundedDesk, arguments: JsonObject) -> Result<CallToolResult> {
    let question = arguments_of::<ActionQuestion>("act", arguments)?.checked()?;
    shown(&desk.ask(move |desk| desk.act(&question)).await?)
}

async fn complete(desk: &BoundedDesk, arguments: JsonObject) -> Result<CallToolResult> {
    let asked = arguments_of::<Complete>("complete", arguments)?;
    checked_id(&asked.decision)?;
    let mut completion = Completion::of(asked.status, b"");
    match asked.result_digest {
        Some(digest) => {
            completion.result_digest = checked_digest(digest)?;
            completion.result_len = asked.result_len;
        }
        None if asked.result_len > 0 => {
            let why = "`result_len` needs a `result_digest`".to_owned();
            return Err(ApiError::BadArguments { tool: "complete", why }.into());
        }
        None => {}
    }
    shown(&desk.ask(move |desk| desk.complete(&asked.decision, &completion)).await?)
}

fn checked_digest(digest: String) -> Result<String> {
    let digits = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if digest.len() == DIGEST_HEX && digest.bytes().all(digits) {
        return Ok(digest);
    }
    let expected = format!("`{DIGEST_HEX}` lower-case hexadecimal digits");
    let found = format!("`{}` bytes", digest.len());
    Err(ApiError::BadQuestion { what: "the digest", expected, found }.into())
}

async fn grants(desk: &BoundedDesk, arguments: JsonObject) -> Result<CallToolResult> {
    let asked = arguments_of::<Grants>("grants", arguments)?;
    asked.realm.as_deref().map(checked_id).transpose()?;
    let grants = desk.ask(move |desk| desk.grants(asked.realm.as_deref())).await?;
    shown(&serde_json::json!({ "grants": grants }))
}

async fn prove(desk: &BoundedDesk, arguments: JsonObject) -> Result<CallToolResult> {
    let asked = arguments_of::<Prove>("prove", arguments)?;
    checked_id(&asked.decision)?;
    let uri = format!("pluto:decision:{}", asked.decision);
    let bytes = desk.ask(move |desk| desk.prove(&asked.decision)).await?;
    Ok(file(uri, &bytes))
}

async fn approve(desk: &BoundedDesk, arguments: JsonObject) -> Result<CallToolResult> {
    let asked = arguments_of::<Approve>("approve", arguments)?;
    checked_id(&asked.decision)?;
    shown(&desk.ask(move |desk| desk.approve(&asked.decision, asked.approve)).await?)
}
