//! What a node makes, it takes.

use std::sync::Arc;

use super::super::test_data::{NOW_MS, with_token};
use super::super::{Authenticator, TokenKeys, Tokens};
use super::*;

fn wish() -> Wish {
    Wish {
        subject: "dashboard".into(),
        role: Role::Writer,
        scopes: vec!["events:write".into(), "realms:*".into()],
        life_s: 60,
        id: "0001".into(),
    }
}

#[test]
fn a_token_of_a_node_is_taken_by_that_node_alone() {
    let (ours, other) = (LocalIssuer::new(&[1; 32]).unwrap(), LocalIssuer::new(&[2; 32]).unwrap());
    let token = ours.mint(&wish(), NOW_MS / 1000).unwrap();
    let ask = |issuer: &LocalIssuer, now_ms| {
        let mut keys = TokenKeys::default();
        issuer.allow(&mut keys).unwrap();
        let tokens = Tokens { keys, revoked: Default::default() };
        Authenticator::new(Arc::new(()), tokens).authenticate(&with_token(&token), b"", now_ms)
    };
    let found = ask(&ours, NOW_MS).unwrap().unwrap();
    assert_eq!((found.name.as_str(), found.role), ("urn:pluto:node dashboard", Role::Writer));
    assert_eq!(found.scopes.into_iter().collect::<Vec<_>>(), wish().scopes);
    assert_eq!(ask(&other, NOW_MS), Err(AuthError::UnknownKey));
    assert!(matches!(ask(&ours, NOW_MS + 100_000), Err(AuthError::OutOfTime(_))));
}

#[test]
fn a_wish_that_no_node_would_accept_is_refused() {
    let issuer = LocalIssuer::new(&[1; 32]).unwrap();
    for bad in [
        Wish { subject: String::new(), ..wish() },
        Wish { subject: "a\nb".into(), ..wish() },
        Wish { scopes: vec!["a b".into()], ..wish() },
        Wish { scopes: vec![String::new()], ..wish() },
        Wish { scopes: vec!["a".into(); SCOPES_MAX + 1], ..wish() },
        Wish { life_s: 0, ..wish() },
        Wish { life_s: LIFE_S_MAX + 1, ..wish() },
    ] {
        assert!(issuer.mint(&bad, 0).is_err(), "{bad:?}");
    }
}
