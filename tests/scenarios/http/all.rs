//! Every route once, with what it leaves behind.

use std::collections::BTreeSet;

use pluto_api::http::{Bounds, Leaves, Route, openapi, routes};
use pluto_core::payload::RecordPut;
use pluto_core::{Canonical, Kind, Run};
use pluto_nervous_system::Composer;
use pluto_node::node::Author;
use pluto_tests::web::{ADMIN, Answered, READER};
use serde_json::{Value, json};

use super::House;
use super::schema::Schemas;

/// Goes through the routes by name.
struct Round<'a> {
    house: &'a House,
    done: BTreeSet<&'static str>,
    schemas: Schemas,
    document: Value,
}

impl Round<'_> {
    fn route(&mut self, name: &str) -> &'static Route {
        let route = routes().iter().find(|route| route.name == name).unwrap();
        self.done.insert(route.name);
        route
    }

    /// What is answered is what the document says, to the last field.
    fn compare(&self, route: &Route, answer: &Answered) {
        let method = route.method.as_str().to_lowercase();
        let operation = &self.document["paths"][route.path][method];
        self.schemas.named(operation, answer).unwrap_or_else(|why| panic!("{}: {why}", route.name));
    }

    /// Reads, at `path` with the names of its parameters replaced; whatever reads a realm says of what
    /// version, and the same version is not sent twice.
    fn read(&mut self, name: &str, path: &str) -> Answered {
        let route = self.route(name);
        assert!(fits(route, path), "{path} is not {}", route.path);
        let answer = self.house.web.get(READER, path);
        let text = String::from_utf8_lossy(&answer.body);
        assert_eq!(answer.status, 200, "{name}: {text}");
        self.compare(route, &answer);
        if let Some(tag) = answer.header("etag") {
            let headers = [("x-asks", READER), ("If-None-Match", tag)];
            let again = self.house.web.call(&format!("GET {path}"), &headers, &[]);
            assert_eq!((again.status, again.body.len()), (304, 0), "{name}");
        }
        if route.path.starts_with("/v1/realms/") {
            assert!(answer.header("etag").is_some(), "{name}");
            let as_of = &answer.json()["as_of"];
            assert!(
                as_of["position"].is_u64() && as_of["state_root"].is_string(),
                "{name}: {text}"
            );
            assert_eq!(as_of["realm"], self.house.realm().to_string(), "{name}");
        }
        answer
    }

    /// Asks with a body, or writes; what writes leaves what the table says.
    fn post(&mut self, name: &str, path: &str, body: &Value) -> Value {
        let route = self.route(name);
        assert!(fits(route, path), "{path} is not {}", route.path);
        let head = format!("{} {path}", route.method.as_str());
        let before = self.house.written().0;
        let answer = match body {
            Value::String(hex) => self.house.web.send_bytes(ADMIN, &head, &bytes(hex)),
            body => self.house.web.send_json(ADMIN, &head, body),
        };
        let text = String::from_utf8_lossy(&answer.body);
        assert_eq!(answer.status, 200, "{name}: {text}");
        self.compare(route, &answer);
        let (after, kinds) = self.house.written();
        let left = match route.leaves {
            Leaves::Nothing => None,
            Leaves::Event(kind) => Some(kind),
            Leaves::Submitted | Leaves::Record => Some("RecordPut"),
        };
        match left {
            None => assert_eq!(after, before, "{name} reads"),
            Some(kind) => {
                assert!(after > before, "{name} leaves an event");
                assert!(
                    kinds.iter().any(|newest| newest == kind),
                    "{name} leaves {kind}: {kinds:?}"
                );
            }
        }
        answer.json()
    }
}

/// Whether a path is one of the route.
fn fits(route: &Route, path: &str) -> bool {
    let path = path.split('?').next().unwrap();
    let (own, found): (Vec<_>, Vec<_>) =
        (route.path.split('/').collect(), path.split('/').collect());
    let same = |(own, found): (&&str, &&str)| own.starts_with('{') || own == found;
    own.len() == found.len() && own.iter().zip(&found).all(same)
}

#[test]
fn a_run_whose_past_is_not_here_is_no_fault_of_the_node() {
    let house = House::open(Bounds::default());
    let keys = house.keys();
    let (realm, me) = (house.realm(), keys.get("me").unwrap());
    let draft = house.node.system().draft(realm, me.did()).unwrap();
    let mut composer = Composer::resume(realm, me.did(), draft);
    let [first, second] = ["one", "two"].map(|value| {
        let put = RecordPut {
            collection: "notes".to_owned(),
            key: b"key".to_vec(),
            value: value.as_bytes().to_vec(),
        };
        let event = composer.compose(me.did(), Kind::RecordPut, &put.encode(), 1);
        Author::new(me).sign(vec![event]).unwrap().encode()
    });
    let submit = |run: &[u8]| house.web.send_bytes(ADMIN, "POST /v1/events", run);
    let early = submit(&second);
    assert_eq!((early.status, early.code().as_str()), (409, "NRV-0004"));
    assert_eq!(submit(&first).status, 200);
    assert_eq!(submit(&second).status, 200);
    assert_eq!(submit(&second).status, 200, "what is known is answered like what is new");
}

fn bytes(hex: &str) -> Vec<u8> {
    let pair = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(pair).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned()
}

#[test]
fn every_route_answers_and_leaves_what_the_table_says() {
    let house = House::open(Bounds::default());
    let mut round = Round {
        house: &house,
        done: BTreeSet::new(),
        schemas: Schemas::of_the_document(),
        document: openapi::document(),
    };
    node(&mut round);
    realms(&mut round, &house);
    let event = events(&mut round, &house);
    decisions(&mut round, &house);
    policies(&mut round);
    operator(&mut round);
    let streamed = house.web.get(READER, "/v1/stream?after=0&until=0-0");
    assert_eq!(streamed.header("content-type"), Some("text/event-stream"));
    round.route("stream");
    let all: BTreeSet<&str> = routes().iter().map(|route| route.name).collect();
    let left: Vec<_> = all.difference(&round.done).collect();
    assert!(left.is_empty(), "not gone through: {left:?}");
    // What was written over HTTP is in the log like anything else.
    assert!(house.node.system().log().find(&event.parse().unwrap()).unwrap().is_some());
    house.node.stop().unwrap();
}

fn node(round: &mut Round<'_>) {
    assert_eq!(round.read("live", "/v1/health/live").json()["ok"], true);
    assert_eq!(round.read("ready", "/v1/health/ready").json()["ok"], true);
    let offered = round.read("capabilities", "/v1/capabilities").json();
    assert!(offered["features"].as_array().unwrap().contains(&json!("intents")));
    assert_eq!(offered["missing"][0]["feature"], "network");
    assert!(round.read("status", "/v1/status").json()["events"].as_u64().unwrap() >= 3);
    let metrics = round.read("metrics", "/v1/metrics");
    assert!(String::from_utf8(metrics.body).unwrap().contains("\npluto_ready 1\n"));
    assert_eq!(round.read("openapi", "/v1/openapi.json").json()["openapi"], "3.1.0");
    assert!(round.read("docs", "/v1/docs").body.starts_with(b"<!doctype html>"));
    assert!(round.read("errors", "/v1/errors").body.starts_with(b"# Error codes"));
    round.read("graph", "/v1/graph");
    let impact = round.read("impact", "/v1/graph/impact/Trust").json();
    assert_eq!(impact["component"], "Trust");
    round.read("peers", "/v1/peers");
    assert_eq!(round.read("sync", "/v1/sync").json()["online"], false);
    assert_eq!(round.read("mode", "/v1/admin/mode").json()["mode"], "normal");
}

fn realms(round: &mut Round<'_>, house: &House) {
    let realms = round.read("realms", "/v1/realms").json();
    assert_eq!(realms["items"][0]["name"], "ops");
    assert_eq!(round.read("realm", "/v1/realms/ops").json()["rules"]["admission"], "invite");
    let members = round.read("members", "/v1/realms/ops/members").json();
    assert!(members["items"].as_array().unwrap().iter().any(|one| one["did"] == house.me));
    round.read("quotas", "/v1/realms/ops/quotas");
    let names = round.read("names", "/v1/names").json();
    let names = names["items"].as_array().unwrap();
    assert!(names.iter().any(|one| one["did"] == house.me && one["name"] == "me"));
    let first = round.read("identities", "/v1/realms/ops/identities?limit=1").json();
    assert_eq!(first["items"].as_array().unwrap().len(), 1);
    let me = &house.me;
    let identity = round.read("identity", &format!("/v1/realms/ops/identities/{me}")).json();
    assert_eq!(identity["document"]["id"], *me);
    let path = format!("/v1/realms/ops/identities/{me}/history?limit=2");
    let history = round.read("history", &path).json();
    assert_eq!(history["items"][0]["author"], *me);
    let next = text(&history["next"]);
    let more = house.web.get(READER, &format!("{path}&cursor={next}")).json();
    assert_ne!(more["items"][0], history["items"][1]);
    round.read("ranking", "/v1/realms/ops/trust?limit=3");
    let trust = round.read("trust", &format!("/v1/realms/ops/trust/{me}")).json();
    assert_eq!(trust["dimensions"].as_array().unwrap().len(), 6);
    round.read("why", &format!("/v1/realms/ops/trust/{me}/why?dimension=integrity"));
    let state = round.read("state", "/v1/realms/ops/state").json();
    assert!(state["components"].as_array().unwrap().len() > 2);
    let entries = round.read("entries", "/v1/realms/ops/state/Realm").json();
    assert!(entries["items"].as_array().unwrap().len() > 1);
    let path = format!("/v1/realms/ops/state/Realm/member:{me}?proof=true");
    let entry = round.read("entry", &path).json();
    let proof = pluto_node::proof_file::ProofFile::decode(&bytes(&text(&entry["proof"]))).unwrap();
    let shown = proof.verify(&pluto_identity::Zip215Verifier).unwrap();
    assert_eq!(shown.root.to_string(), text(&entry["as_of"]["state_root"]));
    assert_eq!(shown.proof.value.map(|value| hex(&value)), Some(text(&entry["value"])));
}

fn events(round: &mut Round<'_>, house: &House) -> String {
    let all = round.read("events", "/v1/realms/ops/events?order=newest&limit=2").json();
    let newest = all["items"][0]["position"].as_u64().unwrap();
    assert_eq!(all["as_of"]["position"], newest + 1);
    let next = text(&all["next"]);
    let path = format!("/v1/realms/ops/events?order=newest&limit=2&cursor={next}");
    assert_eq!(house.web.get(READER, &path).json()["items"][0]["position"], newest - 2);
    let record = json!({ "collection": "notes", "key": "one", "value": "hello" });
    let written = round.post("write_record", "/v1/realms/ops/events", &record);
    assert_eq!(written["verdict"], "effective");
    let event = text(&written["event"]);
    let shown = round.read("event", &format!("/v1/events/{event}")).json();
    assert_eq!(shown["described"]["value"], "hello");
    let run = round.read("event_run", &format!("/v1/events/{event}/run"));
    assert!(Run::decode(&run.body).is_ok());
    let proof = round.read("event_proof", &format!("/v1/events/{event}/proof")).json();
    assert_eq!(proof["event"], event);

    let keys = house.keys();
    let (author, realm) = (Author::new(keys.get("me").unwrap()), house.realm());
    let draft = house.node.system().draft(realm, author.did()).unwrap();
    let mut composer = Composer::resume(realm, author.did(), draft);
    let put = RecordPut { collection: "notes".into(), key: b"two".to_vec(), value: b"x".to_vec() };
    let event = composer.compose(author.did(), Kind::RecordPut, &put.encode(), 7);
    let run = author.sign(vec![event]).unwrap().encode();
    let taken = round.post("submit", "/v1/events", &json!(hex(&run)));
    assert_eq!(taken["events"].as_array().unwrap().len(), 1);
    let again = house.web.send_bytes(ADMIN, "POST /v1/events", &run);
    assert_eq!((again.status, again.json()["events"].as_array().unwrap().len()), (200, 0));
    text(&taken["event"])
}

fn decisions(round: &mut Round<'_>, house: &House) {
    let ask = json!({ "actor": house.bot, "action": "read", "resource": "prod/users" });
    let checked = round.post("check", "/v1/realms/ops/check", &ask);
    assert_eq!(checked["outcome"], "allow", "{checked}");
    let source = "policy action on controller (action: text<128>) { deny if action == \"read\", \"tried\" allow }";
    let tried = json!({ "actor": house.bot, "action": "read", "resource": "x", "source": source });
    let answer = round.post("check", "/v1/realms/ops/check", &tried);
    assert_eq!((&answer["outcome"], &answer["reason"]), (&json!("deny"), &json!("tried")));
    let again = round.post("check", "/v1/realms/ops/check", &ask);
    assert_eq!(again["outcome"], "allow", "what was tried is not installed");
    let act = |action| json!({ "identity": "bot", "action": action, "resource": "prod/users" });
    let acted = round.post("act", "/v1/realms/ops/act", &act("read"));
    assert_eq!(acted["outcome"], "allow", "{acted}");
    let decision = text(&acted["decision"]);
    let ended = json!({
        "identity": "bot", "status": "exited", "code": 0,
        "result_digest": "00".repeat(32), "result_len": 0,
    });
    round.post("complete", &format!("/v1/decisions/{decision}/completion"), &ended);
    let asked = round.post("act", "/v1/realms/ops/act", &act("deploy"));
    assert_eq!(asked["outcome"], "escalate");
    let path = format!("/v1/decisions/{}/approval", text(&asked["decision"]));
    round.post("approve", &path, &json!({ "approve": true }));
    round.post("sign_checkpoint", "/v1/realms/ops/checkpoints", &json!({}));
    round.read("checkpoints", "/v1/realms/ops/checkpoints");
    let told = round.read("decisions", "/v1/realms/ops/decisions?limit=3").json();
    assert_eq!(told["items"].as_array().unwrap().len(), 3);
    let bundle = round.read("bundle", &format!("/v1/decisions/{decision}/bundle"));
    let report = round.post("verify", "/v1/bundles/verify", &json!(hex(&bundle.body)));
    assert_eq!(report["verified"], true, "{report}");
    let grants = round.read("grants", &format!("/v1/realms/ops/grants?of={}", house.bot)).json();
    assert_eq!(grants["items"][0]["grant"], house.grant);
    let given = json!({
        "to": house.bot, "actions": ["read"], "resources": ["prod/**"],
        "expires_ms": 4_000_000_000_000_u64,
    });
    round.post("give", "/v1/realms/ops/grants", &given);
    paged(house, "/v1/realms/ops/grants");
    paged(house, &format!("/v1/realms/ops/grants?of={}", house.bot));
    let path = format!("/v1/realms/ops/grants/{}", house.grant);
    assert_eq!(round.read("grant", &path).json()["valid"], true);
    round.post("revoke", &format!("{path}/revocation"), &json!({}));
    assert_eq!(house.web.get(READER, &path).json()["valid"], false);
}

/// Parts of one item, read on by their cursors, are the whole list.
fn paged(house: &House, path: &str) {
    let mark = if path.contains('?') { '&' } else { '?' };
    let base = format!("{path}{mark}limit=1");
    let whole = house.web.get(READER, path).json();
    let (mut path, mut items) = (base.clone(), Vec::new());
    loop {
        let part = house.web.get(READER, &path).json();
        assert!(part["items"].as_array().unwrap().len() <= 1, "{part}");
        items.extend(part["items"].as_array().unwrap().clone());
        let Some(next) = part["next"].as_str() else { break };
        path = format!("{base}&cursor={next}");
    }
    assert_eq!(json!(items), whole["items"], "{base}");
}

fn policies(round: &mut Round<'_>) {
    let policies = round.read("policies", "/v1/realms/ops/policies").json();
    assert_eq!(policies["items"][0]["slot"], "actions");
    let policy = round.read("policy", "/v1/realms/ops/policies/actions").json();
    assert_eq!(policy["source"], super::POLICY);
    let wrong = round.post("compile", "/v1/policies/compile", &json!({ "source": "policy ?" }));
    assert_eq!(wrong["compiled"], false);
    assert!(wrong["diagnostics"][0]["span"]["start"]["line"].is_u64());
    let source =
        "policy small on controller (amount: int) { deny if amount > 10, \"too much\" allow }";
    let asked = json!({ "source": source, "given": ["amount = 11"] });
    let told = round.post("explain", "/v1/policies/explain", &asked);
    assert_eq!((&told["outcome"], &told["modes_agree"]), (&json!("deny"), &json!(true)), "{told}");
    let installed = json!({ "source": super::POLICY });
    round.post("install", "/v1/realms/ops/policies/actions", &installed);
    round.post("install", "/v1/realms/ops/policies/others", &installed);
    paged(round.house, "/v1/realms/ops/policies");
    let source =
        "policy admission on controller (size: int) { require size <= 100, \"too large\" allow }";
    let path = "/v1/realms/ops/policies/simulation";
    let tried = round.post("simulate", path, &json!({ "source": source }));
    assert!(tried["judged"].as_u64().unwrap() > 3, "{tried}");
}

fn operator(round: &mut Round<'_>) {
    let kept = round.post("keep_blob", "/v1/blobs", &json!(hex(b"0123456789")));
    let blob = text(&kept["blob"]);
    assert_eq!(round.read("blobs", "/v1/blobs").json()["items"][0]["bytes"], 10);
    assert_eq!(round.read("blob", &format!("/v1/blobs/{blob}")).body, b"0123456789");
    round.post("sync_now", "/v1/sync", &json!({}));
    round.post("save", "/v1/admin/checkpoint", &json!({}));
    let set = round.post("set_mode", "/v1/admin/mode", &json!({ "mode": "degraded" }));
    assert_eq!(set["from"], "normal");
}
