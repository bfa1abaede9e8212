//! One encoding, and nothing that is cut, changed or too large.

use pluto_core::hash::Domain;

use super::*;

fn file() -> RealmFooting {
    RealmFooting { manifest: vec![1; 40], footing: vec![2; 50] }
}

#[test]
fn it_has_one_encoding() {
    let bytes = file().encode();
    assert_eq!(RealmFooting::from_bytes(&bytes).unwrap(), file());
    for at in 0..bytes.len() {
        let mut other = bytes.clone();
        other[at] ^= 1;
        assert!(RealmFooting::from_bytes(&other).is_err(), "byte {at}");
        assert!(RealmFooting::from_bytes(&bytes[..at]).is_err(), "{at} bytes");
    }
}

#[test]
fn a_part_longer_than_the_file_is_refused_under_a_seal_that_fits() {
    let seal = Domain::new("pluto realm footing v1");
    let bytes = file().encode();
    let mut content = bytes[..bytes.len() - 32].to_vec();
    content[MAGIC.len() + 1] = 0xff;
    let sealed = [content.clone(), seal.hash(&content).0.to_vec()].concat();
    assert!(RealmFooting::from_bytes(&sealed).is_err());
}
