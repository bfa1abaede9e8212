//! What a call is judged as, and which calls cannot be judged.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn config(more: &str) -> ProxyConfig {
    ProxyConfig::parse(&format!("server = 'shop'\ncommand = ['shop']\n{more}")).unwrap()
}

fn object(value: Value) -> JsonObject {
    let Value::Object(fields) = value else { panic!("arguments are an object") };
    fields
}

fn asked(more: &str, tool: &str, arguments: Value) -> Result<ActionQuestion> {
    question(&config(more), tool, &object(arguments))
}

fn resource(path: &str) -> Result<String> {
    asked("", "edit", json!({ "path": path })).map(|question| question.resource)
}

#[test]
fn the_default_names_server_tool_and_path() {
    let question =
        asked("", "edit", json!({ "path": "src/a.rs", "line": 3, "dry": true })).unwrap();
    assert_eq!(question.action, "tool:shop/edit");
    assert_eq!(question.resource, "src/a.rs");
    assert_eq!(question.amount, 0);
    assert_eq!(question.context["line"], Fact::Int(3));
    assert_eq!(question.context["dry"], Fact::Bool(true));
    let bare = asked("", "status", json!({})).unwrap();
    assert_eq!(bare.resource, "server:shop");
}

#[test]
fn rules_name_resource_and_amount() {
    let more = "realm = 'work'\n[tools.pay]\nargument = 'to'\nprefix = 'account/'\n\
                amount_argument = 'cents'\ncontext = ['note']\n[tools.deploy]\nresource = 'prod'\n\
                amount = 5\n";
    let pay = json!({ "to": "alice", "cents": 250, "note": "rent", "hidden": 1 });
    let paid = asked(more, "pay", pay).unwrap();
    assert_eq!((paid.resource.as_str(), paid.amount), ("account/alice", 250));
    assert_eq!(paid.realm.as_deref(), Some("work"));
    assert_eq!(paid.context.keys().collect::<Vec<_>>(), [ARGUMENTS_DIGEST, "note"]);
    let deployed = asked(more, "deploy", json!({ "path": "ignored" })).unwrap();
    assert_eq!((deployed.resource.as_str(), deployed.amount), ("prod", 5));
    for misfit in [
        json!({}),
        json!({ "to": 3, "cents": 1 }),
        json!({ "to": "alice" }),
        json!({ "to": "alice", "cents": -1 }),
        json!({ "to": "alice", "cents": "1" }),
    ] {
        let refused = asked(more, "pay", misfit.clone()).unwrap_err();
        assert_eq!(refused.code().id(), "API-0008", "{misfit}");
    }
}

#[test]
fn a_resource_that_could_be_another_is_refused() {
    for (path, judged) in [
        ("src/a.rs", "src/a.rs"),
        ("./src/a.rs", "src/a.rs"),
        ("src/", "src"),
        ("/etc/passwd", "/etc/passwd"),
        ("/", "/"),
        ("https://host/a", "https://host/a"),
        ("a..b/.hidden", "a..b/.hidden"),
        ("50%2e", "50%2e"),
    ] {
        assert_eq!(resource(path).unwrap(), judged);
    }
    for path in [
        "",
        "..",
        "src/../secret",
        "src/./a",
        "src//a",
        "src//",
        "//",
        "a/b://../c",
        "a/b://c",
        "././a",
        "a\\..\\b",
        "a:..",
        "a\n",
        "https://host/%2E%2e/a",
        "https://host//a",
        "src/..",
        "./",
    ] {
        assert!(resource(path).is_err(), "{path:?}");
    }
}

#[test]
fn arguments_cannot_pose_as_what_the_desk_knows() {
    let forged = json!({ "role": "owner", "grantor": "me", "amount": 0, "subject": "root",
        "arguments_digest": "blake3:0", "a-b": 1, "note": "n" });
    let question = asked("", "edit", forged.clone()).unwrap();
    assert_eq!(question.context.keys().collect::<Vec<_>>(), [ARGUMENTS_DIGEST, "note"]);
    let digest = format!("blake3:{}", blake3::hash(&canonical(&forged)).to_hex());
    assert_eq!(question.context[ARGUMENTS_DIGEST], Fact::Text(digest));
}

#[test]
fn what_a_policy_cannot_read_is_in_the_digest() {
    let digest = |content: Value| {
        let arguments = json!({ "path": "a", "content": content });
        asked("", "edit", arguments).unwrap().context[ARGUMENTS_DIGEST].clone()
    };
    assert_ne!(digest(json!([1, 2])), digest(json!([2, 1])));
    assert_ne!(digest(json!(1e300)), digest(json!(null)));
    let long = asked("", "edit", json!({ "path": "a", "content": "x".repeat(9999) })).unwrap();
    assert!(matches!(&long.context["content"], Fact::Text(text) if text.starts_with("blake3:")));
    let half = asked("", "edit", json!({ "share": 0.5, "many": u64::MAX })).unwrap();
    assert_eq!(half.context["share"], Fact::Typed(TypedFact::Fixed("0.5".to_owned())));
    assert!(!half.context.contains_key("many"));
}

#[test]
fn more_facts_than_there_may_be_must_be_chosen() {
    let many: JsonObject = (0..40).map(|n| (format!("a{n}"), json!(n))).collect();
    assert!(question(&config(""), "edit", &many).is_err());
    assert!(question(&config("[tools.edit]\ncontext = ['a1']"), "edit", &many).is_ok());
}

#[test]
fn tools_have_plain_names() {
    assert!(asked("", "group/edit.v2", json!({})).is_ok());
    for name in ["", "a b", "a:b", "a/../b", "a//b", "a*", "/a", "é"] {
        assert!(asked("", name, json!({})).is_err(), "{name}");
    }
}

#[test]
fn canonical_json_sorts_and_is_stable() {
    let value = json!({ "b": [ { "z": 1, "a": null } ], "a": "x" });
    assert_eq!(canonical(&value), br#"{"a":"x","b":[{"a":null,"z":1}]}"#);
}

proptest! {
    /// Whatever comes, a question keeps its bounds and its resource has one meaning.
    #[test]
    fn any_call_is_judged_or_refused(tool in "\\PC{0,20}", path in "[a./:\\\\%2e\n]{0,24}", text: String) {
        let arguments = object(json!({ "path": path, "text": text }));
        if let Ok(question) = question(&config(""), &tool, &arguments) {
            prop_assert!(question.clone().checked().is_ok());
            prop_assert!(question.action.starts_with("tool:shop/"));
            prop_assert!(question.resource.split(['/', ':']).all(|part| part != ".." && part != "."));
        }
    }
}
