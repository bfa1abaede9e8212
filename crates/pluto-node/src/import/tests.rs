//! What a node makes of real ratings is what the engine alone makes of them, in any order of arrival.
//!
//! Without optimisation the first 3,000 ratings are enough for a minute; `PLUTO_FULL=1` takes all.

use std::ops::ControlFlow;
use std::path::Path;

use pluto_core::LogPosition;
use pluto_core::Namespace;
use pluto_engines::trust::{day, value_ppm};
use pluto_identity::{Rotation, SecretSeed};
use pluto_nervous_system::event_bus::Source;
use pluto_nervous_system::merkle_tracker::Roots;
use pluto_storage::{LogOptions, Store};
use pluto_testkit::shared_data;

use super::*;
use crate::trust_study::{ROOTS_DEFAULT, RootChoice, parse_ratings, values};

const RATINGS_IN_DEBUG: usize = 3_000;

fn owner() -> IdentitySecret {
    IdentitySecret::from_seed(SecretSeed::from([1; 32]), Namespace::Person, Rotation::Never)
}

fn node(dir: &Path) -> Node {
    Node::start(Store::open(dir, LogOptions::default()).unwrap(), &|_| {}).unwrap()
}

/// The ratings of Bitcoin OTC.
fn real_ratings() -> Option<Vec<Rating>> {
    let file = std::fs::File::open(shared_data("ratings/soc-sign-bitcoinotc.csv")?).unwrap();
    let mut ratings = parse_ratings(std::io::BufReader::new(file)).unwrap();
    if cfg!(debug_assertions) && std::env::var_os("PLUTO_FULL").is_none() {
        ratings.truncate(RATINGS_IN_DEBUG);
    }
    Some(ratings)
}

fn import(node: &Node, owner: &IdentitySecret, ratings: &[Rating]) -> RealmId {
    let mut import = Import::begin(node, owner, "otc", ratings, ROOTS_DEFAULT).unwrap();
    days(ratings).for_each(|day| import.day(day).unwrap());
    import.realm()
}

/// Every run in the log, in order of arrival.
fn runs(node: &Node) -> Vec<Vec<u8>> {
    let mut runs = Vec::new();
    let mut keep = |_: LogPosition, bytes: &[u8]| {
        runs.push(bytes.to_vec());
        ControlFlow::Continue(())
    };
    node.system().log().scan(LogPosition(0), &mut keep).unwrap();
    runs
}

/// Fisher-Yates over splitmix64: the same permutation every time.
fn shuffle<T>(items: &mut [T], mut seed: u64) {
    for index in (1..items.len()).rev() {
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        items.swap(index, usize::try_from((z ^ (z >> 31)) % (index as u64 + 1)).unwrap());
    }
}

/// The roots of a fresh node that is given the runs in this order.
fn roots_of(runs: &[Vec<u8>], realm: RealmId) -> Roots {
    let dir = tempfile::tempdir().unwrap();
    let node = node(dir.path());
    let mut tickets = Vec::with_capacity(runs.len());
    for run in runs {
        loop {
            match node.system().submit(Source::Local, run.clone()) {
                Ok(ticket) => break tickets.push(ticket),
                Err(error) if error.kind() == pluto_error::Kind::Busy => std::thread::yield_now(),
                Err(error) => panic!("{error:?}"),
            }
        }
    }
    tickets.into_iter().for_each(|ticket| drop(ticket.wait().unwrap()));
    let roots = node.snapshot(realm).unwrap().roots();
    node.stop().unwrap();
    roots
}

#[test]
fn real_ratings_give_the_values_of_the_engine_in_any_order() {
    let Some(ratings) = real_ratings() else { return };
    let (dir, owner) = (tempfile::tempdir().unwrap(), owner());
    let node = node(dir.path());
    let realm = import(&node, &owner, &ratings);
    let snapshot = node.snapshot(realm).unwrap();
    let expected = values(&ratings, RootChoice::FirstAttesters(ROOTS_DEFAULT));
    let today = day(&*snapshot);
    let mut moved = 0;
    for (person, expected_ppm) in &expected {
        let did = rater_of(&owner, *person).did();
        let found_ppm = value_ppm(&*snapshot, did, Dimension::Reliability, today);
        assert_eq!(found_ppm, *expected_ppm, "person {person}");
        moved += usize::from(found_ppm != pluto_core::trust::NEWCOMER_PPM);
    }
    assert!(moved * 2 > expected.len(), "{moved} of {} moved", expected.len());
    let mut runs = runs(&node);
    shuffle(&mut runs, 1);
    let roots = snapshot.roots();
    node.stop().unwrap();
    assert_eq!(roots_of(&runs, realm), roots);
}

#[test]
fn a_name_is_taken_once() {
    let (dir, owner) = (tempfile::tempdir().unwrap(), owner());
    let node = node(dir.path());
    let ratings = [Rating { attester: 1, subject: 2, value: 3, time_s: 86_400 }];
    import(&node, &owner, &ratings);
    let again = Import::begin(&node, &owner, "otc", &ratings, 1).err().unwrap();
    assert_eq!(again.code(), crate::codes::NAME_TAKEN);
    node.stop().unwrap();
}

#[test]
fn a_newcomer_rates_under_the_signature_of_its_inception() {
    let (dir, owner) = (tempfile::tempdir().unwrap(), owner());
    let node = node(dir.path());
    let ratings = [Rating { attester: 1, subject: 2, value: 3, time_s: 86_400 }];
    let realm = import(&node, &owner, &ratings);
    // Genesis, checkpoint, the subject's two events, the attester's three.
    assert_eq!((runs(&node).len(), node.snapshot(realm).unwrap().roots().position), (4, 7));
    node.stop().unwrap();
}

#[test]
fn days_are_those_of_the_calendar() {
    let at = |time_s| Rating { attester: 1, subject: 2, value: 3, time_s };
    let ratings = [at(0), at(86_399), at(86_400), at(300_000)];
    assert_eq!(days(&ratings).map(<[Rating]>::len).collect::<Vec<_>>(), [2, 1, 1]);
}
