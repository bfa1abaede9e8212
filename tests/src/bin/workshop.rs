//! A small MCP server to stand behind a proxy: `workshop <directory>`.
//!
//! Two tools, over the standard streams. `edit_file` writes a file of the directory; `deploy` appends a
//! line to `deployments.log`. So whoever plays a scenario sees on the disk which calls came through.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use pluto_api::serve::{Stop, run, serve_stdio};
use rmcp::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ErrorData, JsonObject,
    ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::{RequestContext, RoleServer};
use serde_json::{Value, json};

struct Workshop {
    directory: PathBuf,
}

fn main() -> ExitCode {
    let Some(directory) = std::env::args_os().nth(1) else { return ExitCode::from(2) };
    let workshop = Workshop { directory: directory.into() };
    match run(serve_stdio(workshop, Stop::new())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{} {}", error.code(), error.chain());
            ExitCode::FAILURE
        }
    }
}

impl ServerHandler for Workshop {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_instructions("Edit files, then deploy.")
    }

    async fn list_tools(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(vec![
            tool("edit_file", "Writes a file", &["path", "content"]),
            tool("deploy", "Deploys a version to a target", &["target", "version"]),
        ]))
    }

    async fn call_tool(
        &self,
        call: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = call.arguments.unwrap_or_default();
        let done = match call.name.as_ref() {
            "edit_file" => self.edit_file(&arguments),
            "deploy" => self.deploy(&arguments),
            _ => return Err(ErrorData::invalid_params("no tool of that name", None)),
        };
        Ok(match done {
            Ok(said) => CallToolResult::success(vec![ContentBlock::text(said)]),
            Err(why) => CallToolResult::error(vec![ContentBlock::text(why)]),
        }
        .into())
    }
}

impl Workshop {
    fn edit_file(&self, arguments: &JsonObject) -> Result<String, String> {
        let (path, content) = (text(arguments, "path")?, text(arguments, "content")?);
        let plain = |part: Component<'_>| matches!(part, Component::Normal(_));
        if !Path::new(path).components().all(plain) {
            return Err(format!("`{path}` is not below the workshop"));
        }
        let target = self.directory.join(path);
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent).map_err(|error| error.to_string())?;
        }
        std::fs::write(target, content).map_err(|error| error.to_string())?;
        Ok(format!("wrote {path}"))
    }

    fn deploy(&self, arguments: &JsonObject) -> Result<String, String> {
        let (target, version) = (text(arguments, "target")?, text(arguments, "version")?);
        let log = self.directory.join("deployments.log");
        let mut log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .map_err(|error| error.to_string())?;
        writeln!(log, "{target} {version}").map_err(|error| error.to_string())?;
        Ok(format!("deployed {version} to {target}"))
    }
}

fn text<'a>(arguments: &'a JsonObject, name: &str) -> Result<&'a str, String> {
    arguments.get(name).and_then(Value::as_str).ok_or_else(|| format!("expected text as `{name}`"))
}

fn tool(name: &'static str, about: &'static str, arguments: &[&str]) -> Tool {
    let properties: JsonObject =
        arguments.iter().map(|name| ((*name).to_owned(), json!({ "type": "string" }))).collect();
    let mut schema = JsonObject::new();
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("properties".to_owned(), Value::Object(properties));
    schema.insert("required".to_owned(), json!(arguments));
    Tool::new(name, about, Arc::new(schema))
}
