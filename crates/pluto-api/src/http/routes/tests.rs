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
    let open: Vec<&str> =
        routes().iter().filter(|route| route.allows(None)).map(|route| route.name).collect();
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

#[test]
fn scopes_narrow_a_role_and_never_widen_it() {
    let who = |role, scopes: &[&str]| Principal {
        name: "somebody".to_owned(),
        role,
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
    };
    let install = routes().iter().find(|route| route.name == "install").unwrap();
    for (somebody, expected) in [
        (who(Role::Admin, &[]), true),
        (who(Role::Admin, &["policies:install"]), true),
        (who(Role::Admin, &["events:write"]), false),
        (who(Role::Writer, &["policies:install"]), false),
        (who(Role::Reader, &[]), false),
    ] {
        assert_eq!(install.allows(Some(&somebody)), expected, "{somebody:?}");
    }
    let realms = routes().iter().find(|route| route.name == "realms").unwrap();
    assert!(realms.allows(Some(&who(Role::Writer, &["events:write"]))));
}
