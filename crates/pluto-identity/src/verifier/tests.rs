//! Batches and single checks agree, also on the byte strings other rules disagree about.

use pluto_core::run::Signature;
use pluto_testkit::shared_json;
use proptest::prelude::*;

use super::key::small_order_keys;
use super::*;
use crate::secret::SecretSeed;
use crate::signer::KeyPair;
use crate::test_data::{hex, wycheproof};
use getrandom::rand_core::TryRng;
use pluto_core::traits::Signer;
use pluto_core::{Did, Namespace};

/// The row "Zebra" of the speccheck results.
const SPECCHECK: [bool; 12] =
    [true, true, true, true, true, true, false, false, false, true, true, true];

/// 151: R is y = 1 with the sign bit of x set, a non-canonical encoding of the neutral point. RFC 8032
/// refuses to decode it; ZIP 215 requires that such encodings of R are accepted.
const WYCHEPROOF_DEVIATIONS: [u64; 1] = [151];

fn signer(seed: u8) -> KeyPair {
    KeyPair::new(
        Did { namespace: Namespace::Person, id: [seed; 32] },
        &SecretSeed::from([seed; 32]),
    )
}

fn good(seed: u8, text: u64) -> SignedMessage {
    let (signer, message) = (signer(seed), text.to_be_bytes().to_vec());
    let signature = signer.sign(&message).unwrap();
    SignedMessage { key: signer.public_key(), message, signature }
}

fn one(message: &SignedMessage) -> bool {
    Zip215Verifier.verify(std::slice::from_ref(message))[0]
}

fn speccheck() -> Option<Vec<SignedMessage>> {
    let cases = shared_json("ed25519-speccheck/cases.json")?;
    let case = |case: &serde_json::Value| SignedMessage {
        key: hex(&case["pub_key"]).try_into().unwrap(),
        message: hex(&case["message"]),
        signature: Signature(hex(&case["signature"]).try_into().unwrap()),
    };
    Some(cases.as_array().unwrap().iter().map(case).collect())
}

/// Edge cases that need no file: R = identity and s = 0 under every small-order key.
fn small_order_cases() -> Vec<SignedMessage> {
    let mut signature = [0; 64];
    signature[0] = 1;
    let case = |key: &PublicKey| SignedMessage {
        key: *key,
        message: b"any".to_vec(),
        signature: Signature(signature),
    };
    small_order_keys().iter().map(case).collect()
}

#[test]
fn speccheck_gives_the_row_of_zip_215() {
    let Some(cases) = speccheck() else { return };
    let single: Vec<bool> = cases.iter().map(one).collect();
    assert_eq!(single, SPECCHECK);
    assert_eq!(Zip215Verifier.verify(&cases), SPECCHECK);
}

#[test]
fn wycheproof_agrees_but_for_one_encoding_of_r() {
    let Some(file) = shared_json("wycheproof/ed25519_test.json") else { return };
    let mut deviations = Vec::new();
    let mut messages = Vec::new();
    let mut expected = Vec::new();
    for (group, test) in wycheproof(&file) {
        let valid = test["result"] == "valid";
        let Ok(signature) = hex(&test["sig"]).try_into() else {
            assert!(!valid, "a signature of another length has no type here: {}", test["tcId"]);
            continue;
        };
        let key = hex(&group["publicKey"]["pk"]).try_into().unwrap();
        let message =
            SignedMessage { key, message: hex(&test["msg"]), signature: Signature(signature) };
        if one(&message) != valid {
            deviations.push(test["tcId"].as_u64().unwrap());
        }
        expected.push(one(&message));
        messages.push(message);
    }
    assert!(messages.len() > 100, "{}", messages.len());
    assert_eq!(Zip215Verifier.verify(&messages), expected);
    assert_eq!(deviations, WYCHEPROOF_DEVIATIONS);
}

#[test]
fn batches_of_any_mixture_equal_single_checks() {
    let mut edge = speccheck().unwrap_or_default();
    edge.extend(small_order_cases());
    for spacing in [1, 2, 7, 40] {
        let mut batch = Vec::new();
        for (index, case) in edge.iter().enumerate() {
            batch.extend((0..spacing).map(|i| good((i % 5) as u8, (index * 100 + i) as u64)));
            batch.push(case.clone());
        }
        let single: Vec<bool> = batch.iter().map(one).collect();
        assert_eq!(Zip215Verifier.verify(&batch), single, "spacing {spacing}");
        let accepted: Vec<SignedMessage> =
            batch.into_iter().zip(single).filter_map(|(m, ok)| ok.then_some(m)).collect();
        assert!(Zip215Verifier.verify(&accepted).into_iter().all(|answer| answer));
    }
}

#[test]
fn an_accepted_edge_case_holds_in_the_batch_equation_itself() {
    let accepted: Vec<Item> = speccheck()
        .unwrap_or_default()
        .iter()
        .zip(SPECCHECK)
        .filter(|(_, valid)| *valid)
        .map(|(case, _)| item(case))
        .chain(small_order_cases().iter().map(item))
        .collect();
    let mut equation = BatchEquation::new();
    for _ in 0..50 {
        assert!(equation.holds(&accepted));
    }
}

#[test]
fn a_rejected_edge_case_fails_the_batch_equation_itself() {
    let mut equation = BatchEquation::new();
    for (case, _) in speccheck().unwrap_or_default().iter().zip(SPECCHECK).filter(|(_, ok)| !ok) {
        assert!(!equation.holds(&[item(&good(1, 1)), item(case)]));
    }
    let mut forged = good(1, 1);
    forged.message.push(0);
    assert!(!equation.holds(&[item(&good(1, 1)), item(&forged)]));
}

#[test]
fn the_coefficients_are_fresh_and_never_zero() {
    let mut rng = Coefficients::new().unwrap();
    let mut other = Coefficients::new().unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..1000 {
        let mut bytes = [0; 16];
        rng.try_fill_bytes(&mut bytes).unwrap();
        assert!(bytes != [0; 16] && seen.insert(bytes));
        other.try_fill_bytes(&mut bytes).unwrap();
        assert!(seen.insert(bytes));
    }
}

#[test]
fn an_empty_batch_has_no_answers() {
    assert!(Zip215Verifier.verify(&[]).is_empty());
}

#[test]
fn every_listed_key_is_of_small_order_and_refused() {
    assert_eq!(small_order_keys().len(), 10);
    for case in small_order_cases() {
        assert!(one(&case), "under a small-order key this signature holds for every message");
        assert!(!Zip215Verifier.accepts_key(&case.key));
    }
    let mut same_signature = small_order_cases().remove(0);
    same_signature.key = signer(1).public_key();
    assert!(!one(&same_signature));
}

#[test]
fn every_encoding_with_y_from_p_up_is_refused() {
    let mut decodable = 0;
    for low in 0xed..=0xff_u8 {
        for high in [0x7f, 0xff] {
            let mut key = [0xff; 32];
            (key[0], key[31]) = (low, high);
            decodable += usize::from(VerificationKey::try_from(key).is_ok());
            assert!(!Zip215Verifier.accepts_key(&key));
        }
    }
    assert!(decodable > 10, "ZIP 215 itself decodes these: {decodable}");
    let largest =
        std::array::from_fn(|i| [0xec, 0xff, 0x7f][usize::from(i > 0) + usize::from(i > 30)]);
    assert!(is_canonical(&largest), "p - 1 is canonical, and refused only for its order");
}

proptest! {
    #[test]
    fn real_keys_are_accepted(seed: [u8; 32]) {
        prop_assert!(Zip215Verifier.accepts_key(&KeyPair::public_of(&SecretSeed::from(seed))));
    }

    #[test]
    fn keys_off_the_curve_are_refused(key: [u8; 32]) {
        let on_curve = VerificationKey::try_from(key).is_ok();
        prop_assert_eq!(Zip215Verifier.accepts_key(&key), on_curve);
    }

    #[test]
    fn any_damage_is_found_where_it_is(
        count in 1_usize..150, at: prop::sample::Index, byte in 0_usize..64, flip in 1_u8..=255,
    ) {
        let mut batch: Vec<SignedMessage> = (0..count).map(|i| good((i % 7) as u8, i as u64)).collect();
        let at = at.index(count);
        batch[at].signature.0[byte] ^= flip;
        let answers = Zip215Verifier.verify(&batch);
        for (index, answer) in answers.iter().enumerate() {
            prop_assert_eq!(*answer, index != at);
        }
    }
}
