//! How answers and errors become tool results.

use pluto_error::{Error, Kind, Result};
use rmcp::model::{CallToolResult, ContentBlock, JsonObject, MetaObject, ResourceContents};
use serde::Serialize;
use serde_json::{Value, json};

use crate::error::ApiError;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A value as structured content, with the same as text for clients that know only text.
pub(super) fn shown<T: Serialize>(value: &T) -> Result<CallToolResult> {
    let value = serde_json::to_value(value).map_err(|error| ApiError::Lost(error.to_string()))?;
    Ok(CallToolResult::structured(value))
}

/// A file as an embedded resource.
pub(super) fn file(uri: String, bytes: &[u8]) -> CallToolResult {
    let digest = blake3::hash(bytes).to_hex().to_string();
    let about = json!({ "uri": uri, "bytes": bytes.len(), "blake3": digest });
    let mut result = CallToolResult::structured(about);
    let contents =
        ResourceContents::blob(base64(bytes), uri).with_mime_type("application/octet-stream");
    result.content.push(ContentBlock::resource(contents));
    result
}

/// An error as a tool error. What is wrong with this installation stays in the log.
pub(crate) fn failed(error: &Error) -> CallToolResult {
    let code = error.code();
    let message = match error.kind() {
        Kind::Corrupt | Kind::Environment | Kind::Bug => code.public().to_owned(),
        Kind::Reject | Kind::Retry | Kind::Busy | Kind::Denied | Kind::Missing => error.to_string(),
    };
    tracing::info!(code = code.id(), error = error.chain(), "a call failed");
    CallToolResult::structured_error(json!({
        "code": code.id(),
        "kind": code.kind().as_str(),
        "message": message,
    }))
}

/// What a result says about its decision, beside what the tool said.
pub(crate) fn meta(old: Option<MetaObject>, decision: &str, recorded: bool) -> MetaObject {
    let mut fields: JsonObject = old.unwrap_or_default().0;
    fields.insert("pluto/decision".into(), Value::String(decision.to_owned()));
    fields.insert("pluto/recorded".into(), Value::Bool(recorded));
    MetaObject(fields)
}

/// Base64 with padding, RFC 4648 section 4.
pub(super) fn base64(bytes: &[u8]) -> String {
    let letter = |sextet: u32| {
        let index = usize::try_from(sextet & 63).unwrap_or_default();
        char::from(ALPHABET.get(index).copied().unwrap_or_default())
    };
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or_default());
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        out.push(letter(group >> 18));
        out.push(letter(group >> 12));
        out.push(if chunk.len() > 1 { letter(group >> 6) } else { '=' });
        out.push(if chunk.len() > 2 { letter(group) } else { '=' });
    }
    out
}
