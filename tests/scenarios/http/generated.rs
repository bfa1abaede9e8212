//! Requests made out of our own OpenAPI document, valid and hostile: whatever is asked, no answer is a
//! fault of the node, and each is one that the document names. Seeded: `PLUTO_SEED` plays another round.

use std::fmt::Write;

use pluto_api::http::{Bounds, openapi};
use pluto_tests::Shuffle;
use pluto_tests::web::ADMIN;
use serde_json::{Value, json};

use super::House;
use super::schema::Schemas;

/// Requests of each route.
const ROUNDS: usize = 24;
const HOSTILE: [&str; 14] = [
    "",
    "%00",
    "%ff",
    "..%2F..%2Fkeys",
    "%E2%80%AE",
    "0",
    "-1",
    "18446744073709551616",
    "hex:zz",
    "did:erynoa:self:",
    "member:",
    "null",
    "%7B%7D",
    "1e9",
];

struct Asking {
    house: House,
    schemas: Schemas,
    random: Shuffle,
    /// Things that are there.
    event: String,
    decision: String,
    blob: String,
}

impl Asking {
    fn open() -> Self {
        let house = House::open(Bounds::default());
        let seed = std::env::var("PLUTO_SEED").ok().and_then(|text| text.parse().ok());
        let web = &house.web;
        let record = json!({ "collection": "notes", "key": "one", "value": "1" });
        let written = web.send_json(ADMIN, "POST /v1/realms/ops/events", &record).json();
        let act = json!({ "identity": "bot", "action": "deploy", "resource": "prod" });
        let decided = web.send_json(ADMIN, "POST /v1/realms/ops/act", &act).json();
        let kept = web.send_bytes(ADMIN, "POST /v1/blobs", b"a blob").json();
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned();
        Self {
            event: text(&written["event"]),
            decision: text(&decided["decision"]),
            blob: text(&kept["blob"]),
            schemas: Schemas::of_the_document(),
            random: Shuffle(seed.unwrap_or(1)),
            house,
        }
    }

    /// A value of that name that is likely to be there.
    fn known(&self, name: &str) -> String {
        let House { me, bot, grant, .. } = &self.house;
        match name {
            "realm" => "ops",
            "did" | "author" | "of" | "actor" | "to" => bot,
            "identity" => "me",
            "event" => &self.event,
            "decision" | "escalated" => &self.decision,
            "grant" | "parent" => grant,
            "blob" => &self.blob,
            "component" => "Realm",
            "key" => return format!("member:{me}"),
            "slot" => "actions",
            "limit" => "3",
            "order" => "newest",
            "dimension" => "integrity",
            "proof" => "true",
            "kind" => "RecordPut",
            "after" | "until" => "0-0",
            "source" => {
                "policy action on controller (amount: int) { deny if amount > 1, \"x\" allow }"
            }
            "mode" => "normal",
            "result_digest" => return "0".repeat(64),
            "actions" | "resources" => "**",
            _ => "x",
        }
        .to_owned()
    }

    fn parameter(&mut self, name: &str, is_hostile: bool) -> String {
        match is_hostile {
            true if self.random.below(6) == 0 => "a".repeat(3_000),
            true => HOSTILE[self.random.below(HOSTILE.len())].to_owned(),
            false => self.known(name),
        }
    }

    /// Path and query of a request.
    fn target(&mut self, path: &str, operation: &Value, hostile: bool) -> String {
        let (mut target, mut query) = (path.to_owned(), String::new());
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap();
            let is_hostile = hostile && self.random.below(2) == 0;
            match parameter["in"].as_str().unwrap() {
                "path" => {
                    let value = self.parameter(name, is_hostile);
                    target = target.replace(&format!("{{{name}}}"), &value);
                }
                // Without its end a stream is no request that comes to one.
                "query" if name == "until" || self.random.below(2) == 0 => {
                    let value = self.parameter(name, is_hostile);
                    let mark = if query.is_empty() { '?' } else { '&' };
                    let _ = write!(query, "{mark}{name}={value}");
                }
                _ => {}
            }
        }
        target + &query
    }

    fn body(&mut self, operation: &Value, hostile: bool) -> Option<(&'static str, Vec<u8>)> {
        let content = operation.get("requestBody")?["content"].as_object()?;
        let Some(json) = content.get("application/json") else {
            let bytes: [&[u8]; 4] =
                [b"", b"nonsense", b"PLUTOBDL\x01\xff\xff\xff\xff", &[0; 4_000]];
            return Some((
                "application/octet-stream",
                bytes[self.random.below(bytes.len())].to_vec(),
            ));
        };
        let mut random = Shuffle(self.random.below(usize::MAX) as u64);
        let texts = |name: &str, _: &mut Shuffle| self.known(name);
        let value = self.schemas.make(&json["schema"], &texts, "", &mut random, hostile);
        let mut text = value.to_string().into_bytes();
        if hostile && self.random.below(4) == 0 {
            text.truncate(self.random.below(text.len() + 1));
        }
        Some(("application/json", text))
    }

    /// Asks once, and looks at the answer.
    fn ask(&mut self, method: &str, path: &str, operation: &Value, hostile: bool) -> bool {
        let head = format!("{method} {}", self.target(path, operation, hostile));
        let body = self.body(operation, hostile);
        let mut headers = vec![("x-asks", ADMIN)];
        headers.extend(body.as_ref().map(|(media, _)| ("Content-Type", *media)));
        let bytes = body.map(|(_, bytes)| bytes).unwrap_or_default();
        let answer = self.house.web.call(&head, &headers, &bytes);
        let shown: String = String::from_utf8_lossy(&bytes).chars().take(300).collect();
        if let Err(why) = self.schemas.named(operation, &answer) {
            let told: String = String::from_utf8_lossy(&answer.body).chars().take(600).collect();
            panic!("{head} {shown}\n{}: {why}\n{told}", answer.status);
        }
        answer.status < 400
    }
}

#[test]
fn every_answer_is_one_that_the_document_names() {
    let mut asking = Asking::open();
    let document = openapi::document();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations.push((path.clone(), method.to_uppercase(), operation.clone()));
        }
    }
    // What a mode leaves undone is not to be missed before.
    operations.sort_by_key(|(path, method, _)| {
        (path.ends_with("/mode") && method == "POST", path.clone())
    });
    let mut never = Vec::new();
    for (path, method, operation) in &operations {
        let mut done = false;
        for round in 0..ROUNDS {
            done |= asking.ask(method, path, operation, round % 2 == 1);
        }
        if !done {
            never.push(format!("{method} {path}"));
        }
    }
    // What is made must reach behind the checks of form: few routes need more than a schema says.
    assert!(never.len() <= 12, "never answered with success: {never:#?}");
}
