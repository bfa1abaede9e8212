//! The binary `pluto` where something is in its way: each time a code, a clear line, an exit code, and
//! nothing touched.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use pluto_tests::{pluto_binary, story};

const PASSPHRASE: &str = "correct horse";
/// The user and group `nobody`, for what root may always do.
const NOBODY: u32 = 65_534;

/// A node's data directory with a realm and one event.
struct Home {
    dir: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        let home = Self { dir: tempfile::tempdir().unwrap() };
        home.ok(&["init"]);
        home.ok(&["realm", "create", "home"]);
        home.ok(&["event", "append", "notes", "hello", "first words"]);
        home
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(pluto_binary());
        command.args(arguments).env("PLUTO_DATA", self.data()).env("PLUTO_PASSPHRASE", PASSPHRASE);
        command.env("RUST_BACKTRACE", "0").stdin(Stdio::null());
        command
    }

    fn ok(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// Runs a command that must be refused with `code`; gives its line.
    fn refused(&self, arguments: &[&str], code: &str) -> String {
        refused(&self.command(arguments).output().unwrap(), code)
    }

    /// The command is refused, changes nothing, and works once `undo` has been done.
    fn refused_until(&self, arguments: &[&str], code: &str, undo: impl FnOnce()) -> String {
        let before = contents(&self.data());
        let line = self.refused(arguments, code);
        assert_eq!(contents(&self.data()), before, "a refused command touches nothing");
        undo();
        self.ok(arguments);
        line
    }

    /// Starts `pluto serve` and waits for the line that says it runs.
    fn serve(&self) -> (Child, BufReader<std::process::ChildStdout>) {
        let mut child = self.command(&["serve"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        assert!(line.starts_with("Serving "), "{line}");
        (child, out)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Exit code 1 and one line that names the code.
fn refused(output: &Output, code: &str) -> String {
    let line = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{line}");
    assert!(line.starts_with("pluto: ") && line.trim_end().lines().count() == 1, "{line}");
    assert!(line.contains(&format!("({code}, ")), "expected {code}: {line}");
    line
}

/// Names and contents of all files but the lock, which each opening signs with its process id.
fn contents(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            found.extend(contents(&entry.path()));
        } else if entry.file_name() != "LOCK" {
            found.push((entry.path(), fs::read(entry.path()).unwrap()));
        }
    }
    found.sort();
    found
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args(["-s", name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

#[test]
fn a_second_process_is_refused_and_a_signal_ends_the_first() {
    let home = Home::new();
    for name in ["INT", "TERM"] {
        let (mut serving, mut out) = home.serve();
        let holder = format!("in use by process `{}`", serving.id());
        // What needs the store itself; everything else is carried out by the node that runs.
        for arguments in [&["serve"][..], &["fsck"], &["fsck", "--rebuild"]] {
            let line = home.refused(arguments, "STO-0006");
            assert!(line.contains(&holder), "{line}");
        }
        signal(&serving, name);
        let status = serving.wait().unwrap();
        let mut last = String::new();
        out.read_line(&mut last).unwrap();
        assert_eq!(status.code(), Some(0), "SIG{name}");
        assert_eq!(last, "Stopped; everything acknowledged is on disk.\n");
        home.ok(&["status"]);
    }
}

#[test]
fn a_store_of_another_format_is_not_touched() {
    let home = Home::new();
    let file = home.data().join("store/FORMAT");
    let right = fs::read(&file).unwrap();
    fs::write(&file, "pluto store 9\n").unwrap();
    let line = home.refused_until(&["status"], "STO-0010", || fs::write(&file, right).unwrap());
    assert!(line.contains("`pluto store 9`") && line.contains("knows `1`"), "{line}");
}

#[test]
fn a_foreign_file_is_named_and_not_touched() {
    for (place, name) in [("store", "holiday.jpg"), ("store/log", "0000.seg.bak")] {
        let home = Home::new();
        let file = home.data().join(place).join(name);
        fs::write(&file, "not ours").unwrap();
        let away = || fs::remove_file(&file).unwrap();
        let line = home.refused_until(&["status"], "STO-0011", away);
        assert!(line.contains(&format!("`{name}`")), "{line}");
    }
}

#[test]
fn a_keystore_is_opened_with_its_passphrase_and_by_its_owner_only() {
    let home = Home::new();
    let before = contents(&home.data());
    let create = ["id", "create", "agent"];
    let wrong = home.command(&create).env("PLUTO_PASSPHRASE", "wrong horse").output().unwrap();
    refused(&wrong, "IDN-0011");
    let none = home.command(&create).env_remove("PLUTO_PASSPHRASE").output().unwrap();
    refused(&none, "NOD-0005");
    assert_eq!(contents(&home.data()), before);
    let keys = home.data().join("keys");
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o640)).unwrap();
    let line = home.refused_until(&create, "IDN-0008", || {
        fs::set_permissions(&keys, fs::Permissions::from_mode(0o600)).unwrap();
    });
    assert!(line.contains("mode `0640`"), "{line}");
}

/// Gives everything below `path` to `nobody`, with `mode`.
fn give_away(path: &Path, mode: u32) {
    chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    if path.is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| give_away(&entry.unwrap().path(), mode));
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_directory_that_may_not_be_written_is_refused_with_a_code() {
    if !is_root() {
        println!("skipped: only root can become another user");
        return;
    }
    let home = Home::new();
    let binary = home.dir.path().join("pluto");
    fs::copy(pluto_binary(), &binary).unwrap();
    let as_nobody = || {
        let mut command = Command::new(&binary);
        command.arg("status").env("PLUTO_DATA", home.data()).env("RUST_BACKTRACE", "0");
        command.current_dir(home.dir.path()).uid(NOBODY).gid(NOBODY).output().unwrap()
    };
    give_away(home.dir.path(), 0o500);
    refused(&as_nobody(), "STO-0001");
    give_away(home.dir.path(), 0o700);
    let output = as_nobody();
    assert!(output.status.success(), "{}", text(&output.stderr));
}

/// Fills a file system of 8 MB in a mount namespace of its own, and frees half of it before the check,
/// which makes the index anew: `$1` is where, `$2` `crash`, `$3` the ids that were acknowledged, `$4`
/// what the writer said.
const FILL: &str = r#"
set -e
mount -t tmpfs -o size=8m none "$1"
dd if=/dev/zero of="$1/ballast" bs=64k count=64 2>/dev/null
if "$2" --writer "$1/store" --seed 5 >"$3" 2>"$4"; then exit 9; fi
rm "$1/ballast"
"$2" --check "$1/store" "$3"
"#;

#[test]
fn a_full_file_system_ends_the_writing_and_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    fs::create_dir(path("full")).unwrap();
    let may_mount = Command::new("unshare").args(["-m", "true"]).status();
    if !is_root() || !may_mount.is_ok_and(|status| status.success()) {
        println!("skipped: only root can mount a small file system");
        return;
    }
    let output = Command::new("unshare")
        .args(["-m", "sh", "-c", FILL, "sh"])
        .arg(path("full"))
        .arg(env!("CARGO_BIN_EXE_crash"))
        .args([path("ids"), path("said")])
        .output()
        .unwrap();
    let said = fs::read_to_string(path("said")).unwrap_or_default();
    assert!(output.status.success(), "{}{said}", text(&output.stderr));
    assert!(said.contains("the disk is full"), "{said}");
    let events = fs::metadata(path("ids")).unwrap().len() / 32;
    assert!(events > 100, "{events} events fit");
    println!("{events} events acknowledged before the disk was full, 0 lost");
}

#[test]
fn a_damaged_index_is_made_anew_from_the_log() {
    let home = Home::new();
    let state = home.ok(&["state", "root", "--json"]);
    let index = fs::read_dir(home.data().join("store/log")).unwrap();
    let index = index.map(|entry| entry.unwrap().path());
    let index = index.filter(|path| path.extension().is_some_and(|kind| kind == "idx"));
    for file in index.chain([home.data().join("store/index/db")]) {
        let mut bytes = fs::read(&file).unwrap();
        let used = bytes.iter().rposition(|byte| *byte != 0).unwrap();
        bytes[used / 2] ^= 0x10;
        fs::write(&file, bytes).unwrap();
    }
    home.ok(&["fsck", "--rebuild"]);
    assert_eq!(home.ok(&["state", "root", "--json"]), state);
    home.ok(&["fsck"]);
}

#[test]
fn two_processes_fold_the_same_story_to_the_same_roots() {
    let tell = |seed: &str| {
        let dir = tempfile::tempdir().unwrap();
        let told = Command::new(env!("CARGO_BIN_EXE_story")).arg(dir.path()).arg(seed).output();
        let told = told.unwrap();
        assert!(told.status.success(), "{}", text(&told.stderr));
        text(&told.stdout)
    };
    let first = tell("6");
    assert!(first.lines().count() > story(6).1.len(), "a root after each run");
    assert_eq!(tell("6"), first);
    assert_ne!(tell("7"), first);
}

#[test]
fn every_acknowledgement_has_its_sync() {
    if Command::new("strace").arg("-V").output().is_err() {
        println!("skipped: `strace` is not installed");
        return;
    }
    const RUNS: u64 = 30;
    let dir = tempfile::tempdir().unwrap();
    let counts = dir.path().join("counts");
    let output = Command::new("strace")
        .args(["-f", "-c", "-U", "name,calls", "-e", "trace=fdatasync,fsync,sync_file_range"])
        .arg("-o")
        .arg(&counts)
        .arg(env!("CARGO_BIN_EXE_story"))
        .arg(dir.path().join("data"))
        .args(["8", &RUNS.to_string()])
        .output()
        .unwrap();
    let table = fs::read_to_string(&counts).unwrap_or_default();
    if !output.status.success() && table.is_empty() {
        println!("skipped: `strace` may not trace here");
        return;
    }
    assert!(output.status.success(), "{}", text(&output.stderr));
    let calls = |name: &str| {
        let line = table.lines().find(|line| line.split_whitespace().next() == Some(name));
        line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or(0)
    };
    println!("{RUNS} acknowledgements, {} fdatasync, {} fsync", calls("fdatasync"), calls("fsync"));
    assert!(calls("fdatasync") >= RUNS, "{table}");
}
