//! Argon2id as published, and bounds on what a file may ask for.

use super::*;
use pluto_error::Coded;

#[test]
fn bounds_are_checked_before_any_work() {
    let passphrase = Passphrase::new("p".to_owned()).unwrap();
    let good = KdfParams::INSECURE_FOR_TESTS;
    let check = |params: KdfParams| {
        let error = StoreKey::derive(&passphrase, params, [0; SALT_BYTES]).err().unwrap();
        assert_eq!(error.code().id(), "IDN-0013", "{params:?}");
    };
    check(KdfParams { memory_kib: u32::MAX, ..good });
    check(KdfParams { memory_kib: MEMORY_KIB_MAX + 1, ..good });
    check(KdfParams { memory_kib: 7, ..good });
    check(KdfParams { memory_kib: 15, lanes: 2, ..good });
    check(KdfParams { passes: 0, ..good });
    check(KdfParams { passes: u32::MAX, ..good });
    check(KdfParams { lanes: 0, ..good });
    check(KdfParams { lanes: u32::MAX, ..good });
    assert!(good.check().is_ok() && KdfParams::DEFAULT.check().is_ok());
}

#[test]
fn the_key_depends_on_every_input() {
    let derive = |text: &str, params, salt| {
        StoreKey::derive(&Passphrase::new(text.to_owned()).unwrap(), params, salt).unwrap()
    };
    let good = KdfParams::INSECURE_FOR_TESTS;
    let one = derive("p", good, [0; SALT_BYTES]);
    assert_eq!(*derive("p", good, [0; SALT_BYTES]).key, *one.key);
    assert_ne!(*one.key, one.check);
    for other in [
        derive("P", good, [0; SALT_BYTES]),
        derive("p", good, [1; SALT_BYTES]),
        derive("p", KdfParams { passes: 2, ..good }, [0; SALT_BYTES]),
        derive("p", KdfParams { memory_kib: 16, ..good }, [0; SALT_BYTES]),
    ] {
        assert_ne!(*other.key, *one.key);
        assert_ne!(other.check, one.check);
    }
}

#[test]
fn argon2id_is_the_published_function() {
    // From the reference implementation's test.c: version 0x13, Argon2id, t = 2, m = 2^16, p = 1.
    let params = KdfParams { memory_kib: 1 << 16, passes: 2, lanes: 1 };
    let mut out = [0; 32];
    argon2id(b"password", b"somesalt", params, &mut out).unwrap();
    let expected = "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7";
    assert_eq!(out, pluto_core::hex::parse(expected).unwrap());
}
