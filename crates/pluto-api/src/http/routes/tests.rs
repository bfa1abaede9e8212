//! Rules that the whole table keeps.

use std::collections::BTreeSet;

use super::*;

#[test]
fn names_and_paths_are_unique() {
    let names: BTreeSet<&str> = routes().iter().map(|route| route.name).collect();
    let places: BTreeSet<(&str, Method)> =
        routes().iter().map(|route| (route.path, route.method)).collect();
    assert_eq!(names.len(), routes().len());
    assert_eq!(places.len(), routes().len());
    assert!(routes().iter().all(|route| route.path.starts_with("/v1/")));
    assert!(routes().iter().all(|route| route.summary.ends_with('.')));
}

#[test]
fn only_health_and_capabilities_are_for_everybody() {
    let open: Vec<&str> = routes()
        .iter()
        .filter(|route| route.access == Access::Everybody)
        .map(|route| route.name)
        .collect();
    assert_eq!(open, ["live", "ready", "capabilities"]);
}

#[test]
fn what_reads_needs_a_reader_and_what_changes_something_needs_more() {
    for route in routes() {
        let Access::Needs(role, scope) = route.access else { continue };
        let (thing, what) = scope.split_once(':').unwrap();
        assert!(!thing.is_empty(), "{}", route.name);
        assert_eq!(what == "read", !route.mutates(), "{}", route.name);
        assert_eq!(role == Role::Reader, !route.mutates(), "{}", route.name);
        assert!(!route.mutates() || route.method != Method::Get, "{}", route.name);
    }
}
