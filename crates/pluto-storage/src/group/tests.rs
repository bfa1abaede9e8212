//! Every submission is answered, together with its group, and in order.

use pluto_testkit::RunBuilder;

use super::*;
use crate::codes;
use crate::disk::{Fault, MemoryDisk};
use crate::log::{LogOptions, SegmentLog};

const OPTIONS: LogOptions = LogOptions { segment_bytes: 1 << 20, step_bytes: 1 << 18 };

fn log_on(disk: &MemoryDisk) -> SegmentLog {
    SegmentLog::open(Arc::new(disk.clone()), OPTIONS).unwrap()
}

#[test]
fn many_threads_get_their_own_positions() {
    let log = log_on(&MemoryDisk::new());
    let reader = log.reader();
    let group = GroupCommit::start(log, WINDOW).unwrap();
    std::thread::scope(|scope| {
        for author in 0..16 {
            let (group, reader) = (&group, &reader);
            scope.spawn(move || {
                let mut author = RunBuilder::new(author);
                for round in 0..20 {
                    let record = author.record(2, b"x");
                    let positions = group.submit(vec![record.clone()]).unwrap().wait().unwrap();
                    assert_eq!(positions.len(), 1);
                    assert_eq!(reader.read(positions[0]).unwrap(), record.bytes.to_vec());
                    assert!(round % 7 != 3 || group.checkpoint().is_ok());
                }
            });
        }
    });
}

/// Counts its wake-ups, and what was answered at the first.
struct Watch {
    tickets: Mutex<Vec<Pin<Box<Ticket>>>>,
    ready_at_first: Mutex<Option<usize>>,
    woken: Condvar,
}

impl std::task::Wake for Watch {
    fn wake(self: Arc<Self>) {
        let mut first = self.ready_at_first.lock().unwrap();
        if first.is_none() {
            let context = &mut Context::from_waker(std::task::Waker::noop());
            let mut tickets = self.tickets.lock().unwrap();
            let ready =
                tickets.iter_mut().filter_map(|ticket| match ticket.as_mut().poll(context) {
                    Poll::Ready(outcome) => Some(outcome.unwrap()),
                    Poll::Pending => None,
                });
            *first = Some(ready.count());
            self.woken.notify_all();
        }
    }
}

#[test]
fn a_whole_group_has_its_answers_before_the_first_task_is_woken() {
    const TASKS: usize = 64;
    let gate = Arc::new(Mutex::new(()));
    let log = log_on(&MemoryDisk::new());
    let group = GroupCommit::start(Gated(Arc::clone(&gate), log), WINDOW).unwrap();
    let held = gate.lock().unwrap();
    let mut author = RunBuilder::new(1);
    // The first is a group of its own and keeps the writer at the gate.
    let first = group.submit(vec![author.record(1, b"x")]).unwrap();
    while !group.queue.state().requests.is_empty() {
        std::thread::yield_now();
    }
    let watch = Arc::new(Watch {
        tickets: Mutex::default(),
        ready_at_first: Mutex::default(),
        woken: Condvar::new(),
    });
    let waker = std::task::Waker::from(Arc::clone(&watch));
    for _ in 0..TASKS {
        let mut ticket = Box::pin(group.submit(vec![author.record(1, b"x")]).unwrap());
        assert!(ticket.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        watch.tickets.lock().unwrap().push(ticket);
    }
    drop(held);
    assert_eq!(first.wait().unwrap().len(), 1);
    let mut ready = watch.ready_at_first.lock().unwrap();
    while ready.is_none() {
        ready = watch.woken.wait(ready).unwrap();
    }
    assert_eq!(*ready, Some(TASKS));
}

/// A log whose appends wait for a gate.
struct Gated(Arc<Mutex<()>>, SegmentLog);

impl EventLog for Gated {
    fn append(&mut self, batch: &[LogRecord]) -> Result<Vec<LogPosition>> {
        let _open = self.0.lock();
        self.1.append(batch)
    }

    fn checkpoint(&mut self) -> Result<()> {
        self.1.checkpoint()
    }

    fn erase(&mut self, ids: &[pluto_core::EventId]) -> Result<u64> {
        self.1.erase(ids)
    }

    fn reader(&self) -> Arc<dyn pluto_core::traits::EventLogReader> {
        self.1.reader()
    }
}

#[test]
fn what_comes_during_a_sync_shares_the_next_one() {
    let disk = MemoryDisk::new();
    let gate = Arc::new(Mutex::new(()));
    let group = GroupCommit::start(Gated(Arc::clone(&gate), log_on(&disk)), WINDOW).unwrap();
    let before = disk.syncs();
    let held = gate.lock().unwrap();
    let mut author = RunBuilder::new(1);
    let tickets: Vec<Ticket> = (0..GROUP_RECORDS_MAX)
        .map(|_| group.submit(vec![author.record(1, b"x")]).unwrap())
        .collect();
    drop(held);
    assert!(tickets.into_iter().all(|ticket| ticket.wait().is_ok()));
    assert!(disk.syncs() - before <= 3, "{} syncs", disk.syncs() - before);
}

#[test]
fn a_failed_group_tells_every_member_and_later_ones_are_refused() {
    let disk = MemoryDisk::new();
    let log = log_on(&disk);
    disk.set_fault(Fault::Fails { at: 1, kind: std::io::ErrorKind::Other, again: false });
    let group = GroupCommit::start(log, WINDOW).unwrap();
    let mut author = RunBuilder::new(1);
    let submit = |record| group.submit(vec![record]).unwrap().wait().unwrap_err().code();
    assert_eq!(submit(author.record(1, b"x")), codes::IO);
    assert_eq!(submit(author.record(1, b"y")), codes::POISONED);
}

#[test]
fn what_was_submitted_is_stored_before_the_writer_ends() {
    let disk = MemoryDisk::new();
    let group = GroupCommit::start(log_on(&disk), WINDOW).unwrap();
    let mut author = RunBuilder::new(1);
    let tickets: Vec<Ticket> =
        (0..300).map(|_| group.submit(vec![author.record(1, b"x")]).unwrap()).collect();
    drop(group);
    let mut positions: Vec<LogPosition> =
        tickets.into_iter().flat_map(|ticket| ticket.wait().unwrap()).collect();
    assert_eq!(positions.len(), 300);
    assert!(positions.is_sorted());
    positions.dedup();
    assert_eq!(positions.len(), 300);
}

#[test]
fn a_full_queue_says_so() {
    let gate = Arc::new(Mutex::new(()));
    let held = gate.lock().unwrap();
    let log = Gated(Arc::clone(&gate), log_on(&MemoryDisk::new()));
    let group = GroupCommit::start(log, Duration::ZERO).unwrap();
    let mut author = RunBuilder::new(1);
    let mut tickets = Vec::new();
    let refused = loop {
        match group.submit(vec![author.record(1, b"x")]) {
            Ok(ticket) => tickets.push(ticket),
            Err(error) => break error,
        }
        assert!(tickets.len() <= QUEUE_SUBMISSIONS_MAX + GROUP_RECORDS_MAX + 1);
    };
    assert_eq!(refused.code(), codes::QUEUE_FULL);
    drop(held);
    assert!(tickets.into_iter().all(|ticket| ticket.wait().is_ok()));
}
