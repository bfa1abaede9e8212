//! Same seed, same identity; what is derived is separate and comes from the secret.

use std::collections::BTreeSet;

use super::*;

const SEED: [u8; 32] = [7; 32];

fn identity() -> IdentitySecret {
    IdentitySecret::from_seed(SecretSeed::from(SEED), Namespace::Person, Rotation::Committed)
}

#[test]
fn derivation_is_stable_across_builds() {
    let owner = identity();
    let texts = [
        owner.did(),
        owner.derive(Purpose::Device, 0).did(),
        owner.derive(Purpose::Agent, 3).did(),
        owner.derive(Purpose::Realm, 0).did(),
    ]
    .map(|did| did.to_string());
    assert_eq!(texts, GOLDEN);
}

/// Changing one of these loses the identities of everybody who kept only a seed.
const GOLDEN: [&str; 4] = [
    "did:erynoa:self:7DiUKLm9E3jiAgK6aEP38TtP7fn5QC3Mpip6uWpBkhmw",
    "did:erynoa:thing:27NPPrkxWCFVbD17VZoxW2qAeNwiMoz6phiesKsxY3LY",
    "did:erynoa:spirit:Hk4vAkiJGt1n4wfomMZCMBERcXHcRees96Msi2Wfr4vQ",
    "did:erynoa:self:DybCzV9NJsKgRXGHFxT4Yq474KNrbJgQC32yMRYfdX28",
];

#[test]
fn the_inception_commits_to_signing_key_one() {
    let next = KeyPair::public_of(&SecretSeed::from(SEED).signing_seed(1));
    assert_eq!(identity().inception().next_key_digest, Some(next_key_digest(&next)));
    assert_ne!(identity().inception().key, next);
    let fixed = IdentitySecret::from_seed(SEED.into(), Namespace::Person, Rotation::Never);
    assert_eq!(fixed.inception().next_key_digest, None);
    assert_eq!(fixed.derive(Purpose::Agent, 0).inception().next_key_digest, None);
    assert_eq!(fixed.inception().key, identity().inception().key);
}

#[test]
fn every_purpose_and_index_has_its_own_key() {
    let mut keys = BTreeSet::from([identity().inception().key]);
    for purpose in [Purpose::Device, Purpose::Agent, Purpose::Realm] {
        for index in [0, 1, 2, u32::MAX] {
            let sub = identity().derive(purpose, index);
            assert_eq!(sub.did(), identity().derive(purpose, index).did());
            assert!(keys.insert(sub.inception().key), "{purpose:?} {index}");
        }
    }
    assert_eq!(identity().derive(Purpose::Agent, 0).did().namespace, Namespace::Spirit);
    assert_eq!(identity().derive(Purpose::Device, 0).did().namespace, Namespace::Thing);
    assert_eq!(identity().derive(Purpose::Realm, 0).did().namespace, Namespace::Person);
}

#[test]
fn generated_identities_differ() {
    let one = IdentitySecret::generate(Namespace::Spirit).unwrap();
    let two = IdentitySecret::generate(Namespace::Spirit).unwrap();
    assert_ne!(one.did(), two.did());
    assert!(one.inception().next_key_digest.is_some());
}

#[test]
fn debug_shows_no_secret() {
    let text = format!("{:?} {:?}", identity(), identity().key_pair());
    assert!(text.contains("SecretSeed(..)"), "{text}");
    for secret in [SEED, *identity().seed.signing_seed(0).as_bytes()] {
        let start = format!("{:?}", &secret[..3]);
        assert!(!text.contains(start.trim_end_matches(']')), "{text}");
    }
}
