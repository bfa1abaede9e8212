//! The built-in policy: its own tests, and that it says what the plain rule says.

use std::collections::BTreeSet;

use pluto_api::auth::ByRole;
use pluto_ecl::check::check_source;
use pluto_ecl::testing::run_with_reference;

use super::*;

fn principal(role: Role, scopes: &[&str]) -> Principal {
    let scopes: BTreeSet<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    Principal { name: "https://a.example alice".into(), role, scopes }
}

fn need(role: Role, scope: Option<&'static str>) -> Need {
    Need {
        route: "POST /v1/events".into(),
        role: Some(role),
        scope,
        mutates: true,
        body_bytes_max: 0,
    }
}

#[test]
fn its_own_tests_pass_and_reach_every_rule() {
    let bundle = check_source(DOOR).bundle.unwrap();
    let run = run_with_reference(&bundle);
    assert!(run.passed());
    assert_eq!(run.undecided().count(), 0);
}

#[test]
fn it_says_what_the_plain_rule_says() {
    let policy = DoorPolicy::compile(DOOR).unwrap();
    let mut allowed = 0;
    for holds in Role::ALL {
        for needs in Role::ALL {
            for scope in [None, Some("events:write"), Some("node:admin")] {
                for scopes in [&[][..], &["events:write"], &["events:*"], &["other", "node:admin"]]
                {
                    let (who, need) = (principal(holds, scopes), need(needs, scope));
                    let answer = policy.allows(&who, &need);
                    assert_eq!(answer, ByRole.allows(&who, &need), "{who:?} {need:?}");
                    allowed += usize::from(answer);
                }
            }
        }
    }
    assert_eq!(allowed, 36);
}

#[test]
fn an_operator_may_write_another_and_a_fault_is_a_no() {
    let by_name = "policy door on api (who: text<512>, route: text<256>, mutates: bool) {\n\
         require !mutates || ends_with(who, \" alice\"), \"not alice\"\n}\n";
    let policy = DoorPolicy::compile(by_name).unwrap();
    assert!(policy.allows(&principal(Role::Reader, &[]), &need(Role::Admin, None)));
    let bob = Principal { name: "https://a.example bob".into(), ..principal(Role::Admin, &[]) };
    assert!(!policy.allows(&bob, &need(Role::Reader, None)));
    let short = "policy door on api (who: text<30>) { require length(who) > 0 }";
    let policy = DoorPolicy::compile(short).unwrap();
    let long = Principal { name: "x".repeat(31), ..principal(Role::Admin, &[]) };
    assert!(!policy.allows(&long, &need(Role::Reader, None)));
    for bad in [
        "",
        "policy other on api (who: text<512>) { require length(who) > 0 }",
        "policy door on api (whom: text<512>) { require length(whom) > 0 }",
        "policy door on api (who: int) { require who > 0 }",
        "policy door on api (who: text<512>) { allow if who }",
    ] {
        assert!(DoorPolicy::compile(bad).is_err(), "{bad}");
    }
    assert!(DoorPolicy::compile(&" ".repeat(SOURCE_BYTES_MAX + 1)).is_err());
}
