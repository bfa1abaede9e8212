//! A grant has one encoding, read in place or not, and its bounds are kept by the decoder.

use proptest::prelude::*;

use super::super::grant_id;
use super::super::test_world::{OWNER, REALM, did, grant};
use super::*;

/// Any grant.
pub(crate) fn any_grant() -> impl Strategy<Value = Grant> {
    let pattern = "[a-cä]{1,4}(/[a-c]{1,3}){0,2}\\*?";
    let patterns =
        || prop::collection::vec(pattern.prop_map(|text| text.parse().unwrap()), 1..=PATTERNS_MAX);
    let head = (any::<[u8; 16]>(), prop::option::of(any::<[u8; 32]>()), any::<u8>());
    let rate = prop::option::of((1..u32::MAX, 1..u64::MAX));
    let limits = (any::<u64>(), 0..=HOPS_MAX, rate, any::<Option<u64>>(), 1..=FACTOR_PPM_MAX);
    let approvers = prop::collection::btree_set(any::<u8>().prop_map(did), 0..=APPROVERS_MAX);
    (head, patterns(), patterns(), limits, approvers).prop_map(
        |((nonce, parent, delegate), actions, resources, limits, approvers)| Grant {
            nonce,
            parent: parent.map(GrantId),
            delegate: did(delegate),
            actions,
            resources,
            expires_ms: limits.0,
            hops: limits.1,
            rate: limits.2.map(|(count, window_ms)| Rate { count, window_ms }),
            budget: limits.3,
            approvers: approvers.into_iter().collect(),
            factor_ppm: limits.4,
        },
    )
}

proptest! {
    #[test]
    fn grants_round_trip(grant in any_grant()) {
        let bytes = grant.encode();
        prop_assert_eq!(&Grant::decode(&bytes).unwrap(), &grant);
        prop_assert_eq!(&GrantRef::decode(&bytes).unwrap().to_grant(), &grant);
        prop_assert!(Grant::decode(&bytes[..bytes.len() - 1]).is_err());
        prop_assert!(Grant::decode(&[&bytes[..], &[0]].concat()).is_err());
    }

    #[test]
    fn the_borrowed_form_allows_what_the_patterns_match(grant in any_grant(), text in "[a-c/]{0,6}") {
        let bytes = grant.encode();
        let read = GrantRef::decode(&bytes).unwrap();
        let any = |patterns: &[Pattern]| patterns.iter().any(|one| one.matches(&text));
        prop_assert_eq!(read.allows_action(&text), any(&grant.actions));
        prop_assert_eq!(read.allows_resource(&text), any(&grant.resources));
    }

    #[test]
    fn any_bytes_have_one_encoding_or_none(grant in any_grant(), at: usize, to: u8) {
        let mut bytes = grant.encode();
        let at = at % bytes.len();
        bytes[at] = to;
        if let Ok(other) = Grant::decode(&bytes) {
            prop_assert_eq!(other.encode(), bytes);
        }
    }

    #[test]
    fn the_id_covers_realm_issuer_and_every_field(grant in any_grant(), other in any_grant()) {
        let id = grant_id(REALM, OWNER, &grant);
        prop_assert_ne!(id, grant_id(pluto_core::RealmId([2; 32]), OWNER, &grant));
        prop_assert_ne!(id, grant_id(REALM, did(1), &grant));
        prop_assert_eq!(id == grant_id(REALM, OWNER, &other), grant == other);
        prop_assert_eq!(id.to_string().parse::<GrantId>().unwrap(), id);
    }
}

#[test]
fn what_is_out_of_bounds_does_not_decode() {
    let good = || grant(None, did(5));
    let refused: [(&str, fn(&mut Grant)); 10] = [
        ("no actions", |grant| grant.actions.clear()),
        ("no resources", |grant| grant.resources.clear()),
        ("many actions", |grant| grant.actions = vec![grant.actions[0].clone(); 17]),
        ("many hops", |grant| grant.hops = 8),
        ("no uses", |grant| grant.rate = Some(Rate { count: 0, window_ms: 1 })),
        ("no window", |grant| grant.rate = Some(Rate { count: 1, window_ms: 0 })),
        ("one approver twice", |grant| grant.approvers = vec![did(1), did(1)]),
        ("approvers out of order", |grant| grant.approvers = vec![did(2), did(1)]),
        ("no factor", |grant| grant.factor_ppm = 0),
        ("a factor above one", |grant| grant.factor_ppm = FACTOR_PPM_MAX + 1),
    ];
    assert!(Grant::decode(&good().encode()).is_ok());
    for (what, change) in refused {
        let mut grant = good();
        change(&mut grant);
        assert!(Grant::decode(&grant.encode()).is_err(), "{what}");
    }
    let many = Grant { approvers: (0..17).map(did).collect(), ..good() };
    assert!(Grant::decode(&many.encode()).is_err());
}

#[test]
fn a_revocation_names_one_grant() {
    let revoked = GrantRevoked { grant: GrantId([7; 32]) };
    assert_eq!(GrantRevoked::decode(&revoked.encode()), Ok(revoked));
    assert!(GrantRevoked::decode(&[7; 31]).is_err());
    assert_eq!(revoked.grant.short(), "07070707");
}
