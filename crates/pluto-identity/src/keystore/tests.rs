//! A keystore on disk: private, durable, and not lost to a second process or a crash.

use pluto_core::Namespace;
use tempfile::TempDir;

use super::*;
use crate::secret::{Purpose, Rotation};

const FAST: KdfParams = KdfParams::INSECURE_FOR_TESTS;

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned()).unwrap()
}

fn identity(seed: u8) -> IdentitySecret {
    IdentitySecret::from_seed([seed; 32].into(), Namespace::Person, Rotation::Committed)
}

fn created() -> (TempDir, PathBuf, Keystore) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    let keystore = Keystore::create(&path, &passphrase("p"), FAST).unwrap();
    (folder, path, keystore)
}

fn code<T>(result: Result<T>) -> &'static str {
    result.err().unwrap().code().id()
}

fn names(entries: impl IntoIterator<Item = KeyEntry>) -> Vec<String> {
    entries.into_iter().map(|entry| entry.name).collect()
}

#[test]
fn identities_survive_and_are_listed_without_the_passphrase() {
    let (_folder, path, mut keystore) = created();
    keystore.add("me", identity(1)).unwrap();
    keystore.add("agent", identity(1).derive(Purpose::Agent, 0)).unwrap();
    let opened = Keystore::open(&path, &passphrase("p")).unwrap();
    let listed = Keystore::list(&path).unwrap();
    assert_eq!(names(listed.clone()), ["agent", "me"]);
    assert_eq!(opened.entries().collect::<Vec<_>>(), listed);
    assert_eq!(keystore.entries().collect::<Vec<_>>(), listed);
    assert_eq!(listed[1].did, identity(1).did());
    assert_eq!(opened.get("me").unwrap().inception(), identity(1).inception());
    let key = opened.get("me").unwrap().key_pair().public_key();
    assert_eq!(key, identity(1).key_pair().public_key());
    assert_eq!(code(opened.get("you")), "IDN-0015");
}

#[test]
fn names_and_identities_are_unique() {
    let (_folder, _, mut keystore) = created();
    keystore.add("me", identity(1)).unwrap();
    assert_eq!(code(keystore.add("me", identity(2))), "IDN-0016");
    assert_eq!(code(keystore.add("again", identity(1))), "IDN-0016");
    assert_eq!(code(keystore.add("a/b", identity(2))), "IDN-0017");
    keystore.add("you", identity(2)).unwrap();
    assert_eq!(code(keystore.rename("me", "you")), "IDN-0016");
    assert_eq!(code(keystore.rename("me", "")), "IDN-0017");
    assert_eq!(code(keystore.rename("nobody", "somebody")), "IDN-0015");
    assert_eq!(names(keystore.entries()), ["me", "you"]);
}

#[test]
fn what_is_derived_is_remembered_and_comes_again_from_the_seed() {
    let (_folder, path, mut keystore) = created();
    keystore.add("me", identity(1)).unwrap();
    for (name, purpose) in
        [("agent", Purpose::Agent), ("other", Purpose::Agent), ("phone", Purpose::Device)]
    {
        keystore.derive("me", name, purpose).unwrap();
    }
    let opened = Keystore::open(&path, &passphrase("p")).unwrap();
    for (name, purpose, index) in
        [("agent", Purpose::Agent, 0), ("other", Purpose::Agent, 1), ("phone", Purpose::Device, 0)]
    {
        let owner = identity(1).did();
        let derived = opened.get(name).unwrap();
        assert_eq!(derived.origin(), Origin::Derived { owner, purpose, index });
        assert_eq!(derived.did(), identity(1).derive(purpose, index).did());
    }
    assert_eq!(code(keystore.derive("nobody", "x", Purpose::Realm)), "IDN-0015");
    assert_eq!(opened.name_of(&identity(1).did()), Some("me"));
}

#[test]
fn the_active_key_is_remembered_and_found_again() {
    let (_folder, path, mut keystore) = created();
    keystore.add("me", identity(1)).unwrap();
    keystore.activate("me", 3).unwrap();
    let opened = Keystore::open(&path, &passphrase("p")).unwrap();
    let me = opened.get("me").unwrap();
    let third = identity(1).key_pair_at(3).public_key();
    assert_eq!((me.active(), me.key_pair().public_key()), (3, third));
    assert_eq!(identity(1).index_of(&third), Some(3), "an older backup finds it");
    assert_eq!(identity(1).index_of(&identity(2).key_pair().public_key()), None);
    assert_eq!(me.next_key_digest_at(2), Some(crate::secret::next_key_digest(&third)));
    assert_eq!(code(keystore.activate("you", 1)), "IDN-0015");
}

#[test]
fn contacts_have_names_and_no_seeds() {
    let (_folder, path, mut keystore) = created();
    keystore.add("me", identity(1)).unwrap();
    keystore.add_contact("bob", identity(2).inception().clone()).unwrap();
    assert_eq!(code(keystore.add_contact("me", identity(3).inception().clone())), "IDN-0016");
    assert_eq!(code(keystore.add("bob", identity(3))), "IDN-0016");
    assert_eq!(code(keystore.add("other", identity(2))), "IDN-0016");
    let opened = Keystore::open(&path, &passphrase("p")).unwrap();
    assert_eq!(names(Keystore::list(&path).unwrap()), ["bob", "me"]);
    assert_eq!(names(opened.entries()), ["me"]);
    assert_eq!(opened.contact("bob"), Some(identity(2).inception()));
    assert_eq!(code(opened.get("bob")), "IDN-0015");
    keystore.change_passphrase(&passphrase("new"), FAST).unwrap();
    keystore.remove("bob").unwrap();
    assert_eq!(names(Keystore::list(&path).unwrap()), ["me"]);
}

#[test]
fn a_recovered_identity_is_kept_with_its_other_keys() {
    let (_folder, path, mut keystore) = created();
    let adopted = IdentitySecret::adopt([9; 32].into(), identity(1).inception().clone());
    let key = adopted.key_pair().public_key();
    keystore.add("me", adopted).unwrap();
    let opened = Keystore::open(&path, &passphrase("p")).unwrap();
    let me = opened.get("me").unwrap();
    assert_eq!((me.did(), me.origin()), (identity(1).did(), Origin::Adopted));
    assert_eq!(me.key_pair().public_key(), key);
}

/// Written by the first release of version 2, passphrase `golden`, Argon2id with 8 KiB.
const GOLDEN_2: &[u8] = include_bytes!("../../fixtures/keystore-v2.bin");

#[test]
fn a_keystore_of_version_2_opens() {
    let (_folder, path, _keystore) = created();
    std::fs::write(&path, GOLDEN_2).unwrap();
    let opened = Keystore::open(&path, &passphrase("golden")).unwrap();
    let texts: Vec<String> = Keystore::list(&path)
        .unwrap()
        .into_iter()
        .map(|entry| format!("{} {} {:?}", entry.name, entry.did, entry.origin))
        .collect();
    let owner = identity(7).did();
    let derived = Origin::Derived { owner, purpose: Purpose::Agent, index: 0 };
    assert_eq!(
        texts,
        [
            format!("agent {} {:?}", identity(7).derive(Purpose::Agent, 0).did(), Some(derived)),
            format!("bob {} None", identity(8).did()),
            format!("lost {} {:?}", identity(6).did(), Some(Origin::Adopted)),
            format!("me {owner} {:?}", Some(Origin::Seed)),
        ]
    );
    assert_eq!(opened.get("me").unwrap().active(), 2);
}

#[test]
#[ignore = "writes the golden file of version 2 once"]
fn write_the_golden_file_of_version_2() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    let mut keystore = Keystore::create(&path, &passphrase("golden"), FAST).unwrap();
    keystore.add("me", identity(7)).unwrap();
    keystore.activate("me", 2).unwrap();
    keystore.derive("me", "agent", Purpose::Agent).unwrap();
    let adopted = IdentitySecret::adopt([9; 32].into(), identity(6).inception().clone());
    keystore.add("lost", adopted).unwrap();
    keystore.add_contact("bob", identity(8).inception().clone()).unwrap();
    let target = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/keystore-v2.bin");
    std::fs::copy(&path, target).unwrap();
}

#[test]
fn renaming_and_removing_last() {
    let (_folder, path, mut keystore) = created();
    keystore.add("me", identity(1)).unwrap();
    keystore.rename("me", "myself").unwrap();
    assert_eq!(names(Keystore::list(&path).unwrap()), ["myself"]);
    assert_eq!(keystore.get("myself").unwrap().did(), identity(1).did());
    keystore.remove("myself").unwrap();
    assert_eq!(code(keystore.remove("myself")), "IDN-0015");
    assert!(Keystore::list(&path).unwrap().is_empty());
    assert!(Keystore::open(&path, &passphrase("p")).unwrap().entries().next().is_none());
}

#[test]
fn a_missing_an_existing_and_a_foreign_file_have_their_codes() {
    let (folder, path, _keystore) = created();
    let missing = folder.path().join("nothing");
    assert_eq!(code(Keystore::open(&missing, &passphrase("p"))), "IDN-0006");
    assert_eq!(code(Keystore::list(&missing)), "IDN-0006");
    assert_eq!(code(Keystore::create(&path, &passphrase("p"), FAST)), "IDN-0007");
    assert_eq!(code(Keystore::open(&path, &passphrase("q"))), "IDN-0011");
    assert_eq!(code(Keystore::open(folder.path(), &passphrase("p"))), "IDN-0009");
    let nowhere = missing.join("keys");
    assert_eq!(code(Keystore::create(&nowhere, &passphrase("p"), FAST)), "IDN-0020");
}

#[cfg(unix)]
mod unix {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_file_is_private_from_the_first_byte() {
        let (folder, path, mut keystore) = created();
        keystore.add("me", identity(1)).unwrap();
        assert_eq!(mode(&path), 0o600);
        for file in std::fs::read_dir(folder.path()).unwrap() {
            assert_eq!(mode(&file.unwrap().path()) & 0o077, 0);
        }
    }

    #[test]
    fn a_file_others_can_read_is_refused() {
        let (_folder, path, mut keystore) = created();
        for bad in [0o640, 0o604, 0o620, 0o601, 0o644] {
            std::fs::set_permissions(&path, Permissions::from_mode(bad)).unwrap();
            assert_eq!(code(Keystore::open(&path, &passphrase("p"))), "IDN-0008", "{bad:o}");
            assert_eq!(code(Keystore::list(&path)), "IDN-0008", "{bad:o}");
            assert_eq!(code(keystore.add("me", identity(1))), "IDN-0008", "{bad:o}");
        }
        std::fs::set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
        assert!(Keystore::open(&path, &passphrase("p")).is_ok());
    }

    #[test]
    fn a_link_is_followed_and_stays() {
        let (folder, path, _keystore) = created();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        Keystore::open(&link, &passphrase("p")).unwrap().add("me", identity(1)).unwrap();
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(names(Keystore::list(&path).unwrap()), ["me"]);
    }
}

#[test]
fn two_open_keystores_lose_no_change() {
    let (_folder, path, mut one) = created();
    let mut two = Keystore::open(&path, &passphrase("p")).unwrap();
    one.add("one", identity(1)).unwrap();
    two.add("two", identity(2)).unwrap();
    assert_eq!(code(one.add("two", identity(3))), "IDN-0016");
    one.remove("two").unwrap();
    assert_eq!(names(Keystore::list(&path).unwrap()), ["one"]);
}

#[test]
fn threads_that_change_at_once_lose_no_change() {
    let (_folder, path, _keystore) = created();
    let add = |number: u8| {
        let mut keystore = Keystore::open(&path, &passphrase("p")).unwrap();
        keystore.add(&format!("k{number}"), identity(number)).unwrap();
    };
    std::thread::scope(|scope| {
        (0..8).for_each(|number| drop(scope.spawn(move || add(number))));
    });
    assert_eq!(Keystore::list(&path).unwrap().len(), 8);
}

#[test]
fn another_passphrase_replaces_the_old_one() {
    let (_folder, path, mut keystore) = created();
    let mut other = Keystore::open(&path, &passphrase("p")).unwrap();
    keystore.add("me", identity(1)).unwrap();
    keystore.change_passphrase(&passphrase("new"), FAST).unwrap();
    keystore.add("you", identity(2)).unwrap();
    assert_eq!(code(Keystore::open(&path, &passphrase("p"))), "IDN-0011");
    assert_eq!(code(other.remove("me")), "IDN-0019");
    let opened = Keystore::open(&path, &passphrase("new")).unwrap();
    assert_eq!(names(opened.entries()), ["me", "you"]);
}

#[test]
fn what_a_crash_left_behind_is_in_nobodys_way() {
    let (folder, path, mut keystore) = created();
    std::fs::write(folder.path().join("keys.new"), b"half a keyst").unwrap();
    keystore.add("me", identity(1)).unwrap();
    assert!(!folder.path().join("keys.new").exists());
    assert_eq!(names(Keystore::list(&path).unwrap()), ["me"]);
}

#[test]
fn a_failed_change_leaves_file_and_memory_as_they_were() {
    let (folder, path, mut keystore) = created();
    keystore.add("me", identity(1)).unwrap();
    let before = std::fs::read(&path).unwrap();
    // A folder in the place of the new file: it can be neither removed nor written.
    std::fs::create_dir_all(folder.path().join("keys.new/x")).unwrap();
    assert_eq!(code(keystore.add("you", identity(2))), "IDN-0020");
    assert_eq!(code(keystore.change_passphrase(&passphrase("new"), FAST)), "IDN-0020");
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(names(keystore.entries()), ["me"]);
    std::fs::remove_dir_all(folder.path().join("keys.new")).unwrap();
    keystore.add("you", identity(2)).unwrap();
    assert_eq!(names(Keystore::open(&path, &passphrase("p")).unwrap().entries()), ["me", "you"]);
}

#[test]
fn an_oversized_file_is_refused_unread() {
    let (_folder, path, _keystore) = created();
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(1 << 40).unwrap();
    assert_eq!(code(Keystore::list(&path)), "IDN-0009");
}

#[test]
fn a_full_keystore_refuses_more_and_still_opens() {
    let (_folder, path, mut keystore) = created();
    for number in 0..IDENTITIES_MAX as u32 {
        let name = format!("{}{number}", "n".repeat(NAME_BYTES_MAX - 4 - number.to_string().len()));
        keystore.identities.insert(name, identity(1).derive(Purpose::Realm, number));
    }
    keystore.write(&keystore.identities, &keystore.contacts).unwrap();
    assert_eq!(code(keystore.add("more", identity(1))), "IDN-0018");
    let opened = Keystore::open(&path, &passphrase("p")).unwrap();
    assert_eq!(opened.entries().count(), IDENTITIES_MAX);
}

#[test]
fn passphrases_are_bounded_and_never_printed() {
    assert_eq!(code(Passphrase::new(String::new())), "IDN-0012");
    assert_eq!(code(Passphrase::new("x".repeat(1025))), "IDN-0012");
    let (_folder, _, keystore) = created();
    let text = format!("{:?} {:?}", passphrase("hunter2"), keystore);
    assert!(text.contains("Passphrase(..)") && !text.contains("hunter2"), "{text}");
}

/// Written by the first release of version 1, passphrase `golden`, Argon2id with 8 KiB.
const GOLDEN: &[u8] = include_bytes!("../../fixtures/keystore-v1.bin");

#[test]
fn a_keystore_of_version_1_opens() {
    let (_folder, path, _keystore) = created();
    std::fs::write(&path, GOLDEN).unwrap();
    let opened = Keystore::open(&path, &passphrase("golden")).unwrap();
    let texts: Vec<String> =
        opened.entries().map(|entry| format!("{} {}", entry.name, entry.did)).collect();
    assert_eq!(texts, GOLDEN_ENTRIES);
    assert_eq!(opened.get("me").unwrap().key_pair().public_key(), identity(7).inception().key);
}

/// The owner is the one of the derivation test: seed 32 × 7.
const GOLDEN_ENTRIES: [&str; 2] = [
    "agent did:erynoa:spirit:Hk4vAkiJGt1n4wfomMZCMBERcXHcRees96Msi2Wfr4vQ",
    "me did:erynoa:self:7DiUKLm9E3jiAgK6aEP38TtP7fn5QC3Mpip6uWpBkhmw",
];
