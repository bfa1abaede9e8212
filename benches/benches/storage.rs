//! The log against the disk itself and against fjall, sled and redb; one million events in it.
//!
//! Every case appends real runs of one event, 300 bytes each, and returns when they are durable (sled:
//! when its `flush` returns, which is before they are). A round of 256 batches of 64 is longer than
//! one zero-filled step of a segment, so that the cost of making room is in its figure. Files live
//! in the working directory's `target`, on whatever disk that is. `PLUTO_BENCH_EVENTS` replaces the
//! million. Never run the peers with a real-time priority: with one, two CPUs were seen to spin for good.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench stops at the first fault"
)]

#[path = "storage/peers.rs"]
mod peers;

use std::cell::RefCell;
use std::fs::File;
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pluto_benches::{Case, Clock, Report, run_interleaved, say, size, wanted};
use pluto_core::LogPosition;
use pluto_core::ids::EventId;
use pluto_core::traits::{EventLog, LogRecord};
use pluto_storage::disk::RealDisk;
use pluto_storage::{GroupCommit, LogOptions, SegmentLog, WINDOW};
use pluto_testkit::RunBuilder;

use peers::{Fjall, Peer, Redb, Sled};

/// Makes a run of one event 300 bytes long.
const PAYLOAD: &[u8; 4] = b"abcd";
const RECORD_BYTES: usize = 300;
const RAW_BYTES: u64 = 64 * 1024 * 1024;
const SUBMITTERS: usize = 64;

fn main() {
    let parts: [(&str, fn()); 4] =
        [("batch64", batch64), ("batch1", batch1), ("group", group), ("million", million)];
    parts.iter().filter(|(name, _)| wanted(name)).for_each(|(_, run)| run());
}

/// New records, batch by batch.
struct Source {
    author: RunBuilder,
    batches: usize,
    batch: usize,
}

impl Source {
    fn new(author: u64, batches: usize, batch: usize) -> RefCell<Self> {
        RefCell::new(Self { author: RunBuilder::new(author), batches, batch })
    }

    fn next(&mut self) -> Vec<Vec<LogRecord>> {
        let mut batch =
            || (0..self.batch).map(|_| self.author.record(1, PAYLOAD)).collect::<Vec<_>>();
        let batches: Vec<_> = (0..self.batches).map(|_| batch()).collect();
        assert!(batches.iter().flatten().all(|record| record.bytes.len() == RECORD_BYTES));
        batches
    }
}

fn fresh_dir() -> tempfile::TempDir {
    let base = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    tempfile::tempdir_in(base).unwrap()
}

fn open(dir: &Path) -> SegmentLog {
    let disk = RealDisk::create(dir).unwrap();
    SegmentLog::open(Arc::new(disk), LogOptions::default()).unwrap()
}

fn append_all(log: &RefCell<SegmentLog>, batches: &[Vec<LogRecord>]) {
    for batch in batches {
        log.borrow_mut().append(batch).unwrap();
    }
}

/// The floor: one write and one `fdatasync` per batch in a file filled with zeros before.
struct Raw {
    file: File,
    at: u64,
}

impl Raw {
    fn new(dir: &Path) -> RefCell<Self> {
        let file = File::options().create_new(true).write(true).open(dir.join("raw")).unwrap();
        for at in (0..RAW_BYTES).step_by(1 << 20) {
            file.write_all_at(&[0; 1 << 20], at).unwrap();
        }
        file.sync_all().unwrap();
        RefCell::new(Self { file, at: 0 })
    }

    fn append(&mut self, batches: &[Vec<LogRecord>]) {
        let mut buffer = Vec::new();
        for batch in batches {
            buffer.clear();
            batch.iter().for_each(|record| buffer.extend_from_slice(&record.bytes));
            if self.at + buffer.len() as u64 > RAW_BYTES {
                self.at = 0;
            }
            self.file.write_all_at(&buffer, self.at).unwrap();
            self.file.sync_data().unwrap();
            self.at += buffer.len() as u64;
        }
    }
}

fn peer_case<'a>(
    name: &str,
    batches: usize,
    source: &'a RefCell<Source>,
    peer: &'a RefCell<impl Peer>,
) -> Case<'a> {
    let run = |batches: Vec<Vec<LogRecord>>| {
        batches.iter().for_each(|batch| peer.borrow_mut().append(batch));
    };
    Case::with_setup(name, batches, || source.borrow_mut().next(), run)
}

/// Durable appends, per batch, against the raw file and the peers.
fn append(batches: usize, batch: usize, slower_max: f64) -> Report {
    let dir = fresh_dir();
    let source = Source::new(1, batches, batch);
    let raw = Raw::new(dir.path());
    let log = RefCell::new(open(&dir.path().join("log")));
    let fjall = RefCell::new(Fjall::open(&dir.path().join("fjall")));
    let sled = RefCell::new(Sled::open(&dir.path().join("sled")));
    let redb = RefCell::new(Redb::open(&dir.path().join("redb")));
    let next = || source.borrow_mut().next();
    let report = run_interleaved(
        &format!("durable append, batch {batch}, per batch, fresh stores"),
        Clock::WallWithoutQueue,
        vec![
            Case::with_setup("raw", batches, next, |batches| raw.borrow_mut().append(&batches)),
            Case::with_setup("pluto", batches, next, |batches| append_all(&log, &batches)),
            peer_case("fjall", batches, &source, &fjall),
            peer_case("sled (not durable)", batches, &source, &sled),
            peer_case("redb", batches, &source, &redb),
        ],
    );
    report.goal("pluto", "raw", 1.0 / slower_max, 1.0 / slower_max);
    report
}

fn batch64() {
    let report = append(size(256, 16), 64, 1.3);
    report.goal("pluto", "fjall", 1.0, 2.5);
    report.goal("pluto", "sled (not durable)", 1.0, 4.0);
    report.goal("pluto", "redb", 1.0, 7.5);
}

fn batch1() {
    append(size(256, 16), 1, 1.1);
}

/// One record after the other, each awaited before the next.
async fn submit(group: &GroupCommit, records: Vec<LogRecord>) {
    for record in records {
        group.submit(vec![record]).unwrap().await.unwrap();
    }
}

/// Submissions of one record in a closed loop: 64 against one, as threads and as tasks of one thread.
/// The clock cannot take out the time that the other threads wait for a CPU: on a busy machine the
/// ratios come out too small.
fn group() {
    let dir = fresh_dir();
    let each = size(200, 4);
    let start = |name: &str| GroupCommit::start(open(&dir.path().join(name)), WINDOW).unwrap();
    let [thread, threads, task, tasks] = ["thread", "threads", "task", "tasks"].map(start);
    let tasks = std::rc::Rc::new(tasks);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let authors = RefCell::new(0);
    let records = || {
        let mut number = authors.borrow_mut();
        *number += 1;
        let mut author = RunBuilder::new(*number);
        (0..each).map(|_| author.record(1, PAYLOAD)).collect::<Vec<_>>()
    };
    let wait = |group: &GroupCommit, records: Vec<LogRecord>| {
        for record in records {
            group.submit(vec![record]).unwrap().wait().unwrap();
        }
    };
    let crowd = || (0..SUBMITTERS).map(|_| records()).collect::<Vec<_>>();
    let run_threads = |all: Vec<Vec<LogRecord>>| {
        let (wait, threads) = (&wait, &threads);
        std::thread::scope(|scope| {
            for records in all {
                scope.spawn(move || wait(threads, records));
            }
        });
    };
    let run_tasks = |all: Vec<Vec<LogRecord>>| {
        let local = tokio::task::LocalSet::new();
        for records in all {
            let tasks = std::rc::Rc::clone(&tasks);
            local.spawn_local(async move { submit(&tasks, records).await });
        }
        runtime.block_on(local);
    };
    let report = run_interleaved(
        "durable submissions of one event, per submission",
        Clock::WallWithoutQueue,
        vec![
            Case::with_setup("one thread", each, records, |records| wait(&thread, records)),
            Case::with_setup("64 threads", SUBMITTERS * each, crowd, run_threads),
            Case::with_setup("one task", each, records, |records| {
                runtime.block_on(submit(&task, records));
            }),
            Case::with_setup("64 tasks", SUBMITTERS * each, crowd, run_tasks),
        ],
    );
    report.goal("64 threads", "one thread", 20.0, 20.0);
    report.goal("64 tasks", "one task", 20.0, 20.0);
}

/// A log of many events on disk, closed.
struct Filled {
    dir: tempfile::TempDir,
    ids: Vec<EventId>,
    positions: Vec<LogPosition>,
}

fn events() -> usize {
    let asked = std::env::var("PLUTO_BENCH_EVENTS").ok().and_then(|text| text.parse().ok());
    asked.unwrap_or_else(|| size(1_000_000, 20_000))
}

fn filled() -> Filled {
    let dir = fresh_dir();
    let mut log = open(dir.path());
    let mut author = RunBuilder::new(9);
    let (mut ids, mut positions) = (Vec::new(), Vec::new());
    while ids.len() < events() {
        let batch: Vec<LogRecord> = (0..64).map(|_| author.record(1, PAYLOAD)).collect();
        positions.extend(log.append(&batch).unwrap());
        ids.extend(batch.iter().flat_map(|record| &record.ids));
    }
    log.close().unwrap();
    Filled { dir, ids, positions }
}

fn million() {
    let filled = filled();
    disk_bytes(&filled);
    open_and_append(&filled);
    read(&filled);
}

fn disk_bytes(filled: &Filled) {
    let files = std::fs::read_dir(filled.dir.path()).unwrap();
    let disk: u64 = files.map(|file| file.unwrap().metadata().unwrap().len()).sum();
    let logical = (filled.ids.len() * RECORD_BYTES) as f64;
    let ratio = disk as f64 / logical;
    say(&format!("\n{} events: {disk} bytes on disk, {ratio:.3} of their own\n", filled.ids.len()));
}

fn open_and_append(filled: &Filled) {
    let start = std::time::Instant::now();
    drop(open(filled.dir.path()));
    say(&format!("first open: {} us\n", start.elapsed().as_micros()));
    let small = fresh_dir();
    open(small.path()).close().unwrap();
    run_interleaved(
        "clean open",
        Clock::WallWithoutQueue,
        vec![
            Case::new("empty log", 1, || open(small.path())),
            Case::new("full log", 1, || open(filled.dir.path())),
        ],
    );
    let batches = size(256, 16);
    let source = Source::new(2, batches, 64);
    let next = || source.borrow_mut().next();
    let full = RefCell::new(open(filled.dir.path()));
    let fresh = RefCell::new(open(small.path()));
    let report = run_interleaved(
        "durable append, batch 64, per batch, fresh and full log",
        Clock::WallWithoutQueue,
        vec![
            Case::with_setup("fresh", batches, next, |batches| append_all(&fresh, &batches)),
            Case::with_setup("full", batches, next, |batches| append_all(&full, &batches)),
        ],
    );
    report.goal("full", "fresh", 1.0 / 1.1, 1.0 / 1.1);
    full.into_inner().close().unwrap();
}

fn read(filled: &Filled) {
    let log = open(filled.dir.path());
    let reader = log.reader();
    let count = size(100_000, 5_000);
    let picks: Vec<usize> =
        (0..count).map(|n| n.wrapping_mul(2_654_435_761) % filled.ids.len()).collect();
    let strangers = RunBuilder::new(77).record(256, PAYLOAD).ids;
    let mut buffer = vec![0; 1 << 20];
    let total = filled.ids.len();
    run_interleaved(
        "reading, per event, warm page cache",
        Clock::ThreadCpu,
        vec![
            Case::new("read the files only", total, || read_files(filled.dir.path(), &mut buffer)),
            Case::new("scan with checksums", total, || {
                let mut seen = 0;
                let visit = &mut |_: LogPosition, bytes: &[u8]| {
                    seen += bytes.len();
                    ControlFlow::Continue(())
                };
                reader.scan(LogPosition(0), visit).unwrap();
                seen
            }),
            Case::new("read by position", count, || {
                picks.iter().for_each(|pick| {
                    std::hint::black_box(reader.read(filled.positions[*pick]).unwrap());
                });
            }),
            Case::new("find by id", count, || {
                picks.iter().for_each(|pick| {
                    assert!(reader.find(&filled.ids[*pick]).unwrap().is_some());
                });
            }),
            Case::new("find a stranger", count, || {
                strangers.iter().cycle().take(count).for_each(|id| {
                    assert!(reader.find(id).unwrap().is_none());
                });
            }),
        ],
    );
}

fn read_files(dir: &Path, buffer: &mut [u8]) -> u64 {
    let mut total = 0;
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|kind| kind == "seg") {
            let file = File::open(path).unwrap();
            let mut at = 0;
            while let Ok(read @ 1..) = file.read_at(buffer, at) {
                at += read as u64;
            }
            total += at;
        }
    }
    total
}
