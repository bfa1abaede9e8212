//! Greetings: tags, bindings, bounds, and their published bytes.

use pluto_core::Namespace;
use proptest::prelude::*;

use super::*;

fn inception() -> Inception {
    Inception { namespace: Namespace::Person, key: [3; 32], next_key_digest: None, recovery: None }
}

fn binding() -> Binding {
    Binding { inception: inception(), key: [3; 32], signature: Signature([9; 64]) }
}

/// Takes every signature, or none.
struct Says(bool);

impl SignatureVerifier for Says {
    fn verify(&self, batch: &[SignedMessage]) -> Vec<bool> {
        vec![self.0; batch.len()]
    }

    fn accepts_key(&self, _: &PublicKey) -> bool {
        true
    }
}

#[test]
fn a_realm_is_found_by_who_knows_it_and_in_one_direction() {
    let (a, b) = (PeerId([1; 32]), PeerId([2; 32]));
    let (known, other) = (RealmId([7; 32]), RealmId([8; 32]));
    let hello = Hello::new(&[known], a, b, None);
    assert!(hello.names(known, a, b));
    assert!(!hello.names(other, a, b));
    assert!(!hello.names(known, b, a), "nobody can send a greeting back as their own");
}

#[test]
fn the_owner_is_whom_the_inception_names_if_the_signature_holds() {
    let node = PeerId([1; 32]);
    assert_eq!(binding().owner(node, &Says(true)), Some(inception().did()));
    assert_eq!(binding().owner(node, &Says(false)), None);
}

#[test]
fn tags_out_of_order_or_above_the_bound_are_refused() {
    let sorted = Hello { tags: vec![Digest([1; 32]), Digest([2; 32])], binding: None };
    let swapped = Hello { tags: vec![Digest([2; 32]), Digest([1; 32])], binding: None };
    assert_eq!(Hello::decode(&sorted.encode()), Ok(sorted));
    assert!(Hello::decode(&swapped.encode()).is_err());
    let many = [&[1][..], &u16::MAX.to_be_bytes(), &[0; 64]].concat();
    assert!(matches!(Hello::decode(&many), Err(CodecError::TooLarge { .. })));
}

fn golden() -> [(&'static str, Hello); 2] {
    let (a, b) = (PeerId([0x11; 32]), PeerId([0x22; 32]));
    let realms = [RealmId([0x33; 32]), RealmId([0x44; 32])];
    [
        ("hello-v1.bin", Hello::new(&realms, a, b, None)),
        ("hello-v1-bound.bin", Hello::new(&realms[..1], a, b, Some(binding()))),
    ]
}

fn file(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/golden").join(name)
}

#[test]
#[ignore = "writes the golden files; run it only when the format gets a new version"]
fn write_golden_files() {
    for (name, hello) in golden() {
        std::fs::write(file(name), hello.encode()).unwrap();
    }
}

#[test]
fn todays_code_reads_and_writes_the_golden_bytes() {
    for (name, hello) in golden() {
        let bytes = std::fs::read(file(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(hello.encode(), bytes, "{name}");
        assert_eq!(Hello::decode(&bytes), Ok(hello), "{name}");
    }
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded_and_fits(realms in 0..=REALMS_MAX, bound in any::<bool>()) {
        let realms: Vec<RealmId> = (0..realms)
            .map(|n| RealmId(Digest::default().0.map(|_| u8::try_from(n % 251).unwrap_or(0))))
            .collect();
        let hello =
            Hello::new(&realms, PeerId([1; 32]), PeerId([2; 32]), bound.then(binding));
        let bytes = hello.encode();
        prop_assert!(bytes.len() <= HELLO_BYTES_MAX);
        prop_assert_eq!(Hello::decode(&bytes), Ok(hello));
    }
}
