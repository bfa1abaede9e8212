//! The golden audit file, whole and with every byte changed.

use pluto_identity::Zip215Verifier;

use super::*;
use crate::bundle::tests::golden;

const SEAL_BYTES: usize = 32;

fn sealed(content: &[u8]) -> Vec<u8> {
    [content, &SEAL.hash(content).0].concat()
}

/// Where the bundles begin: their bytes are tested one by one elsewhere, and cost the most.
fn tail(audit: &Audit) -> usize {
    let head = Audit { bundles: Vec::new(), ..audit.clone() }.encode();
    head.len() - SEAL_BYTES
}

#[test]
fn the_golden_file_holds_and_has_one_encoding() {
    let bytes = golden("audit-v1.bin");
    let shown = verify(&bytes, &Zip215Verifier).unwrap();
    assert_eq!(shown.decisions.len(), 4);
    assert_eq!(Audit::from_bytes(&bytes).unwrap().encode(), bytes);
}

#[test]
fn every_changed_byte_and_every_cut_is_refused() {
    let bytes = golden("audit-v1.bin");
    let content = &bytes[..bytes.len() - SEAL_BYTES];
    let audit = Audit::from_bytes(&bytes).unwrap();
    let behind = tail(&audit);
    for at in 0..bytes.len() {
        for flip in [1, 0x80] {
            let mut other = bytes.clone();
            other[at] ^= flip;
            assert!(verify(&other, &Zip215Verifier).is_err(), "byte {at}");
            if at < content.len() && (at < behind || at % 7 == 0) {
                let other = sealed(&other[..content.len()]);
                assert!(verify(&other, &Zip215Verifier).is_err(), "byte {at}, sealed");
            }
        }
        assert!(verify(&bytes[..at], &Zip215Verifier).is_err(), "{at} bytes");
        if at < content.len() {
            assert!(
                verify(&sealed(&content[..at]), &Zip215Verifier).is_err(),
                "{at} bytes, sealed"
            );
        }
    }
}
