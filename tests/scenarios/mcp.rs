//! An agent, the proxy and a server in a process of its own, over a whole run: allowed, escalated,
//! denied, and a right that is taken away in the middle.

use std::path::Path;
use std::sync::Arc;

use pluto_api::fake_desk::FakeDesk;
use pluto_api::proxy::config::ProxyConfig;
use pluto_api::proxy::result_bytes;
use pluto_api::serve::{Stop, run, serve_streams};
use pluto_api::{Completion, Desk, Outcome, Proxy, Status};
use pluto_core::{Canonical, EventId, Kind};
use pluto_decision::bundle::verify;
use pluto_error::Result;
use pluto_identity::grant::GrantRevoked;
use pluto_identity::{Keystore, Passphrase, Zip215Verifier};
use pluto_node::node::{AgentDesk, Author, Node, approve, keystore_path};
use pluto_tests::pluto_binary;
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

const PASSPHRASE: &str = "of the workshop";
const POLICY: &str = r#"
policy action on controller (action: text<128>, resource: text<512>) {
  deny if glob("**/secrets*", resource), "secrets are for people"
  if glob("tool:*/deploy", action) { escalate { timeout: 1h, fallback: deny } }
  allow
}
"#;

/// What `pluto` says to a command over `data`, as JSON.
fn pluto(data: &Path, words: &[&str]) -> Value {
    let mut command = std::process::Command::new(pluto_binary());
    command.env("PLUTO_PASSPHRASE", PASSPHRASE).env("PLUTO_DATA", data).arg("--json").args(words);
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {told}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_node_stands_before_the_tools() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let policy = directory.path().join("actions.ecl");
    std::fs::write(&policy, POLICY).unwrap();
    pluto(&data, &["init"]);
    pluto(&data, &["realm", "create", "ops", "--invite"]);
    pluto(&data, &["id", "derive", "me", "bot", "--purpose", "agent"]);
    pluto(&data, &["policy", "install", policy.to_str().unwrap(), "--slot", "actions"]);
    let rights = ["--action", "tool:*/*", "--resource", "**", "--expires", "24h"];
    let given = pluto(&data, &[&["grant", "create", "--to", "bot"], &rights[..]].concat());
    let grant = given["grant"].as_str().unwrap().parse().unwrap();
    let node = Arc::new(Node::open(&data, &|_| {}).unwrap());
    let done = run(before_tools(&node, &data, directory.path(), GrantRevoked { grant }));
    done.unwrap();
    node.stop().unwrap();
}

fn keys(data: &Path) -> Result<Keystore> {
    Keystore::open(&keystore_path(data), &Passphrase::new(PASSPHRASE.to_owned())?)
}

async fn before_tools(
    node: &Arc<Node>,
    data: &Path,
    directory: &Path,
    revoked: GrantRevoked,
) -> Result<()> {
    let realm = node.realm(None)?;
    let desk = Arc::new(AgentDesk::new(Arc::clone(node), realm, keys(data)?, "bot")?);
    let proxy = Proxy::start(Arc::clone(&desk) as Arc<dyn Desk>, config(directory)).await?;
    let (ours, theirs) = tokio::io::duplex(256 * 1024);
    let (read, write) = tokio::io::split(theirs);
    let served = tokio::spawn(serve_streams(proxy.face(), read, write, Stop::new()));
    let agent: Agent = ().serve(ours).await.unwrap();
    let keys = keys(data)?;
    let owner = Author::new(keys.get("me")?);

    let edit = |path: &str| json!({ "path": path, "content": "one" });
    let edited = call(&agent, "edit_file", edit("src/page.html")).await;
    assert_eq!(edited.is_error, Some(false), "{edited:?}");
    let allowed = edited.meta.unwrap().0["pluto/decision"].as_str().unwrap().to_owned();
    assert_eq!(code(&call(&agent, "edit_file", edit("src/secrets.txt")).await), "API-0006");
    assert!(!directory.join("src/secrets.txt").exists(), "a denied call does not come through");

    let deploy = json!({ "target": "production", "version": "1.2.3" });
    let asked = call(&agent, "deploy", deploy.clone()).await;
    assert_eq!(code(&asked), "API-0007");
    let asked: EventId =
        asked.structured_content.unwrap()["decision"].as_str().unwrap().parse().unwrap();
    approve(node, realm, &owner, asked, true)?;
    assert_eq!(call(&agent, "deploy", deploy.clone()).await.is_error, Some(false));
    assert_eq!(code(&call(&agent, "deploy", deploy).await), "API-0007", "an approval counts once");

    owner.write(node, realm, Kind::DelegationRevoked, &revoked.encode())?;
    assert_eq!(code(&call(&agent, "edit_file", edit("src/page.html")).await), "API-0006");

    // Whoever is shown the file of the first decision runs it again, whatever happened since.
    let bundle = desk.prove(&allowed)?;
    let shown = verify(&bundle, &Zip215Verifier).shown.unwrap();
    assert_eq!(shown.request.action, EDIT);
    assert!(shown.completion.is_some(), "what came of it is in the log");

    agent.cancel().await.unwrap();
    served.await.unwrap()?;
    proxy.stop().await;
    Ok(())
}
