//! Files of a realm that declares witnesses, twice: who had to sign is shown from the genesis on.

use pluto_core::state::member_key;
use pluto_core::{Component, Digest, EventId};
use pluto_decision::Said;
use pluto_decision::audit;
use pluto_decision::bundle::Check;
use pluto_decision::witnessing::{Vouched, Witnessing};
use pluto_identity::Zip215Verifier;
use pluto_node::node::Witnessed;
use pluto_node::proof_file::{ProofFile, Witness};
use pluto_tests::{HOUR_MS, OPENED_MS, Office, Person, Staff, grant, person, request};

use super::report;

/// A realm whose creator declares itself and two others, who later are replaced.
pub(crate) struct Story {
    pub(crate) staff: Staff,
    pub(crate) office: Office,
    /// Persons 5 to 8: the first two witness from the first border on, all of them from the second.
    pub(crate) others: [Person; 4],
    /// The place from which the audit is made.
    pub(crate) first: u64,
    pub(crate) allowed: EventId,
    /// After the agent's grant was revoked, under the second set.
    pub(crate) denied: EventId,
    /// The payload hash of the last final checkpoint, which has number 5.
    pub(crate) last: Digest,
}

/// Checkpoint 2 hands over from the creator to three, checkpoint 3 is one of many, checkpoint 4 hands
/// over to four others, of whom three sign checkpoint 5.
pub(crate) fn story() -> Story {
    let (staff, others) = (Staff::from(1), [5, 6, 7, 8].map(person));
    let mut office = Office::open(&staff).unwrap();
    let [a, b, c, d] = &others;
    for one in [a, b, c, d] {
        let run = office.writer.join(one);
        office.submit(run).unwrap();
    }
    let given = grant(None, staff.agent.did());
    let given = office.give(&staff.owner, &given).unwrap();
    office.declare(&staff.owner, &[&staff.owner, a, b], None).unwrap();
    let second = office.cosign(&[&staff.owner], 2, OPENED_MS + 10, Digest::ZERO).unwrap();
    let first = office.node.snapshot(office.realm()).unwrap().roots().position;
    let (allowed, _) = office.act(&staff.agent, Some(given), None, &request("read", 0)).unwrap();
    office.complete(&staff.agent, allowed).unwrap();
    let third = office.cosign(&[&staff.owner, a], 3, OPENED_MS + 20, second).unwrap();
    office.declare(&staff.owner, &[a, b, c, d], Some(3)).unwrap();
    let fourth = office.cosign(&[b, a], 4, OPENED_MS + 30, third).unwrap();
    office.revoke(&staff.owner, given).unwrap();
    let (denied, _) = office.act(&staff.agent, Some(given), None, &request("read", 0)).unwrap();
    let last = office.cosign(&[d, a, c], 5, OPENED_MS + HOUR_MS, fourth).unwrap();
    Story { staff, office, others, first, allowed, denied, last }
}

impl Story {
    /// A proof about an entry as the last final checkpoint has it.
    pub(crate) fn proof(&self, component: Component, key: &[u8]) -> ProofFile {
        let node = &self.office.node;
        let (Witnessed { parties, witnessing, .. }, version) =
            node.chain(self.office.realm()).unwrap();
        let genesis = self.office.runs[0].events[0].clone();
        let vouched = Vouched { genesis, parties, witnessing };
        ProofFile {
            root: version.roots().state,
            state: version.proof(component, key).unwrap(),
            witness: Some(Witness::Chain(Box::new(vouched))),
        }
    }
}

#[test]
fn a_proof_file_shows_the_same_witnesses() {
    let story = story();
    let key = member_key(story.staff.owner.did());
    for (component, key) in [(Component::Realm, &key[..]), (Component::EclPolicy, b"no such entry")]
    {
        let file = story.proof(component, key);
        let bytes = file.encode();
        assert_eq!(ProofFile::decode(&bytes).unwrap(), file);
        let shown = file.verify(&Zip215Verifier).unwrap();
        assert_eq!(shown.proof.value.is_some(), component == Component::Realm);
        let attested = shown.signed.unwrap().attested.unwrap();
        assert_eq!(attested.last.to_string(), "3 of 4 witnesses (threshold 3)");
    }
}

#[test]
fn a_proof_file_under_another_checkpoint_or_realm_is_refused() {
    let story = story();
    let mut file = story.proof(Component::EclPolicy, b"no such entry");
    let now = story.office.node.snapshot(story.office.realm()).unwrap();
    let Some(Witness::Chain(vouched)) = file.witness.clone() else { panic!() };
    file.root = now.roots().state;
    file.state = now.proof(Component::EclPolicy, b"no such entry").unwrap();
    let code = |file: ProofFile| file.verify(&Zip215Verifier).unwrap_err().code().to_string();
    assert_eq!(code(file.clone()), "NOD-0006", "nobody signed what came after");
    let mut file = story.proof(Component::EclPolicy, b"no such entry");
    let mut fewer = vouched;
    fewer.parties.pop();
    file.witness = Some(Witness::Chain(fewer));
    assert_eq!(code(file), "DCN-0002");
}

#[test]
fn a_bundle_shows_the_quorum_and_how_it_came_to_sign() {
    let story = story();
    let border = story.office.node.snapshot(story.office.realm()).unwrap();
    assert_eq!(border.border().unwrap().checkpoint, story.last);
    for (id, said) in [(story.allowed, Said::Allow), (story.denied, Said::Deny)] {
        let bundle = story.office.bundle(id).unwrap();
        let report = report(&bundle);
        let shown = report.shown.as_ref().unwrap_or_else(|| panic!("{:?}", report.failure()));
        assert_eq!((shown.decision, shown.answer.said), (id, said));
        let attested = &shown.attested;
        assert!(attested.declared);
        let words: Vec<_> = attested.handovers.iter().chain([&attested.last]).collect();
        let words: Vec<_> =
            words.iter().map(|one| (one.checkpoint.number, one.to_string())).collect();
        let expected = [
            (2, "1 of 1 witnesses (threshold 1)"),
            (4, "2 of 3 witnesses (threshold 2)"),
            (5, "3 of 4 witnesses (threshold 3)"),
        ];
        assert_eq!(words, expected.map(|(number, words)| (number, words.to_owned())));
        let [a, _, c, d] = &story.others;
        let mut signers = [a, c, d].map(Person::did);
        signers.sort();
        assert_eq!(attested.last.signers, signers);
        assert_eq!(report.steps.len(), Check::ALL.len());
    }
}

#[test]
fn a_bundle_shows_the_commits_of_one_round() {
    let mut story = story();
    let [a, b, c, d] = &story.others;
    let later = OPENED_MS + 2 * HOUR_MS;
    let hash = story.office.agree(&[b, d, c], 9, later, story.last).unwrap();
    let border = story.office.node.snapshot(story.office.realm()).unwrap();
    assert_eq!(border.border().unwrap().checkpoint, hash);
    let bundle = story.office.bundle(story.denied).unwrap();
    let shown = report(&bundle).shown.unwrap();
    let mut signers = [b, c, d].map(Person::did);
    signers.sort();
    assert_eq!(shown.attested.last.signers, signers);
    assert!(!signers.contains(&a.did()));
    assert_eq!(shown.attested.last.checkpoint.number, 9);
}

#[test]
fn an_audit_shows_the_same_witnesses() {
    let story = story();
    let file = story.office.audit(story.first).unwrap();
    let shown = audit::verify(&file.encode(), &Zip215Verifier).unwrap();
    let ids: Vec<EventId> = shown.decisions.iter().map(|one| one.decision).collect();
    assert_eq!(ids, [story.allowed, story.denied]);
    assert_eq!(shown.attested.handovers.len(), 2);
    assert_eq!(shown.attested.last.to_string(), "3 of 4 witnesses (threshold 3)");
}

/// Before the first border the creator signs alone, and files are of version 1.
#[test]
fn a_realm_without_a_border_writes_version_1() {
    let staff = Staff::from(1);
    let mut office = Office::open(&staff).unwrap();
    let given = office.give(&staff.owner, &grant(None, staff.agent.did())).unwrap();
    let wish = request("read", 0);
    let (id, _) = office.act(&staff.agent, Some(given), None, &wish).unwrap();
    office.checkpoint(&staff.owner, 2, OPENED_MS + 10).unwrap();
    office.declare(&staff.owner, &[&staff.owner], None).unwrap();
    assert!(matches!(office.bundle(id).unwrap().witnessing, Witnessing::Creator(_)));
    // The creator declares itself: a set of its own, and no handover.
    office.cosign(&[&staff.owner], 3, OPENED_MS + 20, Digest::ZERO).unwrap();
    let bundle = office.bundle(id).unwrap();
    let shown = report(&bundle).shown.unwrap();
    assert!(shown.attested.handovers.is_empty() && !shown.attested.declared);
    let (next, _) = office.act(&staff.agent, Some(given), None, &wish).unwrap();
    let border = office.node.snapshot(office.realm()).unwrap().border().unwrap().checkpoint;
    assert!(office.bundle(next).is_err(), "no checkpoint covers it");
    office.cosign(&[&staff.owner], 4, OPENED_MS + 30, border).unwrap();
    let shown = report(&office.bundle(next).unwrap()).shown.unwrap();
    assert!(shown.attested.handovers.is_empty() && shown.attested.declared);
}
