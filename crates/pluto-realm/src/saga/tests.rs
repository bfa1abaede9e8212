//! A saga killed anywhere ends in one terminal state, with nothing half done; forged and untimely
//! reports are void.

use std::collections::BTreeMap;

use pluto_core::payload::Admission;
use pluto_core::{Canonical, Digest, Kind, Verdict, VoidReason};
use proptest::prelude::*;

use super::{
    ATTEMPTS_MAX, Intent, Next, Report, SagaId, SagaProgress, SagaRecord, SagaStatus, Step,
    StepStatus, idempotency_key, saga, saga_id,
};
use crate::test_realm::{TestRealm, bootstrap, did};

const EFFECTIVE: Verdict = Verdict::Effective;
const TIMEOUT_MS: u64 = 1_000;

fn void(reason: VoidReason) -> Verdict {
    Verdict::Void(reason)
}

fn step(number: usize, compensated: bool) -> Step {
    Step {
        action: format!("do:{number}"),
        resource: "thing".into(),
        amount: 1,
        compensation: compensated.then(|| format!("undo:{number}")),
    }
}

/// A plan of `count` steps; the last can be one that nothing takes back.
fn steps(count: usize, last_is_final: bool) -> Intent {
    let compensated = |number| number + 1 < count || !last_is_final;
    Intent::Steps((0..count).map(|number| step(number, compensated(number))).collect())
}

fn begin(realm: &mut TestRealm, intent: Intent) -> SagaId {
    let begin = SagaProgress::Begin { nonce: [7; 16], intent, timeout_ms: TIMEOUT_MS };
    assert_eq!(realm.say(1, Kind::SagaProgress, &begin), EFFECTIVE);
    saga_id(realm.id, did(1), &begin.encode())
}

fn report(realm: &mut TestRealm, who: u8, saga: SagaId, report: Report) -> Verdict {
    realm.say(who, Kind::SagaProgress, &SagaProgress::Report { saga, report })
}

fn done(saga: SagaId, step: u8) -> Report {
    let key = idempotency_key(saga, step, false);
    Report::Done { step, key, result: Digest([step; 32]) }
}

fn realm() -> TestRealm {
    let mut realm = TestRealm::founded(Admission::Open);
    assert_eq!(realm.submit(&bootstrap(1)), EFFECTIVE);
    realm.time_ms = 1;
    realm
}

/// The world outside: what was done, once for each idempotency key.
#[derive(Default)]
struct World {
    done: BTreeMap<Digest, u8>,
    undone: BTreeMap<Digest, u8>,
}

/// Whoever carries the saga out, without a memory of its own. Each act may be its last.
struct Executor<'a> {
    realm: &'a mut TestRealm,
    world: &'a mut World,
    saga: SagaId,
    acts_left: usize,
    fails_at: Option<u8>,
    fails_back_at: Option<u8>,
    compensations: &'a mut Vec<u8>,
}

struct Killed;

impl Executor<'_> {
    fn act(&mut self) -> Result<(), Killed> {
        self.acts_left = self.acts_left.checked_sub(1).ok_or(Killed)?;
        Ok(())
    }

    fn say(&mut self, said: Report) -> Result<(), Killed> {
        self.act()?;
        assert_eq!(report(self.realm, 1, self.saga, said), EFFECTIVE, "{said:?}");
        if let Report::Compensated { step, .. } = said {
            self.compensations.push(step);
        }
        Ok(())
    }

    fn run(mut self) -> Result<(), Killed> {
        loop {
            let record = saga(self.realm, self.saga).unwrap();
            match record.next(self.realm.time_ms) {
                Next::Nothing => return Ok(()),
                Next::GiveUp => self.say(Report::Abort)?,
                Next::Begin(step) => self.say(Report::Running { step })?,
                Next::Take(step) if self.fails_at == Some(step) => {
                    self.say(Report::Failed { step })?;
                }
                Next::Take(step) => {
                    self.act()?;
                    self.world.done.insert(idempotency_key(self.saga, step, false), step);
                    self.say(done(self.saga, step))?;
                }
                Next::TakeBack(step) if self.fails_back_at == Some(step) => {
                    self.say(Report::CompensationFailed { step })?;
                }
                Next::TakeBack(step) => {
                    self.act()?;
                    let key = idempotency_key(self.saga, step, true);
                    self.world.undone.insert(key, step);
                    self.say(Report::Compensated { step, key })?;
                }
            }
        }
    }
}

/// What is wrong with a saga that ended.
fn check(record: &SagaRecord, world: &World, compensations: &[u8], failed: Option<u8>) {
    assert!(record.status.is_terminal(), "{:?}", record.status);
    let done: Vec<u8> = {
        let mut d: Vec<u8> = world.done.values().copied().collect();
        d.sort_unstable();
        d
    };
    match record.status {
        SagaStatus::Completed => {
            assert!(record.steps.iter().all(|step| *step == StepStatus::Done));
            assert_eq!(done.len(), record.steps.len());
            assert!(world.undone.is_empty() && compensations.is_empty());
        }
        SagaStatus::Compensated => {
            // Every step that was begun has its compensation event, last first, and nothing that was
            // done outside stands.
            let begun = |(_, status): &(usize, &StepStatus)| **status == StepStatus::Compensated;
            let begun = record.steps.iter().enumerate().filter(begun).map(|(at, _)| at as u8);
            let mut expected: Vec<u8> = begun.collect();
            expected.reverse();
            assert_eq!(compensations, expected);
            assert!(done.iter().all(|step| compensations.contains(step)), "{done:?}");
            assert!(!record.steps.contains(&StepStatus::Running));
            assert!(!record.steps.contains(&StepStatus::Done));
            let untouched = |(at, status): (usize, &StepStatus)| match status {
                StepStatus::Failed => failed == Some(at as u8),
                status => matches!(status, StepStatus::Pending | StepStatus::Compensated),
            };
            assert!(record.steps.iter().enumerate().all(untouched));
        }
        SagaStatus::Stuck => {
            assert!(
                record
                    .steps
                    .iter()
                    .any(|step| { matches!(step, StepStatus::Running | StepStatus::Done) })
            );
        }
        SagaStatus::Running | SagaStatus::Compensating => unreachable!(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The executor is killed before each of its acts in turn, and a new one goes on; once, the deadline
    /// passes while nobody is there.
    #[test]
    fn killed_at_every_step(
        count in 1..5_usize, last_is_final in any::<bool>(), fails_at in proptest::option::of(0..5_u8),
        fails_back_at in proptest::option::of(0..5_u8), late_after in proptest::option::of(0..20_usize)
    ) {
        for killed_after in 0..24 {
            let mut realm = realm();
            let mut world = World::default();
            let mut compensations = Vec::new();
            let saga_id = begin(&mut realm, steps(count, last_is_final));
            let mut lives = 0;
            loop {
                let first = lives == 0;
                if late_after == Some(lives) || (lives == 1 && late_after == Some(killed_after)) {
                    realm.time_ms = TIMEOUT_MS + 1;
                }
                let executor = Executor {
                    realm: &mut realm, world: &mut world, saga: saga_id, fails_at, fails_back_at,
                    acts_left: if first { killed_after } else { usize::MAX },
                    compensations: &mut compensations,
                };
                lives += 1;
                if executor.run().is_ok() { break; }
            }
            let record = saga(&realm, saga_id).unwrap();
            check(&record, &world, &compensations, fails_at);
            prop_assert_eq!(record.next(u64::MAX), Next::Nothing);
            // Nothing moves a saga that has ended, but an operator one that is stuck.
            for said in [Report::Abort, Report::Running { step: 0 }, done(saga_id, 0), Report::Failed { step: 0 }] {
                prop_assert!(!report(&mut realm, 1, saga_id, said).is_effective());
            }
            let retried = report(&mut realm, 0, saga_id, Report::Retry).is_effective();
            prop_assert_eq!(retried, record.status == SagaStatus::Stuck);
        }
    }

    /// Whatever is said in whatever order, compensated means that each compensation was said.
    #[test]
    fn compensated_only_over_every_compensation(
        said in proptest::collection::vec((0..7_u8, 0..3_u8), 0..80)
    ) {
        let mut realm = realm();
        let id = begin(&mut realm, steps(3, false));
        let (mut begun, mut compensated, mut failed) = (Vec::new(), Vec::new(), Vec::new());
        for (what, step) in said {
            let key = idempotency_key(id, step, true);
            let said = match what {
                0 => Report::Running { step },
                1 => done(id, step),
                2 => Report::Failed { step },
                3 => Report::Abort,
                4 => Report::Compensated { step, key },
                5 => Report::CompensationFailed { step },
                _ => Report::Retry,
            };
            let who = u8::from(said != Report::Retry);
            if report(&mut realm, who, id, said).is_effective() {
                match said {
                    Report::Running { step } => begun.push(step),
                    Report::Failed { step } => failed.push(step),
                    Report::Compensated { step, .. } => compensated.push(step),
                    _ => {}
                }
            }
        }
        let record = saga(&realm, id).unwrap();
        prop_assert_eq!(SagaRecord::decode(&record.encode()), Ok(record.clone()));
        if record.status == SagaStatus::Compensated {
            begun.retain(|step| !failed.contains(step));
            begun.reverse();
            prop_assert_eq!(begun, compensated);
        }
    }
}

#[test]
fn a_transfer_locks_and_hands_over() {
    let intent = Intent::Transfer { asset: "gold".into(), amount: 5, to: did(2) };
    let plan = intent.plan();
    let actions: Vec<_> =
        plan.iter().map(|step| (&*step.action, step.compensation.as_deref())).collect();
    assert_eq!(actions, [("asset:lock", Some("asset:unlock")), ("asset:transfer", None)]);
    assert!(plan[1].resource.ends_with(&did(2).to_string()));
    let mut realm = realm();
    let id = begin(&mut realm, intent);
    for step in [0, 1] {
        assert_eq!(report(&mut realm, 1, id, Report::Running { step }), EFFECTIVE);
        assert_eq!(report(&mut realm, 1, id, done(id, step)), EFFECTIVE);
    }
    assert_eq!(saga(&realm, id).unwrap().status, SagaStatus::Completed);
}

#[test]
fn the_name_of_a_saga_covers_all_of_it() {
    let name = |amount, to| {
        let intent = Intent::Transfer { asset: "gold".into(), amount, to: did(to) };
        let begin = SagaProgress::Begin { nonce: [7; 16], intent, timeout_ms: 9 };
        saga_id(TestRealm::default().id, did(1), &begin.encode())
    };
    assert_ne!(name(1, 2), name(2, 2));
    assert_ne!(name(1, 2), name(1, 3));
    assert_ne!(idempotency_key(name(1, 2), 0, false), idempotency_key(name(1, 2), 0, true));
}

#[test]
fn order_keys_and_owners_are_held() {
    let mut realm = realm();
    assert_eq!(realm.submit(&bootstrap(2)), EFFECTIVE);
    let id = begin(&mut realm, steps(2, false));
    let again =
        SagaProgress::Begin { nonce: [7; 16], intent: steps(2, false), timeout_ms: TIMEOUT_MS };
    assert_eq!(realm.say(1, Kind::SagaProgress, &again), void(VoidReason::AlreadyExists));
    let forged = Report::Done { step: 0, key: Digest::ZERO, result: Digest::ZERO };
    let cases = [
        (1, Report::Running { step: 1 }, VoidReason::NotMonotone),
        (1, done(id, 0), VoidReason::NotMonotone),
        (2, Report::Running { step: 0 }, VoidReason::NotAllowed),
        (2, Report::Abort, VoidReason::NotAllowed),
        (1, Report::CompensationFailed { step: 0 }, VoidReason::NotAllowed),
        (1, Report::Retry, VoidReason::NotAllowed),
    ];
    for (who, said, reason) in cases {
        assert_eq!(report(&mut realm, who, id, said), void(reason), "{said:?}");
    }
    assert_eq!(report(&mut realm, 1, id, Report::Running { step: 0 }), EFFECTIVE);
    assert_eq!(report(&mut realm, 1, id, forged), void(VoidReason::InvalidProof));
    assert_eq!(report(&mut realm, 1, SagaId([0; 32]), done(id, 0)), void(VoidReason::NotFound));
    // After the deadline nothing goes forward, and anybody who belongs may say so.
    realm.time_ms = TIMEOUT_MS + 1;
    assert_eq!(report(&mut realm, 1, id, done(id, 0)), void(VoidReason::Expired));
    assert_eq!(report(&mut realm, 2, id, Report::Abort), EFFECTIVE);
    let key = idempotency_key(id, 0, false);
    let wrong = Report::Compensated { step: 0, key };
    assert_eq!(report(&mut realm, 1, id, wrong), void(VoidReason::InvalidProof));
}

#[test]
fn what_cannot_be_taken_back_waits_for_an_operator() {
    let mut realm = realm();
    let id = begin(&mut realm, steps(1, false));
    assert_eq!(report(&mut realm, 1, id, Report::Running { step: 0 }), EFFECTIVE);
    assert_eq!(report(&mut realm, 1, id, Report::Abort), EFFECTIVE);
    for _ in 0..ATTEMPTS_MAX {
        let failed = Report::CompensationFailed { step: 0 };
        assert_eq!(report(&mut realm, 1, id, failed), EFFECTIVE);
    }
    assert_eq!(saga(&realm, id).unwrap().status, SagaStatus::Stuck);
    assert_eq!(report(&mut realm, 0, id, Report::Retry), EFFECTIVE);
    let key = idempotency_key(id, 0, true);
    assert_eq!(report(&mut realm, 1, id, Report::Compensated { step: 0, key }), EFFECTIVE);
    assert_eq!(saga(&realm, id).unwrap().status, SagaStatus::Compensated);
}

#[test]
fn a_realm_without_a_clock_has_no_deadlines() {
    let mut realm = realm();
    realm.time_ms = 0;
    let begin = SagaProgress::Begin { nonce: [7; 16], intent: steps(1, true), timeout_ms: 1 };
    assert_eq!(realm.say(1, Kind::SagaProgress, &begin), void(VoidReason::Expired));
}

#[test]
fn plans_that_could_not_be_taken_back_are_malformed() {
    let hole = Intent::Steps(vec![step(0, false), step(1, true)]);
    assert!(Intent::decode(&hole.encode()).is_err());
    assert!(Intent::decode(&Intent::Steps(vec![]).encode()).is_err());
    assert!(Intent::decode(&steps(21, false).encode()).is_err());
    assert!(Intent::decode(&steps(20, true).encode()).is_ok());
    let nothing = Intent::Transfer { asset: "gold".into(), amount: 0, to: did(2) };
    assert!(Intent::decode(&nothing.encode()).is_err());
}
