//! Living, ready and well are three things, and what is past is none of them.

use pluto_nervous_system::modes::Recent;

use super::*;

fn answers(indicators: Indicators) -> (bool, bool, Level) {
    let health = Health::of(indicators);
    (health.live.holds, health.ready.holds, health.level)
}

#[test]
fn each_indicator_bears_on_what_it_should() {
    let fine = Indicators::default;
    let with = |vitals| Indicators { vitals, ..fine() };
    let why = || Some("no space left".to_owned());
    let cases = [
        ("nothing", fine(), (true, true, Level::Healthy)),
        ("full disk", Indicators { failure: why(), ..fine() }, (true, false, Level::Sick)),
        (
            "the writer ended",
            Indicators { failure: why(), ended: true, ..fine() },
            (false, false, Level::Sick),
        ),
        ("damage", Indicators { read_only: why(), ..fine() }, (true, false, Level::Sick)),
        (
            "degraded",
            Indicators { mode: SystemMode::Degraded, ..fine() },
            (true, true, Level::Strained),
        ),
        (
            "emergency",
            Indicators { mode: SystemMode::Emergency, ..fine() },
            (true, false, Level::Sick),
        ),
        ("peers", Indicators { peer_faults: 1, ..fine() }, (true, true, Level::Strained)),
        (
            "authors misbehave",
            with(Vitals { anomalies: Recent { node: 0, authors: 99 }, ..Vitals::default() }),
            (true, true, Level::Healthy),
        ),
        (
            "the node misbehaves",
            with(Vitals { anomalies: Recent { node: 1, authors: 0 }, ..Vitals::default() }),
            (true, true, Level::Strained),
        ),
        (
            "nearly full",
            with(Vitals { queue_ppm: 800_000, ..Vitals::default() }),
            (true, true, Level::Strained),
        ),
        (
            "full",
            with(Vitals { queue_ppm: 1_000_000, ..Vitals::default() }),
            (true, false, Level::Strained),
        ),
        (
            "a minute without checkpoint",
            with(Vitals { unsaved_ms: Some(60_000), ..Vitals::default() }),
            (true, true, Level::Healthy),
        ),
        (
            "long without checkpoint",
            with(Vitals { unsaved_ms: Some(300_000), ..Vitals::default() }),
            (true, true, Level::Strained),
        ),
    ];
    for (name, indicators, wanted) in cases {
        assert_eq!(answers(indicators), wanted, "{name}");
    }
}

#[test]
fn the_worst_comes_first_and_everything_has_a_reason() {
    let health = Health::of(Indicators {
        mode: SystemMode::Emergency,
        peer_faults: 2,
        ..Indicators::default()
    });
    assert_eq!(health.text(), "sick; mode emergency; 2 faults of peers in 5 minutes");
    assert_eq!(health.ready.reason, "mode emergency: reads only");
    assert_eq!(health.live.reason, "the writer runs");
}
