//! Power cuts and full disks under the whole node: what was acknowledged stays, the rest goes on.

use std::io::ErrorKind;
use std::sync::{Arc, Mutex};

use pluto_core::limits::PAYLOAD_BYTES_MAX;
use pluto_core::traits::{KvBatch, KvStore, VisitEntry};
use pluto_core::{Canonical, EventId, Kind, Run};
use pluto_error::Result;
use pluto_nervous_system::event_bus::Source;
use pluto_nervous_system::{NervousSystem, Recovery};
use pluto_storage::disk::{Fault, MemoryDisk, Survival};
use pluto_storage::{LogOptions, MemoryKv, SegmentLog};
use pluto_tests::{Shuffle, Writer, clean_replay, lost, open_over, person, roots_of, story_of};

const LOG: LogOptions = LogOptions { segment_bytes: 12_000, step_bytes: 4_000 };
const CHECKPOINT_EVENTS: u64 = 20;
/// Runs submitted before the first is waited for.
const RUNS_AHEAD: usize = 3;

/// A store that remembers every batch, so that it can be shown as it was.
#[derive(Default)]
struct RecordingKv {
    now: MemoryKv,
    batches: Mutex<Vec<KvBatch>>,
}

impl RecordingKv {
    /// The store as it was after the first `count` batches.
    fn rolled_back(&self, count: usize) -> Arc<MemoryKv> {
        let then = MemoryKv::new();
        for batch in self.batches.lock().unwrap().iter().take(count) {
            then.apply(batch).unwrap();
        }
        Arc::new(then)
    }

    fn batches(&self) -> usize {
        self.batches.lock().unwrap().len()
    }
}

impl KvStore for RecordingKv {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.now.get(key)
    }

    fn apply(&self, batch: &KvBatch) -> Result<()> {
        self.batches.lock().unwrap().push(batch.clone());
        self.now.apply(batch)
    }

    fn scan(&self, prefix: &[u8], visit: &mut VisitEntry<'_>) -> Result<()> {
        self.now.scan(prefix, visit)
    }

    fn flush(&self) -> Result<()> {
        self.now.flush()
    }
}

/// Three stories in three realms, told by turns.
fn workload() -> Vec<Run> {
    let stories: Vec<Vec<Run>> =
        [(1, 11), (11, 12), (21, 13)].map(|(first, seed)| story_of(first, seed).1).to_vec();
    let longest = stories.iter().map(Vec::len).max().unwrap();
    (0..longest)
        .flat_map(|at| stories.iter().filter_map(move |story| story.get(at)))
        .cloned()
        .collect()
}

fn open(disk: &MemoryDisk, kv: Arc<dyn KvStore>) -> Result<(NervousSystem, Recovery)> {
    let log = SegmentLog::open(Arc::new(disk.clone()), LOG)?;
    log.check_writable()?;
    open_over(Box::new(log), kv, CHECKPOINT_EVENTS, |_| {})
}

/// Writes until something refuses; gives the ids that were acknowledged.
fn write(system: &NervousSystem, runs: &[Run]) -> Vec<EventId> {
    let mut acknowledged = Vec::new();
    for runs in runs.chunks(RUNS_AHEAD) {
        let tickets: Vec<_> =
            runs.iter().map(|run| system.submit(Source::Local, run.encode())).collect();
        for ticket in tickets {
            let Ok(receipt) = ticket.and_then(|ticket| ticket.wait()) else { return acknowledged };
            acknowledged.extend(receipt.events.iter().map(|event| event.id));
        }
    }
    acknowledged
}

/// Opens what is left: all acknowledged events are there, and the roots are those of the log.
fn check(
    disk: &MemoryDisk,
    kv: Arc<dyn KvStore>,
    acknowledged: &[EventId],
    context: &str,
) -> NervousSystem {
    let (system, _) = open(disk, kv).unwrap_or_else(|error| panic!("{context}: {error:?}"));
    assert_eq!(lost(&system, acknowledged).unwrap(), vec![], "{context}");
    let replayed = clean_replay(Arc::clone(system.log())).unwrap();
    assert_eq!(roots_of(&system), replayed, "{context}");
    system
}

/// The whole workload without a fault: how many operations of the disk it takes.
fn operations(runs: &[Run]) -> u64 {
    let disk = MemoryDisk::new();
    let (system, _) = open(&disk, Arc::new(MemoryKv::new())).unwrap();
    let events: usize = runs.iter().map(|run| run.events.len()).sum();
    assert_eq!(write(&system, runs).len(), events);
    disk.operations()
}

/// Power cuts to place in the workload; all of them with `PLUTO_POWER_CUTS=100000`.
fn cuts_max() -> u64 {
    std::env::var("PLUTO_POWER_CUTS").ok().and_then(|text| text.parse().ok()).unwrap_or(40)
}

#[test]
fn a_power_cut_at_any_point_loses_nothing_whatever_became_of_the_index() {
    let runs = workload();
    let total = operations(&runs);
    let complete = {
        let (system, _) = open(&MemoryDisk::new(), Arc::new(MemoryKv::new())).unwrap();
        write(&system, &runs);
        roots_of(&system)
    };
    let mut random = Shuffle(3);
    let (mut cuts, mut kept) = (0, 0);
    for after in (0..total).step_by(usize::try_from(total.div_ceil(cuts_max())).unwrap()) {
        let disk = MemoryDisk::new();
        disk.set_fault(Fault::PowerCut { after });
        let kv = Arc::new(RecordingKv::default());
        let acknowledged = match open(&disk, Arc::clone(&kv) as Arc<dyn KvStore>) {
            Ok((system, _)) => write(&system, &runs),
            Err(_) => Vec::new(),
        };
        for survival in [Survival::Nothing, Survival::Everything, Survival::Torn(after)] {
            let rolled_back = random.below(kv.batches() + 1);
            for batches in [0, rolled_back, kv.batches()] {
                let left = disk.after_power_cut(survival);
                let context =
                    format!("cut after {after} of {total}, {survival:?}, {batches} batches");
                let system = check(&left, kv.rolled_back(batches), &acknowledged, &context);
                if batches == rolled_back {
                    write(&system, &runs);
                    assert_eq!(roots_of(&system), complete, "{context}: it does not go on");
                }
                cuts += 1;
            }
        }
        kept += acknowledged.len();
    }
    println!("{cuts} openings after a power cut, {kept} events acknowledged before, 0 lost");
    assert!(kept > 0);
}

#[test]
fn a_full_disk_refuses_writes_and_nothing_else() {
    let runs = workload();
    let total = operations(&runs);
    // How many operations there are depends a little on what shares a sync: none near the end.
    for at in [total / 7, total / 3, total / 2] {
        let disk = MemoryDisk::new();
        disk.set_fault(Fault::Fails { at, kind: ErrorKind::StorageFull, again: true });
        let kv = Arc::new(MemoryKv::new());
        let (system, _) = open(&disk, kv.clone()).unwrap();
        let acknowledged = write(&system, &runs);
        let refused = runs.iter().find_map(|run| {
            let ticket = system.submit(Source::Local, run.encode());
            ticket.and_then(|ticket| ticket.wait()).err()
        });
        let refused = refused.unwrap_or_else(|| panic!("operation {at} of {total}: all accepted"));
        assert_eq!(refused.code().id(), "NRV-0008", "{refused:?}");
        assert!(refused.chain().contains("the disk is full"), "{refused:?}");
        assert!(system.failure().is_some_and(|why| why.contains("the disk is full")));
        let stored = acknowledged.iter().filter(|id| {
            let found = system.log().find(id).unwrap();
            found.is_some_and(|at| Run::decode(&system.log().read(at.record).unwrap()).is_ok())
        });
        assert_eq!(stored.count(), acknowledged.len(), "reads go on");
        let events: u64 = roots_of(&system).values().map(|roots| roots.position).sum();
        assert_eq!(events, acknowledged.len() as u64, "snapshots show what was acknowledged");
        drop(system);
        disk.set_fault(Fault::Never);
        let system = check(&disk.after_kill(), kv, &acknowledged, "space again");
        write(&system, &runs);
        let events: usize = runs.iter().map(|run| run.events.len()).sum();
        let there: u64 = roots_of(&system).values().map(|roots| roots.position).sum();
        assert_eq!(there, events as u64, "after operation {at} the rest is accepted");
    }
}

/// Waits until the node takes writes again, or never will; tells which.
fn recovers(system: &NervousSystem) -> bool {
    while system.failure().is_some() && !system.has_ended() {
        std::thread::yield_now();
    }
    !system.has_ended()
}

#[test]
fn writing_goes_on_when_there_is_room_again() {
    let runs = workload();
    let total = operations(&runs);
    let complete = {
        let (system, _) = open(&MemoryDisk::new(), Arc::new(MemoryKv::new())).unwrap();
        write(&system, &runs);
        roots_of(&system)
    };
    let (mut resumed, mut ended) = (0, 0);
    for at in (10..total * 3 / 4).step_by(7) {
        let disk = MemoryDisk::new();
        let kv = Arc::new(MemoryKv::new());
        let (system, _) = open(&disk, kv.clone()).unwrap();
        disk.set_fault(Fault::Fails { at, kind: ErrorKind::StorageFull, again: true });
        let mut acknowledged = write(&system, &runs);
        disk.set_fault(Fault::Never);
        // The fault may have hit a checkpoint only: then nothing was refused.
        let was_refused = system.failure().is_some();
        if recovers(&system) {
            resumed += u64::from(was_refused);
            acknowledged.extend(write(&system, &runs));
            assert_eq!(roots_of(&system), complete, "operation {at}: it does not go on");
        } else {
            ended += 1;
            let refused = system.submit(Source::Local, runs[0].encode()).unwrap_err();
            assert_eq!(refused.code().id(), "NRV-0008");
        }
        drop(system);
        check(&disk.after_kill(), kv, &acknowledged, &format!("room again, operation {at}"));
    }
    println!("{resumed} went on, {ended} had to be opened anew");
    assert!(resumed > 2 && ended > 2, "{resumed} {ended}");
}

#[test]
fn a_crowd_of_large_runs_is_stored() {
    let alice = person(1);
    let (mut writer, genesis) = Writer::open(&alice);
    let node = MemoryDisk::new();
    let log = SegmentLog::open(Arc::new(node), LogOptions::default()).unwrap();
    let (system, _) = open_over(Box::new(log), Arc::new(MemoryKv::new()), 5_000, |_| {}).unwrap();
    let payload = vec![7; PAYLOAD_BYTES_MAX];
    let runs = (0..64).map(|_| {
        let events = (0..15).map(|_| writer.event(&alice, Kind::RecordPut, &payload)).collect();
        alice.sign(events)
    });
    let runs: Vec<Run> = std::iter::once(genesis).chain(runs).collect();
    let tickets: Vec<_> =
        runs.iter().map(|run| system.submit(Source::Local, run.encode()).unwrap()).collect();
    for (run, ticket) in runs.iter().zip(tickets) {
        assert_eq!(ticket.wait().unwrap().events.len(), run.events.len());
    }
}

#[test]
fn a_sync_that_fails_is_never_an_acknowledgement() {
    let runs = workload();
    let total = operations(&runs);
    for at in (5..total).step_by(37) {
        let disk = MemoryDisk::new();
        disk.set_fault(Fault::Fails { at, kind: ErrorKind::Other, again: false });
        let kv = Arc::new(MemoryKv::new());
        let acknowledged = match open(&disk, kv.clone()) {
            Ok((system, _)) => write(&system, &runs),
            Err(_) => Vec::new(),
        };
        for survival in [Survival::Nothing, Survival::Torn(at)] {
            let left = disk.after_power_cut(survival);
            let context = format!("operation {at} of {total} failed, then {survival:?}");
            check(&left, Arc::new(MemoryKv::new()), &acknowledged, &context);
        }
    }
}
