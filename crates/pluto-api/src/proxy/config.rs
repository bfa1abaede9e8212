//! How calls of a server's tools are put as questions: one small TOML file, `docs/mcp.md` describes it.

use std::collections::BTreeMap;
use std::path::Path;

use pluto_error::Result;
use serde::Deserialize;

use crate::error::ApiError;

/// Longest configuration in bytes.
pub const CONFIG_BYTES_MAX: usize = 64 * 1024;
const SERVER_BYTES_MAX: usize = 64;
const CALLS_MAX: usize = 64;
const MESSAGE_BYTES: std::ops::RangeInclusive<usize> = 1024..=16 * 1024 * 1024;
const CALL_MS: std::ops::RangeInclusive<u64> = 1..=24 * 60 * 60 * 1000;

/// What stands behind the proxy, and how its tools are judged.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProxyConfig {
    /// The server's name in actions: `tool:<server>/<tool>`.
    pub server: String,
    /// Program and arguments of the server. No shell reads them.
    pub command: Vec<String>,
    /// Environment variables the server may see, beside a few that every program needs.
    #[serde(default)]
    pub env: Vec<String>,
    /// The realm that is asked; that of the desk if missing.
    pub realm: Option<String>,
    /// Tools without a rule.
    #[serde(default)]
    pub unlisted: Unlisted,
    /// The argument that names the resource, for tools without a rule that have it.
    #[serde(default = "default_argument")]
    pub argument: String,
    /// Bounds.
    #[serde(default)]
    pub limits: Limits,
    /// Rules, by tool.
    #[serde(default)]
    pub tools: BTreeMap<String, ToolRule>,
}

/// What happens to tools without a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unlisted {
    /// They are shown, and each call asks.
    #[default]
    Ask,
    /// They are not shown and cannot be called.
    Hide,
}

/// Bounds of a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Calls at once.
    pub calls_max: usize,
    /// Longest message of the server in bytes; a longer one is skipped, so the call times out.
    pub message_bytes_max: usize,
    /// Longest call in milliseconds.
    pub call_ms_max: u64,
}

/// How calls of one tool are judged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ToolRule {
    /// The resource, always this one.
    pub resource: Option<String>,
    /// The argument that names the resource; a call without it is refused.
    pub argument: Option<String>,
    /// What is put before the argument's text.
    pub prefix: String,
    /// The amount, always this one.
    pub amount: Option<u64>,
    /// The argument that is the amount; a call without it is refused.
    pub amount_argument: Option<String>,
    /// Arguments that the policy may read; every scalar one if missing.
    pub context: Option<Vec<String>>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { calls_max: 8, message_bytes_max: 1024 * 1024, call_ms_max: 60_000 }
    }
}

impl ProxyConfig {
    /// Reads a configuration.
    ///
    /// # Errors
    /// `API-0004` when it does not fit.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > CONFIG_BYTES_MAX {
            return Err(bad(format!("expected at most `{CONFIG_BYTES_MAX}` bytes")));
        }
        let config: Self = toml::from_str(text).map_err(|error| bad(error.to_string()))?;
        config.checked()
    }

    /// The default for a command: the server is named after its program.
    ///
    /// # Errors
    /// `API-0004` when there is no program, or its name cannot be that of a server.
    pub fn for_command(command: Vec<String>) -> Result<Self> {
        let program = command.first().map(Path::new).and_then(Path::file_stem);
        let server = program.and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let config = Self {
            server,
            command,
            env: Vec::new(),
            realm: None,
            unlisted: Unlisted::Ask,
            argument: default_argument(),
            limits: Limits::default(),
            tools: BTreeMap::new(),
        };
        config.checked()
    }

    /// The rule for a tool, if it has one.
    #[must_use]
    pub fn rule(&self, tool: &str) -> Option<&ToolRule> {
        self.tools.get(tool)
    }

    /// Whether a tool is shown and may be asked for.
    #[must_use]
    pub fn shows(&self, tool: &str) -> bool {
        self.unlisted == Unlisted::Ask || self.tools.contains_key(tool)
    }

    fn checked(self) -> Result<Self> {
        if !is_server_name(&self.server) {
            let server = &self.server;
            return Err(bad(format!(
                "expected letters, digits, `.`, `-` or `_` as `server`, found `{server}`"
            )));
        }
        if self.command.first().is_none_or(String::is_empty) {
            return Err(bad("expected a program in `command`".to_owned()));
        }
        let Limits { calls_max, message_bytes_max, call_ms_max } = self.limits;
        if !(1..=CALLS_MAX).contains(&calls_max) {
            return Err(bad(format!("expected 1 to {CALLS_MAX} as `limits.calls_max`")));
        }
        if !MESSAGE_BYTES.contains(&message_bytes_max) || !CALL_MS.contains(&call_ms_max) {
            let (bytes, ms) = (MESSAGE_BYTES.end(), CALL_MS.end());
            return Err(bad(format!(
                "expected 1024 to {bytes} as `limits.message_bytes_max`, 1 to {ms} as \
                 `limits.call_ms_max`"
            )));
        }
        for (tool, rule) in &self.tools {
            if rule.resource.is_some() && rule.argument.is_some() {
                return Err(bad(format!("`tools.{tool}` has both `resource` and `argument`")));
            }
            if rule.amount.is_some() && rule.amount_argument.is_some() {
                return Err(bad(format!("`tools.{tool}` has both `amount` and `amount_argument`")));
            }
        }
        Ok(self)
    }
}

fn default_argument() -> String {
    "path".to_owned()
}

fn is_server_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (1..=SERVER_BYTES_MAX).contains(&name.len()) && name.bytes().all(fits)
}

fn bad(why: String) -> pluto_error::Error {
    ApiError::BadConfig(why).into()
}

#[cfg(test)]
mod tests;
