//! What is written down about the face: the OpenAPI document, and `docs/api.md` with its answers.

use std::path::Path;
use std::sync::Arc;

use pluto_api::http::{Access, Bounds, Leaves, openapi, routes};
use pluto_eclvm::ExecutionMode;
use pluto_identity::{KdfParams, Keystore, Passphrase};
use pluto_node::commands::NodeDoor;
use pluto_node::node::keystore_path;
use pluto_tests::web::{ADMIN, Web};
use pluto_tests::{OPENED_MS, Office, Staff, grant, request};
use serde_json::{Value, json};

fn compare(path: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    if std::env::var_os("PLUTO_WRITE_DOCUMENTS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        known == text,
        "{} is not what the code says; set PLUTO_WRITE_DOCUMENTS",
        path.display()
    );
}

#[test]
fn the_openapi_document_is_the_one_in_the_tree() {
    compare("docs/api/openapi.json", &openapi::text());
}

#[test]
fn every_reference_of_the_openapi_document_leads_somewhere() {
    let document = openapi::document();
    let text = document.to_string();
    let schemas = &document["components"]["schemas"];
    for part in text.split("\"$ref\":\"").skip(1) {
        let reference = part.split('"').next().unwrap();
        let name = reference.strip_prefix("#/components/schemas/").unwrap_or_default();
        assert!(schemas.get(name).is_some(), "{reference}");
    }
}

/// One use of the face: what is done, in words and as `curl` has it.
struct Use {
    title: &'static str,
    words: &'static str,
    method: &'static str,
    path: String,
    body: Option<Value>,
    /// What is written bears the time of the day: its ids are not shown.
    is_write: bool,
}

fn read(title: &'static str, words: &'static str, path: impl Into<String>) -> Use {
    let path = path.into();
    Use { title, words, method: "GET", path, body: None, is_write: false }
}

fn ask(title: &'static str, words: &'static str, path: impl Into<String>, body: Value) -> Use {
    let path = path.into();
    Use { title, words, method: "POST", path, body: Some(body), is_write: false }
}

fn write(title: &'static str, words: &'static str, path: impl Into<String>, body: Value) -> Use {
    Use { is_write: true, ..ask(title, words, path, body) }
}

#[test]
fn the_uses_in_the_documents_are_answered_as_they_say() {
    let staff = Staff::from(1);
    let mut office = Office::open(&staff).unwrap();
    let grant = office.give(&staff.owner, &grant(None, staff.agent.did())).unwrap();
    let request = request("read", 5);
    let (decision, _) = office.act(&staff.agent, Some(grant), None, &request).unwrap();
    office.complete(&staff.agent, decision).unwrap();
    office.checkpoint(&staff.owner, 2, OPENED_MS + 1_000).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let passphrase = Passphrase::new("of the documents".to_owned()).unwrap();
    let path = keystore_path(folder.path());
    let mut keys = Keystore::create(&path, &passphrase, KdfParams::DEFAULT).unwrap();
    keys.add("me", staff.owner.secret).unwrap();
    let realm = office.node.realm_name(office.realm());
    let node = Arc::new(office.node);
    let door = NodeDoor::new(&node, folder.path(), ExecutionMode::Legacy, Some(keys));
    let web = Web::open(Arc::new(door), Bounds::default());
    let names = Names {
        realm,
        agent: staff.agent.did().to_string(),
        decision: decision.to_string(),
        grant: grant.to_string(),
    };
    let mut text = INTRODUCTION.to_owned();
    for one in uses(&names) {
        text.push_str(&shown(&web, &one));
    }
    text.push_str(&table());
    compare("docs/api.md", &text);
}

/// What the uses speak of.
struct Names {
    realm: String,
    agent: String,
    decision: String,
    grant: String,
}

fn uses(names: &Names) -> Vec<Use> {
    [first_reads(names), more_reads(names), asked(names)].into_iter().flatten().collect()
}

fn first_reads(names: &Names) -> Vec<Use> {
    let at = |rest: &str| format!("/v1/realms/{}{rest}", names.realm);
    let decision = &names.decision;
    vec![
        read(
            "What is there",
            "Needs nobody; a client that looks here first never asks for what a node \
            lacks.",
            "/v1/capabilities",
        ),
        read(
            "Is it well",
            "`live` says whether a restart helps, `ready` whether writes are taken; 503 \
            when not.",
            "/v1/health/ready",
        ),
        read(
            "Names",
            "What the owner of the node calls its own identities. No event says so: elsewhere they are \
             known by their DIDs and labels.",
            "/v1/names",
        ),
        read("Realms", "Each with the version that is here.", "/v1/realms"),
        read(
            "One realm",
            "Rules, roots, heads, and the border before which nothing moves.",
            at(""),
        ),
        read("Members", "", at("/members?limit=1")),
        read(
            "Events",
            "In canonical order; `order=newest` the other way, `cursor` goes on.",
            at("/events?order=newest&limit=1"),
        ),
        read(
            "One event",
            "With the payload, and how policies judged it.",
            format!("/v1/events/{decision}"),
        ),
    ]
}

fn more_reads(names: &Names) -> Vec<Use> {
    let at = |rest: &str| format!("/v1/realms/{}{rest}", names.realm);
    let agent = &names.agent;
    let decision = &names.decision;
    let grant = &names.grant;
    vec![
        read(
            "The proof of an event",
            "From its leaf to the log root (RFC 9162).",
            format!("/v1/events/{decision}/proof"),
        ),
        read(
            "A state entry with its proof",
            "Present or absent; `proof` is a file for `pluto verify`. \
            Keys as `pluto state get` takes them.",
            at(&format!("/state/Controller/hex:67{grant}?proof=true")),
        ),
        read(
            "Trust",
            "Parts per million; each dimension names the entry that proves it.",
            at(&format!("/trust/{agent}")),
        ),
        read("Why", "Every attestation behind a value.", at(&format!("/trust/{agent}/why"))),
        read("Grants", "", at(&format!("/grants?of={agent}"))),
        read("What agents did", "The newest first.", at("/decisions?limit=2")),
        read("The graph of components", "What a change bears on.", "/v1/graph/impact/Trust"),
    ]
}

fn asked(names: &Names) -> Vec<Use> {
    let at = |rest: &str| format!("/v1/realms/{}{rest}", names.realm);
    let agent = &names.agent;
    let expires = OPENED_MS + 3_600_000;
    let policy = "policy action on controller (amount: int) {\n  deny if amount > 10, \"too much\"\n  allow\n}";
    vec![
        ask(
            "May somebody?",
            "Records nothing. A denial is an answer with status 200.",
            at("/check"),
            json!({ "actor": agent, "action": "read", "resource": "prod/users", "amount": 5 }),
        ),
        ask(
            "Try a policy",
            "Every fault has its place; `compiled` says how it ended.",
            "/v1/policies/compile",
            json!({ "source": "policy action on controller { alow }" }),
        ),
        ask(
            "Ask a policy",
            "In both modes, and why.",
            "/v1/policies/explain",
            json!({ "source": policy, "given": ["amount = 11"] }),
        ),
        read(
            "What is wrong",
            "A problem document (RFC 9457); the code is listed in `docs/errors.md` and \
            at `/v1/errors`.",
            "/v1/realms/nothing",
        ),
        write(
            "Write a record",
            "The node signs with a key that it holds open, if that key is yours or \
            you are an administrator. Answers when it is durable. With `Idempotency-Key` it is safe to \
            send twice.",
            at("/events"),
            json!({ "collection": "notes", "key": "one", "value": "hello" }),
        ),
        write(
            "Give a grant",
            "",
            at("/grants"),
            json!({ "to": agent, "actions": ["write"],
            "resources": ["prod/**"], "expires_ms": expires }),
        ),
        write("Sign a checkpoint", "", at("/checkpoints"), json!({})),
        write(
            "Command a mode",
            "The command is an event in the operator's realm.",
            "/v1/admin/mode",
            json!({ "mode": "normal" }),
        ),
    ]
}

fn shown(web: &Web, one: &Use) -> String {
    let head = format!("{} {}", one.method, one.path);
    let answer = match &one.body {
        None => web.get(ADMIN, &one.path),
        Some(body) => web.send_json(ADMIN, &head, body),
    };
    let mut value = answer.json();
    settle(&mut value, one.is_write);
    let mut curl = match &one.body {
        None => "curl -s".to_owned(),
        Some(_) => format!("curl -s -X {} -H 'Content-Type: application/json'", one.method),
    };
    curl.push_str(&format!(" \"$PLUTO{}\"", one.path));
    if let Some(body) = &one.body {
        curl.push_str(&format!(" \\\n  -d '{}'", body.to_string().replace('\'', "'\\''")));
    }
    let words = one.words.split_whitespace().collect::<Vec<_>>().join(" ");
    let words = if words.is_empty() { words } else { format!("{words}\n\n") };
    let title = one.title;
    format!("## {title}\n\n{words}```sh\n{curl}\n```\n\n```json\n{value:#}\n```\n\n")
}

/// Takes out what differs from run to run, and shortens what is long.
fn settle(value: &mut Value, is_write: bool) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match name.as_str() {
                    "age_ms" => *field = json!(0),
                    "wall_ms" if is_write => *field = json!(0),
                    _ => settle(field, is_write),
                }
            }
        }
        Value::Array(items) => {
            let more = items.len().saturating_sub(3);
            items.truncate(3);
            items.iter_mut().for_each(|item| settle(item, is_write));
            if more > 0 {
                items.push(json!(format!("… and {more} more")));
            }
        }
        Value::String(text) if text.contains(", it is `") => {
            let told = text.split(", it is `").next().unwrap_or_default();
            *text = format!("{told}, it is `…` ms");
        }
        Value::String(text) => {
            let is_hex = text.len() >= 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
            if is_hex && is_write {
                "…".clone_into(text);
            } else if is_hex && text.len() > 64 {
                let bytes = text.len() / 2;
                *text = format!("{}… ({bytes} bytes)", text.chars().take(32).collect::<String>());
            }
        }
        _ => {}
    }
}

fn table() -> String {
    let mut text = "## Every route\n\n| route | needs | scope | leaves | what |\n| --- | --- | --- | --- | --- |\n".to_owned();
    for route in routes() {
        let (role, scope) = match route.access {
            Access::Everybody => ("nobody".to_owned(), None),
            Access::Needs(role, scope) => (format!("{role:?}").to_lowercase(), Some(scope)),
        };
        let leaves = match route.leaves {
            Leaves::Nothing => "",
            Leaves::Event(kind) => kind,
            Leaves::Submitted => "what is submitted",
            Leaves::Record => "a record in the operator's realm",
        };
        let scope = scope.map(|scope| format!("`{scope}`")).unwrap_or_default();
        let (method, path) = (route.method.as_str(), route.path);
        text.push_str(&format!(
            "| `{method} {path}` | {role} | {scope} | {leaves} | {} |\n",
            route.summary
        ));
    }
    text
}

const INTRODUCTION: &str = include_str!("introduction.md");
