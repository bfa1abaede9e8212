//! Keys change, are stolen and are recovered: every node sees the same, in any order of arrival.

use std::collections::BTreeMap;

use pluto_core::payload::{CheckpointSigned, Recovery};
use pluto_core::{Canonical, Did, Digest, Event, EventId, Kind, Run, Verdict, VoidReason};
use pluto_identity::credential::{CredentialIssued, CredentialRevoked, holds};
use pluto_identity::{
    Authority, IdentitySecret, KeyRotated, RecoveryInitiated, SecretSeed, sign_run,
};
use pluto_p2p::equivocation::Equivocation;
use pluto_tests::{MemoryNode, Person, Shuffle, Store, Writer, person};

const HOUR_MS: u64 = 3_600_000;

fn write(writer: &mut Writer, who: &IdentitySecret, key: u32, kind: Kind, payload: &[u8]) -> Run {
    let event = writer.event_of(who.did(), kind, payload);
    sign_run(&who.key_pair_at(key), vec![event]).unwrap()
}

fn record(writer: &mut Writer, who: &IdentitySecret, key: u32) -> Run {
    write(writer, who, key, Kind::RecordPut, &put("notes"))
}

fn put(collection: &str) -> Vec<u8> {
    let (collection, key) = (collection.to_owned(), b"k".to_vec());
    pluto_core::payload::RecordPut { collection, key, value: b"v".to_vec() }.encode()
}

/// From key `key` of `who` to the next one.
fn rotate(writer: &mut Writer, who: &IdentitySecret, key: u32) -> Run {
    let new = who.key_pair_at(key + 1);
    let next = who.next_key_digest_at(key + 1);
    let bare = KeyRotated::unproven(new.public_key(), next);
    let draft = writer.clone().event_of(who.did(), Kind::KeyRotated, &bare);
    let change = KeyRotated::prove(&new, next, &draft).unwrap();
    write(writer, who, key, Kind::KeyRotated, &change.encode())
}

fn checkpoint(writer: &mut Writer, creator: &Person, number: u64, time_ms: u64) -> Run {
    let [event_set_root, log_root, state_root] = [Digest::ZERO; 3];
    let signed =
        CheckpointSigned { number, time_ms, size: 1, event_set_root, log_root, state_root };
    write(writer, &creator.secret, 0, Kind::CheckpointSigned, &signed.encode())
}

fn verdicts(node: &MemoryNode, writer: &Writer) -> BTreeMap<EventId, Verdict> {
    let end = node.roots(writer.realm()).unwrap().position;
    let places = node.system.ask(writer.realm(), move |view| {
        (0..end).map(|at| Ok(view.place(at)?.unwrap())).collect::<pluto_error::Result<Vec<_>>>()
    });
    places.unwrap().into_iter().map(|place| (place.id, place.verdict)).collect()
}

fn id(run: &Run) -> EventId {
    run.events[0].id
}

/// Opens a node, writes `runs` in order, waits for all.
fn node_with(runs: &[Run]) -> MemoryNode {
    let node = MemoryNode::open(&Store::default(), 5_000).unwrap();
    node.write(runs).unwrap();
    node
}

/// Whatever the order and the restarts, nodes agree.
fn agree(writer: &Writer, runs: &[Run]) -> MemoryNode {
    let node = node_with(runs);
    let expected = node.roots(writer.realm());
    let mut random = Shuffle(7);
    for interval in [1, 3, 5_000] {
        let mut shuffled = runs.to_vec();
        random.shuffle(&mut shuffled);
        let other = MemoryNode::open(&Store::default(), 5_000).unwrap();
        other.write(&shuffled).unwrap();
        assert_eq!(other.roots(writer.realm()), expected);
        let store = Store::default();
        for part in runs.chunks(2) {
            let node = MemoryNode::open(&store, interval).unwrap();
            node.write(part).unwrap();
            node.system.stop().unwrap();
        }
        let other = MemoryNode::open(&store, interval).unwrap();
        assert_eq!(other.roots(writer.realm()), expected, "restarts, interval {interval}");
    }
    node
}

fn refused(node: &MemoryNode, run: Run) {
    assert_eq!(node.write(&[run]).unwrap_err().code().id(), "NRV-0002");
}

#[test]
fn rotations_agree_in_any_order_of_arrival() {
    let (alice, bob) = (person(1), person(2));
    let (mut writer, genesis) = Writer::open(&alice);
    let mut runs = vec![genesis, writer.join(&bob)];
    let mut branch = writer.clone();
    for key in 0..3 {
        runs.push(record(&mut writer, &bob.secret, key));
        runs.push(rotate(&mut writer, &bob.secret, key));
        runs.push(branch.records(&alice, 2));
    }
    runs.push(record(&mut writer, &bob.secret, 3));
    let node = agree(&writer, &runs);
    let all = verdicts(&node, &writer);
    assert!(all.values().all(|verdict| verdict.is_effective()), "{all:?}");
    let tip = node.system.draft(writer.realm(), bob.did()).unwrap().tip.unwrap();
    assert_eq!(tip.key_ref, id(&runs[9]));
}

#[test]
fn a_stolen_old_key_cannot_act() {
    let (alice, bob) = (person(1), person(2));
    let (mut writer, genesis) = Writer::open(&alice);
    let joined = writer.join(&bob);
    let mut thief = writer.clone();
    let rotation = rotate(&mut writer, &bob.secret, 0);
    let after = record(&mut writer, &bob.secret, 1);
    let mut stolen = Vec::new();
    for _ in 0..4 {
        stolen.push(record(&mut thief, &bob.secret, 0));
    }
    let honest = [vec![genesis, joined, rotation.clone(), after.clone()], stolen.clone()].concat();
    let node = agree(&writer, &honest);
    let all = verdicts(&node, &writer);
    assert!(all[&id(&rotation)].is_effective() && all[&id(&after)].is_effective());
    for late in &stolen[1..] {
        assert_eq!(all[&id(late)], Verdict::Void(VoidReason::KeyInactive));
    }
    let tip = node.system.draft(writer.realm(), bob.did()).unwrap().tip.unwrap();
    assert_eq!(tip.id, id(&after), "the longer branch of the old key is not gone on from");
}

#[test]
fn whoever_holds_only_the_current_key_writes_no_rotation() {
    let (alice, bob) = (person(1), person(2));
    let (mut writer, genesis) = Writer::open(&alice);
    let joined = writer.join(&bob);
    let before = writer.clone();
    let rotation = rotate(&mut writer, &bob.secret, 0);
    let node = node_with(&[genesis, joined, rotation.clone()]);
    let change = KeyRotated::decode(rotation.events[0].payload.as_deref().unwrap()).unwrap();
    // The revealed key with a commitment of the thief's, and the very payload in another place.
    let mut own = change.clone();
    own.next_key_digest = Some(Digest([7; 32]));
    for payload in [own.encode(), change.encode()] {
        let mut event = before.clone().event_of(bob.did(), Kind::KeyRotated, &payload);
        event.header.wall_ms += 1;
        event.id = event.header.id();
        refused(&node, sign_run(&bob.secret.key_pair_at(0), vec![event]).unwrap());
    }
    // A key nobody committed to.
    let other = person(9).secret;
    let mut thief = before.clone();
    let bare = KeyRotated::unproven(other.key_pair().public_key(), None);
    let draft = thief.clone().event_of(bob.did(), Kind::KeyRotated, &bare);
    let change = KeyRotated::prove(&other.key_pair(), None, &draft).unwrap();
    refused(&node, write(&mut thief, &bob.secret, 0, Kind::KeyRotated, &change.encode()));
    // Behind the rotation with the old key, alone or under one signature with the rotation.
    let mut event = writer.clone().event_of(bob.did(), Kind::RecordPut, &put("notes"));
    event.header.key_ref = rotation.events[0].header.key_ref;
    event.id = event.header.id();
    let alone = sign_run(&bob.secret.key_pair_at(0), vec![event.clone()]).unwrap();
    refused(&node, alone);
    let both = vec![rotation.events[0].clone(), event];
    refused(&node, sign_run(&bob.secret.key_pair_at(0), both).unwrap());
}

#[test]
fn what_bears_on_keys_needs_its_payload() {
    let (alice, bob) = (person(1), person(2));
    let (mut writer, genesis) = Writer::open(&alice);
    let joined = writer.join(&bob);
    let mut rotation = rotate(&mut writer, &bob.secret, 0);
    let node = node_with(&[genesis, joined]);
    rotation.events[0].payload = None;
    refused(&node, rotation);
}

/// Bob with two of three guardians and a day of delay; all of them in the realm of Alice.
struct Scene {
    alice: Person,
    bob: IdentitySecret,
    guardians: Vec<Person>,
    saved: IdentitySecret,
    writer: Writer,
    runs: Vec<Run>,
    checkpoints: u64,
}

fn scene() -> Scene {
    let alice = person(1);
    let guardians: Vec<Person> = (3..6).map(person).collect();
    let mut dids: Vec<Did> = guardians.iter().map(Person::did).collect();
    dids.sort_unstable();
    let recovery = Recovery { threshold: 2, delay_h: 24, guardians: dids };
    let bob = person(2).secret.with_recovery(recovery);
    let saved = IdentitySecret::adopt(SecretSeed::from([77; 32]), bob.inception().clone());
    let (mut writer, genesis) = Writer::open(&alice);
    let mut runs = vec![genesis, writer.join_as(&bob)];
    runs.extend(guardians.iter().map(|guardian| writer.join(guardian)));
    runs.push(record(&mut writer, &bob, 0));
    Scene { alice, bob, guardians, saved, writer, runs, checkpoints: 0 }
}

impl Scene {
    fn time(&mut self, time_ms: u64) {
        self.checkpoints += 1;
        self.runs.push(checkpoint(&mut self.writer, &self.alice, self.checkpoints, time_ms));
    }

    fn statement(&mut self, guardian: usize, at_ms: u64) -> EventId {
        let said = RecoveryInitiated {
            subject: self.bob.did(),
            key: self.saved.key_pair().public_key(),
            next_key_digest: self.saved.next_key_digest_at(0),
            at_ms,
        };
        let secret = &self.guardians[guardian].secret;
        let run = write(&mut self.writer, secret, 0, Kind::RecoveryInitiated, &said.encode());
        self.runs.push(run);
        id(self.runs.last().unwrap())
    }

    fn recovery(&mut self, mut statements: Vec<EventId>) -> Run {
        statements.sort_unstable();
        let inception = self.bob.inception().clone();
        let change = KeyRotated {
            key: self.saved.key_pair().public_key(),
            next_key_digest: self.saved.next_key_digest_at(0),
            authority: Authority::Recovery { inception, statements },
        };
        write(&mut self.writer, &self.saved, 0, Kind::KeyRotated, &change.encode())
    }

    fn verdict(&self, run: &Run) -> Verdict {
        verdicts(&agree(&self.writer, &self.runs), &self.writer)[&id(run)]
    }
}

#[test]
fn guardians_give_a_lost_identity_another_key() {
    let mut scene = scene();
    scene.time(1_000);
    let statements = vec![scene.statement(0, 2_000), scene.statement(2, 0)];
    scene.time(2_000 + 24 * HOUR_MS);
    let recovery = scene.recovery(statements);
    scene.runs.push(recovery.clone());
    let saved = IdentitySecret::adopt(SecretSeed::from([77; 32]), scene.bob.inception().clone());
    let record_after = record(&mut scene.writer, &saved, 0);
    let rotation = rotate(&mut scene.writer, &saved, 0);
    let last = record(&mut scene.writer, &saved, 1);
    scene.runs.extend([record_after, rotation, last]);
    let node = agree(&scene.writer, &scene.runs);
    let all = verdicts(&node, &scene.writer);
    assert!(all.values().all(|verdict| verdict.is_effective()), "{all:?}");
}

#[test]
fn guardians_lift_the_freeze_of_a_key_that_was_stolen() {
    let mut scene = scene();
    scene.time(1_000);
    let mut thief = scene.writer.clone();
    let own = record(&mut scene.writer, &scene.bob, 0);
    let stolen = write(&mut thief, &scene.bob, 0, Kind::RecordPut, &put("loot"));
    scene.writer.merge(&thief);
    let proof = Equivocation::between(&own, &stolen).unwrap().encode();
    let alice = person(1).secret;
    let reported = write(&mut scene.writer, &alice, 0, Kind::EquivocationProven, &proof);
    let frozen = record(&mut scene.writer, &scene.bob, 0);
    scene.runs.extend([own, stolen, reported.clone(), frozen.clone()]);
    let statements = vec![scene.statement(0, 0), scene.statement(2, 0)];
    scene.time(2_000 + 24 * HOUR_MS);
    let recovery = scene.recovery(statements);
    let saved = IdentitySecret::adopt(SecretSeed::from([77; 32]), scene.bob.inception().clone());
    let after = record(&mut scene.writer, &saved, 0);
    scene.runs.extend([recovery.clone(), after.clone()]);
    let node = agree(&scene.writer, &scene.runs);
    let all = verdicts(&node, &scene.writer);
    assert_eq!(all[&id(&frozen)], Verdict::Void(VoidReason::AuthorFrozen));
    for run in [&reported, &recovery, &after] {
        assert_eq!(all[&id(run)], Verdict::Effective);
    }
}

#[test]
fn a_recovery_before_its_time_has_no_effect_and_is_in_nobodys_way() {
    let mut scene = scene();
    scene.time(1_000);
    let statements = vec![scene.statement(0, 2_000), scene.statement(1, 0)];
    scene.time(1_999 + 24 * HOUR_MS);
    let before = scene.writer.clone();
    let recovery = scene.recovery(statements.clone());
    scene.runs.push(recovery.clone());
    assert_eq!(scene.verdict(&recovery), Verdict::Void(VoidReason::Expired));
    // The owner goes on before it; so does a second attempt in time.
    let node = node_with(&scene.runs);
    let tip = node.system.draft(scene.writer.realm(), scene.bob.did()).unwrap().tip.unwrap();
    assert_eq!(Some(tip.id), recovery.events[0].header.prev);
    scene.writer = before;
    // So that the next checkpoint stands behind the early recovery.
    let alice = person(1).secret;
    scene.runs.push(record(&mut scene.writer, &alice, 0));
    scene.time(2_000 + 24 * HOUR_MS);
    let again = scene.recovery(statements);
    scene.runs.push(again.clone());
    assert!(scene.verdict(&again).is_effective());
}

#[test]
fn the_owner_cancels_a_recovery_by_rotating() {
    let mut scene = scene();
    scene.time(1_000);
    let statements = vec![scene.statement(0, 0), scene.statement(1, 0)];
    let mut owner = scene.writer.clone();
    scene.time(1_000 + 24 * HOUR_MS);
    let recovery = scene.recovery(statements);
    scene.runs.push(recovery.clone());
    let rotation = rotate(&mut owner, &scene.bob, 0);
    scene.runs.push(rotation.clone());
    scene.runs.push(record(&mut owner, &scene.bob, 1));
    assert_eq!(scene.verdict(&recovery), Verdict::Void(VoidReason::KeyInactive));
    assert!(scene.verdict(&rotation).is_effective());
    let node = node_with(&scene.runs);
    let tip = node.system.draft(scene.writer.realm(), scene.bob.did()).unwrap().tip.unwrap();
    assert_eq!(tip.key_ref, id(&rotation));
}

#[test]
fn statements_about_a_key_that_was_rotated_away_are_cancelled() {
    let mut scene = scene();
    scene.time(1_000);
    let statements = vec![scene.statement(0, 0), scene.statement(1, 0)];
    let rotation = rotate(&mut scene.writer, &scene.bob, 0);
    scene.runs.push(rotation);
    scene.time(1_000 + 48 * HOUR_MS);
    let recovery = scene.recovery(statements);
    scene.runs.push(recovery.clone());
    assert_eq!(scene.verdict(&recovery), Verdict::Void(VoidReason::Revoked));
}

#[test]
fn a_recovery_needs_enough_guardians_about_this_key() {
    let mut scene = scene();
    let one = scene.statement(0, 0);
    let same = scene.statement(0, 1);
    let two = scene.statement(1, 0);
    scene.time(30 * HOUR_MS);
    let runs = scene.runs.clone();
    let node = node_with(&runs);
    let mut bad = vec![vec![one], vec![one, same], vec![one, id(&runs[0])]];
    bad.push(vec![two]);
    for statements in bad {
        let mut attempt = Scene { writer: scene.writer.clone(), ..self::scene() };
        refused(&node, attempt.recovery(statements));
    }
    // A stranger's word, whoever they are, is no guardian's: void, and no recovery can name it.
    let stranger = person(8);
    scene.runs.push(scene.writer.join(&stranger));
    scene.guardians.push(stranger);
    let word = scene.statement(3, 0);
    assert_eq!(
        verdicts(&node_with(&scene.runs), &scene.writer)[&word],
        Verdict::Void(VoidReason::NotAllowed)
    );
    let node = node_with(&scene.runs);
    refused(&node, scene.recovery(vec![one, word]));
}

#[test]
fn a_recovery_waits_for_the_statements_it_names() {
    let mut scene = scene();
    let statements = vec![scene.statement(0, 0), scene.statement(1, 0)];
    let said = scene.runs.split_off(scene.runs.len() - 2);
    scene.time(30 * HOUR_MS);
    let recovery = scene.recovery(statements);
    let node = node_with(&scene.runs[..scene.runs.len() - 1]);
    let waiting = node.submit(std::slice::from_ref(&recovery)).unwrap();
    node.write(&said).unwrap();
    node.write(&scene.runs[scene.runs.len() - 1..]).unwrap();
    for ticket in waiting {
        assert!(ticket.wait().unwrap().events[0].verdict.is_effective());
    }
}

#[test]
fn credentials_are_issued_by_administrators_and_revoked_by_their_issuer() {
    let (alice, bob) = (person(1), person(2));
    let (mut writer, genesis) = Writer::open(&alice);
    let issue = |expires_ms| {
        let (subject, schema) = (bob.did(), "iso9001/auditor".to_owned());
        CredentialIssued { subject, schema, claims: Digest([1; 32]), expires_ms }.encode()
    };
    let kind = Kind::CredentialIssued;
    let mut runs = vec![genesis, writer.join(&bob)];
    let (first, second) = (
        write(&mut writer, &alice.secret, 0, kind, &issue(100)),
        write(&mut writer, &alice.secret, 0, kind, &issue(200)),
    );
    runs.extend([first.clone(), second.clone()]);
    let own = write(&mut writer, &bob.secret, 0, kind, &issue(100));
    runs.push(own.clone());
    let revoke = |credential: &Event| CredentialRevoked { credential: credential.id }.encode();
    let taken = revoke(&first.events[0]);
    let by_bob = write(&mut writer, &bob.secret, 0, Kind::CredentialRevoked, &taken);
    runs.push(by_bob.clone());
    let held = |runs: &[Run], schema: &str| {
        let node = node_with(runs);
        holds(&*node.system.snapshot(writer.realm()).unwrap(), &bob.did(), schema)
    };
    assert!(held(&runs, "iso9001/auditor") && !held(&runs, "iso9001"));
    let mut more = writer.clone();
    runs.push(write(&mut more, &alice.secret, 0, Kind::CredentialRevoked, &taken));
    assert!(held(&runs, "iso9001/auditor"), "the second one is still there");
    runs.push(checkpoint(&mut more, &alice, 1, 200));
    assert!(!held(&runs, "iso9001/auditor"), "and expires");
    let late = write(&mut more, &alice.secret, 0, kind, &issue(200));
    runs.push(late.clone());
    let all = verdicts(&agree(&more, &runs), &more);
    assert_eq!(all[&id(&own)], Verdict::Void(VoidReason::NotAllowed));
    assert_eq!(all[&id(&by_bob)], Verdict::Void(VoidReason::NotAllowed));
    assert_eq!(all[&id(&late)], Verdict::Void(VoidReason::Expired));
}
