//! The examples of RFC 9530, and what is no digest.

use super::*;

const BODY: &[u8] = br#"{"hello": "world"}"#;
const SHA_256: &str = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:";
const SHA_512: &str = "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:";

#[test]
fn the_examples_of_the_rfcs_hold() {
    for field in [SHA_256, SHA_512, &format!("{SHA_256}, {SHA_512}"), &format!("x=1, {SHA_256}")] {
        assert_eq!(check_digest(field, BODY), Ok(()), "{field}");
    }
}

#[test]
fn anything_else_does_not() {
    let wrong = SHA_256.replace("X48E", "Y48E");
    for field in [
        "",
        "x",
        "sha-256",
        "sha-256=?1",
        "md5=:AAAA:",
        "sha-256=(:AAAA:)",
        "sha-256=:AAAA:",
        &wrong,
        &format!("{SHA_512}, {wrong}"),
        &" ".repeat(FIELD_BYTES_MAX + 1),
    ] {
        assert!(check_digest(field, BODY).is_err(), "{field}");
    }
    assert!(check_digest(SHA_256, b"").is_err());
}
