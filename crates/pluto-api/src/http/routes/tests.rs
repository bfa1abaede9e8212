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
fn whatever_changes_something_needs_more_than_a_reader_and_has_a_scope() {
    for route in routes().iter().filter(|route| route.mutates()) {
        let Access::Needs(role, scope) = route.access else { panic!("{}", route.name) };
        assert!(role >= Role::Writer && scope.is_some(), "{}", route.name);
        assert_ne!(route.method, Method::Get, "{}", route.name);
    }
}
