//! Bundles of identities whose keys have changed since they came.

use pluto_core::Kind;
use pluto_core::hash::Domain;
use pluto_decision::audit;
use pluto_decision::bundle::{Bundle, Check, verify};
use pluto_identity::grant::Grant;
use pluto_identity::{KeyRotated, Zip215Verifier};
use pluto_tests::{HOUR_MS, OPENED_MS, Office, Person, grant, request};

use super::{refused, report, story};

/// `who` goes over to the next key.
fn rotate(office: &mut Office, who: &mut Person) {
    let new = who.secret.key_pair_at(1);
    let next = who.secret.next_key_digest_at(1);
    let bare = KeyRotated::unproven(new.public_key(), next);
    let draft = office.writer.clone().event(who, Kind::KeyRotated, &bare);
    let change = KeyRotated::prove(&new, next, &draft).unwrap();
    let payload = pluto_core::Canonical::encode(&change);
    assert!(office.write(who, Kind::KeyRotated, &payload).unwrap().1.is_effective());
    who.turn_to(1);
}

#[test]
fn keys_that_changed_lead_back_to_the_inception() {
    let mut story = story(1);
    let office = &mut story.office;
    let given = Grant { nonce: [8; 16], ..grant(None, story.staff.agent.did()) };
    let id = office.give(&story.staff.owner, &given).unwrap();
    rotate(office, &mut story.staff.owner);
    rotate(office, &mut story.staff.agent);
    let staff = &story.staff;
    let (decision, verdict) =
        office.act(&staff.agent, Some(id), None, &request("read", 0)).unwrap();
    assert!(verdict.is_effective());
    office.checkpoint(&staff.owner, 4, OPENED_MS + 2 * HOUR_MS).unwrap();
    let bundle = office.bundle(decision).unwrap();
    assert!(report(&bundle).holds(), "{:?}", report(&bundle).failure());
    let lengths: Vec<usize> = bundle.parties.iter().map(|one| one.rotations.len()).collect();
    assert_eq!(lengths, [1, 1]);
    let file = office.audit(story.first).unwrap();
    assert_eq!(audit::verify(&file.encode(), &Zip215Verifier).unwrap().decisions.len(), 5);
    for (at, check) in [(0, Check::Witness), (1, Check::Decision)] {
        let mut forged = bundle.clone();
        forged.parties[at].rotations.clear();
        assert_eq!(refused(&forged), check, "the key is not shown");
        let mut forged = bundle.clone();
        forged.parties[at].rotations = bundle.parties[1 - at].rotations.clone();
        assert_eq!(refused(&forged), Check::Parties, "the rotation of somebody else");
        let mut forged = bundle.clone();
        let twice = forged.parties[at].rotations[0].clone();
        forged.parties[at].rotations.push(twice);
        assert_eq!(refused(&forged), Check::Parties, "the same rotation twice");
        // A rotation that somebody else signed, to a key of theirs.
        let mut forged = bundle.clone();
        let shown = &mut forged.parties[at].rotations[0];
        let run = story.staff.helper.sign(vec![shown.event.clone()]);
        *shown = pluto_decision::bundle::Shown::of(&run, 0).unwrap();
        assert_eq!(refused(&forged), Check::Parties);
    }
    every_changed_byte_is_refused(&bundle.encode());
    let mut parties = bundle.parties.clone();
    parties.push(parties[1].clone());
    assert_eq!(refused(&Bundle { parties, ..bundle }), Check::Parties, "named twice");
}

/// The golden bundles have no rotations in them.
fn every_changed_byte_is_refused(bytes: &[u8]) {
    let seal = Domain::new("pluto decision bundle v1");
    let content = &bytes[..bytes.len() - 32];
    for at in 0..content.len() {
        let mut other = content.to_vec();
        other[at] ^= 1;
        let sealed = [&other[..], &seal.hash(&other).0].concat();
        assert!(!verify(&sealed, &Zip215Verifier).holds(), "byte {at}");
    }
}
