//! Kills a writing node with SIGKILL, again and again, and checks what is left:
//! `crash [--rounds N] [--seed N]`.
//!
//! Each round starts this binary as a writer on a data directory. The writer prints the id of every
//! event after its acknowledgement; the parent kills it at a seeded moment, opens the directory, and
//! asks: is every acknowledged event of this and all earlier rounds there, decoding, in its canonical
//! place? Are the roots those of the log alone? Is everything that `fsck` finds an unacknowledged rest?
//! After some rounds on one directory its index is removed, the node must come back the same, and a
//! fresh directory is begun.

use std::error::Error;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use pluto_core::EventId;
use pluto_error::Kind;
use pluto_nervous_system::NervousSystem;
use pluto_storage::{Store, fsck};
use pluto_tests::{CROWD_LOG, Shuffle, clean_replay, crowd, lost, open_over, roots_of};

type Outcome<T> = Result<T, Box<dyn Error>>;

const ROUNDS: u64 = 200;
const ROUNDS_PER_DIRECTORY: u64 = 12;
const CHECKPOINT_EVENTS: u64 = 100;
/// A round kills after up to so many acknowledged events,
const EVENTS_AHEAD_MAX: usize = 300;
/// and up to so many microseconds later.
const DELAY_US_MAX: usize = 15_000;
/// A writer that says nothing for so long stands still.
const PATIENCE: Duration = Duration::from_secs(60);
const ID_BYTES: usize = 32;
const SIGKILL: i32 = 9;
const CHUNKS_WAITING_MAX: usize = 64;
const WRITER: &str = "--writer";
const CHECK: &str = "--check";

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).cloned()
    };
    let seed = value("--seed").map_or(Ok(1), |text| text.parse())?;
    if let Some(dir) = value(WRITER) {
        return write(Path::new(&dir), seed);
    }
    if let Some(dir) = value(CHECK) {
        return verify(Path::new(&dir), Path::new(&arguments.last().cloned().unwrap_or_default()));
    }
    let rounds = value("--rounds").map_or(Ok(ROUNDS), |text| text.parse())?;
    let mut tally = Tally::default();
    let mut random = Shuffle(seed);
    while tally.rounds < rounds {
        directory(rounds, &mut random, &mut tally)?;
    }
    Ok(writeln!(std::io::stdout(), "{tally}")?)
}

/// The child: writes until it is killed, or until the node refuses. It ends then and there, as a killed
/// process does, and tidies nothing up.
fn write(dir: &Path, seed: u64) -> Outcome<()> {
    let node = open(dir)?;
    let out = Mutex::new(std::io::stdout());
    let told = |ids: &[EventId]| {
        let bytes: Vec<u8> = ids.iter().flat_map(|id| id.0).collect();
        if let Ok(mut out) = out.lock() {
            let _ = out.write_all(&bytes).and_then(|()| out.flush());
        }
    };
    if let Err(error) = crowd(&node.system, seed, &told) {
        writeln!(std::io::stderr(), "{} {}", error.code(), error.chain())?;
    }
    std::process::exit(1)
}

/// Checks a directory against a file of acknowledged ids, as a writer printed them.
fn verify(dir: &Path, ids: &Path) -> Outcome<()> {
    let acknowledged = read_ids(&std::fs::read(ids)?);
    check(dir, &acknowledged, &mut Shuffle(1), &mut Tally::default())
}

fn read_ids(bytes: &[u8]) -> Vec<EventId> {
    bytes.as_chunks::<ID_BYTES>().0.iter().map(|id| EventId(*id)).collect()
}

/// An open node.
struct Opened {
    system: NervousSystem,
    torn_bytes: u64,
    from_checkpoint: u64,
}

fn open(dir: &Path) -> pluto_error::Result<Opened> {
    let store = Store::open(dir, CROWD_LOG)?;
    store.log.check_writable()?;
    let torn_bytes = store.log.report().torn_bytes;
    let index = store.index.open()?;
    let (system, recovery) = open_over(Box::new(store.log), index, CHECKPOINT_EVENTS, |_| {})?;
    Ok(Opened { system, torn_bytes, from_checkpoint: recovery.from_checkpoint })
}

#[derive(Default)]
struct Tally {
    rounds: u64,
    directories: u64,
    acknowledged: u64,
    torn: u64,
    from_checkpoint: u64,
    recovery_max: Duration,
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "rounds (kill -9, then open)      {}", self.rounds)?;
        writeln!(f, "directories                      {}", self.directories)?;
        writeln!(f, "events acknowledged              {}", self.acknowledged)?;
        writeln!(f, "acknowledged events lost         0 (the first would have ended this)")?;
        writeln!(f, "openings that found a torn batch {}", self.torn)?;
        writeln!(f, "openings from a checkpoint       {}", self.from_checkpoint)?;
        write!(f, "longest recovery                 {} ms", self.recovery_max.as_millis())
    }
}

/// Some rounds on one directory.
fn directory(rounds: u64, random: &mut Shuffle, tally: &mut Tally) -> Outcome<()> {
    let dir = tempfile::tempdir()?;
    let store = dir.path().join("store");
    let mut acknowledged = Vec::new();
    tally.directories += 1;
    for _ in 0..ROUNDS_PER_DIRECTORY.min(rounds - tally.rounds) {
        tally.rounds += 1;
        let seed = random.next();
        let new = round(&store, seed).map_err(|error| format!("seed {seed}: {error}"))?;
        tally.acknowledged += new.len() as u64;
        acknowledged.extend(new);
        check(&store, &acknowledged, random, tally)
            .map_err(|error| format!("round {} of seed {seed}: {error}", tally.rounds))?;
    }
    let before = roots_of(&open(&store)?.system);
    std::fs::remove_dir_all(store.join("index"))?;
    if roots_of(&open(&store)?.system) != before {
        return Err("without its index the node has other roots".into());
    }
    Ok(())
}

/// Starts a writer, kills it; gives what was acknowledged.
fn round(store: &Path, seed: u64) -> Outcome<Vec<EventId>> {
    let mut random = Shuffle(seed);
    let wanted = random.below(EVENTS_AHEAD_MAX);
    let delay = Duration::from_micros(random.below(DELAY_US_MAX) as u64);
    let mut child = Command::new(std::env::current_exe()?)
        .arg(WRITER)
        .arg(store)
        .args(["--seed", &seed.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let told = listen(&mut child)?;
    let mut bytes = Vec::new();
    let heard = wait(&told, &mut bytes, wanted * ID_BYTES, delay);
    child.kill()?;
    let status = child.wait()?;
    heard?;
    bytes.extend(told.iter().flatten());
    if status.signal() != Some(SIGKILL) {
        return Err(format!("the writer ended by itself: {status}").into());
    }
    Ok(read_ids(&bytes))
}

/// What the child prints, chunk by chunk.
fn listen(child: &mut Child) -> Outcome<Receiver<Vec<u8>>> {
    let mut out = child.stdout.take().ok_or("no pipe")?;
    let (send, told) = sync_channel(CHUNKS_WAITING_MAX);
    std::thread::spawn(move || {
        let mut chunk = [0; 4096];
        while let Ok(count) = out.read(&mut chunk) {
            let bytes = chunk.get(..count).unwrap_or_default().to_vec();
            if count == 0 || send.send(bytes).is_err() {
                break;
            }
        }
    });
    Ok(told)
}

/// Listens until `wanted` bytes are there, and then for `delay`.
fn wait(
    told: &Receiver<Vec<u8>>,
    bytes: &mut Vec<u8>,
    wanted: usize,
    delay: Duration,
) -> Outcome<()> {
    while bytes.len() < wanted {
        bytes.extend(told.recv_timeout(PATIENCE).map_err(|error| format!("no word: {error}"))?);
    }
    let until = Instant::now() + delay;
    while let Some(left) = until.checked_duration_since(Instant::now()) {
        match told.recv_timeout(left) {
            Ok(chunk) => bytes.extend(chunk),
            Err(RecvTimeoutError::Timeout) => break,
            Err(RecvTimeoutError::Disconnected) => return Err("the writer ended".into()),
        }
    }
    Ok(())
}

/// Opens the directory as the next process would and asks for everything.
fn check(
    store: &Path,
    acknowledged: &[EventId],
    random: &mut Shuffle,
    tally: &mut Tally,
) -> Outcome<()> {
    if store.join("log").is_dir() {
        let findings = fsck(store)?.findings;
        if let Some(bad) = findings.iter().find(|finding| finding.code.kind() != Kind::Retry) {
            return Err(format!("fsck after the kill: {bad:?}").into());
        }
    }
    let started = Instant::now();
    let Opened { system, torn_bytes, from_checkpoint } = open(store)?;
    tally.recovery_max = tally.recovery_max.max(started.elapsed());
    tally.torn += u64::from(torn_bytes > 0);
    tally.from_checkpoint += u64::from(from_checkpoint > 0);
    let lost = lost(&system, acknowledged)?;
    if let Some((id, why)) = lost.first() {
        let of = acknowledged.len();
        return Err(
            format!("{} of {of} acknowledged events lost, first {id}: {why}", lost.len()).into()
        );
    }
    if roots_of(&system) != clean_replay(std::sync::Arc::clone(system.log()))? {
        return Err("the roots are not those of the log alone".into());
    }
    if random.below(2) == 0 {
        system.stop()?;
    }
    Ok(())
}
