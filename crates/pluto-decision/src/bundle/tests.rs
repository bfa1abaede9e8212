//! The golden bundles, whole, cut, and with every byte changed under a seal that fits.

use pluto_identity::Zip215Verifier;

use super::*;

/// A golden file.
pub(crate) fn golden(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/formats/golden/");
    std::fs::read(folder.to_owned() + name).unwrap()
}

const NAMES: [&str; 4] = [
    "decision-bundle-v1-allow.bin",
    "decision-bundle-v1-deny.bin",
    "decision-bundle-v1-approved.bin",
    "decision-bundle-v2.bin",
];

/// The bytes with a seal that fits.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len() - SEAL_BYTES);
    let seal = SEAL.hash(&bytes);
    bytes.extend_from_slice(&seal.0);
    bytes
}

#[test]
fn golden_bundles_hold_and_have_one_encoding() {
    for name in NAMES {
        let bytes = golden(name);
        let report = verify(&bytes, &Zip215Verifier);
        assert!(report.holds(), "{name}: {:?}", report.failure());
        assert_eq!(Bundle::from_bytes(&bytes).unwrap().encode(), bytes, "{name}");
    }
}

#[test]
fn every_changed_byte_and_every_cut_is_refused() {
    for name in NAMES {
        let bytes = golden(name);
        for at in 0..bytes.len() {
            for flip in [1, 0x80] {
                let mut other = bytes.clone();
                other[at] ^= flip;
                assert!(!verify(&other, &Zip215Verifier).holds(), "{name}: byte {at}");
            }
            assert!(!verify(&bytes[..at], &Zip215Verifier).holds(), "{name}: {at} bytes");
        }
        assert!(!verify(&[&bytes[..], &[0]].concat(), &Zip215Verifier).holds());
    }
}

#[test]
fn every_changed_byte_and_every_cut_is_refused_under_a_seal_that_fits() {
    let mut seen = std::collections::BTreeSet::new();
    for name in NAMES {
        let bytes = golden(name);
        for at in 0..bytes.len() - SEAL_BYTES {
            for flip in [1, 0x80] {
                let mut other = bytes.clone();
                other[at] ^= flip;
                let other = sealed(other);
                let report = verify(&other, &Zip215Verifier);
                assert!(!report.holds(), "{name}: byte {at} ^ {flip}");
                seen.extend(report.failure().map(|(check, _)| check));
                if let Ok(bundle) = Bundle::from_bytes(&other) {
                    assert_eq!(bundle.encode(), other, "{name}: a second encoding, byte {at}");
                }
            }
            if at >= MAGIC.len() {
                let cut = sealed([&bytes[..at], &[0; SEAL_BYTES]].concat());
                assert!(!verify(&cut, &Zip215Verifier).holds(), "{name}: {at} bytes");
            }
        }
        let more = sealed([&bytes[..], &[0]].concat());
        assert!(!verify(&more, &Zip215Verifier).holds(), "{name}");
    }
    // Bytes alone cannot make an entry that is true and superfluous, nor another realm.
    for check in [Check::Form, Check::Parties, Check::Witness, Check::Decision, Check::State] {
        assert!(seen.contains(&check), "{check:?} in {seen:?}");
    }
    for check in [Check::Inclusion, Check::Consistency, Check::Grants, Check::Completion] {
        assert!(seen.contains(&check), "{check:?} in {seen:?}");
    }
}

#[test]
fn what_is_too_large_or_of_another_version_is_not_read() {
    let bytes = golden(NAMES[0]);
    let code = |bytes: &[u8]| Bundle::from_bytes(bytes).unwrap_err().code().to_string();
    assert_eq!(code(&vec![0; BUNDLE_BYTES_MAX + 1]), "DCN-0001");
    assert_eq!(code(b""), "DCN-0001");
    assert_eq!(code(&MAGIC[..]), "DCN-0001");
    let mut other = bytes.clone();
    for version in [0, BUNDLE_FORMAT.version + 1] {
        other[MAGIC.len()] = version;
        assert!(code(&other).starts_with("COR-"));
    }
    assert_eq!(code(&bytes[..bytes.len() - 1]), "DCN-0001");
}
