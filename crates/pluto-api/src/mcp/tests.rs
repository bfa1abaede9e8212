//! A real client before the six tools.

use rmcp::ServiceExt;
use rmcp::model::{CallToolRequestParams, CallToolResult};
use rmcp::service::{RoleClient, RunningService};
use serde_json::{Value, json};

use super::*;
use crate::answer::{Completion, Outcome, Status};
use crate::fake_desk::FakeDesk;
use crate::serve::{MESSAGE_BYTES_MAX, Stop, serve_streams};

type Agent = RunningService<RoleClient, ()>;

async fn agent(desk: &Arc<FakeDesk>) -> Agent {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let (read, write) = tokio::io::split(theirs);
    let face = DeskServer::new(Arc::clone(desk) as Arc<dyn Desk>);
    tokio::spawn(serve_streams(face, read, write, Stop::new()));
    ().serve(ours).await.unwrap()
}

async fn call(agent: &Agent, tool: &'static str, arguments: Value) -> CallToolResult {
    let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
    let call = CallToolRequestParams::new(tool).with_arguments(arguments);
    agent.call_tool(call).await.unwrap()
}

fn said(result: &CallToolResult) -> &Value {
    result.structured_content.as_ref().unwrap()
}

#[tokio::test]
async fn six_tools_with_bounded_schemas() {
    let agent = agent(&Arc::default()).await;
    let tools = agent.list_all_tools().await.unwrap();
    let names: Vec<&str> = tools.iter().map(|tool| tool.name.as_ref()).collect();
    assert_eq!(names, ["check", "act", "complete", "grants", "prove", "approve"]);
    for tool in &tools {
        assert_eq!(tool.input_schema["type"], "object", "{}", tool.name);
    }
    let check = &tools[0].input_schema;
    assert_eq!(check["properties"]["action"]["maxLength"], 128);
    assert_eq!(check["properties"]["context"]["maxProperties"], 32);
    assert_eq!(check["required"], json!(["action", "resource"]));
    let complete = serde_json::to_string(&*tools[2].input_schema).unwrap();
    assert!(complete.contains("timed_out") && complete.contains("result_digest"), "{complete}");
    assert!(agent.peer_info().unwrap().capabilities.resources.is_none());
}

#[tokio::test]
async fn an_action_from_question_to_proof() {
    let desk = Arc::new(FakeDesk::default());
    desk.rule("edit", Outcome::Allow);
    let agent = agent(&desk).await;
    let question = json!({
        "action": "edit", "resource": "src/main.rs", "amount": 2,
        "context": { "branch": "main", "lines": 3, "dry": false, "risk": { "fixed": "0.25" } },
    });
    let checked = call(&agent, "check", question.clone()).await;
    assert_eq!(said(&checked)["outcome"], "allow");
    assert_eq!(said(&checked)["as_of"]["stale"], false);
    assert!(desk.decisions().is_empty(), "a check records nothing");

    let acted = call(&agent, "act", question).await;
    assert_eq!(said(&acted)["decision"], "decision-0");
    assert_eq!(said(&acted)["grant_path"], json!(["grant-0"]));
    let digest = blake3::hash(b"done").to_hex().to_string();
    let ended = json!({
        "decision": "decision-0", "status": "exited", "code": 0,
        "result_digest": digest, "result_len": 4,
    });
    let ended = call(&agent, "complete", ended).await;
    assert_eq!(said(&ended)["event"], "completed-decision-0");
    let kept = desk.decisions().remove(0);
    assert_eq!(kept.completion, Some(Completion::of(Status::Exited(0), b"done")));
    assert_eq!(kept.question.amount, 2);

    let proof = call(&agent, "prove", json!({ "decision": "decision-0" })).await;
    let blob = serde_json::to_value(&proof.content[1]).unwrap();
    assert_eq!(blob["resource"]["blob"], reply::base64(b"decision-0"));
    let grants = call(&agent, "grants", json!({ "realm": "work" })).await;
    assert_eq!(said(&grants)["grants"][0]["issuer"], "owner-of-work");
}

#[tokio::test]
async fn an_escalation_is_approved_once() {
    let desk = Arc::new(FakeDesk::default());
    desk.rule("deploy", Outcome::Escalate);
    let agent = agent(&desk).await;
    let mut question = json!({ "action": "deploy", "resource": "production" });
    assert_eq!(said(&call(&agent, "act", question.clone()).await)["outcome"], "escalate");
    question["escalated"] = json!("decision-0");
    assert_eq!(said(&call(&agent, "act", question.clone()).await)["outcome"], "escalate");
    let yes = json!({ "decision": "decision-0", "approve": true });
    assert_eq!(call(&agent, "approve", yes).await.is_error, Some(false));
    assert_eq!(said(&call(&agent, "act", question.clone()).await)["outcome"], "allow");
    let again = call(&agent, "act", question).await;
    assert_eq!(again.is_error, Some(true), "an approval holds for one action");
}

#[tokio::test]
async fn what_does_not_fit_is_told_with_its_code() {
    let agent = agent(&Arc::default()).await;
    let misfits = [
        ("check", json!({ "action": "a" })),
        ("check", json!({ "action": "", "resource": "r" })),
        ("check", json!({ "action": "a".repeat(129), "resource": "r" })),
        ("check", json!({ "action": "a", "resource": "r", "amount": -1 })),
        ("check", json!({ "action": "a", "resource": "r", "context": { "x": 0.5 } })),
        ("check", json!({ "action": "a", "resource": "r", "context": { "x y": 1 } })),
        ("check", json!({ "action": "a", "resource": "r", "actor": "somebody else" })),
        ("act", json!({ "action": "a", "resource": "r\u{1b}[2J" })),
        ("complete", json!({ "decision": "d", "status": "won" })),
        ("complete", json!({ "decision": "d", "status": "failed", "result_len": 3 })),
        ("complete", json!({ "decision": "d", "status": "failed", "result_digest": "ff" })),
        ("prove", json!({ "decision": "d".repeat(129) })),
        ("prove", json!({ "decision": "none" })),
    ];
    for (tool, arguments) in misfits {
        let result = call(&agent, tool, arguments.clone()).await;
        assert_eq!(result.is_error, Some(true), "{tool} {arguments}");
        assert_eq!(said(&result)["code"], "API-0001", "{tool} {arguments}");
    }
    let unknown = agent.call_tool(CallToolRequestParams::new("destroy")).await;
    assert!(unknown.is_err());
    assert!(agent.list_all_resources().await.is_err(), "only tools are offered");
}

#[tokio::test]
async fn a_message_that_is_too_long_is_skipped() {
    let agent = agent(&Arc::default()).await;
    let long = json!({ "action": "a".repeat(MESSAGE_BYTES_MAX), "resource": "r" });
    let Value::Object(long) = long else { unreachable!() };
    let peer = agent.peer().clone();
    let lost = tokio::spawn(async move {
        peer.call_tool(CallToolRequestParams::new("check").with_arguments(long)).await
    });
    let short = call(&agent, "check", json!({ "action": "a", "resource": "r" })).await;
    assert_eq!(said(&short)["outcome"], "deny");
    assert!(!lost.is_finished());
    lost.abort();
}

#[test]
fn base64_as_the_rfc_has_it() {
    let vectors = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"];
    for (length, expected) in vectors.iter().enumerate() {
        assert_eq!(reply::base64(&b"foobar"[..length]), *expected);
    }
}
