//! Tests of policies, resolved: what is given and what is expected.

use super::ClaimKind;
use crate::diagnostic::Span;

/// A test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// The title.
    pub title: String,
    /// The policy, by index.
    pub policy: u16,
    /// Identities by name; `subject` is the first.
    pub identities: Vec<String>,
    /// The arguments: one per parameter, where an identity is an index into `identities`.
    pub arguments: Vec<TestValue>,
    /// Realm time.
    pub now_ms: i64,
    /// Identities that exist: those about which anything is given. Without more, a known identity
    /// has a newcomer's trust and the balance 0; the others are strangers.
    pub known: Vec<u16>,
    /// Trust by identity.
    pub trust: Vec<(u16, [u32; 6])>,
    /// Balance by identity.
    pub balance: Vec<(u16, i64)>,
    /// Claims by identity.
    pub claims: Vec<(u16, ClaimKind, String)>,
    /// Records of stores.
    pub records: Vec<(u16, String, TestValue)>,
    /// What is expected.
    pub expect: Expectation,
    /// The test.
    pub span: Span,
}

/// A value of a test: as [`pluto_core::policy::Value`], with identities by index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TestValue {
    /// An identity.
    Identity(u16),
    /// Any other scalar.
    Scalar(pluto_core::policy::Value),
    /// A record, by field.
    Record(Vec<(String, TestValue)>),
    /// A list.
    List(Vec<TestValue>),
    /// An option.
    Option(Option<Box<TestValue>>),
}

/// What a test expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// Allow.
    Allow,
    /// Deny, and by a rule with that reason when one is given.
    Deny(Option<String>),
    /// Escalate.
    Escalate,
    /// Indeterminate with that fault.
    Fault(pluto_core::policy::Fault),
}
