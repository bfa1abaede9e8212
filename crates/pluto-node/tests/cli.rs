//! The binary as people and programs meet it: texts, JSON, exit codes, and what survives.
//!
//! Snapshots hold the parts that are the same every time; ids, keys, times, paths and larger numbers
//! (sizes of proofs depend on the ids in them) are masked.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "cli/erasure.rs"]
mod erasure;
#[path = "cli/footings.rs"]
mod footings;
#[path = "cli/observe.rs"]
mod observe;
#[path = "cli/pages.rs"]
mod pages;
#[path = "cli/realms.rs"]
mod realms;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use pluto_core::payload::RecordPut;
use pluto_core::{Canonical, Kind, Namespace};
use pluto_decision::forks::Equivocation;
use pluto_identity::{DidKey, IdentitySecret, Rotation, SecretSeed, sign_run};
use pluto_nervous_system::Composer;
use pluto_nervous_system::event_bus::Source;
use pluto_node::node::Node;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A data directory of its own, and the binary on it.
struct Pluto {
    dir: TempDir,
}

/// What one command said.
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Pluto {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    /// A node with two identities and a realm in which both have written.
    fn begun() -> Self {
        let pluto = Self::new();
        pluto.ok(&["init"]);
        pluto.ok(&["id", "create", "bob", "--namespace", "spirit"]);
        pluto.ok(&["realm", "create", "home"]);
        pluto.ok(&["event", "append", "notes", "hello", "first words"]);
        pluto.ok(&["event", "append", "notes", "hi", "by bob", "--as", "bob"]);
        pluto.ok(&["attest", "bob", "5"]);
        pluto
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pluto"));
        command
            .args(arguments)
            .current_dir(self.dir.path())
            .env("PLUTO_DATA", self.path("node"))
            .env("PLUTO_PASSPHRASE", "a test")
            .env("COLUMNS", "100")
            .env_remove("RUST_LOG");
        command
    }

    fn run(&self, arguments: &[&str]) -> Said {
        let Output { status, stdout, stderr } = self.command(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said { code: status.code().unwrap(), out: text(stdout), err: text(stderr) }
    }

    /// What a command prints that reads `input`.
    fn piped(&self, arguments: &[&str], input: &str) -> String {
        let mut child = Command::new(env!("CARGO_BIN_EXE_pluto"))
            .args(arguments)
            .current_dir(self.dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let Output { status, stdout, .. } = child.wait_with_output().unwrap();
        assert!(status.success(), "{arguments:?}");
        String::from_utf8(stdout).unwrap()
    }

    fn ok(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert_eq!((said.code, &*said.err), (0, ""), "{arguments:?}: {}", said.out);
        said.out
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let arguments = [&["--json"], arguments].concat();
        serde_json::from_str(&self.ok(&arguments)).unwrap()
    }

    /// Everything a command says, masked.
    fn shown(&self, arguments: &[&str]) -> String {
        let Said { code, out, err } = self.run(arguments);
        let line = arguments.join(" ");
        mask(&format!("$ pluto {line}\n{out}{err}[exit {code}]\n"), self.dir.path())
    }

    /// As [`Pluto::shown`], with figures and columns as they are: they are the same every time.
    fn told(&self, arguments: &[&str]) -> String {
        let Said { code, out, err } = self.run(arguments);
        let text = format!("$ pluto {}\n{out}{err}[exit {code}]\n", arguments.join(" "));
        text.replace(&self.dir.path().display().to_string(), "<dir>")
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn shown_all(&self, commands: &[&[&str]]) -> String {
        commands.iter().map(|arguments| self.shown(arguments)).collect()
    }
}

/// Masks what differs from run to run: paths, DIDs, ids, hexadecimal bytes, times; then closes the
/// gaps of columns, whose width depends on them.
fn mask(text: &str, dir: &Path) -> String {
    let text = text.replace(&dir.display().to_string(), "<dir>");
    text.lines().map(|line| mask_line(line) + "\n").collect()
}

fn mask_line(line: &str) -> String {
    let indent = line.len() - line.trim_start().len();
    let words: Vec<String> = line.split_whitespace().map(mask_word).collect();
    format!("{}{}", &line[..indent], words.join(" "))
}

fn mask_word(word: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == ':' || c == '-';
    let core = word.trim_matches(|c| !is_part(c));
    let core = core.trim_end_matches(|c| c == ':' || !is_part(c));
    let hex = core.len() >= 8 && core.bytes().all(|b| b.is_ascii_hexdigit());
    let digits = |parts: &[usize], separator: char| {
        let found: Vec<&str> = core.split(separator).collect();
        let fits = |(part, length): (&&str, &usize)| {
            part.len() == *length && part.bytes().all(|b| b.is_ascii_digit())
        };
        found.len() == parts.len() && found.iter().zip(parts).all(fits)
    };
    let name = if core.starts_with("did:erynoa:") && core.len() > 40 {
        "<did>"
    } else if core.starts_with("did:key:") {
        "<key>"
    } else if hex {
        "<hex>"
    } else if core.len() >= 3 && core.bytes().all(|b| b.is_ascii_digit() || b == b',') {
        "<n>"
    } else if digits(&[4, 2, 2], '-') {
        "<date>"
    } else if digits(&[2, 2, 2], ':') {
        "<time>"
    } else {
        return word.to_owned();
    };
    word.replace(core, name)
}

#[test]
fn help() {
    let pluto = Pluto::new();
    let commands: [&[&str]; 11] = [
        &["--help"],
        &["event", "--help"],
        &["trust", "why", "--help"],
        &["state", "--help"],
        &["state", "prove", "--help"],
        &["import", "ratings", "--help"],
        &["import", "process", "--help"],
        &["verify", "--help"],
        &["fsck", "--help"],
        &["ecl", "--help"],
        &["ecl", "explain", "--help"],
    ];
    insta::assert_snapshot!(pluto.shown_all(&commands));
}

#[test]
fn first_steps() {
    let pluto = Pluto::new();
    let commands: [&[&str]; 11] = [
        &["init"],
        &["id", "create", "bob", "--namespace", "spirit"],
        &["id", "list"],
        &["realm", "list"],
        &["realm", "create", "home"],
        &["event", "append", "notes", "hello", "first words"],
        &["event", "append", "notes", "hi", "by bob", "--as", "bob"],
        &["attest", "bob", "5"],
        &["event", "log"],
        &["event", "show", "1"],
        &["status"],
    ];
    insta::assert_snapshot!(pluto.shown_all(&commands));
}

#[test]
fn trust_and_proofs() {
    let pluto = Pluto::begun();
    let commands: [&[&str]; 14] = [
        &["trust", "show", "bob"],
        &["trust", "top"],
        &["trust", "why", "bob"],
        &["trust", "why", "me"],
        &["state", "get", "Trust", "trust:bob"],
        &["state", "get", "Trust", "edge:bob/me"],
        &["state", "get", "KvStore", "record:notes/none"],
        &["state", "get", "Realm", "rules"],
        &["state", "get", "Realm", "member:bob"],
        &["state", "prove", "Trust", "trust:bob", "--sign-as", "me"],
        &["verify", "state.proof"],
        &["state", "get", "Consensus", "checkpoint"],
        &["state", "prove", "KvStore", "record:notes/none", "-o", "none.proof"],
        &["verify", "none.proof"],
    ];
    insta::assert_snapshot!(pluto.shown_all(&commands));
}

#[test]
fn grants_are_given_handed_on_and_taken_back() {
    let pluto = Pluto::begun();
    pluto.ok(&["id", "create", "helper", "--namespace", "spirit"]);
    let first = [
        &["grant", "create", "--to", "bob", "--action", "db:*", "--action", "mail:send"][..],
        &["--resource", "prod/**", "--expires", "2099-01-01", "--hops", "1"],
        &["--rate", "10/1h", "--budget", "500", "--approver", "me"],
    ]
    .concat();
    let mut text = pluto.shown(&["grant", "list"]) + &pluto.shown(&first);
    let first = pluto.json(&["grant", "list"])[0]["grant"].as_str().unwrap()[..8].to_owned();
    let below = |action: &'static str, issuer: &'static str| {
        [
            &["grant", "create", "--to", "helper", "--from", &first, "--action", action][..],
            &["--resource", "prod/users", "--expires", "2098-01-01", "--as", issuer],
        ]
        .concat()
    };
    text += &pluto.shown_all(&[
        &below("**", "bob"),
        &below("db:read", "me"),
        &below("db:read", "bob"),
        &["grant", "list"],
        &["grant", "list", "--of", "me"],
        &["grant", "show", &first],
        &["grant", "revoke", &first, "--as", "helper"],
        &["checkpoint", "--sign-as", "me"],
        &["grant", "revoke", &first],
        &["grant", "revoke", &first],
        &["grant", "list"],
    ]);
    let held = pluto.json(&["grant", "list", "--of", "helper"]);
    let child = held[0]["grant"].as_str().unwrap().to_owned();
    text += &pluto.shown(&["grant", "show", &child]);
    let shown = pluto.json(&["grant", "show", &child]);
    assert_eq!(shown["valid"], false);
    assert_eq!(shown["refusal"]["number"], 2);
    assert_eq!(shown["refusal"]["grant"], shown["chain"][0]["grant"]);
    assert_eq!(shown["described"]["rate"]["count"], 10, "what is left open is the parent's");
    let entry = pluto.json(&["state", "get", "Controller", &format!("hex:67{child}")]);
    assert_eq!(entry["described"]["issuer"], shown["issuer"]);
    text += &pluto.shown_all(&[
        &["grant", "show", "0000"],
        &[
            "grant",
            "create",
            "--to",
            "bob",
            "--action",
            "a*b",
            "--resource",
            "**",
            "--expires",
            "1h",
        ],
    ]);
    insta::assert_snapshot!(text);
}

#[test]
fn errors_say_what_to_do() {
    let pluto = Pluto::new();
    let mut text = pluto.shown_all(&[&["status"], &["--json", "status"], &["verify", "missing"]]);
    std::fs::write(pluto.path("bad"), "words").unwrap();
    pluto.ok(&["init"]);
    text += &pluto.shown_all(&[&["init"], &["event", "log"], &["verify", "bad"]]);
    pluto.ok(&["realm", "create", "one"]);
    pluto.ok(&["id", "create", "bob"]);
    let commands: [&[&str]; 15] = [
        &["realm", "create", "one"],
        &["realm", "create", ""],
        &["event", "log", "--realm", "two"],
        &["attest", "bob", "1"],
        &["attest", "me", "1"],
        &["attest", "nobody", "1"],
        &["attest", "me", "11"],
        &["id", "show", "nobody"],
        &["event", "show", "77"],
        &["state", "get", "KvStore", "record:notes"],
        &["state", "get", "Nothing", "key"],
        &["import", "ratings", "bad"],
        &["import", "process", "bad"],
        &["--json", "verify"],
        &["--json", "nonsense"],
    ];
    text += &pluto.shown_all(&commands);
    insta::assert_snapshot!(text);
}

#[test]
fn a_process_log_is_judged_and_an_approval_proven() {
    let pluto = Pluto::new();
    pluto.ok(&["init"]);
    let line = |case: &str, step: &str, who: &str, group: &str, minute: u32| {
        format!(
            "{case},{step},{who},{group},2020-02-29 10:{minute:02}:00+01:00,2020-03-05 00:00:00Z\n"
        )
    };
    let log: String = [
        "case:concept:name,concept:name,org:resource,org:group,time:timestamp,case:deadline\n"
            .into(),
        line("one", "Confirmation of receipt", "Ann", "EMPTY", 0),
        line("one", "T02 Check", "Ann", "Group 4", 1),
        line("one", "T04 Determine", "Bob", "Group 3", 2),
        line("two", "Confirmation of receipt", "Bob", "EMPTY", 3),
        line("two", "T02 Check", "Ann", "Group 4", 4),
        line("two", "T04 Determine", "Ann", "Group 3", 5),
        line("two", "T05 Send", "Ann", "Group 2", 6),
    ]
    .concat();
    pluto.write("log.csv", &log);
    pluto.write("bad.csv", &log.replacen("2020-02-29", "2021-02-29", 3));
    let imported = pluto.shown(&["import", "process", "log.csv"]);
    let without_speed: String = imported
        .lines()
        .filter(|line| !line.contains("steps a second"))
        .map(|line| format!("{line}\n"))
        .collect();
    let next: [&[&str]; 4] = [
        &["import", "process", "bad.csv", "--name", "bad"],
        &["log", "--realm", "permits"],
        &["store", "get", "cases", "permits/two", "--slot", "actions", "--realm", "permits"],
        &["verify", "approval.pluto"],
    ];
    insta::assert_snapshot!(without_speed + &pluto.shown_all(&next));
    let found = pluto.json(&["import", "process", "log.csv", "--name", "one", "--cases", "1"]);
    assert_eq!((&found["steps"], &found["violations"]), (&json!(3), &json!(0)));
}

#[test]
fn graph_and_demo() {
    let pluto = Pluto::new();
    let demo: String = mask(&pluto.ok(&["demo"]), &std::env::temp_dir())
        .lines()
        .map(|line| match line.split_once("pluto-demo-") {
            Some((before, _)) => format!("{before}pluto-demo\n"),
            None => format!("{line}\n"),
        })
        .collect();
    insta::assert_snapshot!(pluto.shown(&["graph", "impact", "trust"]) + &demo);
}

#[test]
fn json_is_one_document_for_every_reader() {
    let pluto = Pluto::begun();
    let status = pluto.json(&["status"]);
    assert_eq!((&status["mode"], &status["events"]), (&"normal".into(), &5.into()));
    assert_eq!(status["health"]["level"], "healthy", "{status:#}");
    assert_eq!((&status["ready"]["ok"], &status["live"]["ok"]), (&true.into(), &true.into()));
    let advice = pluto.json(&["protection", "show"]);
    assert_eq!((&advice["advisory"], &advice["events"]), (&true.into(), &5.into()));
    assert_eq!(advice["measures"]["kinds"], 4, "{advice:#}");
    assert_eq!(advice["calibration"], serde_json::Value::Null, "too few parties");
    assert_eq!(advice["alerts"].as_array().map(Vec::len), Some(0));
    let log = pluto.json(&["event", "log"]);
    assert_eq!(log.as_array().unwrap().len(), 5);
    let why = pluto.json(&["trust", "why", "bob"]);
    let reason = &why["reasons"][0];
    assert_eq!(reason["value"], 5);
    let event = pluto.json(&["event", "show", reason["event"].as_str().unwrap()]);
    assert_eq!(event["described"]["subject"], why["subject"]);
    let key = format!("hex:{}", reason["entry"]["key"].as_str().unwrap());
    pluto.ok(&["state", "prove", "Trust", &key, "--sign-as", "me", "-o", "edge.proof"]);
    let shown = pluto.json(&["verify", "edge.proof"]);
    assert_eq!(shown["described"]["event"], reason["event"]);
    assert_eq!(shown["witness"]["realm_name"], "home");
    for arguments in [
        &["id", "list"][..],
        &["id", "show", "me"],
        &["realm", "list"],
        &["trust", "show", "bob"],
        &["trust", "top"],
        &["state", "root"],
        &["state", "get", "Trust", "trust:bob"],
        &["graph", "show"],
        &["graph", "impact", "trust"],
        &["graph", "dot"],
        &["checkpoint"],
        &["checkpoint", "--sign-as", "me"],
        &["fsck"],
        &["fsck", "--rebuild"],
        &["bench", "ingest", "--events", "128"],
    ] {
        assert!(!pluto.json(arguments).is_null(), "{arguments:?}");
    }
    let demo = pluto.json(&["demo"]);
    assert_eq!(demo["bundle"]["flips_refused"], demo["bundle"]["bytes"]);
    assert_eq!(demo["audit"]["decisions"], 5);
}

/// Does something while `pluto serve` runs.
fn serving(pluto: &Pluto, work: impl FnOnce()) {
    let mut serving = pluto.command(&["serve"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(serving.stdout.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    assert!(line.starts_with("Serving "), "{line}");
    assert!(pluto.path("node/control.sock").exists());
    work();
    let id = serving.id().to_string();
    assert!(Command::new("kill").args(["-s", "INT", &id]).status().unwrap().success());
    assert!(serving.wait().unwrap().success());
    assert!(!pluto.path("node/control.sock").exists());
}

#[test]
fn a_running_node_carries_out_what_others_type() {
    let pluto = Pluto::begun();
    let mut before = 0;
    serving(&pluto, || {
        before = pluto.json(&["status"])["events"].as_u64().unwrap();
        pluto.ok(&["event", "append", "notes", "hello", "from another process"]);
        assert_eq!(pluto.json(&["status"])["events"], before + 1);
        // Files are where the caller stands; codes and errors are those of every command.
        pluto.ok(&["state", "prove", "KvStore", "record:notes/hello", "-o", "note.proof"]);
        pluto.ok(&["verify", "note.proof"]);
        let refused = pluto.run(&["check", "read", "anything", "--as", "bob"]);
        assert_eq!(refused.code, 4, "{}", refused.err);
        assert!(refused.out.starts_with("outcome  deny\n"), "{}", refused.out);
        let missing = pluto.run(&["event", "show", "99"]);
        assert_eq!(missing.code, 1);
        let wrong = pluto
            .command(&["event", "append", "notes", "a", "b"])
            .env("PLUTO_PASSPHRASE", "another")
            .output()
            .unwrap();
        assert_eq!(wrong.status.code(), Some(1), "the caller's passphrase counts");
    });
    assert_eq!(pluto.json(&["status"])["events"], before + 1);
}

#[test]
fn a_lost_index_is_rebuilt_with_the_same_roots() {
    let pluto = Pluto::begun();
    let before = pluto.json(&["state", "root"]);
    std::fs::remove_dir_all(pluto.path("node/store/index")).unwrap();
    let rebuilt = pluto.json(&["fsck", "--rebuild"]);
    assert_eq!(rebuilt["rebuilt"][0]["state_root"], before["state_root"]);
    assert_eq!(pluto.json(&["state", "root"]), before);
}

#[test]
fn a_tampered_proof_and_a_damaged_log_have_exit_codes() {
    let pluto = Pluto::begun();
    pluto.ok(&["state", "prove", "Trust", "trust:bob", "--sign-as", "me"]);
    let proof = pluto.path("state.proof");
    let mut bytes = std::fs::read(&proof).unwrap();
    let root = pluto.json(&["verify", "state.proof"])["state_root"].as_str().unwrap().to_owned();
    pluto.ok(&["verify", "state.proof", "--root", &root]);
    let other = "0".repeat(64);
    assert_eq!(pluto.run(&["verify", "state.proof", "--root", &other]).code, 1);
    bytes[300] ^= 1;
    std::fs::write(&proof, &bytes).unwrap();
    assert_eq!(pluto.run(&["verify", "state.proof"]).code, 1);
    let folder = pluto.path("node/store/log");
    let segment = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let segment = segment.max_by_key(|path| std::fs::metadata(path).unwrap().len()).unwrap();
    let mut bytes = std::fs::read(&segment).unwrap();
    bytes[400] ^= 1;
    std::fs::write(&segment, &bytes).unwrap();
    let said = pluto.run(&["--json", "fsck"]);
    assert_eq!(said.code, 3, "{}", said.err);
    let report: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(report["whole"], false);
    let error: Value = serde_json::from_str(&said.err).unwrap();
    assert_eq!(error["error"]["kind"], "corrupt");
}

#[test]
fn an_operator_commands_the_mode_and_it_lasts() {
    let pluto = Pluto::begun();
    let mode = || pluto.json(&["mode", "show"])["mode"].clone();
    assert_eq!(mode(), "normal");
    let set = pluto.json(&["mode", "set", "emergency"]);
    assert_eq!((&set["from"], &set["mode"]), (&"normal".into(), &"emergency".into()));
    assert_eq!(mode(), "emergency", "over a restart");
    assert_eq!(pluto.json(&["status"])["mode"], "emergency");
    let refused = pluto.run(&["event", "append", "notes", "hello", "again"]);
    assert!(refused.code == 1 && refused.err.contains("NRV-0104"), "{}", refused.err);
    pluto.ok(&["event", "log"]);
    let refused = pluto.run(&["mode", "set", "degraded"]);
    assert!(refused.code == 1 && refused.err.contains("NRV-0103"), "{}", refused.err);
    let set = pluto.json(&["mode", "set", "normal"]);
    assert_eq!(pluto.json(&["mode", "show"])["commanded"]["event"], set["event"]);
    pluto.ok(&["event", "append", "notes", "hello", "again"]);
    let event = pluto.json(&["event", "show", set["event"].as_str().unwrap()]);
    assert_eq!(event["verdict"], "effective", "{event}");
    assert_eq!(pluto.run(&["mode", "set", "asleep"]).code, 2);
}

#[test]
fn nobody_but_the_operator_commands_the_mode() {
    let pluto = Pluto::begun();
    pluto.ok(&["mode", "set", "degraded"]);
    let stranger = ["event", "append", "node", "mode", "normal", "--realm", "operator"];
    let refused = pluto.run(&[&stranger[..], &["--as", "bob"]].concat());
    assert!(refused.code == 1 && refused.err.contains("NOD-0008"), "{}", refused.err);
    assert_eq!(pluto.json(&["mode", "show"])["mode"], "degraded");
}

/// The newest segment of the log.
fn segment(pluto: &Pluto) -> PathBuf {
    let files = std::fs::read_dir(pluto.path("node/store/log")).unwrap();
    let mut segments: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    segments.retain(|path| path.extension().is_some_and(|kind| kind == "seg"));
    segments.into_iter().max().unwrap()
}

#[test]
fn a_node_over_a_damaged_log_reads_what_is_whole_and_changes_nothing() {
    let pluto = Pluto::begun();
    let whole = pluto.json(&["status"])["events"].as_u64().unwrap();
    assert_eq!(pluto.json(&["status"])["read_only"], Value::Null);
    let path = segment(&pluto);
    std::fs::remove_file(path.with_extension("idx")).unwrap();
    std::fs::remove_dir_all(pluto.path("node/store/index")).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let used = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    bytes[used * 2 / 3] ^= 1;
    std::fs::write(&path, &bytes).unwrap();

    let status = pluto.json(&["status"]);
    let read = status["events"].as_u64().unwrap();
    assert!((2..whole).contains(&read), "{status}");
    assert_eq!(status["read_only"]["code"], "STO-0005");
    let why = status["read_only"]["message"].as_str().unwrap();
    for part in [".seg", "offset", "backup", "pluto fsck"] {
        assert!(why.contains(part), "{why}");
    }
    assert!(pluto.ok(&["status"]).contains("read only"));
    pluto.ok(&["event", "log"]);
    assert_eq!(pluto.json(&["event", "show", "1"])["described"]["key"], "hello");
    pluto.ok(&["state", "get", "KvStore", "record:notes/hello"]);
    pluto.ok(&["state", "prove", "KvStore", "record:notes/hello"]);
    pluto.ok(&["verify", "state.proof"]);
    for refused in [
        &["event", "append", "notes", "more", "words"][..],
        &["realm", "create", "other"],
        &["checkpoint"],
        &["mode", "set", "degraded"],
    ] {
        let said = pluto.run(refused);
        assert!(said.code == 3 && said.err.contains("STO-0005"), "{refused:?}: {}", said.err);
    }
    assert_eq!(std::fs::read(&path).unwrap(), bytes, "the damaged file stays as it is");

    bytes[used * 2 / 3] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    assert_eq!(pluto.json(&["status"])["events"], whole, "put back, all of it is there");
    pluto.ok(&["event", "append", "notes", "more", "words"]);
}

const GUARD: &str = r#"const kyc_above = 5_000

policy transfer_guard on transaction (amount: int, receiver: did) {
  require known(receiver), "unknown receiver"
  require norm(subject.trust) >= 0.6
  require amount > 0 && amount <= subject.balance, "amount"
  if amount > kyc_above {
    require subject has credential "kyc", "identity not proven"
  }
  emit transfer_approved { amount, receiver }
}

test "a small transfer" for transfer_guard {
  given subject.trust = trust(0.8)
  given subject.balance = 100
  given receiver known
  given amount = 10
  expect allow
}

test "a stranger" for transfer_guard {
  given amount = 10
  expect deny "unknown receiver"
}
"#;

const WRONG: &str = r#"policy guard on transaction (amount: int, approver: option<int>) {
  if amount = 4 {
    require amount > 0;
  }
  require aproved(amount), "no"
}
"#;

const WRONG_TYPES: &str = r#"enum role { admin, member }

policy guard on transaction (amount: int, who: role) {
  let unused = 3
  require amount > 0.5
  require who == admn
  require subject has credential "kyc"
  require who.age > 3
}
"#;

const ASKED: [&str; 8] = [
    "--given",
    "amount = 10",
    "--given",
    "subject.trust = trust(0.8)",
    "--given",
    "subject.balance = 100",
    "--given",
    "receiver known",
];

/// `pluto ecl <command> guard.ecl` with the facts of [`ASKED`].
fn asked<'a>(command: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["ecl", command, "guard.ecl"], &ASKED[..], more].concat()
}

#[test]
fn policies_are_checked_with_places_reasons_and_fixes() {
    let pluto = Pluto::new();
    pluto.write("guard.ecl", GUARD);
    pluto.write("wrong.ecl", WRONG);
    pluto.write("types.ecl", WRONG_TYPES);
    let commands: [&[&str]; 5] = [
        &["ecl", "check", "guard.ecl"],
        &["ecl", "check", "wrong.ecl", "types.ecl"],
        &["ecl", "compile", "wrong.ecl"],
        &["ecl", "check", "missing.ecl"],
        &["ecl", "check", "node"],
    ];
    let text: String = commands.iter().map(|arguments| pluto.told(arguments)).collect();
    insta::assert_snapshot!(text);
    let said = pluto.run(&["--json", "ecl", "check", "wrong.ecl"]);
    let value: Value = serde_json::from_str(&said.out).unwrap();
    let first = &value["sources"][0]["diagnostics"][0];
    assert_eq!((said.code, &first["severity"]), (1, &"error".into()));
    assert_eq!(first["code"], "ECL-0128");
    let span = &first["span"];
    assert_eq!((&span["start"]["line"], &span["start"]["column"]), (&2.into(), &13.into()));
    let (start, end) = (span["start"]["byte"].as_u64(), span["end"]["byte"].as_u64());
    assert_eq!(&WRONG[start.unwrap() as usize..end.unwrap() as usize], "=");
    assert_eq!(first["fixes"][0]["replacement"], "==");
    let error: Value = serde_json::from_str(&said.err).unwrap();
    assert_eq!(error["error"]["code"], "ECL-0002");
}

#[test]
fn policies_are_tested_by_every_engine() {
    let pluto = Pluto::new();
    pluto.write("guard.ecl", GUARD);
    std::fs::create_dir_all(pluto.path("all/below")).unwrap();
    pluto.write("all/a.ecl", GUARD);
    pluto.write("all/below/b.ecl", &GUARD.replace("given amount = 10", "given amount = 101"));
    pluto.write("all/below/c.ecl", WRONG);
    pluto.write("all/notes.txt", "no source");
    let told = pluto.told(&["ecl", "test", "guard.ecl"]) + &pluto.told(&["ecl", "test", "all"]);
    insta::assert_snapshot!(told);
    let said = pluto.run(&["--json", "ecl", "test", "all"]);
    let value: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((&value["tests"], &value["failed"]), (&4.into(), &1.into()));
    assert_eq!((&value["engines_agree"], &value["refused"]), (&true.into(), &1.into()));
    let failed = &value["sources"][1]["tests"][0];
    assert_eq!((&failed["passed"], &failed["rule"]), (&false.into(), &3.into()));
    pluto.write("failing.ecl", &GUARD.replace("given amount = 10", "given amount = 101"));
    let said = pluto.run(&["ecl", "test", "failing.ecl"]);
    assert!(said.code == 1 && said.err.contains("NOD-0013"), "{}", said.err);
}

#[test]
fn policies_are_compiled_asked_and_explained() {
    let pluto = Pluto::new();
    pluto.write("guard.ecl", GUARD);
    let large: [&str; 2] = ["--given", "amount = 6_000"];
    let large = [&["ecl", "explain", "guard.ecl"], &ASKED[2..4], &ASKED[6..], &large].concat();
    let rich = [&large[..], &["--given", "subject.balance = 10_000"]].concat();
    // Sizes and ids are masked: a better compiler changes them.
    let compiled = pluto.shown(&["ecl", "compile", "guard.ecl", "-o", "guard.eclc"]);
    let commands: [&[&str]; 7] = [
        &asked("run", &[]),
        &asked("explain", &[]),
        &rich,
        &["ecl", "run", "guard.ecl", "--given", "amount = true", "--given", "reciever known"],
        &["ecl", "run", "guard.ecl", "--policy", "guard"],
        &["ecl", "run", "guard.eclc", "--given", "amount = 1"],
        &["ecl", "run", "guard.ecl", "--mode", "fast"],
    ];
    let text: String = commands.iter().map(|arguments| pluto.told(arguments)).collect();
    insta::assert_snapshot!(compiled + &text);
    let answers = ["legacy", "wasm", "auto"].map(|mode| {
        let mut answer = pluto.json(&asked("run", &["--mode", mode]));
        assert_eq!(answer["mode"], mode);
        answer["mode"].take();
        answer
    });
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(answers[0]["effects"][0]["fields"]["amount"], 10);
    let compiled = pluto.json(&["ecl", "compile", "guard.ecl"]);
    assert_eq!(compiled["policies"][0]["parameters"][1]["type"], "did");
    let bytes = std::fs::read(pluto.path("guard.eclc")).unwrap();
    assert_eq!(compiled["bytes"]["artifact"], bytes.len());
    let why = pluto.json(&asked("explain", &[]));
    assert_eq!(why["conditions"][1]["held"], true);
    let bench = pluto.json(&asked("bench", &[]));
    assert!(bench["engines"].as_array().is_some_and(|engines| engines.len() == 3), "{bench}");
}

#[test]
fn policies_are_formatted_in_place_or_through_a_pipe() {
    let pluto = Pluto::new();
    let untidy = "policy  p on api{allow}  // all\n";
    pluto.write("guard.ecl", GUARD);
    pluto.write("untidy.ecl", untidy);
    pluto.write("wrong.ecl", WRONG);
    let mut told = pluto.told(&["ecl", "fmt", "--check", "guard.ecl", "untidy.ecl"]);
    assert_eq!(std::fs::read_to_string(pluto.path("untidy.ecl")).unwrap(), untidy);
    told += &pluto.told(&["ecl", "fmt", "untidy.ecl", "guard.ecl", "wrong.ecl"]);
    told += &pluto.told(&["ecl", "fmt", "--check", "guard.ecl", "untidy.ecl"]);
    let tidy = std::fs::read_to_string(pluto.path("untidy.ecl")).unwrap();
    assert_eq!(std::fs::read_to_string(pluto.path("wrong.ecl")).unwrap(), WRONG);
    let files = std::fs::read_dir(pluto.path(".")).unwrap().count();
    assert_eq!(files, 3, "nothing is left beside");
    assert_eq!(pluto.piped(&["ecl", "fmt", "-"], untidy), tidy);
    insta::assert_snapshot!(told + &tidy);
}

#[test]
fn policies_are_tried_line_by_line() {
    let pluto = Pluto::new();
    pluto.write("guard.ecl", GUARD);
    let lines = "given amount = 10\nask\ngiven receiver known\ngiven subject.balance = 5\n\
                 given subject.trust = trust(0.7)\nask transfer_guard\nexplain transfer_guard\n\
                 policy other on api (n: int) {\n  require n > kyc_above\n}\nforget\ngiven n = 1\n\
                 ask other\n= norm(subject.trust) + 1\nwhat\nquit\nask other\n";
    insta::assert_snapshot!(pluto.piped(&["ecl", "repl", "guard.ecl"], lines));
}

#[test]
fn keys_rotate_and_only_the_active_one_signs() {
    let pluto = Pluto::begun();
    let multibase = |document: &Value| {
        let key = document["verificationMethod"][0]["publicKeyMultibase"].as_str().unwrap();
        format!("did:key:{key}")
    };
    let first = pluto.json(&["id", "document", "me"]);
    assert_eq!(
        multibase(&pluto.json(&["id", "document", "me", "--realm", "home"])),
        multibase(&first)
    );
    let rotated = pluto.json(&["id", "rotate", "me"]);
    assert_eq!((&rotated["index"], rotated["rotations"].as_array().unwrap().len()), (&1.into(), 1));
    pluto.ok(&["event", "append", "notes", "later", "by the new key"]);
    let now = pluto.json(&["id", "document", "me", "--realm", "home"]);
    assert_eq!(multibase(&now), rotated["key"].as_str().unwrap());
    assert_ne!(multibase(&now), multibase(&first));
    assert_eq!(now["id"], first["id"]);
    // A realm entered later is told of the rotation at once.
    pluto.ok(&["realm", "create", "second"]);
    pluto.ok(&["event", "append", "notes", "a", "b", "--realm", "second"]);
    assert_eq!(pluto.json(&["event", "log", "--realm", "second"]).as_array().unwrap().len(), 3);
    pluto.ok(&["id", "rotate", "me", "--realm", "second"]);
    pluto.ok(&["id", "rotate", "me"]);
    pluto.ok(&["event", "append", "notes", "last", "in both", "--realm", "home"]);
    pluto.ok(&["event", "append", "notes", "last", "in both", "--realm", "second"]);
    let proof = ["state", "prove", "Realm", "rules", "--sign-as", "me", "--realm", "home"];
    let said = pluto.run(&proof);
    assert!(said.code == 1 && said.err.contains("NOD-0006"), "{}", said.err);
}

#[test]
fn sub_identities_contacts_and_credentials() {
    let pluto = Pluto::begun();
    let key = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";
    let commands: [&[&str]; 12] = [
        &["id", "derive", "me", "build-bot", "--purpose", "agent"],
        &["id", "derive", "me", "second-bot", "--purpose", "agent"],
        &["id", "derive", "me", "phone", "--purpose", "device"],
        &["id", "import", key, "--name", "carol"],
        &["id", "list"],
        &["id", "show", "second-bot"],
        &["id", "rotate", "carol"],
        &["credential", "list"],
        &["credential", "issue", "carol", "iso9001/auditor"],
        &["credential", "issue", "me", "iso9001/auditor", "--as", "bob"],
        &["credential", "list"],
        &["id", "create", "x", "--guardian", DID, "--threshold", "2"],
    ];
    insta::assert_snapshot!(pluto.shown_all(&commands));
    let issued = pluto.json(&["credential", "list"])[0]["credential"].clone();
    pluto.ok(&["credential", "revoke", issued.as_str().unwrap()]);
    let listed = pluto.json(&["credential", "list"]);
    assert_eq!(listed[0]["subject_holds_schema"], false);
}

const DID: &str = "did:erynoa:self:JEKNVnkbo3jma5nREBBJCDoXFVeKkD56V3xKrvRmWxFG";

/// Somebody joins the only realm and signs two events for one place; the file is the proof.
fn fork(pluto: &Pluto, file: &str) -> (String, String) {
    let seed = SecretSeed::from([9; 32]);
    let secret = IdentitySecret::from_seed(seed, Namespace::Person, Rotation::Committed);
    let (did, keys) = (secret.did(), secret.key_pair());
    let node = Node::open(&pluto.path("node"), &|_| {}).unwrap();
    let realm = node.realm(None).unwrap();
    let draft = node.system().draft(realm, did).unwrap();
    let mut composer = Composer::resume(realm, did, draft);
    let joined = sign_run(&keys, vec![composer.inception(secret.inception(), 1)]).unwrap();
    let put = |value: &[u8]| {
        let (collection, key) = ("notes".to_owned(), b"k".to_vec());
        let put = RecordPut { collection, key, value: value.to_vec() };
        let event = composer.clone().compose(did, Kind::RecordPut, &put.encode(), 2);
        sign_run(&keys, vec![event]).unwrap()
    };
    let (one, two) = (put(b"yes"), put(b"no"));
    for run in [&joined, &one, &two] {
        node.system().submit(Source::Local, run.encode()).unwrap().wait().unwrap();
    }
    node.stop().unwrap();
    let proof = Equivocation::between(&one, &two).unwrap();
    std::fs::write(pluto.path(file), proof.encode()).unwrap();
    (did.to_string(), DidKey(keys.public_key()).to_string())
}

#[test]
fn who_forks_is_frozen_until_somebody_lifts_it() {
    let pluto = Pluto::begun();
    assert!(pluto.run(&["fork", "list"]).out.contains("No fork is proven"));
    let (did, key) = fork(&pluto, "fork.proof");
    let json = |arguments: &[&str]| -> Value {
        let said = pluto.run(&[&["--json"], arguments].concat());
        assert_eq!(said.code, 0, "{arguments:?}: {}", said.err);
        serde_json::from_str(&said.out).unwrap()
    };
    let verified = json(&["verify", "fork.proof", "--key", &key]);
    assert_eq!((&verified["verified"], &verified["author"]), (&json!(true), &json!(did)));
    let unnamed = pluto.run(&["verify", "fork.proof"]);
    assert!(unnamed.code == 1 && unnamed.err.contains("--key"), "{}", unnamed.err);
    let other = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";
    let wrong = pluto.run(&["verify", "fork.proof", "--key", other]);
    assert!(wrong.code != 0 && wrong.err.contains("proves nothing"), "{}", wrong.err);

    let reported = json(&["fork", "report", "fork.proof"]);
    let listed = json(&["fork", "list"]);
    assert_eq!((&listed[0]["author"], &listed[0]["frozen"]), (&json!(did), &json!(true)));
    assert_eq!(listed[0]["proof"], reported["event"]);
    let shown = json(&["fork", "show", &did, "--out", "again.proof"]);
    assert_eq!(shown["active_key"], json!(key));
    let [first, again] = ["fork.proof", "again.proof"].map(|name| std::fs::read(pluto.path(name)));
    assert_eq!(first.unwrap(), again.unwrap());
    let twice = pluto.run(&["fork", "report", "again.proof"]);
    assert!(twice.code != 0 && twice.err.contains("it exists already"), "{}", twice.err);

    let lifted = json(&["fork", "lift", &did]);
    assert_eq!(lifted["proof"], reported["event"]);
    assert_eq!(json(&["fork", "list"])[0]["frozen"], json!(false));
    let free = pluto.run(&["fork", "lift", &did]);
    assert!(free.code == 1 && free.err.contains("no frozen author"), "{}", free.err);
}

#[test]
fn forks_that_a_node_met_are_listed_and_reported_together() {
    let pluto = Pluto::begun();
    std::fs::create_dir(pluto.path("node/forks")).unwrap();
    fork(&pluto, "node/forks/met");
    let listed = pluto.json(&["fork", "list"]);
    assert_eq!((&listed[0]["proof"], &listed[0]["frozen"]), (&Value::Null, &json!(false)));
    assert!(pluto.run(&["fork", "list"]).out.contains("not reported"));
    let reported = pluto.json(&["fork", "report"]);
    let listed = pluto.json(&["fork", "list"]);
    assert_eq!(listed[0]["proof"], reported[0]["event"]);
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["frozen"]), (1, &json!(true)));
    assert!(pluto.run(&["fork", "report"]).out.contains("Nothing to report"));
}

fn copy(from: &Path, to: &Path) {
    let _ = std::fs::remove_dir_all(to);
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(std::fs::copy(entry.path(), to).unwrap()),
        }
    }
}

#[test]
fn guardians_recover_a_lost_identity() {
    let pluto = Pluto::begun();
    let did = |name: &str| pluto.json(&["id", "show", name])["did"].as_str().unwrap().to_owned();
    let guardians = [did("me"), did("bob")];
    let create = ["id", "create", "lost", "--guardian", &guardians[0], "--guardian", &guardians[1]];
    pluto.ok(&[&create[..], &["--threshold", "2", "--delay-hours", "0"]].concat());
    pluto.ok(&["event", "append", "notes", "mine", "before", "--as", "lost"]);
    let lost = did("lost");
    // The owner has the realm on another machine, and none of its keys.
    let (node, other) = (pluto.path("node"), pluto.path("other"));
    let elsewhere = |arguments: &[&str]| {
        let data = other.display().to_string();
        let said = pluto.run(&[&["--json", "--data", &data], arguments].concat());
        serde_json::from_str::<Value>(if said.code == 0 { &said.out } else { &said.err }).unwrap()
    };
    elsewhere(&["init"]);
    copy(&node.join("store"), &other.join("store"));
    let begun = elsewhere(&["id", "recover", "begin", &lost, "--name", "saved"]);
    let (key, next) = (begun["key"].as_str().unwrap(), begun["next_key_digest"].as_str().unwrap());
    let approve = ["id", "recover", "approve", &lost, "--key", key, "--next", next, "--as"];
    pluto.ok(&[&approve[..], &["me"]].concat());
    copy(&node.join("store"), &other.join("store"));
    let early = elsewhere(&["id", "recover", "finish", "saved"]);
    assert_eq!(early["error"]["code"], "NOD-0017", "one of two: {early}");
    pluto.ok(&[&approve[..], &["bob"]].concat());
    pluto.ok(&["checkpoint", "--sign-as", "me"]);
    copy(&node.join("store"), &other.join("store"));
    let finished = elsewhere(&["id", "recover", "finish", "saved"]);
    assert_eq!(finished["did"], lost.as_str(), "{finished}");
    elsewhere(&["event", "append", "notes", "mine", "after", "--as", "saved"]);
    let document = elsewhere(&["id", "document", "saved", "--realm", "home"]);
    let shown = document["verificationMethod"][0]["publicKeyMultibase"].as_str().unwrap();
    assert_eq!(format!("did:key:{shown}"), key);
    elsewhere(&["id", "rotate", "saved"]);
    let last = elsewhere(&["event", "append", "notes", "mine", "last", "--as", "saved"]);
    assert!(last["event"].is_string(), "{last}");
    // On the first machine the old key is worth nothing any more.
    copy(&other.join("store"), &node.join("store"));
    let said = pluto.run(&["event", "append", "notes", "mine", "stolen", "--as", "lost"]);
    assert!(said.code == 1 && said.err.contains("NOD-0016"), "{}", said.err);
}

const ACTIONS: &str = r#"
policy action on controller (action: text<128>, amount: int) {
  deny if action == "drop", "nobody drops anything"
  if amount > 100 { escalate { timeout: 1h, fallback: deny } }
  allow
}
"#;

#[test]
fn agents_ask_act_and_are_proven_right() {
    let pluto = Pluto::begun();
    pluto.write("actions.ecl", ACTIONS);
    let wish = ["read", "prod/users", "--as", "bob"];
    let with =
        |command: &'static str, rest: &[&'static str]| [&[command][..], &wish, rest].concat();
    let give = [
        &["grant", "create", "--to", "bob", "--action", "*", "--resource", "prod/**"][..],
        &["--expires", "2099-01-01"],
    ]
    .concat();
    let mut text = pluto.shown_all(&[
        &with("check", &[]),
        &["policy", "install", "actions.ecl", "--slot", "actions"],
        &give,
        &["checkpoint", "--sign-as", "me"],
        &["check", "drop", "prod/users", "--as", "bob"],
        &["check", "read", "test/users", "--as", "bob"],
    ]);
    let decisions = || -> Vec<String> {
        let log = pluto.json(&["log"]);
        let told = log.as_array().unwrap().iter().filter(|one| one["kind"] == "ActionDecided");
        told.map(|one| one["event"].as_str().unwrap().to_owned()).collect()
    };
    pluto.ok(&with("act", &[]));
    let read = &decisions()[0];
    let much = with("act", &["--amount", "101"]);
    assert_eq!(pluto.run(&much).code, 4);
    let asked = &decisions()[1];
    text += &pluto.shown_all(&[
        &["complete", read, "--ended", "3", "--as", "bob"],
        &["complete", read, "--as", "bob"],
        &["approve", asked, "--as", "bob"],
        &["approve", asked],
        &[&much[..], &["--approval", asked]].concat(),
        &[&much[..], &["--approval", asked]].concat(),
        &["log"],
        &["prove", read, "-o", "read.pluto", "--sign-as", "me"],
        &["verify", "read.pluto"],
    ]);
    pluto.ok(&["audit", "export", "--sign-as", "me"]);
    text += &pluto.shown(&["verify", "audit.pluto"]);
    let mut bytes = std::fs::read(pluto.path("read.pluto")).unwrap();
    bytes[200] ^= 1;
    std::fs::write(pluto.path("changed.pluto"), bytes).unwrap();
    text += &pluto.shown(&["verify", "changed.pluto"]);
    insta::assert_snapshot!(text);
}

const PEOPLE: &str = "store people { name: text<64> age: int index name }
policy people on store (age: option<int>) {
  require known(subject)
  deny if age > 150, \"nobody is that old\"
}
";

const PEOPLE_LATER: &str = "store people version 2 { name: text<64> adult: bool index adult }
migrate people from 1 { name: text<64>, age: int } { name: old.name adult: old.age >= 18 }
";

#[test]
fn records_of_a_store_follow_its_schema() {
    let pluto = Pluto::begun();
    for (name, text) in [
        ("people.ecl", PEOPLE),
        ("other.ecl", "store people { name: text<64> age: fixed }\n"),
        ("later.ecl", PEOPLE_LATER),
    ] {
        pluto.write(name, text);
    }
    pluto.ok(&["policy", "install", "people.ecl", "--slot", "hr"]);
    let put = |key: &str, record: &str| {
        pluto.run(&["store", "put", "people", key, record, "--slot", "hr"])
    };
    assert_eq!(put("a", r#"{ "name": "Ann", "age": 30 }"#).code, 0);
    assert!(put("b", r#"{ "name": "Bob" }"#).err.contains("field `age` is missing: int"));
    let refused = put("b", r#"{ "name": "Bob", "age": 200 }"#);
    assert!(refused.err.contains("NOD-0008"), "{}", refused.err);
    let last = pluto.json(&["event", "log", "--limit", "1", "--from", "-1"]);
    let id = last[0]["event"].as_str().unwrap().to_owned();
    let shown = pluto.json(&["event", "show", &id]);
    let judged = &shown["judgements"][0];
    assert_eq!(judged["outcome"], "deny");
    assert_eq!((&judged["line"], &judged["reason"]), (&json!(4), &json!("nobody is that old")));
    let refused = pluto.run(&["policy", "install", "other.ecl", "--slot", "hr"]);
    assert!(refused.err.contains("field `age` has another type"), "{}", refused.err);
    pluto.ok(&["policy", "install", "later.ecl", "--slot", "hr"]);
    let found = pluto.json(&["store", "find", "people", "adult", "true", "--slot", "hr"]);
    assert_eq!(found[0]["fields"], json!({ "name": "Ann", "adult": true }));
    assert_eq!(found[0]["written_as"], 1);
    pluto.ok(&["store", "delete", "people", "a", "--slot", "hr"]);
    assert_eq!(pluto.json(&["store", "list", "people", "--slot", "hr"]), json!([]));
}
