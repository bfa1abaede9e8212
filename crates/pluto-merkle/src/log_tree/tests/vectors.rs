//! The 518 cases of transparency-dev/merkle, with SHA-256 as RFC 6962 prescribes.
//!
//! Some cases carry byte strings that are no 32-byte hash. As roots and in paths they are mapped to
//! digests one to one, so that the verifier itself, not the type, has to refuse them (and to accept
//! the four in which the root is "don't care"). A leaf that is no hash is refused by the type.

use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::super::*;

const CASES: usize = 518;

struct Rfc6962;

impl TreeHasher for Rfc6962 {
    fn empty() -> Digest {
        Digest(Sha256::digest([]).into())
    }

    fn node(left: &Digest, right: &Digest) -> Digest {
        Digest(
            Sha256::new()
                .chain_update([1])
                .chain_update(left)
                .chain_update(right)
                .finalize()
                .into(),
        )
    }
}

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            out.push(path);
        }
    }
}

fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut out, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for character in text.bytes().filter(|character| *character != b'=') {
        let value = ALPHABET.iter().position(|known| *known == character).unwrap();
        bits = bits << 6 | value as u32;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    out
}

fn digest(value: &Value) -> Digest {
    let bytes = base64(value.as_str().unwrap_or(""));
    Digest(bytes.clone().try_into().unwrap_or_else(|_| {
        Sha256::new().chain_update(b"not a hash").chain_update(bytes).finalize().into()
    }))
}

fn run(kind: &str, case: &Value) -> Result<()> {
    let number = |key: &str| case[key].as_u64().unwrap();
    let hash = |key: &str| digest(&case[key]);
    if case.get("leafHash").is_some_and(|leaf| base64(leaf.as_str().unwrap_or("")).len() != 32) {
        return Err(MerkleError::Malformed { what: "leaf hash", why: "no 32 bytes" }.into());
    }
    let path: Vec<Digest> =
        case["proof"].as_array().map(|list| list.iter().map(digest).collect()).unwrap_or_default();
    match kind {
        "inclusion" => verify_inclusion::<Rfc6962>(
            &hash("root"),
            number("treeSize"),
            number("leafIdx"),
            &hash("leafHash"),
            &InclusionProof { path },
        ),
        "consistency" => verify_consistency::<Rfc6962>(
            &hash("root1"),
            number("size1"),
            &hash("root2"),
            number("size2"),
            &ConsistencyProof { path },
        ),
        "subtreeinclusion" => verify_subtree_inclusion::<Rfc6962>(
            &hash("root"),
            number("start"),
            number("end"),
            number("leafIdx"),
            &hash("leafHash"),
            &InclusionProof { path },
        ),
        "subtreeconsistency" => verify_subtree_consistency::<Rfc6962>(
            &hash("root1"),
            number("start"),
            number("end"),
            &hash("root2"),
            number("size"),
            &ConsistencyProof { path },
        ),
        other => panic!("unknown folder `{other}`"),
    }
}

#[test]
fn all_published_cases_are_decided_as_published() {
    let Some(folder) = pluto_testkit::shared_data("rfc6962/testdata") else { return };
    let mut paths = Vec::new();
    files(&folder, &mut paths);
    assert_eq!(paths.len(), CASES);
    let mut wrong = Vec::new();
    for path in &paths {
        let case: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let relative = path.strip_prefix(&folder).unwrap();
        let kind = relative.iter().next().unwrap().to_str().unwrap();
        let refused = run(kind, &case).is_err();
        if refused != case["wantErr"].as_bool().unwrap() {
            wrong.push(relative.display().to_string());
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_tree_equals_the_roots_of_rfc_6962() {
    // Leaves and roots of the reference implementation (certificate-transparency, merkle tree tests).
    let inputs: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    let mut tree = LogTree::<Rfc6962>::new();
    for input in inputs {
        let leaf = Sha256::new().chain_update([0]).chain_update(input).finalize().into();
        tree.extend(&[Digest(leaf)]);
    }
    let root = tree.root().to_string();
    assert_eq!(root, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
}
