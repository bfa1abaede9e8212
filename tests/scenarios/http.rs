//! The HTTP face over a real node and real sockets: every route, its bounds, its rights, its stream.

mod all;
mod bounds;
mod documents;
mod gate;
mod generated;
mod schema;
mod stranger;
mod stream;
mod tls;
mod traces;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;

use pluto_api::http::Bounds;
use pluto_core::{Canonical, Kind, RealmId, Run};
use pluto_eclvm::ExecutionMode;
use pluto_error::Result;
use pluto_identity::{Keystore, Passphrase};
use pluto_node::commands::NodeDoor;
use pluto_node::node::{Node, keystore_path};
use pluto_tests::pluto_binary;
use pluto_tests::web::Web;
use serde_json::Value;
use tempfile::TempDir;

const PASSPHRASE: &str = "of the front office";
/// Deploying asks people, everything else is allowed.
const POLICY: &str = r#"
policy action on controller (action: text<128>, resource: text<512>) {
  if glob("deploy", action) { escalate { timeout: 1h, fallback: deny } }
  allow
}
"#;

/// What `pluto` says to a command over `data`, as JSON.
fn pluto(data: &Path, words: &[&str]) -> Value {
    let mut command = Command::new(pluto_binary());
    command.env("PLUTO_PASSPHRASE", PASSPHRASE).env("PLUTO_DATA", data).arg("--json").args(words);
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {told}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// `pluto serve` over `data` by a process of its own: what it prints on, and what it said when it served.
fn served(data: &Path, command: &mut Command) -> (Child, BufReader<ChildStdout>, Value) {
    let mut child = command
        .env("PLUTO_PASSPHRASE", PASSPHRASE)
        .env("PLUTO_DATA", data)
        .args(["--json", "serve", "--http=127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    while !text.ends_with("\n}\n") {
        assert_ne!(out.read_line(&mut text).unwrap(), 0, "it ended: {text}");
    }
    (child, out, serde_json::from_str(&text).unwrap())
}

/// Where a process serves, by what it said when it did.
fn address_of(started: &Value) -> SocketAddr {
    let url = started["http"].as_str().unwrap();
    url.split_once("://").unwrap().1.trim_end_matches("/v1").parse().unwrap()
}

/// A node with a realm `ops` behind its HTTP face.
struct House {
    web: Web,
    node: Arc<Node>,
    /// The owner of realm and node.
    me: String,
    /// An agent of the owner's.
    bot: String,
    /// The agent's grant.
    grant: String,
    _folder: TempDir,
}

impl House {
    fn open(bounds: Bounds) -> Self {
        Self::over(bounds, true)
    }

    fn over(bounds: Bounds, holds_keys: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let policy = folder.path().join("actions.ecl");
        std::fs::write(&policy, POLICY).unwrap();
        let me = pluto(&data, &["init"])["did"].as_str().unwrap_or_default().to_owned();
        pluto(&data, &["realm", "create", "ops", "--invite"]);
        let bot = pluto(&data, &["id", "derive", "me", "bot", "--purpose", "agent"]);
        pluto(&data, &["policy", "install", policy.to_str().unwrap(), "--slot", "actions"]);
        let rights = ["--action", "**", "--resource", "**", "--expires", "24h"];
        let given = pluto(&data, &[&["grant", "create", "--to", "bot"], &rights[..]].concat());
        let node = Arc::new(Node::open(&data, &|_| {}).unwrap());
        let passphrase = Passphrase::new(PASSPHRASE.to_owned()).unwrap();
        let keys = Keystore::open(&keystore_path(&data), &passphrase).unwrap();
        let me = match me.is_empty() {
            true => keys.get("me").unwrap().did().to_string(),
            false => me,
        };
        let keys = holds_keys.then_some(keys);
        let door = NodeDoor::new(&node, &data, ExecutionMode::Legacy, keys);
        Self {
            web: Web::open(Arc::new(door), bounds),
            node,
            me,
            bot: bot["did"].as_str().unwrap().to_owned(),
            grant: given["grant"].as_str().unwrap().to_owned(),
            _folder: folder,
        }
    }

    fn realm(&self) -> RealmId {
        self.node.realm(Some("ops")).unwrap()
    }

    /// All events of all realms, and the kind of the newest in each.
    fn written(&self) -> (u64, Vec<String>) {
        let (mut count, mut kinds) = (0, Vec::new());
        for realm in self.node.system().realms() {
            let position = self.node.snapshot(realm).unwrap().roots().position;
            count += position;
            let last = self.node.system().ask(realm, move |view| view.place(position - 1));
            let id = last.unwrap().unwrap().id;
            let at = self.node.system().log().find(&id).unwrap().unwrap();
            let run = Run::decode(&self.node.system().log().read(at.record).unwrap()).unwrap();
            kinds.push(run.events[usize::from(at.slot)].header.kind.to_string());
        }
        (count, kinds)
    }

    /// Writes records by the owner's key, past the face.
    fn write_records(&self, first: u32, count: u32) -> Result<()> {
        let record = |number: u32| pluto_core::payload::RecordPut {
            collection: "notes".to_owned(),
            key: number.to_be_bytes().to_vec(),
            value: vec![b'x'; 64],
        };
        let keys = self.keys();
        let author = pluto_node::node::Author::new(keys.get("me")?);
        for number in first..first + count {
            author.write(&self.node, self.realm(), Kind::RecordPut, &record(number).encode())?;
        }
        Ok(())
    }

    /// Writes that many records in runs, as fast as it goes.
    fn write_runs(&self, count: u32) -> Result<()> {
        use pluto_nervous_system::Composer;
        let keys = self.keys();
        let secret = keys.get("me")?;
        let author = pluto_node::node::Author::new(secret);
        let (realm, did) = (self.realm(), secret.did());
        let mut composer = Composer::resume(realm, did, self.node.system().draft(realm, did)?);
        let mut tickets = Vec::new();
        for first in (0..count).step_by(256) {
            let events = (first..count.min(first + 256)).map(|number| {
                let put = pluto_core::payload::RecordPut {
                    collection: "notes".to_owned(),
                    key: number.to_be_bytes().to_vec(),
                    value: vec![b'x'; 64],
                };
                composer.compose(did, Kind::RecordPut, &put.encode(), 0)
            });
            tickets.push(author.submit(self.node.system(), events.collect())?);
        }
        tickets.into_iter().try_for_each(|ticket| ticket.wait().map(drop))
    }

    fn keys(&self) -> Keystore {
        let passphrase = Passphrase::new(PASSPHRASE.to_owned()).unwrap();
        Keystore::open(&self._folder.path().join("data/keys"), &passphrase).unwrap()
    }
}
