//! The published bytes of archives and blueprints: payloads, records, the manifest of an epoch.

use pluto_core::{BlobId, Canonical, Did, Digest, EventId, Namespace};
use pluto_realm::archive::{
    ArchiveChange, ArchivedBlob, EpochRecord, Erasure, Hold, HoldScope, Holds, Seal,
};
use pluto_realm::blueprint::{
    AttestationRecord, BlueprintAction, BlueprintRecord, DeploymentRecord, NameRecord, Publish,
};
use pluto_realm::hierarchy::RealmLifecycle;
use pluto_realm::lattice::{All, AtLeast};
use pluto_realm::{Isolation, RuleSet};
use pluto_tests::Office;

use crate::adoption::handed;
use crate::bundles::{story, witnessed};

const EVENT: EventId = EventId([0x66; 32]);
const NOW_MS: u64 = 1_700_000_000_000;

fn did(byte: u8) -> Did {
    Did { namespace: Namespace::Guild, id: [byte; 32] }
}

fn blob(byte: u8) -> BlobId {
    BlobId([byte; 32])
}

/// The rules that came later.
fn late() -> RuleSet {
    RuleSet {
        min_isolation: AtLeast(Isolation::Members),
        min_retention_ms: AtLeast(2_592_000_000),
        required_attestations: All(["iso9001/auditor".to_owned()].into()),
        ..RuleSet::default()
    }
}

fn payloads() -> Vec<(&'static str, Vec<u8>)> {
    let seal = Seal {
        number: 2,
        end: 42,
        checkpoint: 7,
        log_root: Digest([2; 32]),
        manifest: blob(3),
        blobs: vec![blob(1), blob(2)],
    };
    let hold = |scope| {
        let (name, reason) = ("case 7".into(), "größer".into());
        ArchiveChange::Hold { scope, name, reason }.encode()
    };
    let lift = ArchiveChange::Lift { scope: HoldScope::Blob(blob(1)), name: "case 7".into() };
    let erase = ArchiveChange::Erase { blob: blob(1), reason: "asked for".into() };
    let payload =
        ArchiveChange::ErasePayload { epoch: 2, event: EVENT, reason: "asked for".into() };
    let publish =
        Publish { blueprint: blob(4), name: "permits".into(), version: 3, parent: Some(blob(5)) };
    let (blueprint, schema) = (blob(4), "iso9001/auditor".to_owned());
    let attest = BlueprintAction::Attest { blueprint, schema: schema.clone() };
    vec![
        ("payload-realm-lifecycle-v1-late.bin", RealmLifecycle::Rules(late()).encode()),
        ("payload-archive-change-v1-seal.bin", ArchiveChange::Seal(seal).encode()),
        ("payload-archive-change-v1-hold.bin", hold(HoldScope::Realm)),
        ("payload-archive-change-v1-hold-epoch.bin", hold(HoldScope::Epoch(2))),
        ("payload-archive-change-v1-lift.bin", lift.encode()),
        ("payload-archive-change-v1-erase.bin", erase.encode()),
        ("payload-archive-change-v1-erase-payload.bin", payload.encode()),
        ("payload-archive-change-v1-hold-payload.bin", hold(HoldScope::Payload(EVENT))),
        ("payload-blueprint-action-v1-publish.bin", BlueprintAction::Publish(publish).encode()),
        ("payload-blueprint-action-v1-attest.bin", attest.encode()),
        (
            "payload-blueprint-action-v1-withdraw.bin",
            BlueprintAction::Withdraw { blueprint, schema }.encode(),
        ),
        ("payload-blueprint-action-v1-deploy.bin", BlueprintAction::Deploy { blueprint }.encode()),
    ]
}

fn records() -> Vec<(&'static str, Vec<u8>)> {
    let epoch = EpochRecord {
        number: 2,
        event: EVENT,
        from: 17,
        end: 42,
        checkpoint: 7,
        log_root: Digest([2; 32]),
        manifest: blob(3),
        sealed_ms: NOW_MS,
        keep_ms: 2_592_000_000,
        blobs: 2,
    };
    let hold = |name: &str| Hold { name: name.into(), reason: "größer".into(), event: EVENT };
    let erasure = Erasure { event: EVENT, epoch: 2, after: 7, reason: "asked for".into() };
    let blueprint = BlueprintRecord {
        event: EVENT,
        publisher: did(5),
        name: "permits".into(),
        version: 3,
        parent: Some(blob(5)),
    };
    let name = NameRecord { version: 3, blueprint: blob(4), owner: did(5) };
    vec![
        ("state-rule-set-v1-late.bin", late().encode()),
        ("state-epoch-v1.bin", epoch.encode()),
        ("state-archived-v1.bin", ArchivedBlob { epoch: 2 }.encode()),
        ("state-erasure-v1.bin", erasure.encode()),
        ("state-holds-v1.bin", Holds(vec![hold("case 7"), hold("case 8")]).encode()),
        ("state-blueprint-v1.bin", blueprint.encode()),
        ("state-name-v1.bin", name.encode()),
        ("state-attestation-v1.bin", AttestationRecord { attester: did(6), event: EVENT }.encode()),
        ("state-deployment-v1.bin", DeploymentRecord { event: EVENT, blueprint: blob(4) }.encode()),
    ]
}

/// The first epoch of the realm of a story, with two blobs.
fn epoch(office: &Office) -> Vec<u8> {
    office.node.epoch(office.realm(), None, vec![blob(1), blob(2)]).unwrap().0.encode()
}

pub(super) fn files() -> Vec<(&'static str, Vec<u8>)> {
    let mut all = payloads();
    all.extend(records());
    all.push(("archive-epoch-v1.bin", epoch(&story(1).office)));
    all.push(("archive-epoch-v1-chain.bin", epoch(&witnessed::story().office)));
    all.push(("realm-footing-v1.bin", handed().encode()));
    all
}
