//! Whatever is dropped, moved or read late: a follower ends up with exactly the log.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::codes;
use crate::fixture::{Log, REALM, batch, event, events, moved};
use crate::{SynapseHub, Topology};

const NOW: Duration = Duration::ZERO;

type View = BTreeMap<RealmId, Vec<Committed>>;

/// Applies what the follower gives until it has nothing more; counts the reorganisations told.
fn catch_up(follower: &mut Follower, view: &mut View, steps_max: usize) -> usize {
    let mut told = 0;
    for _ in 0..steps_max {
        let Followed::Events { realm, events, reorganised_from } = follower.next(NOW).unwrap()
        else {
            break;
        };
        let seen = view.entry(realm).or_default();
        if let Some(from) = reorganised_from {
            assert!(from.0 < seen.len() as u64, "only what was given can be taken back");
            seen.truncate(usize::try_from(from.0).unwrap());
            told += 1;
        }
        for event in events.iter() {
            assert_eq!(event.position.0, seen.len() as u64, "each event once, in order");
            seen.push(event.clone());
        }
    }
    told
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// New events at the end of a realm.
    Append { realm: u8, count: u8 },
    /// Events from so far back on change.
    Reorganise { realm: u8, back: u8 },
    /// The follower takes so many steps.
    Follow(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..2_u8, 1..9_u8).prop_map(|(realm, count)| Step::Append { realm, count }),
        1 => (0..2_u8, 1..20_u8).prop_map(|(realm, back)| Step::Reorganise { realm, back }),
        3 => (1..6_u8).prop_map(Step::Follow),
    ]
}

/// Rewrites a realm from a position on; gives the new part.
fn write(log: &Log, realm: RealmId, from: usize, to: usize, version: u8) -> Vec<Committed> {
    let mut all = log.0.lock().unwrap();
    all.retain(|event| event.realm != realm || event.position.0 < from as u64);
    let mut new = events(from as u64, to as u64, &[]);
    for event in &mut new {
        event.realm = realm;
        event.id.0[31] = version;
    }
    all.extend(new.iter().cloned());
    new
}

proptest! {
    #[test]
    fn the_view_of_a_follower_is_the_log(
        steps in prop::collection::vec(step(), 1..120),
        batches_max in 1..5_usize,
    ) {
        let (hub, _queue) = SynapseHub::new(Topology::FLAT);
        let log = Arc::new(Log::default());
        let mut follower = Follower::new(hub.subscribe(None, batches_max).unwrap(), log.clone());
        let mut view = View::new();
        let mut lengths = [0_usize; 2];
        let (mut version, mut told) = (0, 0);
        for step in steps {
            match step {
                Step::Append { realm, count } => {
                    let length = &mut lengths[usize::from(realm)];
                    let to = *length + usize::from(count);
                    hub.publish(&batch(&write(&log, RealmId([realm; 32]), *length, to, version)));
                    *length = to;
                }
                Step::Reorganise { realm, back } => {
                    let length = &mut lengths[usize::from(realm)];
                    if *length == 0 { continue }
                    version += 1;
                    let from = length.saturating_sub(usize::from(back));
                    let new = write(&log, RealmId([realm; 32]), from, *length + 1, version);
                    hub.publish(&moved(&new, Some(Position(from as u64))));
                    *length += 1;
                }
                Step::Follow(count) => told += catch_up(&mut follower, &mut view, count.into()),
            }
        }
        told += catch_up(&mut follower, &mut view, usize::MAX);
        prop_assert!(told <= usize::from(version));
        for (realm, length) in lengths.into_iter().enumerate() {
            let realm = RealmId([u8::try_from(realm).unwrap(); 32]);
            let expected = log.read(realm, Position(0), usize::MAX).unwrap();
            prop_assert_eq!(expected.len(), length);
            prop_assert_eq!(view.remove(&realm).unwrap_or_default(), expected);
        }
    }
}

#[test]
fn a_follower_can_start_in_the_past() {
    let (hub, _queue) = SynapseHub::new(Topology::FLAT);
    let log = Arc::new(Log::default());
    log.0.lock().unwrap().extend(events(0, 1_000, &[]));
    let mut follower = Follower::new(hub.subscribe(Some(REALM), 4).unwrap(), log);
    follower.start_at(REALM, Position(0), Position(700));
    let mut view = View::new();
    catch_up(&mut follower, &mut view, usize::MAX);
    assert_eq!(view[&REALM].len(), 700);
    hub.publish(&batch(&events(998, 1_000, &[])));
    catch_up(&mut follower, &mut view, usize::MAX);
    assert_eq!(view[&REALM].len(), 1_000, "what lies between is read too");
}

#[test]
fn a_log_that_lacks_events_is_an_error_and_not_a_hole() {
    let (hub, _queue) = SynapseHub::new(Topology::FLAT);
    let log = Arc::new(Log::default());
    let mut follower = Follower::new(hub.subscribe(None, 1).unwrap(), log.clone());
    hub.publish(&batch(&events(0, 2, &[])));
    hub.publish(&batch(&events(2, 4, &[])));
    log.0.lock().unwrap().push(event(1, &[]));
    for _ in 0..2 {
        assert_eq!(follower.next(NOW).unwrap_err().code(), codes::GAP);
    }
    *log.0.lock().unwrap() = events(0, 4, &[]);
    let mut view = View::new();
    catch_up(&mut follower, &mut view, usize::MAX);
    assert_eq!(view[&REALM].len(), 4, "the follower kept its place");
}

#[test]
fn a_closed_hub_ends_the_following() {
    let (hub, _queue) = SynapseHub::new(Topology::FLAT);
    let mut follower = Follower::new(hub.subscribe(None, 1).unwrap(), Arc::new(Log::default()));
    assert!(matches!(follower.next(NOW).unwrap(), Followed::Idle));
    hub.close();
    assert!(matches!(follower.next(Duration::MAX).unwrap(), Followed::Closed));
}
