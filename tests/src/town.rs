//! A town: many small realms, each of which somebody opened and wrote some records in.

use pluto_core::payload::{Admission, RealmGenesis, RecordPut};
use pluto_core::{Canonical, Kind, Run};
use pluto_nervous_system::Composer;

use crate::people::{Shuffle, person};

const WALL_MS: u64 = 1_000;
/// Longest value of a record.
const VALUE_BYTES_MAX: usize = 120;

/// The runs that make `realms` realms with `entries` records each, two runs for each realm.
#[must_use]
pub fn town(realms: u32, entries: u32, seed: u64) -> Vec<Run> {
    (0..realms).flat_map(|number| house(number, entries, seed)).collect()
}

/// The runs that make one realm of a town.
#[must_use]
pub fn house(number: u32, entries: u32, seed: u64) -> [Run; 2] {
    let owner = person(u8::try_from(number % 200).unwrap_or_default() + 40);
    let genesis = RealmGenesis {
        name: format!("house {number} of {seed}"),
        admission: Admission::Open,
        trust_roots: Vec::new(),
        creator: owner.secret.inception().clone(),
    };
    let mut random = Shuffle(seed.wrapping_mul(1 << 32).wrapping_add(u64::from(number)));
    let (mut composer, opening) = Composer::genesis(&genesis, WALL_MS);
    let records = (0..entries).map(|entry| {
        let put = RecordPut {
            collection: "rooms".into(),
            key: entry.to_be_bytes().to_vec(),
            value: vec![
                u8::try_from(entry % 251).unwrap_or_default();
                random.below(VALUE_BYTES_MAX)
            ],
        };
        composer.compose(owner.did(), Kind::RecordPut, &put.encode(), WALL_MS)
    });
    let records = records.collect();
    [owner.sign(vec![opening]), owner.sign(records)]
}
