//! The proxy: stands between an agent and another MCP server and lets a call through when the desk
//! allows it.
//!
//! 1. `tools/list` goes through unchanged, but for tools that the configuration hides.
//! 2. `tools/call` becomes a question ([`mapping`]); the desk decides and records ([`Desk::act`]).
//! 3. Allowed: the call goes on, and the digest of its result is recorded ([`Desk::complete`]).
//!    Otherwise the agent gets a tool error with outcome, rule, reason and decision.
//! 4. Escalated: the same call again, once somebody has approved, goes through.
//!
//! Nothing else goes through: no resources, no prompts, no notifications, no requests of the server.

pub mod config;
pub mod mapping;
mod upstream;
mod waiting;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pluto_error::{Code, Result};
use rmcp::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ErrorData, Implementation, JsonObject,
    ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig,
};
use rmcp::service::{RequestContext, RoleServer, ServiceError};
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::answer::{Completion, Outcome, Receipt, Status};
use crate::codes;
use crate::desk::{BoundedDesk, Desk};
use crate::error::ApiError;
use crate::mcp::{failed, meta};
use crate::question::ActionQuestion;
use config::ProxyConfig;
use upstream::{Client, Upstream};
use waiting::Waiting;

/// A server with a desk before it.
pub struct Proxy {
    face: ProxyFace,
    upstream: Upstream,
}

/// What an agent sees of a [`Proxy`].
#[derive(Clone)]
pub struct ProxyFace(Arc<Shared>);

struct Shared {
    desk: BoundedDesk,
    config: ProxyConfig,
    client: Client,
    about: ServerConfig,
    calls: Semaphore,
    waiting: Mutex<Waiting>,
}

impl Proxy {
    /// Starts the configured server behind a proxy.
    ///
    /// # Errors
    /// `API-0005` or `API-0003` when the server cannot be started or does not speak MCP.
    pub async fn start(desk: Arc<dyn Desk>, config: ProxyConfig) -> Result<Self> {
        let upstream = Upstream::start(&config).await?;
        Ok(Self::before(desk, config, upstream))
    }

    /// Stands before a server at the other end of two streams; [`ProxyConfig::command`] is not run.
    ///
    /// # Errors
    /// `API-0005` or `API-0003` when it does not speak MCP.
    pub async fn over<R, W>(
        desk: Arc<dyn Desk>,
        config: ProxyConfig,
        read: R,
        write: W,
    ) -> Result<Self>
    where
        R: tokio::io::AsyncRead + Send + Unpin + 'static,
        W: tokio::io::AsyncWrite + Send + Unpin + 'static,
    {
        let upstream = Upstream::greet(read, write, config.limits).await?;
        Ok(Self::before(desk, config, upstream))
    }

    fn before(desk: Arc<dyn Desk>, config: ProxyConfig, upstream: Upstream) -> Self {
        let info = upstream.info();
        let mut about = ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("pluto", env!("CARGO_PKG_VERSION")));
        about.instructions = info.as_ref().and_then(|info| info.instructions.clone());
        if let Some(server) = info.and_then(|info| info.server_info) {
            about.server_info = server;
        }
        let face = ProxyFace(Arc::new(Shared {
            desk: BoundedDesk::new(desk),
            client: upstream.client(),
            calls: Semaphore::new(config.limits.calls_max),
            config,
            about,
            waiting: Mutex::default(),
        }));
        Self { face, upstream }
    }

    /// What to serve to the agent.
    #[must_use]
    pub fn face(&self) -> ProxyFace {
        self.face.clone()
    }

    /// Waits until calls under way have ended and are recorded, then lets the server go.
    pub async fn stop(self) {
        let shared = &self.face.0;
        let all = u32::try_from(shared.config.limits.calls_max).unwrap_or(u32::MAX);
        let call = Duration::from_millis(shared.config.limits.call_ms_max);
        let desk = Duration::from_millis(2 * crate::desk::ANSWER_MS_MAX);
        if timeout(call + desk, shared.calls.acquire_many(all)).await.is_err() {
            tracing::error!("calls were under way when the proxy ended");
        }
        self.upstream.stop().await;
    }
}

impl ServerHandler for ProxyFace {
    fn get_info(&self) -> ServerConfig {
        self.0.about.clone()
    }

    async fn list_tools(
        &self,
        page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let shared = &self.0;
        let crowded = |_| ErrorData::internal_error(codes::CROWDED.public(), None);
        let _place = shared.calls.try_acquire().map_err(crowded)?;
        let limit = Duration::from_millis(shared.config.limits.call_ms_max);
        let mut listed = match timeout(limit, shared.client.tools(page)).await {
            Ok(Ok(listed)) => listed,
            Ok(Err(ServiceError::McpError(error))) => return Err(error),
            Ok(Err(_)) | Err(_) => {
                return Err(ErrorData::internal_error(codes::UPSTREAM.public(), None));
            }
        };
        listed.tools.retain(|tool| shared.config.shows(&tool.name));
        Ok(listed)
    }

    async fn call_tool(
        &self,
        call: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let shared = Arc::clone(&self.0);
        // A task of its own: an agent that hangs up does not keep an outcome from the record.
        let called = tokio::spawn(async move { shared.called(call).await });
        let result = called.await.map_err(|lost| ApiError::Lost(lost.to_string()).into());
        Ok(result.and_then(|result| result).unwrap_or_else(|error| failed(&error)).into())
    }
}

impl Shared {
    async fn called(&self, call: CallToolRequestParams) -> Result<CallToolResult> {
        let crowded = |_| ApiError::Crowded(self.config.limits.calls_max);
        let _place = self.calls.try_acquire().map_err(crowded)?;
        let tool = call.name.into_owned();
        if !self.config.shows(&tool)
            || call.input_responses.is_some()
            || call.request_state.is_some()
        {
            let why = "it is not offered here, or continues a call that is not".to_owned();
            return Err(
                ApiError::NotMapped { tool: tool.escape_debug().take(128).collect(), why }.into()
            );
        }
        let arguments = call.arguments.unwrap_or_default();
        let question = mapping::question(&self.config, &tool, &arguments)?;
        let receipt = self.decided(&question).await?;
        match receipt.answer.outcome {
            Outcome::Allow => Ok(self.done(receipt.decision, tool, arguments).await),
            Outcome::Deny | Outcome::Indeterminate => {
                Ok(stopped(&receipt, codes::NOT_ALLOWED, "the action is not allowed"))
            }
            Outcome::Escalate => Ok(stopped(
                &receipt,
                codes::ESCALATED,
                "the action waits for an approval; make the same call again once it is given",
            )),
        }
    }

    /// Asks the desk, and remembers what waits for an approval.
    async fn decided(&self, question: &ActionQuestion) -> Result<Receipt> {
        let mut asked = question.clone();
        asked.escalated = self.waiting().decision(question);
        let receipt = self.desk.ask(move |desk| desk.act(&asked)).await?;
        match receipt.answer.outcome {
            Outcome::Escalate => self.waiting().put(question.clone(), receipt.decision.clone()),
            Outcome::Allow | Outcome::Deny | Outcome::Indeterminate => {
                self.waiting().forget(question);
            }
        }
        Ok(receipt)
    }

    /// Makes the call and records how it ended. It was made: whatever fails here, the agent hears so.
    async fn done(&self, decision: String, tool: String, arguments: JsonObject) -> CallToolResult {
        let limit = Duration::from_millis(self.config.limits.call_ms_max);
        let called = timeout(limit, self.client.call(tool, arguments)).await;
        let (status, mut result) = match called {
            Ok(Ok(result)) if result.is_error == Some(true) => (Status::Exited(1), result),
            Ok(Ok(result)) => (Status::Exited(0), result),
            Ok(Err(ServiceError::McpError(error))) => {
                let said = error.message.into_owned();
                (Status::Failed, failed(&ApiError::Refused(said).into()))
            }
            Ok(Err(error)) => {
                (Status::Failed, failed(&ApiError::Upstream(error.to_string()).into()))
            }
            Err(_) => {
                let after_ms = self.config.limits.call_ms_max;
                let late = ApiError::TimedOut { what: "the call", after_ms };
                (Status::TimedOut, failed(&late.into()))
            }
        };
        let bytes = match status {
            Status::Exited(_) => result_bytes(&result),
            Status::Signalled(_) | Status::TimedOut | Status::Failed | Status::NotRun => Vec::new(),
        };
        let completion = Completion::of(status, &bytes);
        let about = decision.clone();
        let recorded = self.desk.ask(move |desk| desk.complete(&about, &completion)).await;
        if let Err(error) = &recorded {
            let error = error.chain();
            tracing::error!(decision, error, "the outcome of a call is not recorded");
        }
        result.meta = Some(meta(result.meta.take(), &decision, recorded.is_ok()));
        result
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What of a result is digested: content, structured content and whether it is an error, as one JSON
/// object with sorted keys and no spaces.
#[must_use]
pub fn result_bytes(result: &CallToolResult) -> Vec<u8> {
    let said = json!({
        "content": result.content,
        "isError": result.is_error == Some(true),
        "structuredContent": result.structured_content,
    });
    mapping::canonical(&said)
}

/// The tool error of a call that did not go through.
fn stopped(receipt: &Receipt, code: Code, message: &str) -> CallToolResult {
    let answer = &receipt.answer;
    let because = [("rule", &answer.rule), ("reason", &answer.reason)];
    let because =
        because.iter().filter_map(|(what, text)| Some(format!("; {what}: {}", (*text).as_ref()?)));
    let because: String = because.collect();
    let said = json!({
        "code": code.id(),
        "kind": code.kind().as_str(),
        "message": format!("{message}{because}; decision: {}", receipt.decision),
        "outcome": answer.outcome.as_str(),
        "rule": answer.rule,
        "reason": answer.reason,
        "decision": receipt.decision,
    });
    let mut result = CallToolResult::structured_error(said);
    result.meta = Some(meta(None, &receipt.decision, true));
    result
}

#[cfg(test)]
mod tests;
