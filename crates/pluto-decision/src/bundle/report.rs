//! What checking a bundle found: every check in order, and what the bundle shows if all hold.

use pluto_core::{Did, Digest, EventId, RealmId};
use pluto_identity::grant::GrantId;

use crate::answer::Answer;
use crate::payload::{Claim, Ended};
use crate::record::ApprovalRecord;
use crate::request::ActionRequest;
use crate::witnessing::Attested;

/// The checks, in order. Each rests on those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Check {
    /// The file is whole and in canonical form.
    Form = 1,
    /// The first event opened the realm.
    Genesis = 2,
    /// Every key follows from an inception.
    Parties = 3,
    /// The creator of the realm signed the checkpoint, or a quorum of the witnesses it was handed to.
    Witness = 4,
    /// The actor signed the decision.
    Decision = 5,
    /// The entries lead to the state root the decision was judged on.
    State = 6,
    /// The rules, run again on these entries, judge the decision.
    Rerun = 7,
    /// The leaf of that judgement is in the log that the checkpoint covers.
    Inclusion = 8,
    /// That log goes on from the one the decision was judged on: nothing was removed.
    Consistency = 9,
    /// Every grant of the chain was signed by who gave it.
    Grants = 10,
    /// What people answered was signed by them.
    Approval = 11,
    /// The end of the action was signed by the actor, and is in the same log.
    Completion = 12,
}

impl Check {
    /// All checks, in order.
    pub const ALL: [Self; 12] = [
        Self::Form,
        Self::Genesis,
        Self::Parties,
        Self::Witness,
        Self::Decision,
        Self::State,
        Self::Rerun,
        Self::Inclusion,
        Self::Consistency,
        Self::Grants,
        Self::Approval,
        Self::Completion,
    ];

    /// What is asked, in a few words.
    #[must_use]
    pub const fn question(self) -> &'static str {
        match self {
            Self::Form => "is the file whole and in canonical form?",
            Self::Genesis => "does the first event open the realm?",
            Self::Parties => "does every key follow from an inception?",
            Self::Witness => "did the creator or enough witnesses sign the checkpoint?",
            Self::Decision => "did the actor sign the decision?",
            Self::State => "do the facts lead to the root it was judged on?",
            Self::Rerun => "what do the rules say, run again on these facts?",
            Self::Inclusion => "is this very judgement in the log that was signed?",
            Self::Consistency => "was nothing removed from the log?",
            Self::Grants => "did each issuer sign the grant?",
            Self::Approval => "did whoever approved sign it?",
            Self::Completion => "did the actor sign how it ended?",
        }
    }

    /// The name, as printed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Genesis => "genesis",
            Self::Parties => "keys",
            Self::Witness => "witness",
            Self::Decision => "decision",
            Self::State => "state",
            Self::Rerun => "run again",
            Self::Inclusion => "inclusion",
            Self::Consistency => "consistency",
            Self::Grants => "grants",
            Self::Approval => "approval",
            Self::Completion => "completion",
        }
    }
}

/// One check with what it found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The check.
    pub check: Check,
    /// What holds, or why it does not.
    pub found: Result<String, String>,
}

/// All checks up to the first that fails, and what is shown if none does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The checks that were made.
    pub steps: Vec<Step>,
    /// What the bundle shows; none unless every check holds.
    pub shown: Option<Summary>,
}

/// One grant of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// The grant.
    pub id: GrantId,
    /// Who gave it.
    pub issuer: Did,
    /// To whom.
    pub delegate: Did,
    /// Which actions.
    pub actions: Vec<String>,
    /// On which resources.
    pub resources: Vec<String>,
    /// Until when, in realm time.
    pub expires_ms: u64,
    /// The event.
    pub event: EventId,
}

/// What a bundle shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The realm.
    pub realm: RealmId,
    /// Its name.
    pub realm_name: String,
    /// The checkpoint, and who signed it.
    pub attested: Attested,
    /// The decision.
    pub decision: EventId,
    /// Its place in canonical order.
    pub position: u64,
    /// Who acted.
    pub actor: Did,
    /// What was asked.
    pub request: ActionRequest,
    /// When, by the clock of who decided, in Unix milliseconds.
    pub at_ms: u64,
    /// Realm time when it was judged.
    pub realm_time_ms: u64,
    /// The grants it stands on, leaf first.
    pub grants: Vec<Delegation>,
    /// The answer of the rules, run again just now.
    pub answer: Answer,
    /// The rule that decided, in words.
    pub reason: String,
    /// The source of the policy.
    pub source: String,
    /// What the decider claimed when it was written.
    pub claim: Claim,
    /// The state root it was judged on.
    pub judged_on: Digest,
    /// How many entries of the state were read.
    pub facts: usize,
    /// The approval that was used.
    pub approval: Option<ApprovalRecord>,
    /// How it ended, with the digest of the result.
    pub completion: Option<(Ended, Digest)>,
}

impl Report {
    /// Whether every check holds.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.shown.is_some()
    }

    /// The check that fails, if one does.
    #[must_use]
    pub fn failure(&self) -> Option<(Check, &str)> {
        let failed =
            self.steps.iter().find_map(|step| Some((step.check, step.found.as_ref().err()?)));
        failed.map(|(check, why)| (check, why.as_str()))
    }
}
