//! The published vectors of the method, and texts that name no key.

use pluto_testkit::shared_json;
use serde_json::Value;

use super::*;
use crate::secret::SecretSeed;
use crate::signer::KeyPair;
use pluto_error::Coded;

/// How many of the 30 published DIDs have which key type.
const TYPES: [(&str, usize); 9] = [
    ("bls12_381-g1g2-pub", 1),
    ("bls12_381-g2-pub", 5),
    ("ed25519", 5),
    ("p256-pub", 3),
    ("p384-pub", 2),
    ("p521-pub", 2),
    ("rsa-pub", 2),
    ("secp256k1-pub", 6),
    ("x25519-pub", 4),
];

fn vectors(file: &str) -> Vec<(String, Value)> {
    let path = format!("did-key/test-vectors/{file}.json");
    let Some(Value::Object(map)) = shared_json(&path) else { return vec![] };
    match map.get("didDocument") {
        Some(Value::Object(documents)) => documents.clone().into_iter().collect(),
        _ => map.into_iter().collect(),
    }
}

#[test]
fn every_published_did_is_read_or_refused_by_name() {
    let files = ["bls12381", "ed25519-x25519", "nist-curves", "rsa", "secp256k1", "x25519"];
    let mut types = std::collections::BTreeMap::<String, usize>::new();
    for (did, _) in files.into_iter().flat_map(vectors) {
        let name = match did.parse::<DidKey>() {
            Ok(key) => {
                assert_eq!(key.to_string(), did);
                "ed25519".to_owned()
            }
            Err(IdentityError::KeyType(name)) => name,
            Err(other) => panic!("`{did}`: {other}"),
        };
        *types.entry(name).or_default() += 1;
    }
    let found: Vec<(&str, usize)> = types.iter().map(|(name, n)| (name.as_str(), *n)).collect();
    assert!(found.is_empty() || found == TYPES, "{found:?}");
}

#[test]
fn ed25519_vectors_have_the_key_of_their_seed() {
    for (did, vector) in vectors("ed25519-x25519") {
        let key: DidKey = did.parse().unwrap();
        if let Some(base58) = vector["verificationKeyPair"]["publicKeyBase58"].as_str() {
            assert_eq!(bs58::encode(key.0).into_string(), base58);
        }
        let seed =
            SecretSeed::from(<[u8; 32]>::try_from(crate::test_data::hex(&vector["seed"])).unwrap());
        assert_eq!(KeyPair::public_of(&seed), key.0);
    }
}

fn multibase(bytes: &[u8]) -> String {
    format!("{METHOD}{}", bs58::encode(bytes).into_string())
}

#[test]
fn other_texts_are_refused_with_their_code() {
    let key = KeyPair::public_of(&SecretSeed::from([1; 32]));
    let good = DidKey(key).to_string();
    assert!(good.starts_with("did:key:z6Mk"));
    assert_eq!(good.parse::<DidKey>().unwrap(), DidKey(key));
    let check = |text: &str, code: &str| {
        assert_eq!(text.parse::<DidKey>().unwrap_err().code().id(), code, "{text}");
    };
    check("", "IDN-0003");
    check("did:key:", "IDN-0003");
    check("did:key:z", "IDN-0003");
    check(&good.replace("did:key:z", "did:key:f"), "IDN-0003");
    check(&good.replace("z6Mk", "z6M0"), "IDN-0003");
    check(&format!("{good}#fragment"), "IDN-0003");
    check(&format!("{METHOD}{}", "1".repeat(5000)), "IDN-0003");
    check(&multibase(&[&ED25519[..], &key[1..]].concat()), "IDN-0003");
    check(&multibase(&[&ED25519[..], &key, &[0]].concat()), "IDN-0003");
    check(&multibase(&[0xff; 40]), "IDN-0003");
    check(&multibase(&[&[0xec, 0x01], &key[..]].concat()), "IDN-0004");
    check(&multibase(&[&ED25519[..], &[0; 32]].concat()), "IDN-0005");
    let unknown = multibase(&[&[0x7f], &key[..]].concat()).parse::<DidKey>().unwrap_err();
    assert!(unknown.to_string().contains("`0x7f`"), "{unknown}");
}
