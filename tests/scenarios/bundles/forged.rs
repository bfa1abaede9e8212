//! Parts of bundles in the place of others.

use pluto_core::payload::{CheckpointSigned, payload_of};
use pluto_core::{Canonical, Component, Event, Kind};
use pluto_decision::bundle::{Bundle, Check, Entry, Party, ProvenState, Shown};
use pluto_decision::payload::ExecutionCompleted;
use pluto_decision::witnessing::Witnessing;
use pluto_identity::grant::{Grant, GrantRecord, grant_key};
use pluto_node::node::Version;
use pluto_tests::{HOUR_MS, OPENED_MS, POLICY, Person, Writer, grant, request};

use super::{Story, refused, report, story};

fn allowed(story: &Story) -> Bundle {
    story.office.bundle(story.allowed).unwrap()
}

fn denied(story: &Story) -> Bundle {
    story.office.bundle(story.denied).unwrap()
}

/// One event signed alone, as if it came next.
fn signed(writer: &Writer, author: &Person, kind: Kind, payload: &[u8]) -> Shown {
    let event = writer.clone().event(author, kind, payload);
    Shown::of(&author.sign(vec![event]), 0).unwrap()
}

fn checkpoint_of(bundle: &Bundle) -> CheckpointSigned {
    payload_of(&bundle.witnessing.shown().unwrap().event).unwrap()
}

/// The checkpoint as the witness would sign it with other contents.
fn resigned(story: &Story, author: &Person, checkpoint: &CheckpointSigned) -> Witnessing {
    let kind = Kind::CheckpointSigned;
    Witnessing::Creator(signed(&story.office.writer, author, kind, &checkpoint.encode()))
}

/// Where an event that was signed alone began: the inception of its author.
fn party_of(story: &Story, who: &Person) -> Party {
    let mut events = story.office.runs.iter().flat_map(|run| &run.events);
    let first: &Event = events.find(|event| event.header.author == who.did()).unwrap();
    Party::alone(first.clone())
}

#[test]
fn the_root_and_the_genesis_of_another_realm() {
    let (ours, theirs) = (story(1), story(11));
    let (one, other) = (allowed(&ours), allowed(&theirs));
    assert!(report(&one).holds() && report(&other).holds());
    let genesis = other.genesis.clone();
    assert_eq!(refused(&Bundle { genesis: genesis.clone(), ..one.clone() }), Check::Parties);
    let parties = other.parties.clone();
    let swapped = Bundle { genesis, parties: parties.clone(), ..one.clone() };
    assert_eq!(refused(&swapped), Check::Parties);
    // A witness of another realm, with a valid signature.
    let witnessing = other.witnessing.clone();
    let swapped = Bundle { witnessing: witnessing.clone(), ..one.clone() };
    assert_eq!(refused(&swapped), Check::Witness);
    let genesis = other.genesis.clone();
    let swapped = Bundle { genesis, parties, witnessing, ..one.clone() };
    assert_eq!(refused(&swapped), Check::Parties, "somebody has signed nothing shown");
    let state = other.state.clone();
    assert_eq!(refused(&Bundle { state, ..one.clone() }), Check::Rerun, "they know other people");
    // Their witness signs the log of this realm, in this realm.
    let owner = &theirs.staff.owner;
    let witnessing = resigned(&ours, owner, &checkpoint_of(&one));
    assert!(!report(&Bundle { witnessing, ..one }).holds());
}

#[test]
fn a_checkpoint_by_somebody_else() {
    let story = story(1);
    let bundle = allowed(&story);
    let signed = checkpoint_of(&bundle);
    for somebody in [&story.staff.helper, &story.staff.agent] {
        let witnessing = resigned(&story, somebody, &signed);
        assert_eq!(refused(&Bundle { witnessing, ..bundle.clone() }), Check::Witness);
    }
    // The approver, whose key is then shown first.
    let witnessing = resigned(&story, &story.staff.approver, &signed);
    let mut parties = bundle.parties.clone();
    parties.push(party_of(&story, &story.staff.approver));
    let forged = Bundle { witnessing: witnessing.clone(), parties, ..bundle.clone() };
    assert_eq!(refused(&forged), Check::Witness);
    // The signature of one under the event of the other.
    let mut forged = bundle.clone();
    let mut own = forged.witnessing.shown().unwrap().clone();
    own.signature = witnessing.shown().unwrap().signature;
    forged.witnessing = Witnessing::Creator(own);
    assert_eq!(refused(&forged), Check::Witness);
    // The creator itself may sign anew: then it holds.
    let witnessing = resigned(&story, &story.staff.owner, &signed);
    assert!(report(&Bundle { witnessing, ..bundle }).holds());
}

#[test]
fn the_state_from_before_a_revocation() {
    let story = story(1);
    let (before, after) = (allowed(&story), denied(&story));
    // The judgement of then: the place does not fit.
    let state = before.state.clone();
    assert_eq!(refused(&Bundle { state: state.clone(), ..after.clone() }), Check::State);
    // The place of then as well: the log has another event there.
    let mut forged = Bundle { state, consistency: before.consistency.clone(), ..after.clone() };
    forged.decision.position = before.decision.position;
    forged.decision.path = before.decision.path.clone();
    assert_eq!(refused(&forged), Check::Inclusion);
    // The entries of then under the place and the log of now.
    let mut forged = after.clone();
    forged.state.roots = before.state.roots.clone();
    forged.state.entries = before.state.entries.clone();
    assert_eq!(refused(&forged), Check::Inclusion);
}

#[test]
fn an_entry_that_says_a_grant_is_not_revoked() {
    let story = story(1);
    let (before, after) = (allowed(&story), denied(&story));
    let is_grant = |entry: &Entry| entry.key == grant_key(&story.grants[0]);
    let at = after.state.entries.iter().position(is_grant).unwrap();
    let mut forged = after.clone();
    let entry = &mut forged.state.entries[at];
    let record = GrantRecord::decode(entry.value.as_deref().unwrap()).unwrap();
    assert!(record.revoked.is_some());
    entry.value = Some(GrantRecord { revoked: None, ..record }.encode());
    assert_eq!(refused(&forged), Check::State);
    // The entry of then with its proof: another root.
    let old = before.state.entries.iter().find(|entry| is_grant(entry)).unwrap();
    forged.state.entries[at] = old.clone();
    assert_eq!(refused(&forged), Check::State);
    // Its root as well: another state root than the one in the leaf.
    let mut forged = after;
    let root = |state: &ProvenState| {
        state.roots.iter().position(|(one, _)| *one == Component::Controller).unwrap()
    };
    let (here, there) = (root(&forged.state), root(&before.state));
    forged.state.roots[here] = before.state.roots[there];
    let of_then = before.state.entries.iter().filter(|one| one.component == Component::Controller);
    forged.state.entries.retain(|one| one.component != Component::Controller);
    forged.state.entries.extend(of_then.cloned());
    forged.state.entries.sort_by(|a, b| (a.component, &a.key).cmp(&(b.component, &b.key)));
    assert!([Check::Rerun, Check::Inclusion].contains(&refused(&forged)));
}

#[test]
fn an_older_version_of_the_policy() {
    let mut story = story(1);
    let (staff, office) = (&story.staff, &mut story.office);
    let given = Grant { nonce: [8; 16], ..grant(None, staff.agent.did()) };
    let id = office.give(&staff.owner, &given).unwrap();
    let drops = request("write", 1);
    let (before, _) = office.act(&staff.agent, Some(id), None, &drops).unwrap();
    let stricter = POLICY.replace("\"drop\"", "\"write\"");
    office.install(&staff.owner, &stricter).unwrap();
    let (after, _) = office.act(&staff.agent, Some(id), None, &drops).unwrap();
    office.checkpoint(&staff.owner, 4, OPENED_MS + 2 * HOUR_MS).unwrap();
    let [before, after] = [before, after].map(|id| office.bundle(id).unwrap());
    let answers = [&before, &after].map(|one| report(one).shown.unwrap().answer);
    assert_ne!(answers[0], answers[1]);
    let policies = |state: &ProvenState| -> Vec<Entry> {
        let of_policies = state.entries.iter();
        of_policies.filter(|one| one.component == Component::EclPolicy).cloned().collect()
    };
    let swap = |root: bool| {
        let mut forged = after.clone();
        forged.state.entries.retain(|one| one.component != Component::EclPolicy);
        forged.state.entries.extend(policies(&before.state));
        forged.state.entries.sort_by(|a, b| (a.component, &a.key).cmp(&(b.component, &b.key)));
        let old = before.state.roots.iter().find(|(one, _)| *one == Component::EclPolicy);
        for entry in forged.state.roots.iter_mut().filter(|(one, _)| root && old.unwrap().0 == *one)
        {
            *entry = *old.unwrap();
        }
        forged
    };
    assert_eq!(refused(&swap(false)), Check::State);
    assert_eq!(refused(&swap(true)), Check::Inclusion);
    let mut forged = Bundle { state: before.state.clone(), ..after };
    forged.decision.position = forged.state.position;
    assert_eq!(refused(&forged), Check::Inclusion);
}

#[test]
fn a_log_that_ends_sooner() {
    let story = story(1);
    let bundle = denied(&story);
    let shown = |id| {
        let runs = story.office.runs.iter();
        let run = runs.clone().find(|run| run.events[0].id == id).unwrap();
        Witnessing::Creator(Shown::of(run, 0).unwrap())
    };
    let old = Bundle { witnessing: shown(story.checkpoints[0]), ..bundle.clone() };
    assert_eq!(refused(&old), Check::Inclusion, "it does not cover the decision");
    assert_eq!(bundle.witnessing, shown(story.checkpoints[1]));
    // The witness signs that the log ends at the decision.
    let size = bundle.decision.position;
    let ends = CheckpointSigned { size, ..checkpoint_of(&bundle) };
    let witnessing = resigned(&story, &story.staff.owner, &ends);
    assert_eq!(refused(&Bundle { witnessing, ..bundle.clone() }), Check::Inclusion);
    // The proof for an older log under the newer root.
    let bundle = allowed(&story);
    let (position, realm) = (bundle.decision.position, story.office.realm());
    let older = position + 1;
    let path =
        story.office.node.system().ask(realm, move |view| view.inclusion_at(position, older));
    let mut forged = bundle.clone();
    forged.decision.path = path.unwrap().path;
    assert_eq!(refused(&forged), Check::Inclusion);
    let mut forged = bundle;
    forged.consistency.pop();
    assert_eq!(refused(&forged), Check::Consistency);
}

#[test]
fn another_event_under_the_number_of_the_decision() {
    let story = story(1);
    let bundle = allowed(&story);
    let event = &bundle.decision.shown.event;
    let mut header = event.header.clone();
    header.wall_ms += 1;
    let fork = Event { id: header.id(), header, payload: event.payload.clone() };
    let mut forged = bundle.clone();
    forged.decision.shown = Shown::of(&story.staff.helper.sign(vec![fork]), 0).unwrap();
    assert_eq!(refused(&forged), Check::Inclusion, "signed, but not in the log");
    let mut forged = bundle.clone();
    forged.decision.shown = denied(&story).decision.shown;
    assert_eq!(refused(&forged), Check::Inclusion, "in the log, but elsewhere");
    let mut forged = bundle;
    forged.decision.shown.event.header.author = story.staff.agent.did();
    forged.decision.shown.event.id = forged.decision.shown.event.header.id();
    assert!([Check::Parties, Check::Decision].contains(&refused(&forged)));
}

#[test]
fn an_entry_too_many_or_too_few() {
    let mut story = story(1);
    for id in [story.allowed, story.asked, story.approved, story.denied] {
        let bundle = story.office.bundle(id).unwrap();
        for at in 0..bundle.state.entries.len() {
            let mut forged = bundle.clone();
            let left_out = forged.state.entries.remove(at);
            assert_eq!(refused(&forged), Check::Rerun, "{:?}", left_out.key);
            let other = match &left_out.value {
                Some(_) => None,
                None => Some(vec![1]),
            };
            forged.state.entries.insert(at, Entry { value: other, ..left_out });
            assert_eq!(refused(&forged), Check::State);
        }
        let mut forged = bundle.clone();
        forged.state.roots.pop();
        assert!([Check::State, Check::Inclusion].contains(&refused(&forged)));
    }
    // An absence with a true proof that no rule asks for.
    let snapshot = story.office.node.snapshot(story.office.realm()).unwrap();
    let (id, _) = story.office.act(&story.staff.owner, None, None, &request("read", 0)).unwrap();
    story.office.checkpoint(&story.staff.owner, 4, OPENED_MS + 2 * HOUR_MS).unwrap();
    let mut forged = story.office.bundle(id).unwrap();
    assert!(report(&forged).holds());
    let place = (Component::KvStore, b"nothing".to_vec());
    let extra = ProvenState::of(&Version(&snapshot), &[place].into());
    assert_eq!((extra.position, extra.log_root), (forged.state.position, forged.state.log_root));
    forged.state.entries.extend(extra.entries);
    forged.state.entries.sort_by(|a, b| (a.component, &a.key).cmp(&(b.component, &b.key)));
    assert_eq!(refused(&forged), Check::Rerun);
}

#[test]
fn the_end_of_another_action() {
    let story = story(1);
    let (bundle, other) = (allowed(&story), story.office.bundle(story.approved).unwrap());
    let completion = other.completion.clone();
    let forged = Bundle { completion: completion.clone(), ..bundle.clone() };
    assert_eq!(refused(&forged), Check::Completion, "its author's key is not shown, or not it");
    let mut forged = Bundle { completion, ..bundle.clone() };
    forged.parties.extend(other.parties.iter().skip(1).cloned());
    forged.parties.dedup();
    assert!(!report_of(&forged));
    // An end that the actor signed, but that is not in the log.
    let mut done: ExecutionCompleted =
        payload_of(&bundle.completion.as_ref().unwrap().shown.event).unwrap();
    done.result_bytes += 1;
    let mut forged = bundle.clone();
    forged.completion.as_mut().unwrap().shown =
        signed(&story.office.writer, &story.staff.helper, Kind::ExecutionCompleted, &done.encode());
    assert_eq!(refused(&forged), Check::Completion);
    // Leaving it out says less, and nothing wrong.
    assert!(report(&Bundle { completion: None, ..bundle }).holds());
}

fn report_of(bundle: &Bundle) -> bool {
    pluto_decision::bundle::verify(&bundle.encode(), &pluto_identity::Zip215Verifier).holds()
}

#[test]
fn a_grant_by_somebody_else() {
    let story = story(1);
    let bundle = allowed(&story);
    let body = bundle.evidence[1].event.payload.clone().unwrap();
    for author in [&story.staff.agent, &story.staff.helper, &story.staff.owner] {
        let mut forged = bundle.clone();
        let kind = Kind::DelegationCreated;
        forged.evidence[1] = signed(&story.office.writer, author, kind, &body);
        assert_eq!(refused(&forged), Check::Grants, "the state names another event");
    }
    let mut forged = bundle.clone();
    forged.evidence.swap(0, 1);
    assert_eq!(refused(&forged), Check::Grants);
    let mut forged = bundle.clone();
    forged.evidence.pop();
    assert_eq!(refused(&forged), Check::Grants);
    let mut forged = bundle.clone();
    forged.evidence.push(forged.evidence[0].clone());
    assert_eq!(refused(&forged), Check::Approval);
    let mut forged = bundle;
    forged.evidence[0].signature.0[40] ^= 1;
    assert_eq!(refused(&forged), Check::Grants);
}

#[test]
fn another_answer_of_people() {
    let story = story(1);
    let bundle = story.office.bundle(story.approved).unwrap();
    let body = bundle.evidence[1].event.payload.clone().unwrap();
    let mut forged = bundle.clone();
    let kind = Kind::ApprovalGiven;
    forged.evidence[1] = signed(&story.office.writer, &story.staff.owner, kind, &body);
    assert!([Check::Parties, Check::Approval].contains(&refused(&forged)));
    let mut forged = bundle.clone();
    forged.evidence[1] = signed(&story.office.writer, &story.staff.approver, kind, &body);
    assert_eq!(refused(&forged), Check::Approval);
    let mut forged = bundle;
    forged.evidence.pop();
    assert!([Check::Parties, Check::Approval].contains(&refused(&forged)));
}
