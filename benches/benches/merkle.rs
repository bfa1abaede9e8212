//! Log tree and map against `ct-merkle`, `jmt` and the limit of hashing many blocks side by side.
//!
//! The peers run with SHA-256 (SHA-NI), which is faster for them than BLAKE3; `jmt` is shown with both.
//! All run on the allocator of the node binary.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench stops at the first fault"
)]

#[path = "merkle/peers.rs"]
mod peers;

use std::cell::{Cell, RefCell};

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use mimalloc::MiMalloc;
use pluto_benches::{Case, Clock, run_interleaved, size, wanted};
use pluto_core::hash::{Digest, Domain};
use pluto_merkle::log_tree::{
    Blake3Log, InclusionClaim, LogTree, NoTiles, verify_inclusion, verify_inclusions,
};
use pluto_merkle::map::{StateMap, verify_map};
use sha2::Sha256;

use peers::{Blake3, JmtSha256, Store};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const BATCH: usize = 64;
const VALUE_BYTES: usize = 100;

fn main() {
    let parts: [(&str, fn()); 4] =
        [("append", append), ("inclusion", inclusion), ("update", update), ("bulk", bulk)];
    parts.iter().filter(|(name, _)| wanted(name)).for_each(|(_, run)| run());
}

fn digests(count: usize) -> Vec<Digest> {
    let domain = Domain::new("pluto bench leaf");
    (0..count as u64).map(|number| domain.hash(&number.to_be_bytes())).collect()
}

fn append() {
    let count = size(200_000, 2_000) / BATCH * BATCH;
    let leaves = digests(count);
    let limit = Domain::new("pluto bench node");
    let pairs: Vec<[u8; 64]> =
        leaves.iter().map(|leaf| [leaf.0, leaf.0].concat().try_into().unwrap()).collect();
    let messages: Vec<&[u8; 64]> = pairs.iter().collect();
    let cases = vec![
        Case::new("pluto, batch 64 with root", count, || {
            let mut tree: LogTree = LogTree::new();
            for batch in leaves.chunks(BATCH) {
                tree.extend(batch);
                std::hint::black_box(tree.root());
            }
            tree
        }),
        Case::new("limit: hash_many of one block per leaf", count, || {
            let mut out = Vec::new();
            limit.hash_many(&messages, &mut out);
            out
        }),
        Case::new("ct-merkle sha256, push, root per 64", count, || {
            let mut tree = MemoryBackedTree::<Sha256, [u8; 32]>::new();
            for batch in leaves.chunks(BATCH) {
                batch.iter().for_each(|leaf| tree.push(leaf.0));
                std::hint::black_box(tree.root());
            }
            tree
        }),
    ];
    let report = run_interleaved("log append, per leaf", Clock::ThreadCpu, cases);
    report.goal("pluto, batch 64 with root", "ct-merkle sha256, push, root per 64", 15.0, 30.0);
    let limit = "limit: hash_many of one block per leaf";
    report.goal("pluto, batch 64 with root", limit, 1.0 / 4.0, 1.0 / 3.0);
}

fn inclusion() {
    let count = size(1_000_000, 5_000);
    let proofs = size(2_000, 50);
    let leaves = digests(count);
    let mut tree: LogTree = LogTree::new();
    tree.extend(&leaves);
    let mut peer = MemoryBackedTree::<Sha256, [u8; 32]>::new();
    leaves.iter().for_each(|leaf| peer.push(leaf.0));
    let (root, peer_root) = (tree.root(), peer.root());
    let picked: Vec<usize> = (0..proofs).map(|number| number * 7_919 % count).collect();
    let len = count as u64;
    let prove = |index: usize| tree.inclusion(index as u64, len, &NoTiles).unwrap();
    // A verifier has the leaf beside its proof, not in a tree of a million.
    let own: Vec<_> =
        picked.iter().map(|index| (*index as u64, leaves[*index], prove(*index))).collect();
    let theirs: Vec<_> = picked
        .iter()
        .map(|index| (*index as u64, leaves[*index].0, peer.prove_inclusion(*index)))
        .collect();
    let claims: Vec<InclusionClaim<'_>> = own
        .iter()
        .map(|(index, leaf, proof)| InclusionClaim { index: *index, leaf, proof })
        .collect();
    let report = run_interleaved(
        "inclusion proof at 1M leaves",
        Clock::ThreadCpu,
        vec![
            Case::new("pluto prove", proofs, || {
                picked.iter().map(|index| prove(*index)).collect::<Vec<_>>()
            }),
            Case::new("pluto verify", proofs, || {
                for (index, leaf, proof) in &own {
                    verify_inclusion::<Blake3Log>(&root, len, *index, leaf, proof).unwrap();
                }
            }),
            Case::new("pluto verify, 64 together", proofs, || {
                for group in claims.chunks(BATCH) {
                    let answers = verify_inclusions::<Blake3Log>(&root, len, group);
                    assert!(answers.iter().all(Result::is_ok));
                }
            }),
            Case::new("ct-merkle prove", proofs, || {
                picked.iter().map(|index| peer.prove_inclusion(*index)).collect::<Vec<_>>()
            }),
            Case::new("ct-merkle verify", proofs, || {
                for (index, leaf, proof) in &theirs {
                    peer_root.verify_inclusion(leaf, *index, proof).unwrap();
                }
            }),
        ],
    );
    report.goal("pluto prove", "ct-merkle prove", 2.0, 2.0);
    report.goal("pluto verify", "ct-merkle verify", 2.0, 2.0);
    report.goal("pluto verify, 64 together", "ct-merkle verify", 2.0, 8.0);
}

/// Keys and values of one update: existing keys in an order that looks random.
struct Updates {
    count: usize,
    next: Cell<usize>,
}

impl Updates {
    fn batch(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let start = self.next.get();
        self.next.set(start + BATCH);
        (start..start + BATCH).map(|step| (key(step * 7_919 % self.count), value(step))).collect()
    }

    fn batches(&self, count: usize) -> Vec<Vec<(Vec<u8>, Vec<u8>)>> {
        (0..count).map(|_| self.batch()).collect()
    }
}

fn key(number: usize) -> Vec<u8> {
    [&b"identity"[..], &(number as u64).to_be_bytes()].concat()
}

fn value(seed: usize) -> Vec<u8> {
    (0..VALUE_BYTES).map(|at| (seed.wrapping_mul(31) >> (at % 13)) as u8 ^ at as u8).collect()
}

fn update() {
    let count = size(100_000, 2_000);
    let batches = size(400, 3);
    let entries = || (0..count).map(|number| (key(number), value(number)));
    let map = RefCell::new(StateMap::from_entries(entries()).unwrap());
    let held = RefCell::new(map.borrow().clone());
    let updates = || Updates { count, next: Cell::new(0) };
    let (own, sha, blake) = (updates(), updates(), updates());
    let sha_store = RefCell::new(Store::filled::<JmtSha256>(entries()));
    let blake_store = RefCell::new(Store::filled::<Blake3>(entries()));
    let name = "pluto, snapshot held, root per batch";
    let report = run_interleaved(
        "map update, 100k keys of 100 B, batch 64, per key",
        Clock::ThreadCpu,
        vec![
            Case::with_setup(
                name,
                batches * BATCH,
                || own.batches(batches),
                |batches| {
                    for batch in &batches {
                        let mut map = map.borrow_mut();
                        map.apply(batch.iter().map(|(key, value)| (key, Some(value)))).unwrap();
                        std::hint::black_box(map.root());
                        *held.borrow_mut() = map.clone();
                    }
                    batches
                },
            ),
            Case::with_setup(
                "jmt sha256, map store",
                batches * BATCH,
                || sha.batches(batches),
                |batches| {
                    batches.into_iter().for_each(|batch| {
                        sha_store.borrow_mut().put::<JmtSha256>(batch);
                    });
                },
            ),
            Case::with_setup(
                "jmt blake3, map store",
                batches * BATCH,
                || blake.batches(batches),
                |batches| {
                    batches
                        .into_iter()
                        .for_each(|batch| blake_store.borrow_mut().put::<Blake3>(batch));
                },
            ),
        ],
    );
    report.goal(name, "jmt sha256, map store", 8.0, 13.0);
    report.goal(name, "jmt blake3, map store", 8.0, 13.0);
}

fn bulk() {
    let count = size(100_000, 2_000);
    let entries: Vec<_> = (0..count).map(|number| (key(number), value(number))).collect();
    let map = StateMap::from_entries(entries.iter().map(|(k, v)| (k, v))).unwrap();
    let root = map.root();
    let picked: Vec<usize> = (0..size(2_000, 50)).map(|number| number * 7_919 % count).collect();
    let proofs: Vec<_> = picked.iter().map(|number| map.prove(&entries[*number].0)).collect();
    run_interleaved(
        "map of 100k keys of 100 B, per key",
        Clock::ThreadCpu,
        vec![
            Case::new("from_entries", count, || {
                StateMap::from_entries(entries.iter().map(|(k, v)| (k, v))).unwrap()
            }),
            Case::new("iterate", count, || map.iter().map(|(_, value)| value.len()).sum::<usize>()),
            Case::new("get", picked.len(), || {
                picked.iter().filter(|at| map.get(&entries[**at].0).is_some()).count()
            }),
            Case::new("prove", picked.len(), || {
                picked.iter().map(|at| map.prove(&entries[*at].0)).collect::<Vec<_>>()
            }),
            Case::new("verify", picked.len(), || {
                for (at, proof) in picked.iter().zip(&proofs) {
                    let (key, value) = &entries[*at];
                    verify_map(&root, key, Some(value), proof).unwrap();
                }
            }),
        ],
    );
}
