//! The breaker against a model that remembers everything, over random sequences.

use proptest::prelude::*;

use super::*;

#[derive(Clone, Copy, Debug)]
enum Step {
    Anomaly { after_ms: u64 },
    Burst { count: u8 },
    Tick { after_ms: u64 },
    Command(SystemMode),
}

fn step() -> impl Strategy<Value = Step> {
    let mode = prop_oneof![
        Just(SystemMode::Normal),
        Just(SystemMode::Degraded),
        Just(SystemMode::Emergency)
    ];
    prop_oneof![
        6 => (0..9_000_u64).prop_map(|after_ms| Step::Anomaly { after_ms }),
        2 => (1..60_u8).prop_map(|count| Step::Burst { count }),
        2 => (0..400_000_u64).prop_map(|after_ms| Step::Tick { after_ms }),
        1 => mode.prop_map(Step::Command),
    ]
}

/// The rules, written down over the whole history.
#[derive(Default)]
struct Model {
    mode: SystemMode,
    anomalies: Vec<u64>,
    loud_ms: u64,
    held: bool,
    now_ms: u64,
}

impl Model {
    fn in_window(&self) -> usize {
        self.anomalies.iter().filter(|at_ms| **at_ms + 60_000 > self.now_ms).count()
    }

    fn pass(&mut self, after_ms: u64) {
        self.now_ms += after_ms;
        let quiet = self.now_ms >= self.loud_ms + 300_000;
        if self.mode == SystemMode::Degraded && quiet && !self.held {
            self.set(SystemMode::Normal);
        }
    }

    fn anomaly(&mut self, after_ms: u64) {
        self.pass(after_ms);
        self.anomalies.push(self.now_ms);
        let count = self.in_window();
        if count >= 10 {
            self.loud_ms = self.now_ms;
        }
        if count >= 50 && self.mode != SystemMode::Emergency {
            self.set(SystemMode::Emergency);
        } else if count >= 10 && self.mode == SystemMode::Normal {
            self.set(SystemMode::Degraded);
        }
    }

    fn command(&mut self, to: SystemMode) -> bool {
        if (self.mode, to) == (SystemMode::Emergency, SystemMode::Degraded) {
            return false;
        }
        if to == SystemMode::Normal {
            self.anomalies.clear();
        }
        self.held = to == SystemMode::Degraded;
        if to != self.mode {
            self.set(to);
        }
        true
    }

    fn set(&mut self, mode: SystemMode) {
        self.held &= mode == SystemMode::Degraded;
        self.mode = mode;
        self.loud_ms = self.now_ms;
    }
}

/// What may be returned as a change, whatever the history.
fn check_transition(transition: Transition) {
    use SystemMode::{Degraded, Emergency, Normal};
    match transition.cause {
        Cause::Anomalies(count) => {
            assert!(transition.to > transition.from, "only ever up: {transition:?}");
            assert!(count >= if transition.to == Emergency { 50 } else { 10 });
        }
        Cause::Quiet => assert_eq!((transition.from, transition.to), (Degraded, Normal)),
        Cause::Operator => assert_ne!((transition.from, transition.to), (Emergency, Degraded)),
    }
}

proptest! {
    #[test]
    fn the_breaker_does_what_the_model_does(steps in prop::collection::vec(step(), 1..200)) {
        let mut breaker = Breaker::default();
        let mut model = Model::default();
        for step in steps {
            let before = breaker.mode();
            let change = match step {
                Step::Anomaly { after_ms } => {
                    model.anomaly(after_ms);
                    breaker.anomaly(Suspect::Node, model.now_ms)
                }
                Step::Burst { count } => {
                    let mut last = None;
                    for _ in 0..count {
                        model.anomaly(0);
                        let change = breaker.anomaly(Suspect::Node, model.now_ms);
                        change.into_iter().for_each(check_transition);
                        last = change.or(last);
                    }
                    last
                }
                Step::Tick { after_ms } => {
                    model.pass(after_ms);
                    breaker.tick(model.now_ms)
                }
                Step::Command(to) => {
                    let answer = breaker.command(to, model.now_ms);
                    prop_assert_eq!(answer.is_ok(), model.command(to));
                    answer.ok().flatten()
                }
            };
            prop_assert_eq!(breaker.mode(), model.mode, "after {:?}", step);
            prop_assert_eq!(breaker.count(), model.in_window().min(50));
            prop_assert_eq!(change.map_or(before, |change| change.to), model.mode);
            change.into_iter().for_each(check_transition);
        }
    }
}

fn burst(breaker: &mut Breaker, count: usize, now_ms: u64) -> Vec<Transition> {
    (0..count).filter_map(|_| breaker.anomaly(Suspect::Node, now_ms)).collect()
}

#[test]
fn ten_degrade_and_fifty_stop() {
    let mut breaker = Breaker::default();
    assert_eq!(burst(&mut breaker, 9, 5), []);
    let degraded = burst(&mut breaker, 40, 59_999);
    assert_eq!(degraded.len(), 1);
    assert_eq!(degraded[0].cause, Cause::Anomalies(10));
    let emergency = burst(&mut breaker, 1, 60_004);
    assert_eq!(emergency[0].to, SystemMode::Emergency);
    assert_eq!(burst(&mut breaker, 30, 60_005), [], "never back to degraded");
}

#[test]
fn anomalies_leave_the_window_after_sixty_seconds() {
    let mut breaker = Breaker::default();
    burst(&mut breaker, 9, 0);
    assert_eq!(breaker.anomaly(Suspect::Node, 60_000), None);
    assert_eq!(breaker.count(), 1);
}

#[test]
fn quiet_ends_degraded_but_not_emergency_nor_what_an_operator_asked_for() {
    let mut breaker = Breaker::default();
    burst(&mut breaker, 10, 0);
    assert_eq!(breaker.tick(QUIET_MS - 1), None);
    assert_eq!(breaker.tick(QUIET_MS).unwrap().cause, Cause::Quiet);

    breaker.command(SystemMode::Degraded, QUIET_MS).unwrap();
    assert_eq!(breaker.tick(100 * QUIET_MS), None);

    breaker.command(SystemMode::Emergency, 100 * QUIET_MS).unwrap();
    assert_eq!(breaker.tick(200 * QUIET_MS), None);
    let refused = breaker.command(SystemMode::Degraded, 200 * QUIET_MS).unwrap_err();
    assert_eq!(refused.code(), codes::MODE_FORBIDDEN);
    assert!(breaker.command(SystemMode::Normal, 200 * QUIET_MS).unwrap().is_some());
}

#[test]
fn time_that_runs_backwards_stands_still() {
    let mut breaker = Breaker::default();
    burst(&mut breaker, 9, 1_000_000);
    assert_eq!(breaker.anomaly(Suspect::Node, 3).unwrap().at_ms, 1_000_000);
}

#[test]
fn an_operator_who_returns_to_normal_starts_from_zero() {
    let mut breaker = Breaker::default();
    burst(&mut breaker, 50, 0);
    breaker.command(SystemMode::Normal, 1).unwrap();
    assert_eq!(breaker.anomaly(Suspect::Node, 2), None);
    assert_eq!(breaker.count(), 1);
}

#[test]
fn each_mode_allows_what_it_says() {
    let allowed = |mode: SystemMode| Operation::ALL.map(|operation| mode.allows(operation));
    assert_eq!(allowed(SystemMode::Normal), [true; 6]);
    assert_eq!(allowed(SystemMode::Degraded), [true, true, true, false, false, false]);
    assert_eq!(allowed(SystemMode::Emergency), [true, true, false, false, false, false]);
    let refused = SystemMode::Emergency.require(Operation::Append).unwrap_err();
    assert_eq!(refused.code(), codes::MODE_REFUSES);
    assert_eq!(refused.to_string(), "mode `emergency` does not allow `Append`");
    assert!(SystemMode::Degraded.require(Operation::Append).is_ok());
}

#[test]
fn an_unknown_number_is_no_mode() {
    for mode in [SystemMode::Normal, SystemMode::Degraded, SystemMode::Emergency] {
        assert_eq!(SystemMode::from_number(mode as u8), Some(mode));
    }
    assert_eq!(SystemMode::from_number(3), None);
}

fn author(number: u8) -> Did {
    Did { namespace: pluto_core::Namespace::Person, id: [number; 32] }
}

#[test]
fn an_author_counts_once_and_a_realm_never_stops_the_node() {
    let mut breaker = Breaker::default();
    let home = RealmId([1; 32]);
    for _ in 0..200 {
        assert_eq!(breaker.anomaly(Suspect::Author(home, author(0)), 1_000), None);
    }
    assert_eq!((breaker.count(), breaker.mode()), (1, SystemMode::Normal));
    for number in 1..200 {
        breaker.anomaly(Suspect::Author(home, author(number)), 1_000);
    }
    assert_eq!((breaker.count(), breaker.mode()), (EMERGENCY_AT - 1, SystemMode::Degraded));
    let elsewhere = RealmId([2; 32]);
    let change = breaker.anomaly(Suspect::Author(elsewhere, author(0)), 1_000);
    assert_eq!(change.map(|change| change.to), Some(SystemMode::Emergency));
}

#[test]
fn an_author_counts_again_after_the_window() {
    let mut breaker = Breaker::default();
    let suspect = Suspect::Author(RealmId([1; 32]), author(0));
    breaker.anomaly(suspect, 0);
    breaker.anomaly(suspect, WINDOW_MS);
    assert_eq!(breaker.count(), 1);
    breaker.tick(WINDOW_MS * 2);
    assert_eq!(breaker.count(), 0);
}
