//! One flipped bit anywhere in a data directory: the same answers, or an error with a code.
//!
//! Every copy is opened by a process of its own (`inspect`), so that a panic, an abort and a hang are
//! told from an error. What `pluto fsck --rebuild` calls repaired must hold the same as before.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use pluto_core::Canonical;
use pluto_core::traits::BlobStore;
use pluto_nervous_system::event_bus::Source;
use pluto_node::node::{Node, store_dir};
use pluto_storage::{LogOptions, Store};
use pluto_tests::{Shuffle, person, pluto_binary, story_of};

const LOG: LogOptions = LogOptions { segment_bytes: 24_000, step_bytes: 8_000 };
const THREADS: u64 = 2;
/// A process that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the contract does not allow.
const BROKEN: &str = "BROKEN: ";

/// Bits to flip: `PLUTO_FLIPS=1000` for the figure of docs/reliability.md.
fn flips() -> u64 {
    std::env::var("PLUTO_FLIPS").ok().and_then(|text| text.parse().ok()).unwrap_or(200)
}

/// A folder in memory where there is one: what decays is bytes, no matter where they are.
fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

/// A node of several segments, tiles, realms and blobs, as a running process has it on disk (first) and
/// as a clean stop leaves it (second).
fn originals(root: &Path) -> [PathBuf; 2] {
    let (running, stopped) = (root.join("running"), root.join("stopped"));
    let store = Store::open(&store_dir(&stopped), LOG).unwrap();
    for size in [0, 10, 5_000] {
        store.blobs.put(&vec![7; size]).unwrap();
    }
    let node = Node::start(store, &|_| {}).unwrap();
    let write = |runs: Vec<pluto_core::Run>| {
        for run in runs {
            node.system().submit(Source::Local, run.encode()).unwrap().wait().unwrap();
        }
    };
    let (mut writer, runs) = story_of(1, 5);
    write(runs);
    write((0..8).map(|_| writer.records(&person(1), 60)).collect());
    node.system().checkpoint().unwrap();
    write(story_of(21, 6).1);
    copy(&stopped, &running);
    node.stop().unwrap();
    [running, stopped]
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// All files that have bytes, sorted.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path()));
        } else if entry.metadata().unwrap().len() > 0 {
            found.push(entry.path());
        }
    }
    found.sort();
    found
}

/// Flips one bit of one file, half the time of a byte that is not zero; says where.
fn flip(dir: &Path, random: &mut Shuffle) -> String {
    let files = files(dir);
    let file = &files[random.below(files.len())];
    let mut bytes = fs::read(file).unwrap();
    let used: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
    let anywhere = random.below(2) == 0 || used.is_empty();
    let at = if anywhere { random.below(bytes.len()) } else { used[random.below(used.len())] };
    let bit = random.below(8);
    bytes[at] ^= 1 << bit;
    fs::write(file, bytes).unwrap();
    format!("{} byte {at} bit {bit}", file.strip_prefix(dir).unwrap().display())
}

/// Runs to the end; an error when that takes too long.
fn run(command: &mut Command) -> Result<Output, String> {
    let child = command.env("RUST_BACKTRACE", "0").stdin(Stdio::null());
    let child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let id = child.id();
    let (done, ended) = sync_channel(1);
    std::thread::spawn(move || drop(done.send(child.wait_with_output().unwrap())));
    ended.recv_timeout(PATIENCE).map_err(|_| {
        let _ = Command::new("kill").args(["-9", &id.to_string()]).status();
        "the process hangs".to_owned()
    })
}

fn inspect(data: &Path) -> Result<Output, String> {
    run(Command::new(env!("CARGO_BIN_EXE_inspect")).arg(data))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What became of a flip in `place`; an error when it is none of what the contract allows.
fn outcome(data: &Path, truth: &str, place: &str) -> Result<String, String> {
    let found = inspect(data)?;
    let error = text(&found.stderr);
    match found.status.code() {
        Some(0) if text(&found.stdout) == truth => return Ok("same answers".to_owned()),
        Some(0) => return Err("a wrong answer".to_owned()),
        Some(1) => {}
        _ => return Err(format!("{}: {error}", found.status)),
    }
    let last = error.lines().last().unwrap_or_default();
    let code = last.split(' ').next().unwrap_or_default();
    if code.len() != 8 || code.as_bytes()[3] != b'-' {
        return Err(format!("an error without a code: {error}"));
    }
    let repaired = repair(data, truth).map_err(|why| format!("{last}: {why}"))?;
    if place.starts_with("store/index/") || place.contains(".idx ") {
        if !last.contains("pluto fsck --rebuild") {
            return Err(format!("no advice in `{last}`"));
        }
        if !repaired {
            return Err(format!("not repaired by `pluto fsck --rebuild`: {last}"));
        }
    }
    Ok(format!("{code}, {}", if repaired { "repaired from the log" } else { "reported" }))
}

/// Whether `pluto fsck --rebuild` repairs it; what it calls repaired must hold the same as before.
fn repair(data: &Path, truth: &str) -> Result<bool, String> {
    let mut fsck = Command::new(pluto_binary());
    let output = run(fsck.arg("--data").arg(data).args(["fsck", "--rebuild", "--json"]))?;
    let error = text(&output.stderr);
    match output.status.code() {
        Some(0) => {
            let again = inspect(data)?;
            let same = again.status.success() && text(&again.stdout) == truth;
            if same {
                Ok(true)
            } else {
                Err(format!("wrong after repair: {}", text(&again.stderr)))
            }
        }
        Some(1 | 3) if error.contains("\"code\"") => Ok(false),
        _ => Err(format!("fsck: {}: {error}", output.status)),
    }
}

#[test]
fn a_flipped_bit_is_harmless_repaired_or_reported() {
    let root = scratch();
    let originals = originals(root.path());
    let truths = originals.each_ref().map(|original| {
        let copied = root.path().join("truth");
        copy(original, &copied);
        let output = inspect(&copied).unwrap();
        fs::remove_dir_all(&copied).unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    });
    assert_eq!(truths[0], truths[1]);
    assert!(files(&originals[1]).len() > 12, "segments, indexes, blobs, sled");
    let share = |thread: u64| {
        let mut random = Shuffle(thread);
        let mut tally: BTreeMap<String, u64> = BTreeMap::new();
        for number in 0..flips().div_ceil(THREADS) {
            let which = random.below(2);
            let data = root.path().join(format!("copy-{thread}-{number}"));
            copy(&originals[which], &data);
            let place = flip(&data, &mut random);
            let outcome = outcome(&data, &truths[which], &place)
                .unwrap_or_else(|why| format!("{BROKEN}{place}: {why}"));
            *tally.entry(outcome).or_default() += 1;
            fs::remove_dir_all(&data).unwrap();
        }
        tally
    };
    let mut tally: BTreeMap<String, u64> = BTreeMap::new();
    std::thread::scope(|scope| {
        let share = &share;
        let threads: Vec<_> = (1..=THREADS).map(|n| scope.spawn(move || share(n))).collect();
        for (outcome, count) in threads.into_iter().flat_map(|thread| thread.join().unwrap()) {
            *tally.entry(outcome).or_default() += count;
        }
    });
    for (outcome, count) in &tally {
        println!("{count:>5}  {outcome}");
    }
    assert!(!tally.keys().any(|outcome| outcome.starts_with(BROKEN)), "see the list above");
    assert!(tally.len() > 3, "flips must hit more than one kind of file: {tally:?}");
}
