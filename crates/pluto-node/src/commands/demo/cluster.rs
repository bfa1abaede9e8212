//! `pluto demo cluster`: three nodes on this machine, one of them cut off for a while, one root in the
//! end.
//!
//! Three processes of this binary, real connections over loopback, and the commands that a user would
//! type. Whatever is waited for is asked for again until it holds, at most for a minute.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use pluto_error::Result;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::stage::{PASSPHRASE, expect, text};
use crate::commands::Context;
use crate::error::NodeError;

/// The longest that anything may take.
const PATIENCE: Duration = Duration::from_secs(60);
const NAMES: [&str; 3] = ["a", "b", "c"];
const LISTEN: &str = "/ip4/127.0.0.1/tcp/0";

/// Plays it; gives the facts for programs.
pub(super) fn play(context: &Context, dir: &Path) -> Result<Value> {
    let mut nodes = NAMES.map(|name| Machine::new(context, dir, name));
    let [a, b, c] = &mut nodes;
    a.chapter("1. Three nodes, each with a key and an identity of its own:");
    for node in [&mut *a, &mut *b, &mut *c] {
        node.done(&["init"])?;
        node.serve()?;
    }
    a.chapter("2. One opens a realm and invites the others:");
    let realm = text(&a.done(&["realm", "create", "shared"])?, "realm")?;
    let invite = text(&a.done(&["realm", "invite"])?, "invite")?;
    for node in [&*b, &*c] {
        node.done(&["realm", "join", &invite])?;
    }
    a.chapter("3. Each writes, and all have everything:");
    for node in [&*a, &*b, &*c] {
        node.write("together")?;
    }
    let together = wait_for_one_root(&[&*a, &*b, &*c])?;
    a.chapter("4. `c` is cut off. All go on writing, `c` for itself:");
    c.stop()?;
    for node in [&*a, &*b, &*c] {
        node.write("apart")?;
        node.write("apart-again")?;
    }
    let (left, right) = (a.state()?, c.state()?);
    a.say(&format!("  root on a  {}\n  root on c  {}", left.root, right.root));
    a.chapter("5. `c` is back, and finds the others by itself:");
    c.serve()?;
    let healed = wait_for_one_root(&[&*a, &*b, &*c])?;
    a.chapter("6. The creator signs a checkpoint; it is final on all three:");
    a.done(&["checkpoint", "--sign-as", "me"])?;
    let last = wait_for_one_root(&[&*a, &*b, &*c])?;
    for node in [&*a, &*b, &*c] {
        node.done(&["sync", "status", "--realm", "shared"])?;
        expect("pluto sync status", "1", &node.state()?.checkpoint.to_string())?;
    }
    nodes.iter_mut().try_for_each(Machine::stop)?;
    Ok(json!({
        "realm": realm,
        "roots": { "together": together.root, "healed": healed.root, "final": last.root },
        "events": last.events,
    }))
}

/// Asks all nodes until they have one root and say so of each other.
fn wait_for_one_root(nodes: &[&Machine]) -> Result<State> {
    let begun = Instant::now();
    loop {
        let states = nodes.iter().map(|node| node.state()).collect::<Result<Vec<State>>>()?;
        let first = states.first().cloned().unwrap_or_default();
        let is_one =
            |state: &State| state.root == first.root && state.equal > 0 && state.others == 0;
        if states.iter().all(is_one) {
            if let Some(node) = nodes.first() {
                let (events, root) = (first.events, &first.root);
                node.say(&format!("  {events} events and one root on all: {root}"));
            }
            return Ok(first);
        }
        if begun.elapsed() > PATIENCE {
            let why = format!("the demo expected one root on all nodes, found {states:?}");
            return Err(NodeError::BadProof(why).into());
        }
    }
}

/// What a node says of the realm.
#[derive(Clone, Debug, Default)]
struct State {
    root: String,
    events: u64,
    checkpoint: u64,
    /// Peers that have the same, and peers that do not, as far as is known.
    equal: usize,
    others: usize,
}

/// A node in a process of its own.
struct Machine {
    name: &'static str,
    data: PathBuf,
    out: crate::output::Output,
    serving: Option<Child>,
    out_of_node: Option<BufReader<ChildStdout>>,
}

impl Machine {
    fn new(context: &Context, dir: &Path, name: &'static str) -> Self {
        Self {
            name,
            data: dir.join(name),
            out: context.out.clone(),
            serving: None,
            out_of_node: None,
        }
    }

    fn say(&self, text: &str) {
        self.out.say(text);
    }

    fn chapter(&self, title: &str) {
        self.say(&format!("\n{title}"));
    }

    fn command(&self, words: &[&str]) -> Result<Command> {
        let failed = |error| NodeError::file("find", "this program", error);
        let mut command = Command::new(std::env::current_exe().map_err(failed)?);
        command.args(words).env("PLUTO_DATA", &self.data).env("PLUTO_PASSPHRASE", PASSPHRASE);
        command.stdin(Stdio::null());
        Ok(command)
    }

    /// Runs a command that must be done, and shows it; what `sync status` says too.
    fn done(&self, words: &[&str]) -> Result<Value> {
        self.line(words);
        if words.first() != Some(&"sync") {
            return self.ask(words);
        }
        let failed = |error| NodeError::file("run", "this program", error);
        let said = self.command(words)?.output().map_err(failed)?;
        let lines = String::from_utf8_lossy(&said.stdout).into_owned();
        lines.lines().for_each(|line| self.say(&format!("    {line}")));
        Ok(Value::Null)
    }

    /// Runs a command that must be done; gives what it says.
    fn ask(&self, words: &[&str]) -> Result<Value> {
        let failed = |error| NodeError::file("run", "this program", error);
        let said = self.command(words)?.arg("--json").output().map_err(failed)?;
        if !said.status.success() {
            let error = String::from_utf8_lossy(&said.stderr).into_owned();
            return Err(NodeError::CommandFailed(format!("said: {error}")).into());
        }
        Ok(serde_json::from_slice(&said.stdout).unwrap_or_default())
    }

    fn write(&self, key: &str) -> Result<()> {
        self.done(&["event", "append", "notes", key, self.name]).map(drop)
    }

    fn state(&self) -> Result<State> {
        let said = self.ask(&["sync", "status", "--realm", "shared"])?;
        let realm = said.pointer("/realms/0").cloned().unwrap_or_default();
        let peers = realm.pointer("/peers").and_then(Value::as_array).cloned().unwrap_or_default();
        let number = |name: &str| realm.pointer(name).and_then(Value::as_u64).unwrap_or_default();
        let equal = peers.iter().filter(|peer| peer["equal"] == json!(true)).count();
        Ok(State {
            root: text(&realm, "state_root")?,
            events: number("/events"),
            checkpoint: number("/checkpoint/number"),
            equal,
            others: peers.len() - equal,
        })
    }

    /// Runs the node until [`Machine::stop`].
    fn serve(&mut self) -> Result<()> {
        let failed = |error| NodeError::file("run", "this program", error);
        self.line(&["serve", "--listen", LISTEN]);
        let mut command = self.command(&["serve", "--listen", LISTEN])?;
        let mut child = command.stdout(Stdio::piped()).spawn().map_err(failed)?;
        let out = child.stdout.take();
        self.serving = Some(child);
        let mut line = String::new();
        if let Some(out) = out {
            let mut out = BufReader::new(out);
            out.read_line(&mut line).map_err(failed)?;
            // Kept open: the node says more when it stops.
            self.out_of_node = Some(out);
        }
        if line.starts_with("Serving ") {
            return Ok(());
        }
        Err(NodeError::CommandFailed(format!("did not begin to serve: {line}")).into())
    }

    fn line(&self, words: &[&str]) {
        self.say(&format!("  {} $ pluto {}", self.name, words.join(" ")));
    }

    fn stop(&mut self) -> Result<()> {
        let Some(mut child) = self.serving.take() else { return Ok(()) };
        let failed = |error: std::io::Error| NodeError::file("stop", "a node", error);
        kill_process(Pid::from_child(&child), Signal::TERM).map_err(|e| failed(e.into()))?;
        child.wait().map_err(failed)?;
        Ok(())
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}
