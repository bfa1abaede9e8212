//! An agent, the proxy and a server in a process of its own, over a whole run: allowed, escalated,
//! denied, and a right that is taken away in the middle.

use std::path::Path;
use std::sync::Arc;

use pluto_api::fake_desk::FakeDesk;
use pluto_api::proxy::config::ProxyConfig;
use pluto_api::proxy::result_bytes;
use pluto_api::serve::{Stop, run, serve_streams};
use pluto_api::{Completion, Desk, Outcome, Proxy, Status};
use pluto_error::Result;
use rmcp::ServiceExt;
use rmcp::model::{CallToolRequestParams, CallToolResult};
use rmcp::service::{RoleClient, RunningService};
use serde_json::{Value, json};

type Agent = RunningService<RoleClient, ()>;

const EDIT: &str = "tool:workshop/edit_file";
const DEPLOY: &str = "tool:workshop/deploy";

fn config(directory: &Path) -> ProxyConfig {
    let command = [env!("CARGO_BIN_EXE_workshop"), directory.to_str().unwrap()];
    let text = format!(
        "server = 'workshop'\ncommand = {command:?}\n\
         [tools.edit_file]\nargument = 'path'\n\
         [tools.deploy]\nargument = 'target'\nprefix = 'target/'\namount = 1\n"
    );
    ProxyConfig::parse(&text).unwrap()
}

async fn call(agent: &Agent, tool: &'static str, arguments: Value) -> CallToolResult {
    let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
    let call = CallToolRequestParams::new(tool).with_arguments(arguments);
    agent.call_tool(call).await.unwrap()
}

fn code(result: &CallToolResult) -> &str {
    result.structured_content.as_ref().and_then(|said| said["code"].as_str()).unwrap_or_default()
}

#[test]
fn a_run_before_a_server_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    run(played(directory.path())).unwrap();
}

async fn played(directory: &Path) -> Result<()> {
    let desk = Arc::new(FakeDesk::default());
    desk.rule(EDIT, Outcome::Allow);
    desk.rule(DEPLOY, Outcome::Escalate);
    let proxy = Proxy::start(Arc::clone(&desk) as Arc<dyn Desk>, config(directory)).await?;
    let (ours, theirs) = tokio::io::duplex(256 * 1024);
    let (read, write) = tokio::io::split(theirs);
    let served = tokio::spawn(serve_streams(proxy.face(), read, write, Stop::new()));
    let agent: Agent = ().serve(ours).await.unwrap();

    let tools = agent.list_all_tools().await.unwrap();
    let names: Vec<&str> = tools.iter().map(|tool| tool.name.as_ref()).collect();
    assert_eq!(names, ["edit_file", "deploy"]);

    let edit = |content: &str| json!({ "path": "src/page.html", "content": content });
    let edited = call(&agent, "edit_file", edit("one")).await;
    assert_eq!(edited.is_error, Some(false), "{edited:?}");
    let page = directory.join("src/page.html");
    assert_eq!(std::fs::read_to_string(&page).unwrap(), "one");

    let deploy = json!({ "target": "production", "version": "1.2.3" });
    assert_eq!(code(&call(&agent, "deploy", deploy.clone()).await), "API-0007");
    let log = directory.join("deployments.log");
    assert!(!log.exists(), "an escalated call does not come through");
    desk.approve("decision-1", true)?;
    assert_eq!(call(&agent, "deploy", deploy.clone()).await.is_error, Some(false));
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "production 1.2.3\n");

    desk.rule(EDIT, Outcome::Deny);
    assert_eq!(code(&call(&agent, "edit_file", edit("two")).await), "API-0006");
    assert_eq!(
        std::fs::read_to_string(&page).unwrap(),
        "one",
        "a denied call does not come through"
    );

    agent.cancel().await.unwrap();
    served.await.unwrap()?;
    proxy.stop().await;
    judged(&desk, &edited);
    Ok(())
}

/// What the desk knows of the run.
fn judged(desk: &FakeDesk, edited: &CallToolResult) {
    let decisions = desk.decisions();
    let asked: Vec<(&str, &str, Outcome)> = decisions
        .iter()
        .map(|one| (one.question.action.as_str(), one.question.resource.as_str(), one.outcome))
        .collect();
    let expected = [
        (EDIT, "src/page.html", Outcome::Allow),
        (DEPLOY, "target/production", Outcome::Escalate),
        (DEPLOY, "target/production", Outcome::Allow),
        (EDIT, "src/page.html", Outcome::Deny),
    ];
    assert_eq!(asked, expected);
    let ended = Completion::of(Status::Exited(0), &result_bytes(edited));
    assert_eq!(decisions[0].completion, Some(ended));
    assert_eq!(decisions[2].question.escalated.as_deref(), Some("decision-1"));
    assert!(decisions[1].completion.is_none() && decisions[3].completion.is_none());
}
