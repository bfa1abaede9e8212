//! The decision written in Rust: what no engine can beat, by three ways to the facts.

use pluto_core::trust::TrustVector;

use crate::workload::{KYC, Named, Subject, decide};

/// Facts behind a trait object, by numbers handed out beforehand.
pub(crate) trait ByHandle {
    /// Trust in an identity.
    fn trust(&self, who: u32) -> Option<[i64; 6]>;
    /// Whether an identity has a credential.
    fn has(&self, who: u32, schema: u32) -> bool;
}

/// Facts in tables.
pub(crate) struct Tables {
    trust: Vec<[i64; 6]>,
    credentials: Vec<u64>,
}

/// The number of the credential.
pub(crate) const KYC_HANDLE: u32 = 1;

impl Tables {
    /// The facts about these subjects; the handle of a subject is its place.
    pub(crate) fn new(subjects: &[Subject]) -> Self {
        let bits = |one: &Subject| 1 | u64::from(one.has_kyc) << KYC_HANDLE;
        Self {
            trust: subjects.iter().map(Subject::trust_words).collect(),
            credentials: subjects.iter().map(bits).collect(),
        }
    }
}

impl ByHandle for Tables {
    fn trust(&self, who: u32) -> Option<[i64; 6]> {
        self.trust.get(who as usize).copied()
    }

    fn has(&self, who: u32, schema: u32) -> bool {
        self.credentials.get(who as usize).is_some_and(|bits| bits >> schema & 1 == 1)
    }
}

/// A decision by handle: both facts are read, as an engine that prepares its inputs does.
pub(crate) type HandleClosure = Box<dyn Fn(&dyn ByHandle, u32, i64) -> bool>;

/// The closure the engines are compared with.
pub(crate) fn by_handle() -> HandleClosure {
    Box::new(|host, who, amount| {
        let has_kyc = host.has(who, KYC_HANDLE);
        host.trust(who).is_some_and(|trust| decide(&trust, amount, has_kyc))
    })
}

/// Facts behind a trait object, by the text of an identity.
pub(crate) trait ByName {
    /// Trust in an identity.
    fn trust(&self, who: &str) -> Option<TrustVector>;
    /// Whether an identity has a credential.
    fn has(&self, who: &str, schema: &str) -> bool;
}

impl ByName for Named {
    fn trust(&self, who: &str) -> Option<TrustVector> {
        self.trust.get(who).copied()
    }

    fn has(&self, who: &str, schema: &str) -> bool {
        self.credentials.get(who).is_some_and(|schemas| schemas.contains(schema))
    }
}

/// A decision by text.
pub(crate) type NameClosure = Box<dyn Fn(&dyn ByName, &str, i64) -> bool>;

/// The same closure over hash maps with text as key.
pub(crate) fn by_name() -> NameClosure {
    Box::new(|host, who, amount| {
        let has_kyc = host.has(who, KYC);
        host.trust(who).is_some_and(|trust| decide(&trust.0.map(i64::from), amount, has_kyc))
    })
}

/// All that is known of a subject, in one cache line.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Record {
    /// Trust in the subject.
    pub(crate) trust: [u32; 6],
    credentials: u64,
    /// What it wants to transfer.
    pub(crate) amount: i64,
}

impl Record {
    /// Whether it has a credential.
    pub(crate) const fn has(&self, schema: u32) -> bool {
        self.credentials >> schema & 1 == 1
    }
}

/// A record of each subject.
pub(crate) fn records(subjects: &[Subject]) -> Vec<Record> {
    let record = |one: &Subject| Record {
        trust: one.trust.0,
        credentials: 1 | u64::from(one.has_kyc) << KYC_HANDLE,
        amount: one.amount,
    };
    subjects.iter().map(record).collect()
}

/// Decides record by record and leaves an answer for each.
pub(crate) fn batch(records: &[Record], allowed: &mut [u8]) {
    for (record, allowed) in records.iter().zip(allowed) {
        let trust = record.trust.map(i64::from);
        *allowed = u8::from(decide(&trust, record.amount, record.has(KYC_HANDLE)));
    }
}
