//! A realm in memory, for tests of decisions: members, grants, a policy, and the rules of this build.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use pluto_core::codec::Canonical;
use pluto_core::event::payload_hash;
use pluto_core::payload::{PAYLOAD_VERSION, Role};
use pluto_core::policy::Gas;
use pluto_core::state::{
    FINALITY_KEY, FinalityRecord, IdentityRecord, MemberRecord, member_key, read,
};
use pluto_core::traits::{Effects, StateView, Write};
use pluto_core::{
    Component, Did, Digest, Event, EventId, Header, Kind, Namespace, RealmId, Verdict,
};
use pluto_ecl::artifact::Artifact;
use pluto_eclvm::{ExecutionMode, PolicyInstalled, Vm};
use pluto_identity::grant::{Grant, GrantId, GrantRevoked, grant_id};

use crate::answer::{Answer, Said};
use crate::judge::{Judge, Judgement, Question};
use crate::payload::{ActionDecided, ApprovalGiven, Claim, Ended, ExecutionCompleted};
use crate::record::{DecisionRecord, decision_key};
use crate::refusal::Refusal;
use crate::request::ActionRequest;
use crate::rules::{READERS, RuleSet, rules};

pub(crate) const REALM: RealmId = RealmId([1; 32]);
pub(crate) const OWNER: Did = person(1);
pub(crate) const ADMIN: Did = person(2);
pub(crate) const MEMBER: Did = person(3);
pub(crate) const STRANGER: Did = person(4);
pub(crate) const APPROVER: Did = person(5);
pub(crate) const AGENT: Did = Did { namespace: Namespace::Spirit, id: [9; 32] };
/// When grants of tests end.
pub(crate) const END_MS: u64 = 100_000_000;
pub(crate) const HOUR_MS: u64 = 3_600_000;

/// Asks people for large amounts and for `ask`, and allows what is no `drop`.
pub(crate) const POLICY: &str = r#"
policy action on controller (action: text<128>, amount: int, env: option<symbol>) {
  deny if action == "drop", "nobody drops anything"
  if amount > 100 { escalate { timeout: 1h, fallback: deny } }
  if action == "ask" { escalate { timeout: 1h, fallback: allow } }
  allow
}
"#;

pub(crate) const fn person(who: u8) -> Did {
    Did { namespace: Namespace::Person, id: [who; 32] }
}

static VM: LazyLock<Arc<Vm>> =
    LazyLock::new(|| Arc::new(Vm::new(ExecutionMode::Legacy, None).unwrap()));

pub(crate) struct World {
    entries: BTreeMap<(Component, Vec<u8>), Arc<[u8]>>,
    events: u64,
    rules: RuleSet,
}

impl StateView for World {
    fn realm(&self) -> RealmId {
        REALM
    }

    fn get(&self, component: Component, key: &[u8]) -> Option<Arc<[u8]>> {
        self.entries.get(&(component, key.to_vec())).cloned()
    }

    fn time_ms(&self) -> u64 {
        read(self, Component::Consensus, FINALITY_KEY)
            .map_or(0, |last: FinalityRecord| last.time_ms)
    }
}

/// A grant of everything to the agent.
pub(crate) fn grant() -> Grant {
    Grant {
        nonce: [0; 16],
        parent: None,
        delegate: AGENT,
        actions: vec!["**".parse().unwrap()],
        resources: vec!["**".parse().unwrap()],
        expires_ms: END_MS,
        hops: 7,
        rate: None,
        budget: None,
        approvers: vec![],
        factor_ppm: 1_000_000,
    }
}

pub(crate) fn request(action: &str, amount: u64) -> ActionRequest {
    ActionRequest { amount, ..ActionRequest::new(action, "prod/users") }
}

impl World {
    /// Members, and nothing that judges actions.
    pub(crate) fn bare() -> Self {
        let mut world = Self { entries: BTreeMap::new(), events: 0, rules: rules(&VM) };
        for (who, role) in [(OWNER, Role::Owner), (ADMIN, Role::Admin), (MEMBER, Role::Member)] {
            world.assign(who, role, false);
        }
        for who in [OWNER, ADMIN, MEMBER, STRANGER, APPROVER, AGENT] {
            let key_event = EventId([3; 32]);
            let record =
                IdentityRecord { key: [0; 32], key_event, next_key_digest: None, frozen: false };
            world.put(Component::Identity, who.to_bytes().to_vec(), record.encode());
        }
        world
    }

    /// The same with [`POLICY`].
    pub(crate) fn new() -> Self {
        let mut world = Self::bare();
        world.install(POLICY);
        world
    }

    pub(crate) fn install(&mut self, source: &str) {
        let compiled = pluto_ecl::compile::compile(source);
        let (_, module) = compiled.result.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
        let artifact = Artifact { edition: 1, source: source.to_owned(), module, wasm: None };
        let artifact = artifact.to_bytes().unwrap();
        let installed = PolicyInstalled { slot: "actions".into(), artifact };
        let (verdict, _) = self.submit(OWNER, Kind::PolicyInstalled, &installed.encode());
        assert_eq!(verdict, Verdict::Effective);
    }

    pub(crate) fn assign(&mut self, who: Did, role: Role, banned: bool) {
        let record = MemberRecord { role, banned, event: EventId([7; 32]) };
        self.put(Component::Realm, member_key(who).to_vec(), record.encode());
    }

    fn put(&mut self, component: Component, key: Vec<u8>, value: Vec<u8>) {
        self.entries.insert((component, key), value.into());
    }

    /// Realm time goes on.
    pub(crate) fn at(&mut self, time_ms: u64) {
        let record = FinalityRecord { number: time_ms, time_ms, event: EventId([8; 32]) };
        self.put(Component::Consensus, FINALITY_KEY.to_vec(), record.encode());
    }

    /// Folds one event as a node does.
    pub(crate) fn submit(&mut self, author: Did, kind: Kind, payload: &[u8]) -> (Verdict, EventId) {
        self.events += 1;
        let header = Header {
            realm: REALM,
            author,
            key_ref: EventId([3; 32]),
            author_seq: self.events,
            prev: Some(EventId([4; 32])),
            parents: vec![EventId([5; 32])].into(),
            lamport: self.events,
            wall_ms: 0,
            kind: kind.number(),
            payload_version: PAYLOAD_VERSION,
            payload_len: payload.len() as u32,
            payload_hash: payload_hash(payload),
        };
        let event = Event { id: header.id(), header, payload: Some(payload.into()) };
        let mut out = Effects::default();
        let mut verdict = self.rules.policy.decide(self, &event, &mut out);
        self.keep(std::mem::take(&mut out.writes));
        let engines = self.rules.engines.iter().filter(|engine| engine.kinds().contains(&kind));
        let mut writes = Vec::new();
        for engine in engines {
            if verdict.is_effective() {
                verdict = engine.step(self, &event, &mut out);
                writes.extend(std::mem::take(&mut out.writes));
            }
        }
        if verdict.is_effective() {
            self.keep(writes);
        }
        (verdict, event.id)
    }

    fn keep(&mut self, writes: Vec<Write>) {
        for write in writes {
            match write.value {
                Some(value) => self.entries.insert((write.component, write.key), value),
                None => self.entries.remove(&(write.component, write.key)),
            };
        }
    }

    pub(crate) fn give(&mut self, issuer: Did, grant: &Grant) -> GrantId {
        let (verdict, _) = self.submit(issuer, Kind::DelegationCreated, &grant.encode());
        assert_eq!(verdict, Verdict::Effective);
        grant_id(REALM, issuer, grant)
    }

    pub(crate) fn revoke(&mut self, author: Did, grant: GrantId) {
        let payload = GrantRevoked { grant }.encode();
        let (verdict, _) = self.submit(author, Kind::DelegationRevoked, &payload);
        assert_eq!(verdict, Verdict::Effective);
    }

    /// Asks, without writing.
    pub(crate) fn ask(
        &self,
        actor: Did,
        grant: Option<GrantId>,
        request: &ActionRequest,
    ) -> Judgement {
        let question = Question { actor, request, grant, approval: None, at_ms: 0 };
        Judge::new(Arc::clone(&VM), READERS).judge(self, &question)
    }

    pub(crate) fn refusal(
        &self,
        actor: Did,
        grant: Option<GrantId>,
        request: &ActionRequest,
    ) -> Option<Refusal> {
        let answer = self.ask(actor, grant, request).answer;
        assert_eq!(answer.refusal.is_some(), answer.said == Said::Deny && answer.rule == 0);
        answer.refusal
    }

    /// Decides and records; what the state keeps of it.
    pub(crate) fn act(
        &mut self,
        actor: Did,
        grant: Option<GrantId>,
        approval: Option<EventId>,
        request: &ActionRequest,
    ) -> (EventId, DecisionRecord) {
        let decided = decided(request, grant, approval);
        let (verdict, id) = self.submit(actor, Kind::ActionDecided, &decided.encode());
        let record = self.record(&id);
        assert_eq!(record.answer.said.verdict(), verdict);
        (id, record)
    }

    pub(crate) fn record(&self, id: &EventId) -> DecisionRecord {
        read(self, Component::Execution, &decision_key(id)).unwrap()
    }

    pub(crate) fn approve(&mut self, who: Did, decision: EventId, approve: bool) -> Verdict {
        let given = ApprovalGiven { decision, approve };
        self.submit(who, Kind::ApprovalGiven, &given.encode()).0
    }

    pub(crate) fn complete(&mut self, who: Did, decision: EventId) -> Verdict {
        let ended = Ended::Exited(0);
        let done = ExecutionCompleted { decision, ended, result: Digest([6; 32]), result_bytes: 1 };
        self.submit(who, Kind::ExecutionCompleted, &done.encode()).0
    }
}

/// The payload of a decision whose claim is that nothing was known.
pub(crate) fn decided(
    request: &ActionRequest,
    grant: Option<GrantId>,
    approval: Option<EventId>,
) -> ActionDecided {
    let answer = Answer {
        said: Said::Allow,
        fault: None,
        refusal: None,
        rule: 1,
        gas: Gas::ZERO,
        artifact: None,
    };
    let claim = Claim { position: 1, state_root: Digest([2; 32]), answer };
    ActionDecided { request: request.clone(), grant, approval, at_ms: 0, claim }
}
