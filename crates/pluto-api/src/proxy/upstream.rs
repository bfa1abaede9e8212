//! The server behind the proxy: a child process that speaks MCP over its standard streams.
//!
//! It gets an argument list and never a shell, sees only the environment it was allowed, and is asked
//! for nothing but tools. As a client, the proxy offers it nothing in return.

use std::process::Stdio;
use std::time::Duration;

use pluto_error::Result;
use rmcp::model::{
    CallToolRequestParams, CallToolResult, JsonObject, ListToolsResult, PaginatedRequestParams,
    ServerPeerInfo,
};
use rmcp::service::{RoleClient, RunningService, ServiceError};
use rmcp::transport::async_rw::AsyncRwTransport;
use rmcp::{Peer, ServiceExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::config::{Limits, ProxyConfig};
use crate::error::ApiError;

/// What every program needs of its environment.
const ENVIRONMENT: &[&str] = &["PATH", "HOME", "LANG", "LC_ALL", "TERM", "TMPDIR", "USER"];
const START_MAX: Duration = Duration::from_secs(30);
const STOP_MAX: Duration = Duration::from_secs(2);

/// A server that answers.
pub(super) struct Upstream {
    service: RunningService<RoleClient, ()>,
    child: Option<Child>,
}

impl Upstream {
    /// Starts the configured command and greets it.
    pub(super) async fn start(config: &ProxyConfig) -> Result<Self> {
        let (mut command, program) = command(config)?;
        let spawned = command.spawn();
        let mut child = spawned
            .map_err(|error| ApiError::Upstream(format!("cannot start `{program}`: {error}")))?;
        let (Some(read), Some(write)) = (child.stdout.take(), child.stdin.take()) else {
            return Err(ApiError::Upstream(format!("`{program}` has no streams")).into());
        };
        let mut upstream = Self::greet(read, write, config.limits).await?;
        upstream.child = Some(child);
        Ok(upstream)
    }

    /// Greets a server at the other end of two streams.
    pub(super) async fn greet<R, W>(read: R, write: W, limits: Limits) -> Result<Self>
    where
        R: AsyncRead + Send + Unpin + 'static,
        W: AsyncWrite + Send + Unpin + 'static,
    {
        let transport = AsyncRwTransport::<RoleClient, _, _>::new_client(read, write)
            .with_max_line_length(limits.message_bytes_max);
        let after_ms = u64::try_from(START_MAX.as_millis()).unwrap_or(u64::MAX);
        let late = |_| ApiError::TimedOut { what: "the start of the server", after_ms };
        let greeted = timeout(START_MAX, ().serve(transport)).await.map_err(late)?;
        let service = greeted.map_err(|error| ApiError::Upstream(error.to_string()))?;
        Ok(Self { service, child: None })
    }

    /// What the server says about itself.
    pub(super) fn info(&self) -> Option<ServerPeerInfo> {
        self.service.peer_info().map(|info| (*info).clone())
    }

    pub(super) fn client(&self) -> Client {
        Client(self.service.peer().clone())
    }

    /// Hangs up; a server that does not leave is killed.
    pub(super) async fn stop(mut self) {
        let _ = self.service.close_with_timeout(STOP_MAX).await;
        if let Some(mut child) = self.child.take()
            && timeout(STOP_MAX, child.wait()).await.is_err()
        {
            let _ = child.kill().await;
        }
    }
}

/// The way to ask the server.
#[derive(Clone)]
pub(super) struct Client(Peer<RoleClient>);

impl Client {
    pub(super) async fn tools(
        &self,
        page: Option<PaginatedRequestParams>,
    ) -> Result<ListToolsResult, ServiceError> {
        self.0.list_tools(page).await
    }

    /// Calls a tool: its name and its arguments go on, nothing else that the agent sent.
    pub(super) async fn call(
        &self,
        tool: String,
        arguments: JsonObject,
    ) -> Result<CallToolResult, ServiceError> {
        self.0.call_tool(CallToolRequestParams::new(tool).with_arguments(arguments)).await
    }
}

fn command(config: &ProxyConfig) -> Result<(Command, &str)> {
    let Some((program, arguments)) = config.command.split_first() else {
        return Err(ApiError::BadConfig("expected a program in `command`".to_owned()).into());
    };
    let mut command = Command::new(program);
    command.args(arguments).env_clear().kill_on_drop(true);
    let allowed = ENVIRONMENT.iter().copied().chain(config.env.iter().map(String::as_str));
    command.envs(allowed.filter_map(|name| Some((name, std::env::var_os(name)?))));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    // Ctrl-C in a terminal reaches the proxy alone, which then lets calls under way end.
    command.process_group(0);
    Ok((command, program))
}
