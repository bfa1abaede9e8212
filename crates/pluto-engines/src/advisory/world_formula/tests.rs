//! The formula against floats, and what it must not reward.

use proptest::prelude::*;

use super::*;

fn party() -> impl Strategy<Value = Contributor> {
    let humanity =
        prop_oneof![Just(Humanity::Unknown), Just(Humanity::Claimed), Just(Humanity::Vouched)];
    (0..1_000_001_u32, 0..10_000_u64, 0..10_000_u64, 0..20_000_000_u64, humanity, 0..400_u64)
        .prop_map(|(norm_ppm, active, events, surprisal_ppm, humanity, idle_days)| Contributor {
            norm_ppm,
            active,
            events,
            surprisal_ppm,
            humanity,
            idle_days,
        })
}

fn in_floats(party: &Contributor) -> f64 {
    if party.idle_days > 365 {
        return 0.0;
    }
    let norm = f64::from(party.norm_ppm) / 1e6;
    let activity = party.active as f64 / (party.active as f64 + 10.0);
    let damped = norm * norm * party.surprisal_ppm as f64 / 1e6;
    let x = norm * (party.events as f64 + 1.0).ln() * damped / 15.0;
    let human = party.humanity.factor_ppm() as f64 / 1e6;
    activity * (2.0 / (1.0 + (-x).exp()) - 1.0) * human / (1.0 + 0.01 * party.idle_days as f64)
}

proptest! {
    #[test]
    fn integers_say_what_floats_say(party in party()) {
        let found = contribution_ppm(&party) as f64 / 1e6;
        prop_assert!((found - in_floats(&party)).abs() < 3e-5, "{found} {}", in_floats(&party));
        prop_assert!(found <= 1.5);
    }

    #[test]
    fn more_trust_never_counts_less(party in party(), more in 0..1_000_000_u32) {
        let trusted = Contributor { norm_ppm: party.norm_ppm.saturating_add(more), ..party };
        prop_assert!(contribution_ppm(&trusted) >= contribution_ppm(&party));
    }
}

#[test]
fn no_trust_no_reward() {
    let busy = Contributor { active: 1_000_000, events: 1_000_000, ..Contributor::default() };
    let surprising = Contributor { surprisal_ppm: 20_000_000, ..busy };
    assert_eq!(contribution_ppm(&surprising), 0);
}

#[test]
fn a_golden_realm() {
    let veteran = Contributor {
        norm_ppm: 800_000,
        active: 90,
        events: 1_000,
        surprisal_ppm: 5_000_000,
        humanity: Humanity::Vouched,
        idle_days: 1,
    };
    let newcomer = Contributor { norm_ppm: 100_000, active: 1, events: 1, ..veteran };
    let gone = Contributor { idle_days: 366, ..veteran };
    assert_eq!(contribution_ppm(&gone), 0);
    assert_eq!(world_ppm(&[veteran, newcomer, gone]), VETERAN_PPM + NEWCOMER_PPM);
    assert_eq!(contribution_ppm(&newcomer), NEWCOMER_PPM);
}

const VETERAN_PPM: u64 = 707_839;
const NEWCOMER_PPM: u64 = 14;
