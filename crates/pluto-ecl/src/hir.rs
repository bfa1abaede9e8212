//! The typed tree: every name resolved, every expression with its type, nothing implicit left.
//!
//! It is what the reference evaluator walks and what is lowered to portable code. A policy that is
//! here is well-typed, total and decides on every path; its meaning needs no other table.

use pluto_core::policy::{EffectKind, Fallback};

mod test;

use crate::diagnostic::Span;
use crate::types::{Type, TypeTable};
pub use test::{Expectation, Test, TestValue};

/// A checked source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundle {
    /// Named types; the schemas of stores among them.
    pub types: TypeTable,
    /// Stores, each with its current schema.
    pub stores: Vec<Store>,
    /// Policies, in the order of the source.
    pub policies: Vec<Policy>,
    /// Tests, in the order of the source.
    pub tests: Vec<Test>,
}

/// A store as policies see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// The name.
    pub name: String,
    /// The version of the schema.
    pub version: u16,
    /// The schema: a record type.
    pub schema: crate::types::RecordId,
    /// Defaults, by field; none where a field must be given.
    pub defaults: Vec<Option<Constant>>,
    /// Indexed fields, by place.
    pub indexes: Vec<u16>,
    /// The migrations that lead here, ascending, without a gap.
    pub migrations: Vec<Migration>,
}

/// A total function from one version of a schema to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// The version it starts from.
    pub from: u16,
    /// The schema of that version.
    pub old: crate::types::RecordId,
    /// The new fields, in order; `old` is [`ExprKind::Local`] 0.
    pub fields: Vec<Expr>,
    /// Types of the locals, `old` first.
    pub locals: Vec<Type>,
}

/// What a policy is asked about; says which effects it may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names are the vocabulary of docs/ecl.md")]
pub enum PolicyKind {
    Crossing = 0,
    Membership = 1,
    Transaction = 2,
    Governance = 3,
    Privacy = 4,
    Api = 5,
    Ui = 6,
    DataLogic = 7,
    Controller = 8,
    Store = 9,
    Custom = 10,
}

impl PolicyKind {
    /// All kinds, in order of their numbers.
    pub const ALL: [Self; 11] = [
        Self::Crossing,
        Self::Membership,
        Self::Transaction,
        Self::Governance,
        Self::Privacy,
        Self::Api,
        Self::Ui,
        Self::DataLogic,
        Self::Controller,
        Self::Store,
        Self::Custom,
    ];

    /// The word after `on`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Crossing => "crossing",
            Self::Membership => "membership",
            Self::Transaction => "transaction",
            Self::Governance => "governance",
            Self::Privacy => "privacy",
            Self::Api => "api",
            Self::Ui => "ui",
            Self::DataLogic => "datalogic",
            Self::Controller => "controller",
            Self::Store => "store",
            Self::Custom => "custom",
        }
    }
}

/// A policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The name.
    pub name: String,
    /// The kind.
    pub kind: PolicyKind,
    /// Parameters, in order.
    pub params: Vec<(String, Type)>,
    /// Types of all locals: lets and items of comprehensions.
    pub locals: Vec<Type>,
    /// Rules; rule `n` is at `n - 1`.
    pub rules: Vec<Rule>,
    /// Effects, by site.
    pub effects: Vec<EffectSite>,
    /// Statements.
    pub body: Vec<Stmt>,
    /// Whether reaching the end allows: true when there is no `allow` and every path passes a
    /// `require`; with an `allow` the end denies.
    pub end_allows: bool,
    /// The header, for messages.
    pub span: Span,
}

/// What a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "each is the statement it is named after")]
pub enum RuleKind {
    Require = 0,
    Allow = 1,
    Deny = 2,
    Escalate = 3,
}

/// A statement that can decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Which statement.
    pub kind: RuleKind,
    /// What a person is told; empty when the source gives none.
    pub reason: String,
    /// For escalate: how long.
    pub timeout_ms: i64,
    /// For escalate: what then.
    pub fallback: Fallback,
    /// The statement.
    pub span: Span,
}

/// A place in the source that makes an effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectSite {
    /// What it asks for.
    pub kind: EffectKind,
    /// The event or store.
    pub name: String,
    /// Names and types of the fields; for put and delete the first is `key`.
    pub fields: Vec<(String, Type)>,
}

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stmt {
    /// Gives a local its value.
    Let(u16, Expr),
    /// Denies by this rule unless the condition holds.
    Require(u16, Expr),
    /// Allows by this rule if the condition holds; always without one.
    Allow(u16, Option<Expr>),
    /// Denies by this rule if the condition holds; always without one.
    Deny(u16, Option<Expr>),
    /// Escalates by this rule.
    Escalate(u16),
    /// Takes one of two ways.
    If(Expr, Vec<Stmt>, Vec<Stmt>),
    /// Takes the arm whose bit of the variant is set; arms cover all variants and do not overlap.
    Match(Expr, Vec<(u64, Vec<Stmt>)>),
    /// Adds an effect: site, and one value for each of its fields.
    Effect(u16, Vec<Expr>),
}

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its type.
    pub ty: Type,
    /// Its place.
    pub span: Span,
}

/// A scalar constant. Texts and symbols stand here by their text, variants by their number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constant {
    /// Every type that is a number in its register.
    Number(i64),
    /// A text or symbol.
    Text(String),
    /// An option without a value.
    None,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExprKind {
    /// A constant.
    Constant(Constant),
    /// A parameter.
    Param(u16),
    /// A local.
    Local(u16),
    /// Who acts.
    Subject,
    /// Realm time.
    Now,
    /// A field of a record, by place; or a dimension of trust.
    Field(Box<Expr>, u16),
    /// A field of an optional record, by place: an option.
    OptionField(Box<Expr>, u16),
    /// `!`
    Not(Box<Expr>),
    /// `-`, checked.
    Negate(Box<Expr>),
    /// Both, the second only if the first holds.
    And(Box<Expr>, Box<Expr>),
    /// Either, the second only if the first does not hold.
    Or(Box<Expr>, Box<Expr>),
    /// A comparison of two values of one type.
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// A comparison of an option (left) with a value: false when the option has none.
    CompareOption(Comparison, Box<Expr>, Box<Expr>),
    /// Checked arithmetic on numbers of one scale; the types tell the scale.
    Arithmetic(Arithmetic, Box<Expr>, Box<Expr>),
    /// Whether a scalar is one of these constants.
    InConstants(Box<Expr>, Vec<Constant>),
    /// Whether a variant is in a set.
    InSet(Box<Expr>, Box<Expr>),
    /// A built-in function.
    Call(Builtin, Vec<Expr>),
    /// Whether an identity has a credential, capability or role of that name.
    Has(Box<Expr>, ClaimKind, String),
    /// A record of a store: an option.
    StoreGet(u16, Box<Expr>),
    /// A bounded look at a list.
    Comprehension {
        /// Which.
        kind: ComprehensionKind,
        /// The local that holds the item.
        item: u16,
        /// The list.
        list: Box<Expr>,
        /// For sum: what is added.
        value: Option<Box<Expr>>,
        /// Which items count; all without one.
        condition: Option<Box<Expr>>,
    },
    /// One of two values of one type.
    Choose(Box<Expr>, Box<Expr>, Box<Expr>),
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "each is the operator it is named after")]
pub enum Comparison {
    Eq = 0,
    Ne = 1,
    Lt = 2,
    Le = 3,
    Gt = 4,
    Ge = 5,
}

/// Checked arithmetic. `fixed * fixed` and `fixed / fixed` scale by a million, toward zero;
/// `fixed * int`, `int * fixed` and `fixed / int` do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "each is the operator it is named after")]
pub enum Arithmetic {
    Add = 0,
    Sub = 1,
    Mul = 2,
    Div = 3,
    Rem = 4,
    /// `a * b / 1_000_000` in 128 bits, toward zero.
    FixedMul = 5,
    /// `a * 1_000_000 / b` in 128 bits, toward zero.
    FixedDiv = 6,
}

/// What an identity can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "each is the word after `has`")]
pub enum ClaimKind {
    Credential = 0,
    Capability = 1,
    Role = 2,
}

/// A look at a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ComprehensionKind {
    /// Whether one item satisfies; looks at all of them.
    Any = 0,
    /// Whether all items satisfy; looks at all of them.
    All = 1,
    /// How many items satisfy.
    Count = 2,
    /// The checked sum over the items that satisfy.
    Sum = 3,
}

/// A built-in function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Builtin {
    /// `trust(did) -> trust`; also `x.trust`.
    Trust = 0,
    /// `balance(did) -> int`; also `x.balance`.
    Balance = 1,
    /// `known(did) -> bool`; also `resolve(did)`.
    Known = 2,
    /// `norm(trust) -> fixed`: the weighted Euclidean norm with the default weights.
    Norm = 3,
    /// `min(a, b)` of int, fixed, time or duration.
    Min = 4,
    /// `max(a, b)`
    Max = 5,
    /// `clamp(x, low, high)` is `min(max(x, low), high)`.
    Clamp = 6,
    /// `abs(x)`, checked.
    Abs = 7,
    /// `fixed(int) -> fixed`, checked.
    ToFixed = 8,
    /// `int(fixed) -> int`, toward zero.
    ToInt = 9,
    /// `sqrt(int) -> int`: the integer square root; negative is an overflow.
    Sqrt = 10,
    /// `length(text) -> int` in bytes; `length(list) -> int`.
    Length = 11,
    /// `glob(pattern, text)`: `*` within a segment, `**` across segments, `?` one character;
    /// segments are separated by `/` or `:`.
    Glob = 12,
    /// `starts_with(text, prefix)`
    StartsWith = 13,
    /// `ends_with(text, suffix)`
    EndsWith = 14,
    /// `contains(text, part)`
    Contains = 15,
    /// `present(option) -> bool`
    Present = 16,
    /// `or_else(option, value)`
    OrElse = 17,
    /// `some(value)` -> option
    Some = 18,
    /// `combine(trust, trust) -> trust`: per dimension `1 - (1 - a)(1 - b)`, in millionths, rounded
    /// down.
    Combine = 19,
}
