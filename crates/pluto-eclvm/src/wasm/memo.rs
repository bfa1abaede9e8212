//! Facts that were asked for, so that an instance needs no reference to where they come from.

use std::cell::RefCell;

use pluto_core::Did;
use pluto_core::policy::{Claim, Facts, Fault, Value};
use pluto_core::trust::TrustVector;

/// A question about the world.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Question {
    Trust(Did),
    Balance(Did),
    Holds(Did, ClaimName),
    Record(String, u16, String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum ClaimName {
    Credential(String),
    Capability(String),
    Role(String),
    Known,
}

impl ClaimName {
    fn of(claim: Claim<'_>) -> Self {
        match claim {
            Claim::Credential(name) => Self::Credential(name.to_owned()),
            Claim::Capability(name) => Self::Capability(name.to_owned()),
            Claim::Role(name) => Self::Role(name.to_owned()),
            Claim::Known => Self::Known,
        }
    }

    fn claim(&self) -> Claim<'_> {
        match self {
            Self::Credential(name) => Claim::Credential(name),
            Self::Capability(name) => Claim::Capability(name),
            Self::Role(name) => Claim::Role(name),
            Self::Known => Claim::Known,
        }
    }
}

#[derive(Clone, Debug)]
enum Answer {
    Trust(Result<TrustVector, Fault>),
    Number(Result<i64, Fault>),
    Flag(Result<bool, Fault>),
    Record(Result<Option<Vec<Value>>, Fault>),
}

/// Questions with their answers, and the first that has none.
#[derive(Clone, Debug, Default)]
pub(super) struct Memo {
    known: Vec<(Question, Answer)>,
    missing: RefCell<Option<Question>>,
}

impl Memo {
    pub(super) fn clear(&mut self) {
        self.known.clear();
        self.missing.take();
    }

    /// Asks the question that stopped the run, if one did.
    pub(super) fn ask(&mut self, facts: &dyn Facts) -> bool {
        let Some(question) = self.missing.take() else { return false };
        let answer = match &question {
            Question::Trust(who) => Answer::Trust(facts.trust(who)),
            Question::Balance(who) => Answer::Number(facts.balance(who)),
            Question::Holds(who, claim) => Answer::Flag(facts.holds(who, claim.claim())),
            Question::Record(store, version, key) => {
                Answer::Record(facts.record(store, *version, key))
            }
        };
        self.known.push((question, answer));
        true
    }

    /// The answer; a question without one is noted, and its fault never reaches a decision.
    fn answer(&self, question: Question) -> Option<&Answer> {
        let found = self.known.iter().find(|(known, _)| *known == question);
        if found.is_none() {
            self.missing.replace(Some(question));
        }
        found.map(|(_, answer)| answer)
    }
}

impl Facts for Memo {
    fn trust(&self, who: &Did) -> Result<TrustVector, Fault> {
        match self.answer(Question::Trust(*who)) {
            Some(Answer::Trust(answer)) => *answer,
            _ => Err(Fault::Engine),
        }
    }

    fn balance(&self, who: &Did) -> Result<i64, Fault> {
        match self.answer(Question::Balance(*who)) {
            Some(Answer::Number(answer)) => *answer,
            _ => Err(Fault::Engine),
        }
    }

    fn holds(&self, who: &Did, claim: Claim<'_>) -> Result<bool, Fault> {
        match self.answer(Question::Holds(*who, ClaimName::of(claim))) {
            Some(Answer::Flag(answer)) => *answer,
            _ => Err(Fault::Engine),
        }
    }

    fn record(&self, store: &str, version: u16, key: &str) -> Result<Option<Vec<Value>>, Fault> {
        match self.answer(Question::Record(store.to_owned(), version, key.to_owned())) {
            Some(Answer::Record(answer)) => answer.clone(),
            _ => Err(Fault::Engine),
        }
    }

    fn now_ms(&self) -> i64 {
        0
    }
}
