//! Erasures reach every node, are carried out once nothing can stop them, and are stopped by a hold that
//! was written beside them, whatever came first.

use pluto_core::payload::{MembershipAction, MembershipChange, Role};
use pluto_core::traits::BlobStore;
use pluto_core::{BlobId, Canonical, Digest, Kind, Run, Verdict, VoidReason};
use pluto_error::Result;
use pluto_nervous_system::event_bus::Source;
use pluto_node::node::Node;
use pluto_realm::archive::{ArchiveChange, HoldScope, Seal, may_erase};
use pluto_storage::{LogOptions, Store};
use pluto_tests::{HOUR_MS, MemoryNode, OPENED_MS, Office, Shuffle, Staff, Store as InMemory};
use std::time::Duration;
use tempfile::TempDir;

const BODY: &[u8] = b"a person's name";

/// An office whose owner sealed a blob, and whose approver administers it as well.
struct World {
    staff: Staff,
    office: Office,
    blob: BlobId,
}

impl World {
    fn new() -> Self {
        let staff = Staff::from(1);
        let mut office = Office::open(&staff).unwrap();
        let subject = staff.approver.did();
        let (action, role) = (MembershipAction::Assign, Role::Admin);
        let change = MembershipChange { subject, action, role }.encode();
        office.write(&staff.owner, Kind::MembershipChange, &change).unwrap();
        office.checkpoint(&staff.owner, 2, OPENED_MS + HOUR_MS).unwrap();
        let blob = office.node.put_blob(BODY).unwrap();
        let mut world = Self { staff, office, blob };
        let seal = Seal {
            number: 1,
            end: 3,
            checkpoint: 2,
            log_root: Digest([1; 32]),
            manifest: BlobId([2; 32]),
            blobs: vec![blob],
        };
        assert_eq!(world.say(&ArchiveChange::Seal(seal)), Verdict::Effective);
        world
    }

    fn say(&mut self, change: &ArchiveChange) -> Verdict {
        let payload = change.encode();
        self.office.write(&self.staff.owner, Kind::ArchiveChange, &payload).unwrap().1
    }

    fn erase(&mut self) -> Verdict {
        self.say(&ArchiveChange::Erase { blob: self.blob, reason: "asked for".into() })
    }

    fn checkpoint(&mut self, number: u64) {
        let time_ms = OPENED_MS + number * HOUR_MS;
        self.office.checkpoint(&self.staff.owner, number, time_ms).unwrap();
    }

    /// A hold by the other administrator, who has not seen what was written since `writer`.
    fn hold(&self, writer: &mut pluto_tests::Writer) -> Run {
        let (scope, name, reason) = (HoldScope::Realm, "case 7".into(), "a court".into());
        let payload = ArchiveChange::Hold { scope, name, reason }.encode();
        let event = writer.event(&self.staff.approver, Kind::ArchiveChange, &payload);
        self.staff.approver.sign(vec![event])
    }
}

/// A node beside the office that got everything, in the order of arrival, and has the blob.
fn beside(world: &World) -> (Node, TempDir) {
    let (node, dir) = Office::node().unwrap();
    assert_eq!(node.put_blob(BODY).unwrap(), world.blob);
    for run in &world.office.runs {
        node.system().submit(Source::Peer(1), run.encode()).unwrap().wait().unwrap();
    }
    (node, dir)
}

fn reopened(node: Node, dir: &TempDir) -> Result<Node> {
    node.stop()?;
    drop(node);
    Node::start(Store::open(dir.path(), LogOptions::default())?, &|_| {})
}

#[test]
fn an_erasure_reaches_every_node_once_the_next_checkpoint_is_final() {
    let mut world = World::new();
    assert_eq!(world.erase(), Verdict::Effective);
    let (node, dir) = beside(&world);
    let node = reopened(node, &dir).unwrap();
    assert_eq!(node.erased(&world.blob), None, "a hold may still arrive");
    assert_eq!(node.blobs.get(&world.blob).unwrap().as_deref(), Some(BODY));
    node.stop().unwrap();
    drop((node, dir));
    world.checkpoint(3);
    let (node, dir) = beside(&world);
    let node = reopened(node, &dir).unwrap();
    assert_eq!(node.erased(&world.blob).unwrap().reason, "asked for");
    assert_eq!(node.blobs.get(&world.blob).unwrap(), None);
    let patience = Duration::from_secs(60);
    assert_eq!(
        node.blob(&world.blob, 100, patience).unwrap_err().code(),
        pluto_node::codes::ERASED
    );
    assert_eq!(node.put_blob(BODY).unwrap_err().code(), pluto_node::codes::ERASED);
    assert_eq!(node.blobs.get(&world.blob).unwrap(), None);
}

#[test]
fn a_hold_beside_an_erasure_stops_it_although_it_arrives_late() {
    let mut world = World::new();
    let mut elsewhere = world.office.writer.clone();
    let run = world.office.writer.records(&world.staff.owner, 2);
    world.office.submit(run).unwrap();
    assert_eq!(world.erase(), Verdict::Effective);
    let hold = world.hold(&mut elsewhere);
    let id = hold.events[0].id;
    assert_eq!(world.office.submit(hold).unwrap(), Verdict::Effective, "{id}");
    world.checkpoint(3);
    let (node, dir) = beside(&world);
    let node = reopened(node, &dir).unwrap();
    assert_eq!(node.erased(&world.blob), None);
    assert_eq!(node.blobs.get(&world.blob).unwrap().as_deref(), Some(BODY));
    let snapshot = node.snapshot(world.office.realm()).unwrap();
    let kept = may_erase(&*snapshot, &world.blob).unwrap_err();
    assert_eq!(VoidReason::from(kept), VoidReason::PolicyDenied);
}

#[test]
fn any_order_of_arrival_gives_the_same_archive() {
    let mut world = World::new();
    let mut elsewhere = world.office.writer.clone();
    let run = world.office.writer.records(&world.staff.owner, 2);
    world.office.submit(run).unwrap();
    world.erase();
    let hold = world.hold(&mut elsewhere);
    world.office.submit(hold).unwrap();
    world.checkpoint(3);
    let realm = world.office.realm();
    let expected = world.office.node.snapshot(realm).unwrap().roots();
    for seed in 0..6 {
        let mut runs = world.office.runs.clone();
        Shuffle(seed).shuffle(&mut runs);
        let node = MemoryNode::open(&InMemory::default(), 5_000).unwrap();
        let tickets = node.submit(&runs).unwrap();
        tickets.into_iter().for_each(|ticket| drop(ticket.wait().unwrap()));
        assert_eq!(node.roots(realm), Some(expected), "seed {seed}");
    }
}
