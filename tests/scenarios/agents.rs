//! Agents under grants: what is given, used, taken back, and asked on stale knowledge.

use pluto_core::state::read;
use pluto_core::traits::StateView;
use pluto_core::{Canonical, Component, Kind, Run, Verdict, VoidReason};
use pluto_decision::bundle::verify;
use pluto_decision::record::{DecisionRecord, completion_key, decision_key};
use pluto_decision::{Refusal, Said};
use pluto_identity::Zip215Verifier;
use pluto_identity::grant::{Grant, GrantRevoked};
use pluto_nervous_system::event_bus::Source;
use pluto_node::node::{Answered, Node, Wish};
use pluto_tests::{HOUR_MS, OPENED_MS, Office, Staff, Writer, grant, request};

const REVOKED: Option<Refusal> = Some(Refusal::Grant(2));

fn wish(action: &str) -> Wish {
    Wish { request: request(action, 0), grant: None, approval: None }
}

fn check(node: &Node, office: &Office, actor: &pluto_tests::Person, wish: &Wish) -> Answered {
    let snapshot = node.snapshot(office.realm()).unwrap();
    node.desk().check(&snapshot, actor.did(), wish)
}

/// A grant that the clock of this machine does not find expired.
fn lasting(grant: Grant) -> Grant {
    Grant { expires_ms: u64::MAX, ..grant }
}

fn feed(node: &Node, runs: &[Run]) {
    for run in runs {
        node.system().submit(Source::Local, run.encode()).unwrap().wait().unwrap();
    }
}

#[test]
fn what_is_granted_is_allowed_until_it_is_taken_back_on_every_node() {
    let staff = Staff::from(1);
    let mut office = Office::open(&staff).unwrap();
    let (there, _dir) = Office::node().unwrap();
    let denied = check(&office.node, &office, &staff.agent, &wish("read"));
    assert_eq!(denied.answer.refusal, Some(Refusal::NoGrant));
    let given = lasting(grant(None, staff.agent.did()));
    let id = office.give(&staff.owner, &given).unwrap();
    feed(&there, &office.runs);
    for node in [&office.node, &there] {
        let allowed = check(node, &office, &staff.agent, &wish("read"));
        assert_eq!((allowed.answer.said, allowed.grant), (Said::Allow, Some(id)));
        assert_eq!(allowed.path, [id]);
    }
    let (decision, verdict) =
        office.act(&staff.agent, Some(id), None, &request("read", 0)).unwrap();
    assert_eq!(verdict, Verdict::Effective);
    assert_eq!(office.complete(&staff.agent, decision).unwrap().1, Verdict::Effective);
    let snapshot = office.node.snapshot(office.realm()).unwrap();
    assert!(snapshot.get(Component::Execution, &completion_key(&decision)).is_some());
    assert_eq!(office.revoke(&staff.owner, id).unwrap().1, Verdict::Effective);
    let denied = check(&office.node, &office, &staff.agent, &wish("read"));
    assert_eq!(denied.answer.refusal, Some(Refusal::NoGrant), "a revoked grant is no candidate");
    let named = Wish { grant: Some(id), ..wish("read") };
    let denied = check(&office.node, &office, &staff.agent, &named);
    assert_eq!(denied.answer.refusal, REVOKED);
    // The other node has not heard of it, and says on what knowledge it answers.
    let before = check(&there, &office, &staff.agent, &named);
    assert_eq!(before.answer.said, Said::Allow);
    assert!(before.as_of.position < denied.as_of.position);
    feed(&there, &office.runs);
    let after = check(&there, &office, &staff.agent, &named);
    assert_eq!(after.answer.refusal, REVOKED);
    assert_eq!(after.as_of.state_root, denied.as_of.state_root);
    let (_, verdict) = office.act(&staff.agent, Some(id), None, &request("read", 0)).unwrap();
    assert_eq!(verdict, Verdict::Void(VoidReason::PolicyDenied));
}

#[test]
fn an_answer_says_how_old_its_knowledge_is() {
    let staff = Staff::from(1);
    let mut office = Office::open(&staff).unwrap();
    let old = check(&office.node, &office, &staff.agent, &wish("read"));
    assert_eq!(old.as_of.realm_time_ms, OPENED_MS);
    assert!(old.as_of.is_stale() && old.as_of.age_ms > HOUR_MS);
    let now_ms = OPENED_MS + old.as_of.age_ms;
    office.checkpoint(&staff.owner, 2, now_ms).unwrap();
    assert!(!check(&office.node, &office, &staff.agent, &wish("read")).as_of.is_stale());
}

#[test]
fn a_stale_node_does_not_act_unless_the_witness_is_there() {
    let staff = Staff::from(1);
    let mut office = Office::open(&staff).unwrap();
    office.give(&staff.owner, &lasting(grant(None, staff.agent.did()))).unwrap();
    let [agent, owner] =
        [&staff.agent, &staff.owner].map(|one| pluto_node::node::Author::new(&one.secret));
    let (node, realm) = (&office.node, office.realm());
    let refused = node.desk().act(node, realm, &agent, None, &wish("read")).unwrap_err();
    assert_eq!(refused.code().to_string(), "NOD-0020");
    assert!(node.desk().act(node, realm, &agent, Some(&agent), &wish("read")).is_err());
    let acted = node.desk().act(node, realm, &agent, Some(&owner), &wish("read")).unwrap();
    assert!(acted.allows() && !acted.claimed.as_of.is_stale());
}

/// All orders of `items`.
fn orders(items: &[Run]) -> Vec<Vec<Run>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for at in 0..items.len() {
        let mut rest = items.to_vec();
        let first = rest.remove(at);
        for mut order in orders(&rest) {
            order.insert(0, first.clone());
            all.push(order);
        }
    }
    all
}

#[test]
fn a_revocation_beside_an_action_is_judged_alike_in_every_order_of_arrival() {
    let staff = Staff::from(1);
    let mut seen = [0, 0];
    for nonce in 0..6 {
        let mut office = Office::open(&staff).unwrap();
        let given = Grant { nonce: [nonce; 16], ..grant(None, staff.agent.did()) };
        let id = office.give(&staff.owner, &given).unwrap();
        let common = office.runs.clone();
        let one = |writer: &mut Writer, author: &pluto_tests::Person, kind, payload: &[u8]| {
            let event = writer.event(author, kind, payload);
            (event.id, author.sign(vec![event]))
        };
        let mut branch = office.writer.clone();
        let decided =
            office.decided(staff.agent.did(), Some(id), None, &request("read", 0)).unwrap();
        assert_eq!(decided.claim.answer.said, Said::Allow);
        let (decision, acts) =
            one(&mut branch, &staff.agent, Kind::ActionDecided, &decided.encode());
        let gone = GrantRevoked { grant: id }.encode();
        let mut main = office.writer.clone();
        let (_, revokes) = one(&mut main, &staff.owner, Kind::DelegationRevoked, &gone);
        let notes = main.records(&staff.owner, 2);
        let mut expected = None;
        for order in orders(&[acts.clone(), revokes.clone(), notes]) {
            let (node, _dir) = Office::node().unwrap();
            feed(&node, &common);
            let tickets = order.iter().map(|run| {
                let ticket = node.system().submit(Source::Local, run.encode()).unwrap();
                let _ = node.system().draft(office.realm(), staff.owner.did());
                ticket
            });
            let tickets: Vec<_> = tickets.collect();
            tickets.into_iter().for_each(|ticket| drop(ticket.wait().unwrap()));
            let snapshot = node.snapshot(office.realm()).unwrap();
            let record: DecisionRecord =
                read(&*snapshot, Component::Execution, &decision_key(&decision)).unwrap();
            let found = (snapshot.roots(), record);
            assert_eq!(*expected.get_or_insert_with(|| found.clone()), found, "nonce {nonce}");
        }
        let (_, record) = expected.unwrap();
        let denied = record.answer.said == Said::Deny;
        seen[usize::from(denied)] += 1;
        if denied && seen[1] == 1 {
            assert_eq!(record.answer.refusal, REVOKED);
            shows_both(&staff, office, [acts, revokes], decision);
        }
    }
    assert!(seen.iter().all(|count| *count > 0), "both orders were met: {seen:?}");
}

/// The claim said yes, the order said no: a bundle shows both.
fn shows_both(staff: &Staff, mut office: Office, runs: [Run; 2], decision: pluto_core::EventId) {
    for run in runs {
        office.submit(run).unwrap();
    }
    let draft = office.node.system().draft(office.realm(), staff.owner.did()).unwrap();
    office.writer.resume(staff.owner.did(), draft);
    office.checkpoint(&staff.owner, 2, OPENED_MS + 1).unwrap();
    let report = verify(&office.bundle(decision).unwrap().encode(), &Zip215Verifier);
    let shown = report.shown.as_ref().unwrap_or_else(|| panic!("{:?}", report.failure()));
    assert_eq!((shown.claim.answer.said, shown.answer.said), (Said::Allow, Said::Deny));
}
