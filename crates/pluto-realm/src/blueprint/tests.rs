//! Versions go up, attestations are by others who hold the credential, and without them nothing deploys.

use proptest::prelude::*;

use pluto_core::codec::Canonical;
use pluto_core::payload::{Admission, MembershipAction, MembershipChange, Role};
use pluto_core::{BlobId, EventId, Kind, Verdict, VoidReason};
use pluto_error::Coded;

use super::{
    AttestationRecord, BlueprintAction, BlueprintRecord, DeploymentRecord, NameRecord, Publish,
    Undeployable, attestation, deployed, may_deploy, newest, published,
};
use crate::RuleSet;
use crate::codes;
use crate::hierarchy::RealmLifecycle;
use crate::lattice::All;
use crate::test_realm::{STANDING, TestRealm, bootstrap, did};

fn blob(byte: u8) -> BlobId {
    BlobId([byte; 32])
}

fn publish(byte: u8, name: &str, version: u32, parent: Option<u8>) -> BlueprintAction {
    let parent = parent.map(blob);
    BlueprintAction::Publish(Publish { blueprint: blob(byte), name: name.into(), version, parent })
}

fn attest(byte: u8, schema: &str) -> BlueprintAction {
    BlueprintAction::Attest { blueprint: blob(byte), schema: schema.into() }
}

fn withdraw(byte: u8, schema: &str) -> BlueprintAction {
    BlueprintAction::Withdraw { blueprint: blob(byte), schema: schema.into() }
}

fn deploy(byte: u8) -> BlueprintAction {
    BlueprintAction::Deploy { blueprint: blob(byte) }
}

/// Owner 0, administrator 1, members 2 and 3.
fn realm() -> TestRealm {
    let mut realm = TestRealm::founded(Admission::Open);
    for who in [1, 2, 3] {
        assert_eq!(realm.submit(&bootstrap(who)), Verdict::Effective);
    }
    let change =
        MembershipChange { subject: did(1), action: MembershipAction::Assign, role: Role::Admin };
    assert_eq!(realm.say(0, Kind::MembershipChange, &change), Verdict::Effective);
    realm
}

fn require(realm: &mut TestRealm, schemas: &[&str]) {
    let required = schemas.iter().map(|schema| (*schema).to_owned()).collect();
    let rules = RuleSet { required_attestations: All(required), ..RuleSet::default() };
    let rules = RealmLifecycle::Rules(rules);
    assert_eq!(realm.say(0, Kind::RealmLifecycle, &rules), Verdict::Effective);
}

fn say(realm: &mut TestRealm, who: u8, action: &BlueprintAction) -> Result<(), VoidReason> {
    match realm.say(who, Kind::BlueprintAction, action) {
        Verdict::Effective => Ok(()),
        Verdict::Void(reason) => Err(reason),
    }
}

#[test]
fn versions_of_a_name_go_up_and_belong_to_its_owner() {
    let mut realm = realm();
    assert_eq!(say(&mut realm, 2, &publish(1, "permits", 1, None)), Ok(()));
    let again = publish(1, "other", 1, None);
    assert_eq!(say(&mut realm, 2, &again), Err(VoidReason::AlreadyExists));
    let same = publish(2, "permits", 1, None);
    assert_eq!(say(&mut realm, 2, &same), Err(VoidReason::NotMonotone));
    let next = publish(2, "permits", 2, None);
    assert_eq!(say(&mut realm, 3, &next), Err(VoidReason::NotAllowed));
    assert_eq!(say(&mut realm, 1, &next), Ok(()), "an administrator may");
    let last = newest(&realm, "permits").unwrap();
    assert_eq!((last.version, last.blueprint, last.owner), (2, blob(2), did(2)));
    assert_eq!(say(&mut realm, 3, &publish(3, "ours", 1, Some(2))), Ok(()));
    assert_eq!(published(&realm, &blob(3)).unwrap().parent, Some(blob(2)));
}

#[test]
fn without_the_attestations_that_are_required_nothing_is_deployed() {
    let mut realm = realm();
    say(&mut realm, 2, &publish(1, "permits", 1, None)).unwrap();
    require(&mut realm, &["known"]);
    assert_eq!(say(&mut realm, 1, &deploy(1)), Err(VoidReason::PolicyDenied));
    assert_eq!(deployed(&realm, "permits"), None);
    assert_eq!(say(&mut realm, 2, &attest(1, "known")), Err(VoidReason::SelfAttestation));
    assert_eq!(say(&mut realm, 3, &attest(1, "other")), Err(VoidReason::NotAllowed));
    assert_eq!(say(&mut realm, 3, &attest(9, "known")), Err(VoidReason::NotFound));
    assert_eq!(say(&mut realm, 3, &attest(1, "known")), Ok(()));
    assert_eq!(say(&mut realm, 2, &deploy(1)), Err(VoidReason::NotAllowed));
    assert_eq!(say(&mut realm, 1, &deploy(1)), Ok(()));
    assert_eq!(deployed(&realm, "permits").unwrap().blueprint, blob(1));
    assert_eq!(say(&mut realm, 1, &deploy(9)), Err(VoidReason::NotFound));
}

#[test]
fn an_attestation_taken_back_or_by_nobody_any_more_does_not_count() {
    let mut realm = realm();
    say(&mut realm, 2, &publish(1, "permits", 1, None)).unwrap();
    require(&mut realm, &["known"]);
    say(&mut realm, 3, &attest(1, "known")).unwrap();
    let mut lost = STANDING;
    lost.holds = |_, _, _| false;
    let missing = Undeployable::Unattested("known".into());
    assert!(may_deploy(&realm, STANDING, &blob(1)).is_ok());
    assert_eq!(may_deploy(&realm, lost, &blob(1)), Err(missing.clone()));
    assert_eq!(say(&mut realm, 1, &withdraw(1, "known")), Err(VoidReason::NotAllowed));
    assert_eq!(say(&mut realm, 3, &withdraw(1, "known")), Ok(()));
    assert_eq!(attestation(&realm, &blob(1), "known"), None);
    assert_eq!(say(&mut realm, 3, &withdraw(1, "known")), Err(VoidReason::NotFound));
    assert_eq!(may_deploy(&realm, STANDING, &blob(1)), Err(missing.clone()));
    assert_eq!(missing.code(), codes::NOT_ATTESTED);
    assert_eq!(Undeployable::Unknown.code(), codes::NOT_PUBLISHED);
}

fn action() -> impl Strategy<Value = BlueprintAction> {
    let text = || "[a-zé]{1,8}";
    prop_oneof![
        (any::<u8>(), text(), 1..9_u32, any::<Option<u8>>())
            .prop_map(|(byte, name, version, parent)| publish(byte, &name, version, parent)),
        (any::<u8>(), text()).prop_map(|(byte, schema)| attest(byte, &schema)),
        (any::<u8>(), text()).prop_map(|(byte, schema)| withdraw(byte, &schema)),
        any::<u8>().prop_map(deploy),
    ]
}

proptest! {
    #[test]
    fn one_encoding(action in action()) {
        prop_assert_eq!(BlueprintAction::decode(&action.encode()), Ok(action));
    }

    #[test]
    fn records_round_trip(name in "[a-z]{1,64}", version in 1..u32::MAX, parent: Option<u8>) {
        let (event, blueprint) = (EventId([5; 32]), blob(6));
        let record = BlueprintRecord {
            event, publisher: did(1), name, version, parent: parent.map(blob),
        };
        prop_assert_eq!(BlueprintRecord::decode(&record.encode()), Ok(record));
        let named = NameRecord { version, blueprint, owner: did(2) };
        prop_assert_eq!(NameRecord::decode(&named.encode()), Ok(named));
        let attested = AttestationRecord { attester: did(3), event };
        prop_assert_eq!(AttestationRecord::decode(&attested.encode()), Ok(attested));
        let deployed = DeploymentRecord { event, blueprint };
        prop_assert_eq!(DeploymentRecord::decode(&deployed.encode()), Ok(deployed));
    }
}
