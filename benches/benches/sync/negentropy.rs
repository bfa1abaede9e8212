//! The same sets reconciled by negentropy, over event ids with their Lamport times; no limit of a frame.

use std::time::Instant;

use negentropy::{Id, Negentropy, NegentropyStorageVector};
use pluto_core::Run;
use pluto_p2p::Seeded;

use super::control::{Cost, random_id};

/// Ids of events that both have.
pub(crate) struct Common(Vec<[u8; 32]>);

impl Common {
    pub(crate) fn new(events: u64) -> Self {
        let mut random = Seeded(7);
        Self((0..events).map(|_| random_id(&mut random)).collect())
    }

    fn storage(&self, newest: &[Run]) -> NegentropyStorageVector {
        let mut storage = NegentropyStorageVector::new();
        for (lamport, id) in (1..).zip(&self.0) {
            storage.insert(lamport, Id::from_byte_array(*id)).unwrap();
        }
        for event in newest.iter().flat_map(|run| &run.events) {
            storage.insert(event.header.lamport, Id::from_byte_array(event.id.0)).unwrap();
        }
        storage.seal().unwrap();
        storage
    }

    /// One side has the newest, the other one finds out which they are; asking for them is not counted.
    pub(crate) fn reconcile(&self, newest: &[Run]) -> Cost {
        let mut late = Negentropy::owned(self.storage(&[]), 0).unwrap();
        let mut full = Negentropy::owned(self.storage(newest), 0).unwrap();
        let started = Instant::now();
        let (mut have, mut need) = (Vec::new(), Vec::new());
        let mut query = late.initiate().unwrap();
        let mut cost = Cost { control: query.len(), frames: 1, milliseconds: 0 };
        loop {
            let answer = full.reconcile(&query).unwrap();
            (cost.control, cost.frames) = (cost.control + answer.len(), cost.frames + 1);
            match late.reconcile_with_ids(&answer, &mut have, &mut need).unwrap() {
                Some(next) => query = next,
                None => break,
            }
            (cost.control, cost.frames) = (cost.control + query.len(), cost.frames + 1);
        }
        cost.milliseconds = started.elapsed().as_millis();
        assert_eq!((have.len(), need.len()), (0, newest.len()), "negentropy finds the difference");
        cost
    }
}
