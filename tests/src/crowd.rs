//! A crowd: authors who write at once, in two realms, and tell what was acknowledged to them.
//!
//! Each author knows the others' events only from time to time, so that most runs arrive late and are
//! put in their place, as between real nodes.

use pluto_core::payload::RecordPut;
use pluto_core::{Canonical, Event, EventId, Kind, RealmId};
use pluto_error::Result;
use pluto_nervous_system::event_bus::Source;
use pluto_nervous_system::{Composer, NervousSystem};
use pluto_storage::LogOptions;

use crate::people::{Person, Shuffle, Writer, person};

/// Authors.
pub const CROWD_SIZE: u8 = 4;
/// Segments small enough that a crowd fills several.
pub const CROWD_LOG: LogOptions = LogOptions { segment_bytes: 128 * 1024, step_bytes: 32 * 1024 };

const REALMS: u8 = 2;
const RUNS_AHEAD_MAX: usize = 4;
const RUN_EVENTS_MAX: usize = 64;
const VALUE_BYTES_MAX: usize = 300;
/// One run in this many carries large values, beyond what a sector or a step holds.
const LARGE_ONE_IN: usize = 24;
const LARGE_BYTES: usize = 9_000;
const WALL_MS: u64 = 1_000;

/// Writes until something refuses; gives that error. `told` hears every acknowledged event after its
/// acknowledgement, in batches, from several threads.
///
/// # Errors
/// Always: what ended the writing.
pub fn crowd(system: &NervousSystem, seed: u64, told: &(dyn Fn(&[EventId]) + Sync)) -> Result<()> {
    let realms = (1..=REALMS).map(|n| realm(system, n, told)).collect::<Result<Vec<_>>>()?;
    std::thread::scope(|scope| {
        let mut writers = Vec::new();
        for (number, realm) in (1..=CROWD_SIZE).zip(realms.iter().cycle()) {
            let random = Shuffle(seed.wrapping_mul(31).wrapping_add(u64::from(number)));
            writers.push(scope.spawn(move || write(system, number, *realm, random, told)));
        }
        let ends: Vec<Result<()>> =
            writers.into_iter().map(|writer| writer.join().unwrap_or(Ok(()))).collect();
        ends.into_iter().collect()
    })
}

/// The realm that person `number` opens, opened if it is not there.
fn realm(system: &NervousSystem, number: u8, told: &dyn Fn(&[EventId])) -> Result<RealmId> {
    let (writer, genesis) = Writer::open(&person(number));
    if system.snapshot(writer.realm()).is_none() {
        let receipt = system.submit(Source::Local, genesis.encode())?.wait()?;
        told(&receipt.events.iter().map(|event| event.id).collect::<Vec<_>>());
    }
    Ok(writer.realm())
}

fn write(
    system: &NervousSystem,
    number: u8,
    realm: RealmId,
    mut random: Shuffle,
    told: &dyn Fn(&[EventId]),
) -> Result<()> {
    let author = person(number);
    loop {
        let draft = system.draft(realm, author.did())?;
        let mut composer = Composer::resume(realm, author.did(), draft);
        let mut tickets = Vec::new();
        for _ in 0..=random.below(RUNS_AHEAD_MAX) {
            let events = events(&author, &mut composer, &mut random);
            tickets.push(system.submit(Source::Local, author.sign(events).encode())?);
        }
        for ticket in tickets {
            let receipt = ticket.wait()?;
            told(&receipt.events.iter().map(|event| event.id).collect::<Vec<_>>());
        }
    }
}

fn events(author: &Person, composer: &mut Composer, random: &mut Shuffle) -> Vec<Event> {
    let mut events = Vec::new();
    if !composer.knows(&author.did()) {
        events.push(composer.inception(author.secret.inception(), WALL_MS));
    }
    let large = random.below(LARGE_ONE_IN) == 0;
    for _ in 0..=random.below(RUN_EVENTS_MAX) {
        let bytes = if large { LARGE_BYTES } else { random.below(VALUE_BYTES_MAX) };
        let put = RecordPut {
            collection: "crowd".into(),
            key: random.below(40).to_be_bytes().to_vec(),
            value: vec![u8::try_from(bytes % 251).unwrap_or_default(); bytes],
        };
        events.push(composer.compose(author.did(), Kind::RecordPut, &put.encode(), WALL_MS));
    }
    events
}
