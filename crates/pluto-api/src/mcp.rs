//! The MCP server of a desk: six tools, for an agent that asks by itself.
//!
//! What the desk decides is an answer, also when it is a denial; only what cannot be asked or answered
//! is a tool error, with its code. Nothing but tools is offered.

mod reply;
mod tools;

use std::sync::Arc;

use rmcp::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, ErrorData, Implementation, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::{RequestContext, RoleServer};

use crate::desk::{BoundedDesk, Desk};

pub(crate) use reply::{failed, meta};

const INSTRUCTIONS: &str = "Before an action that somebody may have to answer for, call `act`: it decides \
     and records. Go on only when the outcome is `allow`, and afterwards tell `complete` how it ended. \
     `escalate` means that a person has to approve: call `act` again later with `escalated` set to the \
     decision. `check` asks without recording.";

/// Tools over a desk.
#[derive(Clone)]
pub struct DeskServer {
    desk: BoundedDesk,
    tools: Arc<[Tool]>,
}

impl DeskServer {
    /// Serves this desk.
    #[must_use]
    pub fn new(desk: Arc<dyn Desk>) -> Self {
        Self { desk: BoundedDesk::new(desk), tools: tools::list().into() }
    }
}

impl ServerHandler for DeskServer {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("pluto", env!("CARGO_PKG_VERSION")))
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(self.tools.to_vec()))
    }

    async fn call_tool(
        &self,
        call: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = call.arguments.unwrap_or_default();
        let Some(answered) = tools::call(&self.desk, &call.name, arguments).await else {
            return Err(ErrorData::invalid_params("no tool of that name", None));
        };
        Ok(answered.unwrap_or_else(|error| failed(&error)).into())
    }
}

#[cfg(test)]
mod tests;
