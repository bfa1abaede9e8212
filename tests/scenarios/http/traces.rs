//! One trace over two nodes whose operators name each other, and none where one of them does not.

use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use pluto_node::node::node_key;
use pluto_p2p::driver::{node_of, text_of};
use pluto_tests::pluto_binary;
use pluto_tests::web::Web;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{address_of, pluto, served};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PATIENCE: Duration = Duration::from_secs(60);

/// A node that is served by a process of its own and tells spans into a file.
struct Station {
    data: PathBuf,
    child: Child,
    out: BufReader<ChildStdout>,
    started: Value,
    web: Web,
    token: String,
}

impl Station {
    fn serve(data: &Path, peers: &[String]) -> Self {
        let network = "listen = [\"/ip4/127.0.0.1/tcp/0\"]\n";
        std::fs::write(data.join("network.toml"), network).unwrap();
        let observe = format!("file = \"trace.jsonl\"\npeers = {peers:?}\n");
        std::fs::write(data.join("observe.toml"), observe).unwrap();
        let mut command = Command::new(pluto_binary());
        let (child, out, started) = served(data, command.stderr(Stdio::null()));
        let web = Web::at(address_of(&started));
        let made = pluto(data, &["token", "new", "somebody", "--role", "admin"]);
        let token = format!("Bearer {}", made["token"].as_str().unwrap());
        Self { data: data.to_owned(), child, out, started, web, token }
    }

    /// Writes a record in the trace; gives the event.
    fn write(&self) -> String {
        let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
        let headers = [
            ("Authorization", self.token.as_str()),
            ("Content-Type", "application/json"),
            ("traceparent", &parent),
        ];
        let record = json!({ "identity": "me", "collection": "notes", "key": "one", "value": "1" });
        let head = "POST /v1/realms/shared/events";
        let answer = self.web.call(head, &headers, record.to_string().as_bytes());
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        answer.json()["event"].as_str().unwrap().to_owned()
    }

    fn has(&self, event: &str) -> bool {
        let headers = [("Authorization", self.token.as_str())];
        self.web.call(&format!("GET /v1/events/{event}"), &headers, &[]).status == 200
    }

    /// The spans that were told until now.
    fn spans(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.data.join("trace.jsonl")).unwrap();
        // The last line may be on its way.
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter(|line| line["type"] == "span").collect()
    }

    /// Ends the process, which tells what waits; gives all spans.
    fn stop(mut self) -> Vec<Value> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let mut text = String::new();
        self.out.read_to_string(&mut text).unwrap();
        assert!(self.child.wait().unwrap().success(), "{text}");
        self.spans()
    }
}

impl Drop for Station {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
    }
}

/// Two nodes in a realm that admits by invitation; whether each names the other.
fn fleet(folder: &TempDir, names: [bool; 2]) -> [Station; 2] {
    let [one, other] = ["a", "b"].map(|name| folder.path().join(name));
    pluto(&one, &["init"]);
    let did = pluto(&other, &["init"])["identity"]["did"].as_str().unwrap().to_owned();
    pluto(&one, &["realm", "create", "shared", "--invite"]);
    let id = |data: &Path| text_of(node_of(*node_key(data).unwrap()).unwrap());
    let named = |data: &Path, names: bool| if names { vec![id(data)] } else { Vec::new() };
    let a = Station::serve(&one, &named(&other, names[0]));
    let b = Station::serve(&other, &named(&one, names[1]));
    assert!(a.started["listening"][0].is_string());
    let invite = pluto(&one, &["realm", "invite", &did])["invite"].as_str().unwrap().to_owned();
    pluto(&other, &["realm", "join", &invite, "--wait", "60"]);
    [a, b]
}

fn of_trace(spans: &[Value]) -> Vec<&Value> {
    spans.iter().filter(|span| span["trace"] == TRACE).collect()
}

/// What the second node tells of spans that go on from one of the first.
fn goes_on<'a>(from: &[Value], to: &'a [Value], name: &str) -> Option<&'a Value> {
    let is_there = |parent: &Value| from.iter().any(|span| span["span"] == *parent);
    to.iter().find(|span| span["name"] == name && is_there(&span["parent"]))
}

#[test]
fn a_write_is_followed_to_the_other_node_and_an_exchange_back() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = fleet(&folder, [true, true]);
    let event = a.write();
    wait_until("it does not arrive", || b.has(&event));
    wait_until("no exchange is followed", || {
        pluto(&b.data, &["sync", "now"]);
        goes_on(&b.spans(), &a.spans(), "serve").is_some()
    });
    let (here, there) = (a.stop(), b.stop());
    let taken = of_trace(&there);
    let [taken] = taken[..] else { panic!("{taken:?}") };
    assert_eq!(taken["name"], "take in");
    let write = here.iter().find(|span| span["span"] == taken["parent"]).unwrap();
    assert_eq!((&write["name"], &write["trace"]), (&json!("write"), &json!(TRACE)));
    let serve = goes_on(&there, &here, "serve").unwrap();
    let sync = there.iter().find(|span| span["span"] == serve["parent"]).unwrap();
    assert_eq!((&sync["name"], &sync["trace"]), (&json!("sync"), &serve["trace"]));
    assert_eq!(sync["attributes"]["peer"].as_str().map(|id| &id[..4]), Some("12D3"));
}

fn stays_where_it_is(names: [bool; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = fleet(&folder, names);
    let event = a.write();
    wait_until("it does not arrive", || b.has(&event));
    let (here, there) = (a.stop(), b.stop());
    assert!(!of_trace(&here).is_empty());
    assert!(of_trace(&there).is_empty(), "{:?}", of_trace(&there));
}

#[test]
fn a_trace_does_not_leave_a_node_that_does_not_name_the_other() {
    stays_where_it_is([false, true]);
}

#[test]
fn a_trace_is_not_followed_by_a_node_that_does_not_name_the_other() {
    stays_where_it_is([true, false]);
}
