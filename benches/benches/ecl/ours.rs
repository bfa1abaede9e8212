//! Our engines on the transfer, by two ways to the facts.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use pluto_core::Did;
use pluto_core::policy::{Claim, Facts, Fault, Gas, Outcome, Request, Value};
use pluto_core::trust::TrustVector;
use pluto_ecl::code::{Fact, Input};
use pluto_ecl::interpreter::{Frame, Program};

use crate::native::{ByHandle, KYC_HANDLE, Record};
use crate::policies::{TRANSFER, compile};
use crate::workload::Subject;

/// Enough for every policy here, and yet a limit that is checked.
pub(crate) const LIMIT: Gas =
    Gas { network: 100_000, compute: 100_000, storage: 100_000, realm: 100_000 };

/// Most inputs that native code takes as parameters.
pub(crate) const INPUTS: usize = 16;

/// Where the inputs of the transfer lie: what a caller that keeps facts at hand works out once.
#[derive(Clone, Copy, Default)]
pub(crate) struct Plan {
    amount: usize,
    trust: [usize; 6],
    kyc: usize,
    /// How many inputs there are.
    pub(crate) len: usize,
}

impl Plan {
    fn new(inputs: &[Input]) -> Self {
        let mut plan = Self { len: inputs.len(), ..Self::default() };
        for (at, input) in inputs.iter().enumerate() {
            match *input {
                Input::Param { .. } => plan.amount = at,
                Input::Fact { fact: Fact::Trust, part, .. } => plan.trust[usize::from(part)] = at,
                Input::Fact { fact: Fact::Has(..), .. } => plan.kyc = at,
                // Handles the bench gives out start at 0, and there is only one in a decision.
                Input::Subject => {}
                ref other => panic!("an input the transfer has not: {other:?}"),
            }
        }
        plan
    }

    /// Reads the facts by handle and puts them in their places.
    pub(crate) fn inputs(&self, host: &dyn ByHandle, who: u32, amount: i64) -> [i64; INPUTS] {
        let mut words = [0; INPUTS];
        let trust = host.trust(who).unwrap();
        // A place is below `INPUTS`; saying so spares the checks.
        self.trust.iter().zip(trust).for_each(|(at, word)| words[*at % INPUTS] = word);
        words[self.kyc % INPUTS] = i64::from(host.has(who, KYC_HANDLE));
        words[self.amount % INPUTS] = amount;
        words
    }

    /// The words of a record that are inputs, each with its place.
    pub(crate) fn words(&self, record: &Record) -> [(usize, i64); 8] {
        let [a, b, c, d, e, f] = self.trust;
        let [r, i, co, p, v, o] = record.trust.map(i64::from);
        let kyc = i64::from(record.has(KYC_HANDLE));
        let amount = (self.amount, record.amount);
        [(a, r), (b, i), (c, co), (d, p), (e, v), (f, o), (self.kyc, kyc), amount]
    }

    /// The same inputs of a subject without the credential.
    pub(crate) fn without_kyc(&self, mut inputs: [i64; INPUTS]) -> [i64; INPUTS] {
        inputs[self.kyc] = 0;
        inputs
    }
}

/// The transfer, loaded, with a request of each subject.
pub(crate) struct Transfer {
    /// The code.
    pub(crate) program: Arc<Program>,
    /// Where the inputs lie.
    pub(crate) plan: Plan,
    /// Requests, in the order of the subjects.
    pub(crate) requests: Vec<Request>,
}

impl Transfer {
    /// Compiles the policy.
    pub(crate) fn new(subjects: &[Subject]) -> Self {
        let program = Arc::new(Program::load(&compile(TRANSFER)).unwrap());
        let request =
            |one: &Subject| Request { subject: one.did, arguments: vec![Value::Fixed(one.amount)] };
        Self {
            plan: Plan::new(&program.module().policies[0].inputs),
            program,
            requests: subjects.iter().map(request).collect(),
        }
    }

    /// The interpreter on facts that were read by handle.
    pub(crate) fn interpret(
        &self,
        host: &dyn ByHandle,
        who: u32,
        amount: i64,
        frame: &mut Frame,
    ) -> bool {
        let inputs = self.plan.inputs(host, who, amount);
        let verdict = self.program.run(0, &inputs[..self.plan.len], LIMIT, frame);
        verdict.outcome == Outcome::Allow
    }

    /// The interpreter from a request to a decision, facts by identity.
    pub(crate) fn decide(&self, at: usize, facts: &dyn Facts, frame: &mut Frame) -> bool {
        self.program.decide(0, &self.requests[at], facts, LIMIT, frame).allows()
    }
}

/// Facts by identity, in hash maps.
pub(crate) struct Known {
    trust: HashMap<Did, TrustVector>,
    credentials: HashMap<Did, BTreeSet<&'static str>>,
}

impl Known {
    /// The facts about these subjects.
    pub(crate) fn new(subjects: &[Subject]) -> Self {
        Self {
            trust: subjects.iter().map(|one| (one.did, one.trust)).collect(),
            credentials: subjects.iter().map(|one| (one.did, one.credentials())).collect(),
        }
    }
}

impl Facts for Known {
    fn trust(&self, who: &Did) -> Result<TrustVector, Fault> {
        self.trust.get(who).copied().ok_or(Fault::UnknownEntity)
    }

    fn balance(&self, _: &Did) -> Result<i64, Fault> {
        Err(Fault::NotSupported)
    }

    fn holds(&self, who: &Did, claim: Claim<'_>) -> Result<bool, Fault> {
        let Claim::Credential(schema) = claim else { return Err(Fault::NotSupported) };
        Ok(self.credentials.get(who).is_some_and(|held| held.contains(schema)))
    }

    fn record(&self, _: &str, _: u16, _: &str) -> Result<Option<Vec<Value>>, Fault> {
        Err(Fault::NotSupported)
    }

    fn now_ms(&self) -> i64 {
        0
    }
}
