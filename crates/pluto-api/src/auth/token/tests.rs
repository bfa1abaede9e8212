//! Published signatures of tokens, and what a token must not be.

use pluto_testkit::shared_json;
use serde_json::json;

use super::*;
use crate::auth::keys::{Issuer, TokenKeys};
use crate::auth::test_data::{public, token, unsigned};
use crate::principal::Role;

fn issuer() -> Issuer {
    Issuer { issuer: "test".into(), audience: "test".into(), role_max: Role::Admin }
}

/// The key of a JWK, if it is one that we take.
fn key_of(jwk: &Value) -> Option<TokenKey> {
    let mut jwk = jwk.clone();
    jwk["kid"] = json!("id");
    let mut keys = TokenKeys::default();
    keys.add_jwks(json!({ "keys": [jwk] }).to_string().as_bytes(), &issuer()).ok()?;
    keys.get("id").map(|(key, _)| key.clone())
}

#[test]
fn wycheproof_agrees_in_every_case() {
    let Some(file) = shared_json("wycheproof/json_web_signature_test.json") else { return };
    let (mut accepted, mut refused) = (0, 0);
    for group in file["testGroups"].as_array().unwrap() {
        let jwk = if group["public"].is_object() { &group["public"] } else { &group["private"] };
        let key = key_of(jwk);
        for test in group["tests"].as_array().unwrap() {
            let jws =
                test["jws"].as_str().map(str::to_owned).unwrap_or_else(|| test["jws"].to_string());
            let holds = key.as_ref().is_some_and(|key| verify(&jws, key).is_ok());
            // Keys of other algorithms are none of ours, whatever they sign.
            let expected = test["result"] == "valid" && key.is_some();
            assert_eq!(holds, expected, "{} {}", test["tcId"], test["comment"]);
            if holds { accepted += 1 } else { refused += 1 }
        }
    }
    assert_eq!(accepted + refused, file["numberOfTests"].as_u64().unwrap());
    assert!(accepted > 5, "{accepted}");
}

/// RFC 8037, appendices A.1 to A.5.
#[test]
fn the_signature_of_rfc_8037_holds() {
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    let jws = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09\
         PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let key = key_of(&jwk).unwrap();
    assert_eq!(verify(jws, &key).unwrap(), b"Example of Ed25519 signing");
}

/// RFC 7515, appendix A.2.
#[test]
fn the_signature_of_rfc_7515_holds() {
    let jwk = json!({ "kty": "RSA", "alg": "RS256", "e": "AQAB",
        "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt\
              0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSX\
              ndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5\
              IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ" });
    let jws = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcG\
         xlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAu\
         HIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6x\
         BArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1ph\
         CnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
    let key = key_of(&jwk).unwrap();
    assert!(verify(jws, &key).unwrap().starts_with(br#"{"iss":"joe""#));
    let ed25519 = TokenKey::Ed25519(public(1));
    assert!(verify(jws, &ed25519).is_err());
}

#[test]
fn a_token_that_brings_a_key_or_extensions_is_refused() {
    let key = TokenKey::Ed25519(public(1));
    let plain = json!({ "alg": "EdDSA", "kid": "k" });
    let claims = json!({});
    assert!(verify(&token(1, &plain, &claims), &key).is_ok());
    for (name, value) in [
        ("jwk", json!({ "kty": "OKP", "crv": "Ed25519", "x": "AA" })),
        ("jku", json!("https://evil.example/keys")),
        ("x5u", json!("https://evil.example/keys")),
        ("x5c", json!(["AA"])),
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("alg", json!("RS256")),
        ("alg", json!("eddsa")),
        ("alg", json!(null)),
    ] {
        let mut header = plain.clone();
        header[name] = value;
        assert!(verify(&token(1, &header, &claims), &key).is_err(), "{header}");
    }
    let twice = URL_SAFE_NO_PAD.encode(r#"{"alg":"EdDSA","alg":"none"}"#);
    assert!(verify(&format!("{twice}.e30."), &key).is_err());
}

#[test]
fn what_is_no_token_is_refused() {
    let key = TokenKey::Ed25519(public(1));
    let header = json!({ "alg": "EdDSA" });
    let whole = token(1, &header, &json!({ "a": 1 }));
    let text = unsigned(&header, &json!({ "a": 1 }));
    let long = token(1, &header, &json!({ "a": "x".repeat(TOKEN_BYTES_MAX) }));
    for bad in [
        "",
        ".",
        "..",
        "...",
        "e30",
        "e30.e30",
        &text,
        &format!("{text}."),
        &format!("{whole}."),
        &format!("{whole}="),
        &format!(" {whole}"),
        &format!("{whole} "),
        &whole.replace('.', ".."),
        &whole[1..],
        &long,
    ] {
        assert!(verify(bad, &key).is_err(), "{bad}");
    }
    assert!(verify(&whole, &key).is_ok());
    assert!(verify(&whole, &TokenKey::Ed25519(public(2))).is_err());
}
