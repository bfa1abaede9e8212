//! Grants on a node: what is concurrent folds equally everywhere, and patterns are those of policies.

use pluto_core::payload::{
    Admission, MembershipAction, MembershipChange, RealmGenesis, RecordPut, Role,
};
use pluto_core::{Canonical, Did, Kind, Run, Verdict, VoidReason};
use pluto_ecl::text::glob;
use pluto_identity::grant::{
    Asked, Grant, GrantId, GrantRevoked, Pattern, Refusal, authorise, grant_id,
};
use pluto_nervous_system::Composer;
use pluto_tests::{MemoryNode, Person, Shuffle, Store, Writer, person};
use proptest::prelude::*;

fn grant(nonce: u8, parent: Option<GrantId>, delegate: Did) -> Grant {
    Grant {
        nonce: [nonce; 16],
        parent,
        delegate,
        actions: vec!["db:*".parse().unwrap()],
        resources: vec!["prod/**".parse().unwrap()],
        expires_ms: 1_000_000,
        hops: if parent.is_some() { 0 } else { 1 },
        rate: None,
        budget: None,
        approvers: vec![],
        factor_ppm: 1_000_000,
    }
}

fn one(writer: &mut Writer, author: &Person, kind: Kind, payload: &[u8]) -> Run {
    let event = writer.event(author, kind, payload);
    author.sign(vec![event])
}

fn give(writer: &mut Writer, issuer: &Person, grant: &Grant) -> (GrantId, Run) {
    let id = grant_id(writer.realm(), issuer.did(), grant);
    (id, one(writer, issuer, Kind::DelegationCreated, &grant.encode()))
}

fn revoke(writer: &mut Writer, author: &Person, grant: GrantId) -> Run {
    one(writer, author, Kind::DelegationRevoked, &GrantRevoked { grant }.encode())
}

fn asked(actor: Did) -> Asked<'static> {
    Asked { actor, action: "db:read", resource: "prod/users", amount: 0, at_ms: 0 }
}

#[test]
fn a_revocation_beside_a_use_folds_equally_in_any_order() {
    let (owner, agent, helper) = (person(1), person(2), person(3));
    let mut seen = Vec::new();
    for nonce in 0..8 {
        let (mut main, genesis) = Writer::open(&owner);
        let mut runs = vec![genesis, main.join(&agent), main.join(&helper)];
        let (first, run) = give(&mut main, &owner, &grant(nonce, None, agent.did()));
        runs.push(run);
        let mut branch = main.clone();
        runs.push(revoke(&mut main, &owner, first));
        let child = grant(nonce, Some(first), helper.did());
        let (child, run) = give(&mut branch, &agent, &child);
        runs.push(run);
        runs.push(main.records(&owner, 2));
        let mut expected = None;
        for order in 0..6 {
            let mut shuffled = runs.clone();
            Shuffle(order + 1).shuffle(&mut shuffled);
            let node = MemoryNode::open(&Store::default(), 5_000).unwrap();
            let tickets: Vec<_> = shuffled
                .iter()
                .flat_map(|run| {
                    let tickets = node.submit(std::slice::from_ref(run)).unwrap();
                    let _ = node.system.draft(main.realm(), owner.did());
                    tickets
                })
                .collect();
            tickets.into_iter().for_each(|ticket| drop(ticket.wait().unwrap()));
            let roots = node.roots(main.realm()).unwrap();
            assert_eq!(*expected.get_or_insert(roots), roots, "nonce {nonce}, order {order}");
            let snapshot = node.system.snapshot(main.realm()).unwrap();
            let refusal = authorise(&*snapshot, &child, &asked(helper.did())).unwrap_err();
            // Either the child came first and rests on a dead grant, or it never came to be.
            assert!(matches!(refusal, Refusal::Revoked { .. } | Refusal::NotFound { .. }));
            seen.push(refusal.number());
        }
    }
    assert!(seen.contains(&1) && seen.contains(&2), "both orders were met");
}

#[test]
fn whoever_is_known_holds_grants_and_nothing_more() {
    let (owner, agent, helper) = (person(1), person(2), person(3));
    let genesis = RealmGenesis {
        name: "invited".into(),
        admission: Admission::Invite,
        trust_roots: vec![],
        creator: owner.secret.inception().clone(),
    };
    let (mut composer, opened) = Composer::genesis(&genesis, 1_000);
    let joined = composer.inception(agent.secret.inception(), 1_000);
    let realm = composer.realm();
    let mut compose = |author: &Person, kind, payload: &[u8]| {
        composer.compose(author.did(), kind, payload, 1_000)
    };
    let first = grant(0, None, agent.did());
    let first_id = grant_id(realm, owner.did(), &first);
    let child = grant(0, Some(first_id), helper.did());
    let put = RecordPut { collection: "notes".into(), key: vec![1], value: vec![] };
    let given = compose(&owner, Kind::DelegationCreated, &first.encode());
    let by_agent = vec![
        compose(&agent, Kind::RecordPut, &put.encode()),
        compose(&agent, Kind::DelegationCreated, &child.encode()),
        compose(&agent, Kind::DelegationCreated, &grant(9, None, helper.did()).encode()),
    ];
    let ban = MembershipChange {
        subject: agent.did(),
        action: MembershipAction::Ban,
        role: Role::Member,
    };
    let banned = compose(&owner, Kind::MembershipChange, &ban.encode());
    let again = grant(1, Some(first_id), helper.did());
    let after = compose(&agent, Kind::DelegationCreated, &again.encode());
    let runs = [
        owner.sign(vec![opened]),
        agent.sign(vec![joined]),
        owner.sign(vec![given]),
        agent.sign(by_agent),
        owner.sign(vec![banned]),
        agent.sign(vec![after]),
    ];
    let node = MemoryNode::open(&Store::default(), 5_000).unwrap();
    let receipts = node.write(&runs).unwrap();
    let verdicts: Vec<Verdict> =
        receipts.iter().flat_map(|one| &one.events).map(|event| event.verdict).collect();
    let void = Verdict::Void;
    let expected = [
        Verdict::Effective,
        Verdict::Effective,
        Verdict::Effective,
        void(VoidReason::NotMember),
        Verdict::Effective,
        void(VoidReason::NotAllowed),
        Verdict::Effective,
        void(VoidReason::NotMember),
    ];
    assert_eq!(verdicts, expected);
    let snapshot = node.system.snapshot(realm).unwrap();
    let child = grant_id(realm, agent.did(), &child);
    let chain = authorise(&*snapshot, &child, &asked(helper.did())).unwrap();
    assert_eq!((chain.grantor(), chain.hops.len()), (owner.did(), 2));
}

#[test]
fn a_ban_of_the_grantor_ends_the_chain_on_a_node() {
    let (owner, admin, agent) = (person(1), person(2), person(3));
    let (mut writer, genesis) = Writer::open(&owner);
    let mut runs = vec![genesis, writer.join(&admin), writer.join(&agent)];
    let change = |action, role| MembershipChange { subject: admin.did(), action, role }.encode();
    let assign = change(MembershipAction::Assign, Role::Admin);
    runs.push(one(&mut writer, &owner, Kind::MembershipChange, &assign));
    let (id, run) = give(&mut writer, &admin, &grant(0, None, agent.did()));
    runs.push(run);
    let node = MemoryNode::open(&Store::default(), 5_000).unwrap();
    node.write(&runs).unwrap();
    let ask = || {
        let snapshot = node.system.snapshot(writer.realm()).unwrap();
        authorise(&*snapshot, &id, &asked(agent.did())).map(|chain| chain.grantor())
    };
    assert_eq!(ask(), Ok(admin.did()));
    let mut later = writer.clone();
    let ban = change(MembershipAction::Ban, Role::Member);
    node.write(&[one(&mut later, &owner, Kind::MembershipChange, &ban)]).unwrap();
    assert_eq!(ask(), Err(Refusal::Issuer { grant: id, issuer: admin.did() }));
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let segment = ("[a-cä]{0,3}", any::<bool>())
        .prop_map(|(name, open)| if open { name + "*" } else { name });
    let segments = prop::collection::vec((segment, "[/:]"), 0..4);
    (segments, prop_oneof!["[a-cä]{1,3}\\*?", Just("**".to_owned())]).prop_map(|(front, last)| {
        let front: String = front.into_iter().flat_map(|(name, end)| [name, end]).collect();
        (front + &last).parse().unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn patterns_mean_what_they_mean_in_policies(
        pattern in pattern(), short in "[*a/:]{1,5}", text in "([a-cä]{0,3}[/:]){0,3}[a-cä]{0,3}",
    ) {
        prop_assert_eq!(pattern.matches(&text), glob(pattern.as_str(), &text));
        let fitting = pattern.as_str().replace("**", &text).replace('*', "b");
        prop_assert_eq!(pattern.matches(&fitting), glob(pattern.as_str(), &fitting));
        if let Ok(short) = short.parse::<Pattern>() {
            for text in [&text, &fitting] {
                prop_assert_eq!(short.matches(text), glob(short.as_str(), text));
            }
        }
    }
}
