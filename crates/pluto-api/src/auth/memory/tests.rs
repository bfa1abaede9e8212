//! Bounds, and forgetting in time.

use super::*;
use crate::principal::Role;

#[test]
fn a_nonce_is_new_once_for_each_key() {
    let mut nonces = Nonces::default();
    assert_eq!(nonces.put("a", "1", 100, 0), Ok(()));
    assert_eq!(nonces.put("a", "1", 100, 100), Err(AuthError::Replayed));
    assert_eq!(nonces.put("b", "1", 100, 100), Ok(()));
    assert_eq!(nonces.put("a", "1", 200, 101), Ok(()));
    assert_eq!((nonces.until_ms.len(), nonces.by_time.len(), nonces.of_key.len()), (1, 1, 1));
}

#[test]
fn one_key_cannot_fill_the_table_and_a_full_one_takes_nothing() {
    let mut nonces = Nonces::default();
    for nonce in 0..NONCES_OF_KEY_MAX {
        nonces.put("a", &nonce.to_string(), 100, 0).unwrap();
    }
    assert_eq!(nonces.put("a", "x", 100, 0), Err(AuthError::Full));
    assert_eq!(nonces.put("b", "x", 100, 0), Ok(()));
    for key in 0..NONCES_MAX / NONCES_OF_KEY_MAX {
        for nonce in 0..NONCES_OF_KEY_MAX {
            let _ = nonces.put(&key.to_string(), &nonce.to_string(), 100, 0);
        }
    }
    assert_eq!(nonces.until_ms.len(), NONCES_MAX);
    assert_eq!(nonces.put("c", "x", 100, 0), Err(AuthError::Full));
    // What was said before is still known, and all is forgotten in time.
    assert_eq!(nonces.put("a", "0", 100, 100), Err(AuthError::Replayed));
    assert_eq!(nonces.put("c", "x", 300, 101), Ok(()));
    assert_eq!(nonces.until_ms.len(), 1);
}

#[test]
fn of_verified_tokens_the_first_to_expire_leaves() {
    let principal = Principal { name: "a".into(), role: Role::Reader, scopes: BTreeSet::new() };
    let mut tokens = VerifiedTokens::default();
    for number in 0..=VERIFIED_MAX {
        let mark = *blake3::hash(&number.to_le_bytes()).as_bytes();
        let exp_s = number as u64 + 10;
        let verified = Verified { principal: principal.clone(), exp_s, nbf_s: None, id: None };
        tokens.put(mark, verified);
    }
    assert_eq!((tokens.tokens.len(), tokens.by_time.len()), (VERIFIED_MAX, VERIFIED_MAX));
    assert!(tokens.get(blake3::hash(&0_usize.to_le_bytes()).as_bytes()).is_none());
    assert!(tokens.get(blake3::hash(&1_usize.to_le_bytes()).as_bytes()).is_some());
    tokens.clear();
    assert!(tokens.tokens.is_empty() && tokens.by_time.is_empty());
}
