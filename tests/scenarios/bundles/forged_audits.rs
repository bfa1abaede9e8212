//! Audit files that leave something out.

use pluto_core::{Digest, Verdict, VoidReason};
use pluto_decision::audit::{Audit, verify};
use pluto_identity::Zip215Verifier;

use super::story;

#[track_caller]
fn refused(audit: &Audit) -> String {
    let error = verify(&audit.encode(), &Zip215Verifier).unwrap_err();
    error.code().to_string()
}

#[test]
fn a_decision_that_is_left_out() {
    let story = story(1);
    let whole = story.office.audit(story.first).unwrap();
    for at in 0..whole.bundles.len() {
        let mut forged = whole.clone();
        forged.bundles.remove(at);
        assert_eq!(refused(&forged), "DCN-0002");
        forged.bundles.insert(at, whole.bundles[(at + 1) % whole.bundles.len()].clone());
        assert_eq!(refused(&forged), "DCN-0002");
    }
    let mut forged = whole.clone();
    forged.bundles.push(whole.bundles[0].clone());
    assert_eq!(refused(&forged), "DCN-0002");
}

#[test]
fn a_decision_that_is_passed_off_as_something_else() {
    let story = story(1);
    let whole = story.office.audit(story.first).unwrap();
    let decisions = (0..whole.leaves.len()).filter(|at| whole.leaves[*at].judged_on.is_some());
    for (index, at) in decisions.enumerate() {
        let mut forged = whole.clone();
        forged.leaves[at].judged_on = None;
        forged.bundles.remove(index);
        assert!(refused(&forged).starts_with("MRK-"));
        // As one that nobody judged.
        let mut forged = whole.clone();
        forged.leaves[at].verdict = Verdict::Void(VoidReason::NotMember);
        forged.bundles.remove(index);
        assert!(refused(&forged).starts_with("MRK-"));
        let mut forged = whole.clone();
        forged.leaves[at].judged_on = Some(Digest::ZERO);
        assert!(refused(&forged).starts_with("MRK-"));
        let mut forged = whole.clone();
        forged.leaves.remove(at);
        forged.bundles.remove(index);
        assert_eq!(refused(&forged), "DCN-0002", "the stretch ends elsewhere");
        forged.first += 1;
        assert!(refused(&forged).starts_with("MRK-"));
    }
}

#[test]
fn a_stretch_under_another_witness() {
    let (ours, theirs) = (story(1), story(11));
    let [one, other] = [&ours, &theirs].map(|one| one.office.audit(one.first).unwrap());
    let witnessing = other.witnessing.clone();
    assert_eq!(refused(&Audit { witnessing, ..one.clone() }), "DCN-0002");
    let forged = Audit {
        genesis: other.genesis.clone(),
        parties: other.parties.clone(),
        witnessing: other.witnessing.clone(),
        ..one.clone()
    };
    assert!(refused(&forged).starts_with("MRK-"));
    let bundles = other.bundles.clone();
    assert_eq!(refused(&Audit { bundles, ..one }), "DCN-0002");
}
