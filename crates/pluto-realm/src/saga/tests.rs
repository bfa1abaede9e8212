//! A saga killed anywhere ends in one terminal state, with nothing half done; forged and untimely
//! reports are void.

use std::collections::BTreeMap;

use pluto_core::payload::Admission;
use pluto_core::{Canonical, Digest, Kind, Verdict, VoidReason};
use proptest::prelude::*;

use super::{
    ATTEMPTS_MAX, FIRST_TIMEOUT_MS_MAX, Intent, LATE_VERSION, Next, OPEN_STEPS_MAX, Report,
    Reporter, SagaId, SagaProgress, SagaRecord, SagaStatus, Step, StepStatus, TIMEOUT_MS_MAX,
    idempotency_key, saga, saga_id,
};
use crate::test_realm::{TestRealm, bootstrap, did, event};

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
        reporter: Reporter::Owner,
    }
}

/// Ways to say what a saga wants: version 1, and what only version 2 can say.
#[derive(Clone, Copy, Debug)]
enum Way {
    Owned,
    /// Steps that others report, but for every third.
    Shared,
    /// No plan: steps are named as they come, by anybody.
    Open,
}

fn way() -> impl Strategy<Value = Way> {
    prop_oneof![Just(Way::Owned), Just(Way::Shared), Just(Way::Open)]
}

impl Way {
    fn intent(self, count: usize, last_is_final: bool) -> Intent {
        match (self, steps(count, last_is_final)) {
            (Self::Shared, Intent::Steps(mut steps)) => {
                for (step, reporter) in steps
                    .iter_mut()
                    .zip([holder(), Reporter::Anybody, Reporter::Owner].into_iter().cycle())
                {
                    step.reporter = reporter;
                }
                Intent::Steps(steps)
            }
            (Self::Open, _) => open(Reporter::Anybody),
            (_, intent) => intent,
        }
    }

    /// Who says what became of that step.
    fn reporter(self, step: u8) -> u8 {
        match self {
            Self::Owned => 1,
            Self::Shared if step % 3 == 2 => 1,
            Self::Shared | Self::Open => 2,
        }
    }
}

fn holder() -> Reporter {
    Reporter::Holder("known".into())
}

fn open(reporter: Reporter) -> Intent {
    Intent::Open { about: "case".into(), reporter }
}

/// A plan of `count` steps; the last can be one that nothing takes back.
fn steps(count: usize, last_is_final: bool) -> Intent {
    let compensated = |number| number + 1 < count || !last_is_final;
    Intent::Steps((0..count).map(|number| step(number, compensated(number))).collect())
}

fn begin(realm: &mut TestRealm, intent: Intent) -> SagaId {
    let begin = SagaProgress::Begin { nonce: [7; 16], intent, timeout_ms: TIMEOUT_MS };
    assert_eq!(say(realm, 1, &begin), EFFECTIVE);
    saga_id(realm.id, did(1), &begin.encode())
}

fn say(realm: &mut TestRealm, who: u8, said: &SagaProgress) -> Verdict {
    say_in(said.version(), realm, who, said)
}

fn say_in(version: u8, realm: &mut TestRealm, who: u8, said: &SagaProgress) -> Verdict {
    let mut event = event(who, Kind::SagaProgress, 1, &said.encode());
    event.header.payload_version = version;
    event.id = event.header.id();
    realm.submit(&event)
}

fn report(realm: &mut TestRealm, who: u8, saga: SagaId, report: Report) -> Verdict {
    say(realm, who, &SagaProgress::Report { saga, report })
}

fn name(realm: &mut TestRealm, who: u8, saga: SagaId, step: u8, named: (Step, bool)) -> Verdict {
    let (Step { action, compensation, .. }, was_taken) = named;
    let result = was_taken.then_some(Digest([step; 32]));
    say(realm, who, &SagaProgress::Name { saga, step, action, compensation, result })
}

fn done(saga: SagaId, step: u8) -> Report {
    let key = idempotency_key(saga, step, false);
    Report::Done { step, key, result: Digest([step; 32]) }
}

fn realm() -> TestRealm {
    let mut realm = TestRealm::founded(Admission::Open);
    for who in [1, 2] {
        assert_eq!(realm.submit(&bootstrap(who)), EFFECTIVE);
    }
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
    way: Way,
    /// The steps of an open saga: action, compensation.
    steps: &'a [Step],
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
        let who = match said {
            Report::Running { step } | Report::Done { step, .. } | Report::Failed { step } => {
                self.way.reporter(step)
            }
            _ => 1,
        };
        assert_eq!(report(self.realm, who, self.saga, said), EFFECTIVE, "{said:?}");
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
                Next::Name(step) => match self.steps.get(usize::from(step)) {
                    None => self.say(Report::Close)?,
                    Some(next) => {
                        self.act()?;
                        let named = (next.clone(), false);
                        assert_eq!(name(self.realm, 2, self.saga, step, named), EFFECTIVE);
                    }
                },
                Next::Close => unreachable!("no test names so many"),
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
        way in way(), count in 1..5_usize, last_is_final in any::<bool>(), fails_at in proptest::option::of(0..5_u8),
        fails_back_at in proptest::option::of(0..5_u8), late_after in proptest::option::of(0..20_usize)
    ) {
        for killed_after in 0..24 {
            let mut realm = realm();
            let mut world = World::default();
            let mut compensations = Vec::new();
            let saga_id = begin(&mut realm, way.intent(count, last_is_final));
            let Intent::Steps(plan) = steps(count, last_is_final) else { unreachable!() };
            let mut lives = 0;
            loop {
                let first = lives == 0;
                if late_after == Some(lives) || (lives == 1 && late_after == Some(killed_after)) {
                    realm.time_ms = TIMEOUT_MS + 1;
                }
                let executor = Executor {
                    realm: &mut realm, world: &mut world, saga: saga_id, way, steps: &plan,
                    fails_at, fails_back_at,
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
            for said in [
                Report::Abort, Report::Running { step: 0 }, done(saga_id, 0), Report::Failed { step: 0 },
                Report::Close,
            ] {
                for who in [1, 2] {
                    prop_assert!(!report(&mut realm, who, saga_id, said).is_effective());
                }
            }
            let more = name(&mut realm, 2, saga_id, record.steps.len() as u8, (step(0, true), true));
            prop_assert!(!more.is_effective());
            prop_assert_eq!(SagaRecord::decode(&record.encode()), Ok(record.clone()));
            let retried = report(&mut realm, 0, saga_id, Report::Retry).is_effective();
            prop_assert_eq!(retried, record.status == SagaStatus::Stuck);
        }
    }

    /// Whatever is said in whatever order, compensated means that each compensation was said.
    #[test]
    fn compensated_only_over_every_compensation(
        way in way(), said in proptest::collection::vec((0..10_u8, 0..3_u8), 0..80)
    ) {
        let mut realm = realm();
        let id = begin(&mut realm, way.intent(3, false));
        let (mut begun, mut compensated, mut failed) = (Vec::new(), Vec::new(), Vec::new());
        for (what, at) in said {
            if what >= 8 {
                let named = (step(at.into(), true), what == 9);
                if name(&mut realm, 2, id, at, named).is_effective() { begun.push(at); }
                continue;
            }
            let step = at;
            let key = idempotency_key(id, step, true);
            let said = match what {
                0 => Report::Running { step },
                1 => done(id, step),
                2 => Report::Failed { step },
                3 => Report::Abort,
                4 => Report::Compensated { step, key },
                5 => Report::CompensationFailed { step },
                6 => Report::Close,
                _ => Report::Retry,
            };
            let who = match what {
                0..=2 => way.reporter(step),
                _ => u8::from(said != Report::Retry),
            };
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

#[test]
fn steps_are_reported_by_whom_the_saga_names() {
    let mut realm = realm();
    let reporters = [Reporter::Anybody, holder(), Reporter::Holder("nobody".into())];
    let shared = reporters
        .into_iter()
        .zip(0..)
        .map(|(reporter, number)| Step { reporter, ..step(number, true) });
    let id = begin(&mut realm, Intent::Steps(shared.collect()));
    for at in [0, 1] {
        assert_eq!(report(&mut realm, 2, id, Report::Running { step: at }), EFFECTIVE);
        assert_eq!(report(&mut realm, 2, id, done(id, at)), EFFECTIVE);
    }
    // Not even the owner holds what nobody was given; giving up is theirs, and nobody else's.
    for who in [1, 2] {
        let said = report(&mut realm, who, id, Report::Running { step: 2 });
        assert_eq!(said, void(VoidReason::NotAllowed));
    }
    assert_eq!(report(&mut realm, 2, id, Report::Abort), void(VoidReason::NotAllowed));
    assert_eq!(report(&mut realm, 1, id, Report::Abort), EFFECTIVE);
    // What was done is taken back by its reporter, or by the owner.
    for (who, step) in [(1, 1), (2, 0)] {
        let key = idempotency_key(id, step, true);
        assert_eq!(report(&mut realm, who, id, Report::Compensated { step, key }), EFFECTIVE);
    }
    assert_eq!(saga(&realm, id).unwrap().status, SagaStatus::Compensated);
}

#[test]
fn an_open_saga_is_named_step_by_step_and_closed_by_its_owner() {
    let mut realm = realm();
    let id = begin(&mut realm, open(holder()));
    assert_eq!(name(&mut realm, 2, id, 0, (step(0, false), true)), EFFECTIVE);
    // Said again, it is not taken for another.
    let again = name(&mut realm, 2, id, 0, (step(0, false), true));
    assert_eq!(again, void(VoidReason::NotMonotone));
    assert_eq!(name(&mut realm, 2, id, 1, (step(1, false), false)), EFFECTIVE);
    for (who, said, reason) in [
        (1, Report::Close, VoidReason::NotMonotone),
        (2, Report::Close, VoidReason::NotAllowed),
        (2, Report::Running { step: 1 }, VoidReason::NotMonotone),
    ] {
        assert_eq!(report(&mut realm, who, id, said), void(reason), "{said:?}");
    }
    assert_eq!(saga(&realm, id).unwrap().next(1), Next::Take(1));
    assert_eq!(report(&mut realm, 2, id, done(id, 1)), EFFECTIVE);
    let record = saga(&realm, id).unwrap();
    assert_eq!((record.status, record.next(1)), (SagaStatus::Running, Next::Name(2)));
    let results: Vec<_> = record.named.iter().map(|step| (step.by, step.result)).collect();
    assert_eq!(results, [(did(2), Some(Digest([0; 32]))), (did(2), Some(Digest([1; 32])))]);
    assert_eq!(record.plan()[1].resource, "case");
    assert_eq!(report(&mut realm, 1, id, Report::Close), EFFECTIVE);
    assert_eq!(saga(&realm, id).unwrap().status, SagaStatus::Completed);
    // A plan is not added to.
    let planned = begin(&mut realm, steps(1, false));
    let more = name(&mut realm, 1, planned, 1, (step(1, true), true));
    assert_eq!(more, void(VoidReason::NotAllowed));
    assert_eq!(report(&mut realm, 1, planned, Report::Close), void(VoidReason::NotAllowed));
}

#[test]
fn an_open_saga_times_out_with_what_was_done() {
    for (undo, ends) in [(true, SagaStatus::Compensating), (false, SagaStatus::Stuck)] {
        let mut realm = realm();
        let id = begin(&mut realm, open(Reporter::Anybody));
        assert_eq!(name(&mut realm, 2, id, 0, (step(0, undo), true)), EFFECTIVE);
        realm.time_ms = TIMEOUT_MS + 1;
        let late = name(&mut realm, 2, id, 1, (step(1, undo), true));
        assert_eq!(late, void(VoidReason::Expired));
        assert_eq!(report(&mut realm, 1, id, Report::Close), void(VoidReason::Expired));
        assert_eq!(report(&mut realm, 2, id, Report::Abort), EFFECTIVE);
        assert_eq!(saga(&realm, id).unwrap().status, ends);
    }
}

#[test]
fn an_open_saga_has_an_end() {
    let mut realm = realm();
    let id = begin(&mut realm, open(Reporter::Anybody));
    let action = "a".repeat(128);
    let most = Step { action: action.clone(), compensation: Some(action), ..step(0, true) };
    for at in 0..OPEN_STEPS_MAX as u8 {
        assert_eq!(name(&mut realm, 2, id, at, (most.clone(), true)), EFFECTIVE);
    }
    let more = name(&mut realm, 2, id, OPEN_STEPS_MAX as u8, (most, true));
    assert_eq!(more, void(VoidReason::LimitReached));
    let record = saga(&realm, id).unwrap();
    assert_eq!(record.next(1), Next::Close);
    assert!(record.encode().len() < 43 * 1024, "{}", record.encode().len());
    assert_eq!(SagaRecord::decode(&record.encode()), Ok(record));
}

#[test]
fn each_thing_is_said_in_one_version() {
    let begin = |intent, timeout_ms| SagaProgress::Begin { nonce: [7; 16], intent, timeout_ms };
    let malformed = void(VoidReason::MalformedPayload);
    let out_of_range = void(VoidReason::OutOfRange);
    let plain = || steps(1, true);
    let cases = [
        (begin(plain(), FIRST_TIMEOUT_MS_MAX), [EFFECTIVE, malformed]),
        (begin(plain(), FIRST_TIMEOUT_MS_MAX + 1), [out_of_range, EFFECTIVE]),
        (begin(plain(), TIMEOUT_MS_MAX), [out_of_range, EFFECTIVE]),
        (begin(plain(), TIMEOUT_MS_MAX + 1), [out_of_range, out_of_range]),
        (begin(Way::Shared.intent(1, true), 1), [malformed, EFFECTIVE]),
        (begin(open(Reporter::Owner), 1), [malformed, EFFECTIVE]),
    ];
    for (said, expected) in cases {
        for (version, expected) in [1, LATE_VERSION].into_iter().zip(expected) {
            let mut realm = realm();
            assert_eq!(say_in(version, &mut realm, 1, &said), expected, "{version} {said:?}");
        }
        assert_eq!(say_in(LATE_VERSION + 1, &mut realm(), 1, &said), malformed);
    }
    // What is sayable in version 1 has one encoding there.
    let mut late = steps(1, true).encode();
    late[0] = 2;
    late.push(0);
    assert!(Intent::decode(&late).is_err());
}
