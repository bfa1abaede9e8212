//! The blob of a realm with borders: written, and read again to go on from.

use pluto_core::payload::{ChainedCheckpoint, CheckpointSigned, RoundVote};

use super::*;

/// In the first all cosignatures are of version 2, in the second the last ones are words of a round.
const BLOBS: [&str; 2] = ["checkpoint-v3.bin", "checkpoint-v4.bin"];

/// The two people of the golden realm witness it; a second border waits for one of them.
fn bordered(blob: &str) -> (RealmId, Vec<Run>) {
    let (mut composer, short) = realm();
    let (creator, author) = (somebody(6), somebody(7));
    let mut runs = short.to_vec();
    let sign = |who: &IdentitySecret, event| sign_run(&who.key_pair(), vec![event]).unwrap();
    let set = WitnessSet::new([creator.did(), author.did()], None).unwrap();
    let declared = composer.compose(creator.did(), Kind::WitnessesDeclared, &set.encode(), 4_000);
    runs.push(sign(&creator, declared));
    let chained = |composer: &Composer, number, extends| ChainedCheckpoint {
        checkpoint: CheckpointSigned {
            number,
            time_ms: number * 1_000,
            size: 0,
            event_set_root: composer.event_set_root(),
            log_root: Digest([2; 32]),
            state_root: Digest([3; 32]),
        },
        extends,
    };
    let first = chained(&composer, 1, Digest::ZERO);
    runs.push(sign(&creator, composer.sign(creator.did(), &first, 5_000)));
    let second = chained(&composer, 2, payload_hash(&first.encode()));
    if blob == BLOBS[0] {
        runs.push(sign(&author, composer.sign(author.did(), &second, 6_000)));
    } else {
        for commits in [false, true] {
            let vote = RoundVote { chained: second.clone(), round: 2, commits };
            runs.push(sign(&author, composer.vote(author.did(), &vote, 6_000)));
        }
    }
    (composer.realm(), runs)
}

fn store(blob: &str) -> (RealmId, Store) {
    let (realm, runs) = bordered(blob);
    let store = Store::default();
    let node = MemoryNode::open(&store, 5_000).unwrap();
    node.write(&runs).unwrap();
    node.system.stop().unwrap();
    (realm, store)
}

fn blob(realm: RealmId, store: &Store) -> Vec<u8> {
    store.kv.get(&key(b'c', Some(realm), &[1, 0])).unwrap().unwrap()
}

#[test]
#[ignore = "writes the golden file; run it only when the format gets a new version"]
fn write_golden_blob_with_borders() {
    for name in BLOBS {
        let (realm, store) = store(name);
        std::fs::write(folder().join("golden").join(name), blob(realm, &store)).unwrap();
    }
}

#[test]
fn a_node_goes_on_from_the_golden_borders() {
    BLOBS.into_iter().for_each(goes_on);
}

fn goes_on(name: &str) {
    let (realm, store) = store(name);
    assert!(blob(realm, &store) == read(name), "{name}");
    let node = MemoryNode::open(&store, 5_000).unwrap();
    assert_eq!(node.recovery.replayed, 0);
    let (borders, candidates) = node
        .system
        .ask(realm, |view| Ok((view.borders().to_vec(), view.candidates().to_vec())))
        .unwrap();
    assert_eq!((borders.len(), candidates.len()), (1, 2));
    assert_eq!((borders[0].number, borders[0].position), (1, 6));
    assert_eq!(borders[0].quorum.threshold, 2);
    // The missing signature makes the second border, as if nobody had stopped.
    let creator = somebody(6);
    let draft = node.system.draft(realm, creator.did()).unwrap();
    let mut composer = Composer::resume(realm, creator.did(), draft);
    let chained = candidates[1].signed.clone();
    let event = match name == BLOBS[0] {
        true => composer.sign(creator.did(), &chained, 7_000),
        false => {
            let vote = RoundVote { chained, round: 2, commits: true };
            composer.vote(creator.did(), &vote, 7_000)
        }
    };
    node.write(&[sign_run(&creator.key_pair(), vec![event]).unwrap()]).unwrap();
    assert_eq!(node.system.snapshot(realm).unwrap().border().unwrap().number, 2);
    let roots = node.roots(realm);
    drop(node);
    let bare = Store { log: store.log.clone(), ..Store::default() };
    assert_eq!(MemoryNode::open(&bare, 5_000).unwrap().roots(realm), roots);
}
