//! Queues with a bound, and outlets that are away.

use tracing::Level;

use super::super::record::Line;
use super::*;

fn line(number: usize) -> Record {
    Record::Line(Line {
        at_ns: number as u64,
        level: Level::INFO,
        target: "test",
        message: number.to_string(),
        attributes: Vec::new(),
        context: None,
    })
}

/// An outlet that says when it is asked, and answers what it is told.
struct Told {
    asked: SyncSender<Vec<String>>,
    answers: Receiver<Delivery>,
}

impl Outlet for Told {
    const NAME: &'static str = "told";

    fn deliver(&mut self, batch: &[Arc<Record>]) -> Delivery {
        let message = |record: &Arc<Record>| match &**record {
            Record::Line(line) => line.message.clone(),
            other => panic!("{other:?}"),
        };
        let _ = self.asked.send(batch.iter().map(message).collect());
        self.answers.recv().unwrap_or(Delivery::Later)
    }
}

fn told() -> (Told, Receiver<Vec<String>>, SyncSender<Delivery>) {
    let (asked, batches) = sync_channel(64);
    let (answer, answers) = sync_channel(64);
    (Told { asked, answers }, batches, answer)
}

#[test]
fn an_outlet_that_hangs_costs_a_bounded_queue_and_nobody_waits() {
    let (outlet, batches, answer) = told();
    let (mut outlets, mut deliveries) = (Outlets::default(), Deliveries::default());
    deliveries.add(&mut outlets, outlet).unwrap();
    outlets.tell(line(0));
    let first = batches.recv().unwrap();
    assert_eq!(first, ["0"]);
    // It hangs in its first batch; nothing is taken out of the queue.
    let before = lost();
    for number in 0..QUEUE_MAX + 100 {
        outlets.tell(line(number + 1));
    }
    assert!(lost() - before >= 100);
    answer.send(Delivery::Done).unwrap();
    let second = batches.recv().unwrap();
    assert_eq!(second.len(), BATCH_MAX);
    assert_eq!(second[0], "1", "the oldest come first");
    drop(answer);
    drop(deliveries);
}

#[test]
fn what_is_not_taken_is_kept_and_comes_again() {
    let (outlet, batches, answer) = told();
    let (mut outlets, mut deliveries) = (Outlets::default(), Deliveries::default());
    deliveries.add(&mut outlets, outlet).unwrap();
    answer.send(Delivery::Later).unwrap();
    answer.send(Delivery::Done).unwrap();
    outlets.tell(line(7));
    assert_eq!(batches.recv().unwrap(), ["7"]);
    // The end does not wait for the pause to be over, and delivers what came meanwhile.
    outlets.tell(line(8));
    drop(deliveries);
    assert_eq!(batches.recv().unwrap(), ["7", "8"]);
}

#[test]
fn the_end_waits_for_no_outlet_that_is_away() {
    let (outlet, batches, answer) = told();
    let (mut outlets, mut deliveries) = (Outlets::default(), Deliveries::default());
    deliveries.add(&mut outlets, outlet).unwrap();
    drop(answer);
    let before = lost();
    outlets.tell(line(1));
    drop(deliveries);
    assert!(lost() > before);
    assert!(batches.iter().all(|batch| batch == ["1"]));
}
