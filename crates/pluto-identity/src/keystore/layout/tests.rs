//! Any damage is refused, with or without a matching checksum, and no input panics.

use proptest::prelude::*;

use super::super::passphrase::Passphrase;
use super::*;
use crate::secret::Rotation;
use pluto_core::Namespace;
use pluto_error::Coded;

fn passphrase() -> Passphrase {
    Passphrase::new("correct horse".to_owned()).unwrap()
}

fn key() -> StoreKey {
    StoreKey::derive(&passphrase(), KdfParams::INSECURE_FOR_TESTS, [9; SALT_BYTES]).unwrap()
}

fn identity(seed: u8, rotation: Rotation) -> IdentitySecret {
    IdentitySecret::from_seed([seed; 32].into(), Namespace::Spirit, rotation)
}

fn identities() -> Identities {
    let mut agent = identity(1, Rotation::Committed).derive(Purpose::Agent, 5);
    agent.activate(7);
    Identities::from([
        ("agent-1".to_owned(), agent),
        ("me".to_owned(), identity(2, Rotation::Never)),
    ])
}

fn bytes() -> Vec<u8> {
    KeystoreFile::seal(&key(), &identities(), &Contacts::new()).unwrap().to_bytes()
}

fn open(bytes: &[u8]) -> Result<Identities, IdentityError> {
    let file = KeystoreFile::parse(bytes)?;
    file.unseal(&StoreKey::derive(&passphrase(), file.params, file.salt)?)
}

fn with_checksum(mut bytes: Vec<u8>) -> Vec<u8> {
    let body = bytes.len() - 32;
    let checksum = CHECKSUM.hash(&bytes[..body]);
    bytes[body..].copy_from_slice(&checksum.0);
    bytes
}

fn code(result: Result<Identities, IdentityError>) -> &'static str {
    result.unwrap_err().code().id()
}

#[test]
fn a_file_opens_to_what_was_sealed() {
    let bytes = bytes();
    let opened = open(&bytes).unwrap();
    assert_eq!(opened.len(), 2);
    for (name, secret) in identities() {
        assert_eq!(opened[&name].inception(), secret.inception());
        assert_eq!(opened[&name].seed().as_bytes(), secret.seed().as_bytes());
    }
    assert_eq!(KeystoreFile::parse(&bytes).unwrap().to_bytes(), bytes);
}

#[test]
fn every_flipped_byte_is_refused() {
    let bytes = bytes();
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x01;
        let version = at == MAGIC.len();
        assert_eq!(code(open(&damaged)), if version { "IDN-0010" } else { "IDN-0009" }, "{at}");
    }
}

#[test]
fn every_flipped_bit_is_refused_when_the_checksum_was_made_to_match() {
    let bytes = bytes();
    let head = KeystoreFile::parse(&bytes).unwrap();
    let key_check = MAGIC.len() + 1 + 12 + SALT_BYTES;
    for at in 0..bytes.len() - 32 {
        for bit in 0..8 {
            let mut forged = bytes.clone();
            forged[at] ^= 1 << bit;
            let forged = with_checksum(forged);
            let error = match KeystoreFile::parse(&forged) {
                // Argon2 runs only for the bytes that change its inputs, and not for large costs.
                Ok(file) if file.params == head.params && file.salt == head.salt => {
                    file.unseal(&key()).unwrap_err()
                }
                Ok(file) if file.params.memory_kib <= 1024 => open(&forged).unwrap_err(),
                Ok(_) => continue,
                Err(error) => error,
            };
            let code = error.code().id();
            let of_the_passphrase = (MAGIC.len() + 1..key_check + CHECK_BYTES).contains(&at);
            let expected = if of_the_passphrase { code != "IDN-0009" } else { code != "IDN-0011" };
            assert!(expected, "byte {at} bit {bit}: {error}");
        }
    }
}

#[test]
fn every_shorter_and_longer_file_is_refused() {
    let bytes = bytes();
    for length in 0..bytes.len() {
        assert_eq!(code(open(&bytes[..length])), "IDN-0009", "{length}");
    }
    let longer = [&bytes[..bytes.len() - 32], &[0; 33][..]].concat();
    assert_eq!(code(open(&with_checksum(longer))), "IDN-0009");
}

#[test]
fn a_wrong_passphrase_is_told_from_damage() {
    let file = KeystoreFile::parse(&bytes()).unwrap();
    let wrong = Passphrase::new("correct horsE".to_owned()).unwrap();
    let key = StoreKey::derive(&wrong, file.params, file.salt).unwrap();
    assert_eq!(code(file.unseal(&key)), "IDN-0011");
}

#[test]
fn a_seed_under_another_name_is_refused_even_by_its_owner() {
    let key = key();
    let mut file = KeystoreFile::seal(&key, &identities(), &Contacts::new()).unwrap();
    file.public[0].inception = identity(3, Rotation::Committed).inception().clone();
    file.sealed = [[1; 32], [2; 32]].concat();
    seal(&key.key, &file.nonce, &file.head(), &mut file.sealed).unwrap();
    assert!(code(file.unseal(&key)) == "IDN-0009");
    file.public.pop();
    file.sealed = [[3; 32], [2; 32]].concat();
    seal(&key.key, &file.nonce, &file.head(), &mut file.sealed).unwrap();
    assert!(code(file.unseal(&key)) == "IDN-0009");
}

#[test]
fn two_files_never_share_a_nonce() {
    let (one, two) = (bytes(), bytes());
    assert_ne!(KeystoreFile::parse(&one).unwrap().nonce, KeystoreFile::parse(&two).unwrap().nonce);
}

#[test]
fn names_are_safe_to_print_and_to_store() {
    for good in ["a", "me", "agent-7", "A.b_c-9", &"x".repeat(NAME_BYTES_MAX)] {
        assert!(check_name(good).is_ok(), "{good}");
    }
    for bad in ["", " ", "a b", "ä", "a/b", "a\0", "\u{1b}[31m", &"x".repeat(NAME_BYTES_MAX + 1)] {
        assert_eq!(check_name(bad).unwrap_err().code().id(), "IDN-0017", "{bad:?}");
    }
}

#[test]
fn names_out_of_order_are_refused() {
    let mut file = KeystoreFile::seal(&key(), &identities(), &Contacts::new()).unwrap();
    file.public.swap(0, 1);
    assert!(KeystoreFile::parse(&file.to_bytes()).is_err());
    file.public[1].name = file.public[0].name.clone();
    assert!(KeystoreFile::parse(&file.to_bytes()).is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(
        noise in prop::collection::vec(any::<u8>(), 0..400), version in 1_u8..3,
    ) {
        prop_assert!(KeystoreFile::parse(&noise).is_err());
        let body = [&MAGIC[..], &[version], &noise[..], &[0; 32]].concat();
        let forged = with_checksum(body);
        if let Ok(file) = KeystoreFile::parse(&forged) {
            prop_assert_eq!(file.to_bytes(), forged);
        }
    }

    #[test]
    fn a_forged_head_decodes_to_itself_or_not_at_all(
        at: prop::sample::Index, patch in prop::collection::vec(any::<u8>(), 1..8),
    ) {
        let mut forged = bytes();
        let at = at.index(forged.len() - 32 - patch.len());
        forged[at..at + patch.len()].copy_from_slice(&patch);
        let forged = with_checksum(forged);
        if let Ok(file) = KeystoreFile::parse(&forged) {
            prop_assert_eq!(file.to_bytes(), forged);
        }
    }
}
