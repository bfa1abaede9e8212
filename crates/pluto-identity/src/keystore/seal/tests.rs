//! The published vectors of XChaCha20-Poly1305, both ways.

use pluto_testkit::shared_json;

use super::{NONCE_BYTES, TAG_BYTES, seal, unseal};
use crate::test_data::{hex, wycheproof};

#[test]
fn wycheproof_agrees_in_every_case() {
    let Some(file) = shared_json("wycheproof/xchacha20_poly1305_test.json") else { return };
    let (mut valid, mut invalid, mut other_nonce) = (0, 0, 0);
    for (_, test) in wycheproof(&file) {
        let id = &test["tcId"];
        let expected = test["result"] == "valid";
        let key = hex(&test["key"]).try_into().unwrap();
        let Ok(nonce) = <[u8; NONCE_BYTES]>::try_from(hex(&test["iv"])) else {
            assert!(!expected, "a nonce of another length has no type here: {id}");
            other_nonce += 1;
            continue;
        };
        let (associated, message) = (hex(&test["aad"]), hex(&test["msg"]));
        let sealed = [hex(&test["ct"]), hex(&test["tag"])].concat();
        let mut buffer = sealed.clone();
        assert_eq!(unseal(&key, &nonce, &associated, &mut buffer).is_some(), expected, "{id}");
        if expected {
            assert_eq!(buffer, message, "{id}");
            seal(&key, &nonce, &associated, &mut buffer).unwrap();
            assert_eq!(buffer, sealed, "{id}");
            valid += 1;
        } else {
            invalid += 1;
        }
    }
    assert_eq!((valid, invalid, other_nonce), (246, 60, 9));
}

#[test]
fn what_is_shorter_than_a_tag_is_refused() {
    for length in 0..TAG_BYTES {
        assert!(unseal(&[0; 32], &[0; NONCE_BYTES], b"", &mut vec![0; length]).is_none());
    }
}
