//! Valid runs of one author without any key: the signatures are zero.

use pluto_core::event::payload_hash;
use pluto_core::traits::LogRecord;
use pluto_core::{
    Canonical, Did, Event, EventId, Header, KindNumber, Namespace, RealmId, Run, Signature,
};

/// Makes the runs of one author in one realm, each following the one before.
///
/// ```
/// let mut author = pluto_testkit::RunBuilder::new(1);
/// let run = author.run(3, b"hello");
/// assert_eq!(run.events.len(), 3);
/// assert_eq!(run.events[2].header.author_seq, 3);
/// ```
#[derive(Clone, Debug)]
pub struct RunBuilder {
    author: Did,
    realm: RealmId,
    key_ref: EventId,
    last: EventId,
    author_seq: u64,
}

impl RunBuilder {
    /// The author with that number, in a realm of its own.
    #[must_use]
    pub fn new(author: u64) -> Self {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&author.to_be_bytes());
        id[31] = 1;
        Self {
            author: Did { namespace: Namespace::ALL[0], id },
            realm: RealmId([7; 32]),
            key_ref: EventId(id),
            last: EventId(id),
            author_seq: 0,
        }
    }

    /// The author's next run: `count` events (1 to 256) with the same payload.
    #[must_use]
    pub fn run(&mut self, count: usize, payload: &[u8]) -> Run {
        self.run_of(&vec![payload; count])
    }

    /// The author's next run: one event for each payload.
    #[must_use]
    pub fn run_of(&mut self, payloads: &[&[u8]]) -> Run {
        let mut events = Vec::with_capacity(payloads.len());
        for payload in payloads {
            self.author_seq += 1;
            let header = Header {
                realm: self.realm,
                author: self.author,
                key_ref: self.key_ref,
                author_seq: self.author_seq,
                prev: Some(self.last),
                parents: self.last.into(),
                lamport: self.author_seq + 1,
                wall_ms: 0,
                kind: KindNumber(66),
                payload_version: 1,
                payload_len: u32::try_from(payload.len()).expect("a payload below 64 KiB"),
                payload_hash: payload_hash(payload),
            };
            self.last = header.id();
            events.push(Event { id: self.last, header, payload: Some((*payload).into()) });
        }
        Run { signature: Signature([0; 64]), events }
    }

    /// The author's next run as a record of the log.
    #[must_use]
    pub fn record(&mut self, count: usize, payload: &[u8]) -> LogRecord {
        record_of(&self.run(count, payload))
    }
}

/// A run as a record of the log.
#[must_use]
pub fn record_of(run: &Run) -> LogRecord {
    LogRecord { bytes: run.encode().into(), ids: run.events.iter().map(|event| event.id).collect() }
}
