//! A real client, the proxy, and a real server behind it that does as it is told.

use std::sync::atomic::{AtomicUsize, Ordering};

use rmcp::ServiceExt;
use rmcp::model::{ContentBlock, Tool};
use rmcp::service::{RoleClient, RunningService};
use tokio::sync::Notify;

use serde_json::{Value, json};

use super::*;
use crate::fake_desk::FakeDesk;
use crate::serve::{Stop, serve_streams};

/// Counts the calls that reach it. `stall` answers once it is told to.
#[derive(Clone, Default)]
struct Stub {
    calls: Arc<AtomicUsize>,
    stalled: Arc<Notify>,
    go_on: Arc<Notify>,
}

impl ServerHandler for Stub {
    fn get_info(&self) -> ServerConfig {
        let all = ServerCapabilities::builder().enable_tools().enable_resources().enable_prompts();
        ServerConfig::new(all.build())
            .with_server_info(Implementation::new("stub", "9.9"))
            .with_instructions("Be careful.")
    }

    async fn list_tools(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let names = ["echo", "fail", "break", "stall", "flood"];
        let tools = names.map(|name| Tool::new(name, "Does it", JsonObject::new()));
        Ok(ListToolsResult::with_all_items(tools.to_vec()))
    }

    async fn call_tool(
        &self,
        call: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let text = |text: String| vec![ContentBlock::text(text)];
        let arguments = Value::Object(call.arguments.unwrap_or_default());
        Ok(match call.name.as_ref() {
            "echo" => CallToolResult::success(text(arguments.to_string())),
            "fail" => CallToolResult::error(text("it did not work".to_owned())),
            "stall" => {
                self.stalled.notify_one();
                self.go_on.notified().await;
                CallToolResult::success(text("at last".to_owned()))
            }
            "flood" => CallToolResult::success(text("x".repeat(64 * 1024))),
            _ => return Err(ErrorData::internal_error("broken", None)),
        }
        .into())
    }
}

struct Scene {
    stub: Stub,
    desk: Arc<FakeDesk>,
    proxy: Proxy,
    agent: RunningService<RoleClient, ()>,
}

impl Scene {
    async fn with(more: &str) -> Self {
        let config = format!("server = 'stub'\ncommand = ['stub']\n{more}");
        let config = ProxyConfig::parse(&config).unwrap();
        let (stub, desk) = (Stub::default(), Arc::new(FakeDesk::default()));
        let (ours, theirs) = tokio::io::duplex(256 * 1024);
        let (read, write) = tokio::io::split(theirs);
        tokio::spawn(serve_streams(stub.clone(), read, write, Stop::new()));
        let (read, write) = tokio::io::split(ours);
        let asked = Arc::clone(&desk) as Arc<dyn Desk>;
        let proxy = Proxy::over(asked, config, read, write).await.unwrap();
        let (ours, theirs) = tokio::io::duplex(256 * 1024);
        let (read, write) = tokio::io::split(theirs);
        tokio::spawn(serve_streams(proxy.face(), read, write, Stop::new()));
        Self { stub, desk, proxy, agent: ().serve(ours).await.unwrap() }
    }

    /// Calls a tool, and the answer's code if it is an error of the proxy.
    async fn call(&self, tool: &'static str, arguments: Value) -> (CallToolResult, String) {
        let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
        let call = CallToolRequestParams::new(tool).with_arguments(arguments);
        let result = self.agent.call_tool(call).await.unwrap();
        let code = result.structured_content.as_ref().and_then(|said| said["code"].as_str());
        let code = code.unwrap_or_default().to_owned();
        (result, code)
    }

    fn reached(&self) -> usize {
        self.stub.calls.load(Ordering::SeqCst)
    }

    fn status(&self, decision: usize) -> Option<Status> {
        self.desk.decisions()[decision].completion.as_ref().map(|ended| ended.status)
    }
}

#[tokio::test]
async fn the_server_shows_through_but_for_what_is_not_judged() {
    let scene = Scene::with("").await;
    let tools = scene.agent.list_all_tools().await.unwrap();
    assert_eq!(tools.len(), 5);
    assert_eq!(tools[0], Tool::new("echo", "Does it", JsonObject::new()));
    let about = scene.agent.peer_info().unwrap();
    assert_eq!(about.server_info.as_ref().unwrap().name, "stub");
    assert_eq!(about.instructions.as_deref(), Some("Be careful."));
    assert!(about.capabilities.resources.is_none() && about.capabilities.prompts.is_none());
    assert!(
        scene.agent.list_all_resources().await.is_err() || about.capabilities.resources.is_none()
    );
    assert!(scene.desk.decisions().is_empty(), "a listing is not an action");
}

#[tokio::test]
async fn an_allowed_call_goes_through_and_is_recorded() {
    let scene = Scene::with("").await;
    scene.desk.rule("tool:stub/echo", Outcome::Allow);
    let (result, _) = scene.call("echo", json!({ "path": "a/b", "n": 1 })).await;
    let echoed: Value = serde_json::from_str(&result.content[0].as_text().unwrap().text).unwrap();
    assert_eq!(echoed, json!({ "n": 1, "path": "a/b" }));
    assert_eq!(result.is_error, Some(false));
    let meta = result.meta.clone().unwrap();
    assert_eq!(meta.0["pluto/decision"], "decision-0");
    assert_eq!(meta.0["pluto/recorded"], true);
    let kept = scene.desk.decisions().remove(0);
    assert_eq!(kept.question.resource, "a/b");
    assert_eq!(kept.completion, Some(Completion::of(Status::Exited(0), &result_bytes(&result))));
}

#[tokio::test]
async fn a_denied_call_does_not_go_through() {
    let scene = Scene::with("").await;
    for outcome in [Outcome::Deny, Outcome::Indeterminate] {
        scene.desk.rule("tool:stub/echo", outcome);
        let (result, code) = scene.call("echo", json!({ "path": "a" })).await;
        assert_eq!((result.is_error, code.as_str()), (Some(true), "API-0006"));
        let said = result.structured_content.unwrap();
        assert_eq!(said["outcome"], outcome.as_str());
        assert_eq!(said["rule"], "by-action");
        assert_eq!(said["reason"], format!("told to {}", outcome.as_str()));
        assert!(said["decision"].as_str().unwrap().starts_with("decision-"));
    }
    let (_, code) = scene.call("echo", json!({ "path": "../a" })).await;
    assert_eq!(code, "API-0008");
    assert_eq!(scene.reached(), 0);
    assert_eq!(scene.desk.decisions().len(), 2, "what cannot be judged is not asked");
}

#[tokio::test]
async fn an_escalated_call_goes_through_once_it_is_approved() {
    let scene = Scene::with("").await;
    scene.desk.rule("tool:stub/echo", Outcome::Escalate);
    let call = json!({ "path": "a", "content": ["not", "scalar"] });
    for _ in 0..2 {
        let (result, code) = scene.call("echo", call.clone()).await;
        assert_eq!((result.is_error, code.as_str()), (Some(true), "API-0007"));
        assert_eq!(result.structured_content.unwrap()["decision"], "decision-0");
    }
    scene.desk.approve("decision-0", true).unwrap();
    let (_, code) = scene.call("echo", json!({ "path": "a", "content": ["another"] })).await;
    assert_eq!(code, "API-0007", "the approval is about the call as it was");
    assert_eq!(scene.reached(), 0);
    assert_eq!(scene.call("echo", call.clone()).await.0.is_error, Some(false));
    assert_eq!(scene.reached(), 1);
    assert_eq!(scene.call("echo", call).await.1, "API-0007", "and holds for one");
}

#[tokio::test]
async fn a_right_taken_away_bites_at_the_next_call() {
    let scene = Scene::with("").await;
    scene.desk.rule("tool:stub/echo", Outcome::Allow);
    assert_eq!(scene.call("echo", json!({})).await.0.is_error, Some(false));
    scene.desk.rule("tool:stub/echo", Outcome::Deny);
    assert_eq!(scene.call("echo", json!({})).await.1, "API-0006");
    assert_eq!(scene.reached(), 1);
}

#[tokio::test]
async fn every_end_is_recorded() {
    let scene = Scene::with("[limits]\ncall_ms_max = 200\nmessage_bytes_max = 4096\n").await;
    for tool in ["fail", "break", "flood", "stall"] {
        scene.desk.rule(&format!("tool:stub/{tool}"), Outcome::Allow);
    }
    assert_eq!(scene.call("fail", json!({})).await.0.is_error, Some(true));
    assert_eq!(scene.status(0), Some(Status::Exited(1)));
    assert_eq!(scene.call("break", json!({})).await.1, "API-0012");
    assert_eq!(scene.status(1), Some(Status::Failed));
    assert_eq!(scene.call("flood", json!({})).await.1, "API-0003");
    assert_eq!(scene.status(2), Some(Status::TimedOut));
    assert_eq!(scene.call("stall", json!({})).await.1, "API-0003");
    assert_eq!(scene.status(3), Some(Status::TimedOut));
}

#[tokio::test]
async fn calls_at_once_are_bounded_and_outlive_the_agent() {
    let scene = Scene::with("[limits]\ncalls_max = 1\n").await;
    scene.desk.rule("tool:stub/stall", Outcome::Allow);
    let peer = scene.agent.peer().clone();
    let stalled =
        tokio::spawn(async move { peer.call_tool(CallToolRequestParams::new("stall")).await });
    scene.stub.stalled.notified().await;
    assert_eq!(scene.call("echo", json!({})).await.1, "API-0002");
    assert!(scene.agent.list_all_tools().await.is_err());
    // The agent hangs up; the call ends all the same, and the proxy waits for its record.
    let Scene { stub, desk, proxy, agent } = scene;
    agent.cancel().await.unwrap();
    stub.go_on.notify_one();
    proxy.stop().await;
    assert!(stalled.await.unwrap().is_err());
    let ended = desk.decisions().remove(0).completion.unwrap();
    assert_eq!(ended.status, Status::Exited(0));
}

#[tokio::test]
async fn hidden_tools_are_not_there() {
    let scene = Scene::with("unlisted = 'hide'\n[tools.echo]\n").await;
    scene.desk.rule("tool:stub/fail", Outcome::Allow);
    let tools = scene.agent.list_all_tools().await.unwrap();
    assert_eq!(tools.iter().map(|tool| tool.name.as_ref()).collect::<Vec<_>>(), ["echo"]);
    assert_eq!(scene.call("fail", json!({})).await.1, "API-0008");
    assert_eq!(scene.reached(), 0);
}

#[tokio::test]
async fn a_server_that_cannot_be_started_is_told() {
    let desk = Arc::new(FakeDesk::default()) as Arc<dyn Desk>;
    for command in ["/nowhere/at/all", "/bin/true"] {
        let config = ProxyConfig::for_command(vec![command.to_owned()]).unwrap();
        let refused = Proxy::start(Arc::clone(&desk), config).await.err().unwrap();
        assert_eq!(refused.code().id(), "API-0005", "{command}");
    }
}

#[test]
fn what_waits_is_bounded() {
    let mut waiting = Waiting::default();
    let question = |n: usize| ActionQuestion::new(format!("a{n}"), "r");
    for n in 0..=waiting::WAITING_MAX {
        waiting.put(question(n), format!("d{n}"));
    }
    assert_eq!(waiting.decision(&question(0)), None);
    assert_eq!(waiting.decision(&question(1)).as_deref(), Some("d1"));
    waiting.forget(&question(1));
    assert_eq!(waiting.decision(&question(1)), None);
}
