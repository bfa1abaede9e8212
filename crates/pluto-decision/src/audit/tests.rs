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
fn the_golden_files_hold_and_have_one_encoding() {
    for (name, decisions, handovers) in [("audit-v1.bin", 4, 0), ("audit-v2.bin", 2, 2)] {
        let bytes = golden(name);
        let shown = verify(&bytes, &Zip215Verifier).unwrap();
        assert_eq!(shown.decisions.len(), decisions, "{name}");
        assert_eq!(shown.attested.handovers.len(), handovers, "{name}");
        assert_eq!(Audit::from_bytes(&bytes).unwrap().encode(), bytes, "{name}");
    }
}

#[test]
fn every_changed_byte_and_every_cut_is_refused() {
    ["audit-v1.bin", "audit-v2.bin"].into_iter().for_each(every_byte_counts);
}

fn every_byte_counts(name: &str) {
    let bytes = golden(name);
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
