//! Who asks, by every way there is, and nobody by any other.

use std::collections::HashSet;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::signature::KeyPair;
use pluto_error::Coded;
use serde_json::{Value, json};

use super::test_data::{BODY, DID, NONCE, NOW_MS, SignedRequest, public, token, with_token};
use super::*;

const NOW_S: u64 = NOW_MS / 1000;

/// Knows one DID with the key made from 1.
struct One;

impl Directory for One {
    fn find(&self, key_id: &str) -> Option<Signatory> {
        let did = key_id.split('#').next()?;
        let principal =
            Principal { name: did.to_owned(), role: Role::Writer, scopes: Default::default() };
        (did == DID).then(|| Signatory { key: public(1), principal })
    }
}

fn rsa() -> aws_lc_rs::rsa::KeyPair {
    aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap()
}

fn issuer(name: &str, role_max: Role) -> Issuer {
    Issuer { issuer: name.into(), audience: "node".into(), role_max }
}

fn tokens() -> Tokens {
    let mut keys = TokenKeys::default();
    keys.add("k1", TokenKey::Ed25519(public(1)), issuer("https://a.example", Role::Admin)).unwrap();
    keys.add("k2", TokenKey::Ed25519(public(2)), issuer("https://b.example", Role::Reader))
        .unwrap();
    Tokens { keys, revoked: HashSet::from(["gone".to_owned()]) }
}

fn authenticator() -> Authenticator {
    Authenticator::new(Arc::new(One), tokens())
}

fn header() -> Value {
    json!({ "alg": "EdDSA", "kid": "k1", "typ": "JWT" })
}

fn claims() -> Value {
    json!({ "iss": "https://a.example", "sub": "alice", "aud": "node", "exp": NOW_S + 60 })
}

fn changed(value: &Value, name: &str, to: Value) -> Value {
    let mut value = value.clone();
    value[name] = to;
    value
}

fn code_of(token: &str) -> Result<Principal, &'static str> {
    let found = authenticator().authenticate(&with_token(token), b"", NOW_MS);
    found.map(Option::unwrap).map_err(|error| error.code().id())
}

#[test]
fn a_token_names_its_subject_role_and_scopes() {
    let found = code_of(&token(1, &header(), &claims())).unwrap();
    assert_eq!((found.name.as_str(), found.role), ("https://a.example alice", Role::Reader));
    assert!(found.scopes.is_empty());
    let more = changed(&claims(), "role", json!("admin"));
    let more = changed(&more, "scope", json!("events:write  policies:install"));
    let more = changed(&more, "aud", json!(["other", "node"]));
    let found = code_of(&token(1, &header(), &more)).unwrap();
    assert_eq!((found.role, found.scopes.len()), (Role::Admin, 2));
    // A role never exceeds that of the key.
    let of_b = changed(&more, "iss", json!("https://b.example"));
    let found = code_of(&token(2, &changed(&header(), "kid", json!("k2")), &of_b)).unwrap();
    assert_eq!(found.role, Role::Reader);
}

#[test]
fn a_token_that_is_not_as_it_must_be_names_nobody() {
    let (h, c) = (header(), claims());
    let with = |name: &str, to: Value| token(1, &h, &changed(&c, name, to));
    for (what, token, code) in [
        ("no kid", token(1, &json!({ "alg": "EdDSA" }), &c), "API-0102"),
        ("unknown kid", token(1, &changed(&h, "kid", json!("k9")), &c), "API-0108"),
        ("kid of another", token(1, &changed(&h, "kid", json!("k2")), &c), "API-0102"),
        ("kid as a path", token(1, &changed(&h, "kid", json!("../k1")), &c), "API-0108"),
        ("another key", token(2, &h, &c), "API-0102"),
        ("none", token(1, &changed(&h, "alg", json!("none")), &c), "API-0102"),
        ("issuer", with("iss", json!("https://b.example")), "API-0102"),
        ("no issuer", with("iss", json!(null)), "API-0102"),
        ("audience", with("aud", json!("other")), "API-0102"),
        ("audiences", with("aud", json!(["other"])), "API-0102"),
        ("part of it", with("aud", json!("nod")), "API-0102"),
        ("no audience", with("aud", json!(null)), "API-0102"),
        ("no subject", with("sub", json!("")), "API-0102"),
        ("lines", with("sub", json!("a\nb")), "API-0102"),
        ("no end", with("exp", json!(null)), "API-0102"),
        ("end as text", with("exp", json!("9999999999")), "API-0102"),
        ("expired", with("exp", json!(NOW_S - SKEW_S)), "API-0105"),
        ("not yet", with("nbf", json!(NOW_S + SKEW_S + 1)), "API-0105"),
        ("role", with("role", json!("root")), "API-0102"),
        ("no scopes", with("scope", json!("")), "API-0102"),
        ("scopes", with("scope", json!("a ".repeat(65))), "API-0102"),
        ("taken back", with("jti", json!("gone")), "API-0102"),
    ] {
        assert_eq!(code_of(&token), Err(code), "{what}");
    }
    assert!(code_of(&with("nbf", json!(NOW_S + SKEW_S))).is_ok());
    assert!(code_of(&with("exp", json!(NOW_S - SKEW_S + 1))).is_ok());
    assert!(code_of(&with("jti", json!("here"))).is_ok());
}

#[test]
fn a_public_key_is_no_secret_of_a_hash() {
    let pair = rsa();
    let der: aws_lc_rs::encoding::PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    let body = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, der.as_ref());
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n");
    let mut all = tokens();
    let key = TokenKey::from_pem(pem.as_bytes()).unwrap();
    all.keys.add("rsa", key, issuer("https://r.example", Role::Admin)).unwrap();
    let authenticator = Authenticator::new(Arc::new(One), all);
    let claims = changed(&claims(), "iss", json!("https://r.example"));
    let signed = |alg: &str, sign: &dyn Fn(&[u8]) -> Vec<u8>| {
        let text = test_data::unsigned(&json!({ "alg": alg, "kid": "rsa" }), &claims);
        let token = test_data::joined(&text, &sign(text.as_bytes()));
        authenticator.authenticate(&with_token(&token), b"", NOW_MS).map(|who| who.is_some())
    };
    let rs256 = |text: &[u8]| {
        let mut signature = vec![0; pair.public_modulus_len()];
        let random = aws_lc_rs::rand::SystemRandom::new();
        let by = &aws_lc_rs::signature::RSA_PKCS1_SHA256;
        pair.sign(by, &random, text, &mut signature).unwrap();
        signature
    };
    assert_eq!(signed("RS256", &rs256), Ok(true));
    for secret in [pem.as_bytes(), der.as_ref()] {
        let hmac = |text: &[u8]| {
            let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret);
            aws_lc_rs::hmac::sign(&key, text).as_ref().to_vec()
        };
        for alg in ["HS256", "RS256"] {
            assert!(matches!(signed(alg, &hmac), Err(AuthError::Token(_))), "{alg}");
        }
    }
    assert!(matches!(signed("PS256", &rs256), Err(AuthError::Token(_))));
    assert!(matches!(signed("none", &|_| Vec::new()), Err(AuthError::Token(_))));
}

#[test]
fn a_verified_token_is_remembered_until_it_ends_or_is_taken_back() {
    let authenticator = authenticator();
    let token = token(1, &header(), &changed(&claims(), "jti", json!("id")));
    let ask = |now_ms| authenticator.authenticate(&with_token(&token), b"", now_ms);
    assert!(ask(NOW_MS).unwrap().is_some());
    assert_eq!(ask(NOW_MS), ask(NOW_MS));
    assert!(matches!(ask(NOW_MS + 100_000), Err(AuthError::OutOfTime(_))));
    let mut all = tokens();
    all.revoked.insert("id".to_owned());
    authenticator.replace_tokens(all);
    assert!(matches!(ask(NOW_MS), Err(AuthError::Token(_))));
    authenticator.replace_tokens(Tokens::default());
    assert_eq!(ask(NOW_MS), Err(AuthError::UnknownKey));
}

#[test]
fn a_signature_names_its_did_once() {
    let authenticator = authenticator();
    let ask = |request: &SignedRequest| {
        let (parts, body) = request.made();
        authenticator.authenticate(&parts, &body, NOW_MS)
    };
    let found = ask(&SignedRequest::post()).unwrap().unwrap();
    assert_eq!((found.name.as_str(), found.role), (DID, Role::Writer));
    assert_eq!(ask(&SignedRequest::post()), Err(AuthError::Replayed));
    // The same nonce under another name of the same key, too.
    let named = SignedRequest { key_id: format!("{DID}#key"), ..SignedRequest::get() };
    assert_eq!(ask(&named), Err(AuthError::Replayed));
    assert!(ask(&SignedRequest::get().nonce("another-nonce")).unwrap().is_some());
    let unknown = SignedRequest { key_id: "did:key:two".into(), ..SignedRequest::get() };
    assert_eq!(ask(&unknown), Err(AuthError::UnknownKey));
    let changed = SignedRequest { sent: b"other".to_vec(), ..SignedRequest::post() };
    let found = ask(&changed.nonce("a-third-nonce"));
    assert!(matches!(found, Err(AuthError::BodyChanged(_))), "{found:?}");
    assert_eq!(NONCE.len(), 16);
}

#[test]
fn the_socket_is_the_administrator_and_nobody_else_is() {
    let authenticator = authenticator();
    let (mut parts, ()) = axum::http::Request::new(()).into_parts();
    assert_eq!(authenticator.authenticate(&parts, b"", NOW_MS), Ok(None));
    parts.extensions.insert(Peer::Local);
    let found = authenticator.authenticate(&parts, BODY, NOW_MS).unwrap().unwrap();
    assert_eq!((found.name.as_str(), found.role), (LOCAL, Role::Admin));
}

#[test]
fn a_request_shows_one_thing_and_no_other_scheme() {
    let authenticator = authenticator();
    let ask = |parts: &Parts| authenticator.authenticate(parts, b"", NOW_MS);
    let good = token(1, &header(), &claims());
    let (mut both, _) = SignedRequest::get().made();
    both.headers.insert("authorization", format!("Bearer {good}").parse().unwrap());
    assert!(matches!(ask(&both), Err(AuthError::Signature(_))));
    let mut twice = with_token(&good);
    twice.headers.append("authorization", format!("Bearer {good}").parse().unwrap());
    assert!(matches!(ask(&twice), Err(AuthError::Token(_))));
    for text in ["", "Bearer", "Basic YTpi", &good, "Bearer ", "Digest x"] {
        let mut parts = with_token("x");
        parts.headers.insert("authorization", text.parse().unwrap());
        assert!(ask(&parts).is_err(), "{text}");
    }
    let mut lower = with_token("x");
    lower.headers.insert("authorization", format!("bearer {good}").parse().unwrap());
    assert!(ask(&lower).is_ok());
}
