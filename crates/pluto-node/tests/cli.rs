//! The binary as people and programs meet it: texts, JSON, exit codes, and what survives.
//!
//! Snapshots hold the parts that are the same every time; ids, keys, times, paths and larger numbers
//! (sizes of proofs depend on the ids in them) are masked.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
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

    fn run(&self, arguments: &[&str]) -> Said {
        let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_pluto"))
            .args(arguments)
            .current_dir(self.dir.path())
            .env("PLUTO_DATA", self.path("node"))
            .env("PLUTO_PASSPHRASE", "a test")
            .env("COLUMNS", "100")
            .env_remove("RUST_LOG")
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said { code: status.code().unwrap(), out: text(stdout), err: text(stderr) }
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
    let core = core.trim_end_matches(':');
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
    } else if core.len() >= 3 && core.bytes().all(|b| b.is_ascii_digit()) {
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
    let commands: [&[&str]; 8] = [
        &["--help"],
        &["event", "--help"],
        &["trust", "why", "--help"],
        &["state", "--help"],
        &["state", "prove", "--help"],
        &["import", "ratings", "--help"],
        &["verify", "--help"],
        &["fsck", "--help"],
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
fn errors_say_what_to_do() {
    let pluto = Pluto::new();
    let mut text = pluto.shown_all(&[&["status"], &["--json", "status"], &["verify", "missing"]]);
    std::fs::write(pluto.path("bad"), "words").unwrap();
    pluto.ok(&["init"]);
    text += &pluto.shown_all(&[&["init"], &["event", "log"], &["verify", "bad"]]);
    pluto.ok(&["realm", "create", "one"]);
    pluto.ok(&["id", "create", "bob"]);
    let commands: [&[&str]; 14] = [
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
        &["--json", "verify"],
        &["--json", "nonsense"],
    ];
    text += &pluto.shown_all(&commands);
    insta::assert_snapshot!(text);
}

#[test]
fn graph_and_demo() {
    let pluto = Pluto::new();
    let demo = mask(&pluto.ok(&["demo"]), &std::env::temp_dir());
    let demo: String = demo
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
        &["demo"],
    ] {
        assert!(!pluto.json(arguments).is_null(), "{arguments:?}");
    }
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
