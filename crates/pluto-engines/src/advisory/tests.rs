//! All advisors of a realm together: same events, same reports; nothing grows without bound.

use proptest::prelude::*;

use super::world_formula::Humanity;
use super::*;
use crate::testing::did;

fn sighting() -> impl Strategy<Value = (u64, u16, bool, Option<u64>, u64)> {
    (0..20_u64, 60..80_u16, any::<bool>(), prop::option::of(0..20_u64), 0..200_000_u64)
}

fn shown(seen: &[(u64, u16, bool, Option<u64>, u64)]) -> Board {
    let mut board = Board::default();
    let mut time_ms = 0;
    for (position, (author, kind, effective, toward, later_ms)) in (0..).zip(seen) {
        time_ms += later_ms;
        board.show(&Sighting {
            position: Position(position),
            time_ms,
            author: did(*author),
            kind: KindNumber(*kind),
            effective: *effective,
            toward: toward.map(did),
        });
    }
    board
}

proptest! {
    #[test]
    fn same_events_same_reports(seen in prop::collection::vec(sighting(), 0..400)) {
        let (one, other) = (shown(&seen), shown(&seen));
        prop_assert_eq!(one.reports(), other.reports());
        let who = |_| (500_000, Humanity::Claimed);
        prop_assert_eq!(one.world_ppm(who), other.world_ppm(who));
        prop_assert!(one.reports().iter().all(|report| report.alerts.len() <= ALERTS_MAX));
    }
}

#[test]
fn a_report_names_its_component_and_figures() {
    let seen: Vec<_> = (0..100).map(|at| (at % 5, 65 + (at % 2) as u16, true, None, 0)).collect();
    let reports = shown(&seen).reports();
    let components: Vec<Component> = reports.iter().map(|report| report.component).collect();
    assert_eq!(components, [Component::WorldFormula, Component::Anomaly, Component::Diversity]);
    let figure = |name| {
        let measures = reports.iter().flat_map(|report| &report.measures);
        measures.filter(|measure| measure.name == name).find_map(|measure| measure.value)
    };
    assert_eq!(figure("kinds"), Some(2));
    assert_eq!(figure("entropy_ppm"), Some(1_000_000));
    assert_eq!(figure("evenness_ppm"), Some(1_000_000));
    assert_eq!(figure("largest_kind_ppm"), Some(500_000));
}

#[test]
fn alerts_keep_the_newest() {
    let mut alerts = Alerts::default();
    for position in 0..200 {
        alerts.push(Alert {
            severity: Severity::Warning,
            what: "test",
            author: None,
            position: Position(position),
            value: 0,
        });
    }
    let kept = alerts.to_vec();
    assert_eq!((kept.len(), kept[0].position), (ALERTS_MAX, Position(200 - ALERTS_MAX as u64)));
}
