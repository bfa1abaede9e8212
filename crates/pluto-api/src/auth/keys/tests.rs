//! Key files as operators have them.

use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::*;
use crate::auth::test_data::public;

fn issuer() -> Issuer {
    Issuer { issuer: "test".into(), audience: "test".into(), role_max: Role::Reader }
}

fn pem(der: &[u8]) -> String {
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der))
}

#[test]
fn a_pem_file_is_one_public_key() {
    let ed25519 = [&ED25519_PREFIX[..], &public(1)].concat();
    assert_eq!(TokenKey::from_pem(pem(&ed25519).as_bytes()), Ok(TokenKey::Ed25519(public(1))));
    let pair = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let public_key = aws_lc_rs::signature::KeyPair::public_key(&pair);
    let der =
        aws_lc_rs::encoding::AsDer::<aws_lc_rs::encoding::PublicKeyX509Der<'_>>::as_der(public_key);
    let key = TokenKey::from_pem(pem(der.unwrap().as_ref()).as_bytes()).unwrap();
    assert_eq!(key.algorithm(), "RS256");
    let mut signature = vec![0; pair.public_modulus_len()];
    let random = aws_lc_rs::rand::SystemRandom::new();
    let by = &aws_lc_rs::signature::RSA_PKCS1_SHA256;
    pair.sign(by, &random, b"text", &mut signature).unwrap();
    assert!(key.verifies(b"text", &signature));
    assert!(!key.verifies(b"test", &signature));
}

#[test]
fn anything_else_is_none() {
    let short = pem(&ED25519_PREFIX);
    let private = pem(&[0x30, 0x00]).replace("PUBLIC", "PRIVATE");
    let other = pem(&[0x30, 0x03, 0x02, 0x01, 0x01]);
    let lies = pem(&[0x30, 0x82, 0xff, 0xff, 0x00]);
    let long = "x".repeat(FILE_BYTES_MAX + 1);
    for bad in ["", "key", &short, &private, &other, &lies, &long] {
        assert!(TokenKey::from_pem(bad.as_bytes()).is_err(), "{bad}");
    }
}

#[test]
fn a_jwks_document_may_have_keys_that_are_not_for_us_but_no_secret_ones() {
    let ours = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "a", "alg": "EdDSA",
        "x": URL_SAFE_NO_PAD.encode(public(1)) });
    let with = |keys: &[serde_json::Value]| {
        let mut all = TokenKeys::default();
        let text = json!({ "keys": keys }).to_string();
        all.add_jwks(text.as_bytes(), &issuer()).map(|()| all.keys.len())
    };
    let change = |name: &str, value: serde_json::Value| {
        let mut key = ours.clone();
        key[name] = value;
        key
    };
    let ec =
        json!({ "kty": "EC", "crv": "P-256", "kid": "b", "alg": "ES256", "x": "AA", "y": "AA" });
    assert_eq!(with(&[ours.clone(), ec.clone()]), Ok(1));
    for bad in [
        vec![],
        vec![ec],
        vec![ours.clone(), ours.clone()],
        vec![change("d", json!("AA"))],
        vec![ours.clone(), json!({ "kty": "oct", "kid": "c", "k": "AA" })],
        vec![change("use", json!("enc"))],
        vec![change("key_ops", json!(["sign"]))],
        vec![change("kid", json!(null))],
        vec![change("kid", json!("a b"))],
        vec![change("alg", json!("RS256"))],
        vec![change("x", json!("AA"))],
        // An RSA key must say for which algorithm it is, and not be small.
        vec![json!({ "kty": "RSA", "kid": "r", "n": "AQAB", "e": "AQAB" })],
        vec![json!({ "kty": "RSA", "alg": "RS256", "kid": "r", "n": "AQAB", "e": "AQAB" })],
    ] {
        assert!(with(&bad).is_err(), "{bad:?}");
    }
    assert!(TokenKeys::default().add_jwks(b"[]", &issuer()).is_err());
}
