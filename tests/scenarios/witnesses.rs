//! Two real processes that witness a realm together: borders advance by themselves, also after one of them
//! was killed and came back.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use pluto_tests::pluto_binary;
use serde_json::Value;

/// The longest that anything may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// A node in a process of its own.
struct Machine {
    data: PathBuf,
    serving: Option<Child>,
}

impl Machine {
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(pluto_binary());
        command.args(words).env("PLUTO_DATA", &self.data).env("PLUTO_PASSPHRASE", "two witnesses");
        command.stdin(Stdio::null());
        command
    }

    fn run(&self, words: &[&str]) -> Output {
        self.command(words).arg("--json").output().unwrap()
    }

    fn done(&self, words: &[&str]) -> Value {
        let said = self.run(words);
        let error = String::from_utf8_lossy(&said.stderr);
        assert!(said.status.success(), "{words:?}: {error}");
        serde_json::from_slice(&said.stdout).unwrap_or_default()
    }

    fn serve(&mut self) {
        let words = ["serve", "--listen", "/ip4/127.0.0.1/tcp/0", "--witness", "me"];
        let mut child = self.command(&words).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        self.serving = Some(child);
        assert!(line.starts_with("Serving "), "{line}");
    }

    /// As when the power goes.
    fn kill(&mut self) {
        if let Some(mut child) = self.serving.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    fn border(&self) -> (u64, Value) {
        let shown = self.done(&["realm", "witness", "show"]);
        assert!(shown["rival"].is_null(), "{shown}");
        let border = &shown["border"];
        (border["number"].as_u64().unwrap_or(0), border["checkpoint"].clone())
    }

    fn write(&self, key: &str) {
        self.done(&["event", "append", "notes", key, "x"]);
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.kill();
    }
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
    }
}

#[test]
fn two_processes_witness_a_realm_and_one_that_was_killed_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let machine = |name| Machine { data: dir.path().join(name), serving: None };
    let [mut a, mut b] = ["a", "b"].map(machine);
    let [one, other] = [&mut a, &mut b].map(|node| {
        let did = node.done(&["init"])["identity"]["did"].as_str().unwrap().to_owned();
        node.serve();
        did
    });
    a.done(&["realm", "create", "shared"]);
    let invite = a.done(&["realm", "invite"])["invite"].as_str().unwrap().to_owned();
    b.done(&["realm", "join", &invite]);
    b.write("joined");
    // Nobody is a witness whose joining has not arrived.
    let set = ["realm", "witness", "set", &one, &other, "--threshold", "2"];
    wait_until("the second one never joins", || a.run(&set).status.success());
    let both = |a: &Machine, b: &Machine, number: u64| {
        let (there, here) = (a.border(), b.border());
        there.0 >= number && there == here
    };
    wait_until("no first border", || both(&a, &b, 1));
    for round in 0..2 {
        let last = a.border().0;
        a.write(&format!("a{round}"));
        b.write(&format!("b{round}"));
        wait_until("the border does not advance", || both(&a, &b, last + 1));
    }
    b.kill();
    let last = a.border().0;
    a.write("alone");
    b.serve();
    wait_until("the border does not advance after a crash", || both(&a, &b, last + 1));
}
