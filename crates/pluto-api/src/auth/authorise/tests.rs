//! Every role against every need, and scopes.

use super::*;

fn principal(role: Role, scopes: &[&str]) -> Principal {
    let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    Principal { name: "somebody".into(), role, scopes }
}

#[test]
fn a_role_reaches_its_own_needs_and_those_below() {
    for (has, role) in Role::ALL.into_iter().enumerate() {
        for (needed, need) in Role::ALL.into_iter().enumerate() {
            let need = Need {
                route: "GET /x".into(),
                role: Some(need),
                scope: None,
                mutates: false,
                body_bytes_max: 0,
            };
            let allowed = ByRole.allows(&principal(role, &[]), &need);
            assert_eq!(allowed, has >= needed, "{role:?} {need:?}");
        }
        assert_eq!(Role::parse(role.as_str()), Some(role));
    }
    assert_eq!(Role::parse("Admin"), None);
}

#[test]
fn scopes_narrow_a_role_and_never_widen_it() {
    let needed = Some("events:write");
    for (scopes, expected) in [
        (&[][..], true),
        (&["events:write"], true),
        (&["events:*"], true),
        (&["*:write"], true),
        (&["*:*"], true),
        (&["*:read"], false),
        (&["other", "events:write"], true),
        (&["events:read"], false),
        (&["events"], false),
        (&["events:writer"], false),
        (&["events:w*"], false),
        (&["*"], false),
        (&[":*"], false),
        (&[""], false),
    ] {
        assert_eq!(has_scope(&principal(Role::Admin, scopes), needed), expected, "{scopes:?}");
    }
    assert!(!has_scope(&principal(Role::Admin, &["events:write"]), None));
    let need = Need {
        route: "x".into(),
        role: Some(Role::Writer),
        scope: needed,
        mutates: true,
        body_bytes_max: 0,
    };
    assert!(!ByRole.allows(&principal(Role::Reader, &["events:write"]), &need));
}
