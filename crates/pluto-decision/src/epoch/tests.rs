//! The golden manifest of an epoch, whole and with every byte changed.

use pluto_identity::Zip215Verifier;

use super::*;
use crate::bundle::tests::golden;

const SEAL_BYTES: usize = 32;

fn sealed(content: &[u8]) -> Vec<u8> {
    [content, &SEAL.hash(content).0].concat()
}

#[test]
fn the_golden_files_hold_and_have_one_encoding() {
    for (name, declared) in [("archive-epoch-v1.bin", false), ("archive-epoch-v1-chain.bin", true)]
    {
        let bytes = golden(name);
        let shown = verify(&bytes, &Zip215Verifier).unwrap();
        assert_eq!((shown.number, shown.first, shown.previous), (1, 0, None), "{name}");
        assert_eq!(shown.attested.declared, declared, "{name}");
        assert_eq!(shown.blobs, [BlobId([1; 32]), BlobId([2; 32])], "{name}");
        assert_eq!(Epoch::from_bytes(&bytes).unwrap().encode(), bytes, "{name}");
    }
}

#[test]
fn a_changed_byte_and_a_cut_are_refused_or_another_manifest() {
    for name in ["archive-epoch-v1.bin", "archive-epoch-v1-chain.bin"] {
        let bytes = golden(name);
        let content = &bytes[..bytes.len() - SEAL_BYTES];
        // What nobody signed is covered by the id of the manifest alone: number, epoch before, blobs.
        let free = MAGIC.len() + 1..MAGIC.len() + 1 + 4 + 1 + 2 + 64;
        for at in (0..bytes.len()).step_by(13) {
            let mut other = bytes.clone();
            other[at] ^= 1;
            assert!(verify(&other, &Zip215Verifier).is_err(), "{name}: byte {at}");
            if at < content.len() && !free.contains(&at) {
                let other = sealed(&other[..content.len()]);
                assert!(verify(&other, &Zip215Verifier).is_err(), "{name}: byte {at}, sealed");
            }
        }
        for cut in (0..content.len()).step_by(61) {
            assert!(verify(&sealed(&content[..cut]), &Zip215Verifier).is_err(), "{cut} bytes");
        }
    }
}

#[test]
fn a_stretch_that_leaves_an_event_out_is_refused() {
    let whole = Epoch::from_bytes(&golden("archive-epoch-v1.bin")).unwrap();
    let mut short = whole.clone();
    short.leaves.pop();
    assert!(verify(&short.encode(), &Zip215Verifier).is_err());
    let mut swapped = whole.clone();
    swapped.leaves.swap(1, 2);
    assert!(verify(&swapped.encode(), &Zip215Verifier).is_err());
    let later = Epoch { number: 2, ..whole };
    assert!(verify(&later.encode(), &Zip215Verifier).is_err(), "it begins with the realm");
}
