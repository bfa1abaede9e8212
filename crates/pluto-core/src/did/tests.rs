//! A DID has one text, and that text names it.

use proptest::prelude::*;

use super::{Did, Namespace};
use crate::codec::Canonical;

#[test]
fn other_texts_are_refused() {
    let good = Did { namespace: Namespace::Spirit, id: [0; 32] }.to_string();
    assert_eq!(good, "did:erynoa:spirit:11111111111111111111111111111111");
    for bad in [
        "",
        "did:erynoa:spirit",
        "did:erynoa:agent:11111111111111111111111111111111",
        "did:erynoa:spirit:1111111111111111111111111111111",
        "did:erynoa:spirit:111111111111111111111111111111111",
        "did:erynoa:spirit:0OIl",
        "did:key:z6Mk",
        " did:erynoa:spirit:11111111111111111111111111111111",
        "DID:erynoa:spirit:11111111111111111111111111111111",
    ] {
        assert!(bad.parse::<Did>().is_err(), "{bad}");
    }
}

#[test]
fn namespaces_keep_their_numbers() {
    let numbers: Vec<_> = Namespace::ALL.iter().map(|n| *n as u8).collect();
    assert_eq!(numbers, (1..=10).collect::<Vec<_>>());
    for namespace in Namespace::ALL {
        assert_eq!(namespace.as_str().parse::<Namespace>().unwrap(), *namespace);
        assert_eq!(Namespace::from_number(*namespace as u8), Some(*namespace));
    }
    assert_eq!(Namespace::from_number(0), None);
}

proptest! {
    #[test]
    fn text_and_bytes_round_trip(namespace in 0_usize..10, id: [u8; 32]) {
        let did = Did { namespace: Namespace::ALL[namespace], id };
        prop_assert_eq!(did.to_string().parse::<Did>().unwrap(), did);
        prop_assert_eq!(Did::decode(&did.to_bytes()).unwrap(), did);
        prop_assert_eq!(did.encode(), did.to_bytes().to_vec());
    }
}
