//! The syntax tree as the checker sees it: owned, with a span on everything, names unresolved.
//!
//! Built from the lossless tree; what could not be parsed is left out here and has a diagnostic
//! there.

use crate::diagnostic::Span;

/// A name where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name.
    pub text: String,
    /// Its place.
    pub span: Span,
}

/// A whole source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// `edition N`, when it is there.
    pub edition: Option<(u16, Span)>,
    /// The items, in order.
    pub items: Vec<Item>,
}

/// One item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// `const name = expr`, with an optional `: type`
    Const(Const),
    /// `enum Name { a, b }`
    Enum(Enum),
    /// `record Name { field: type }`
    Record(Record),
    /// `store name version N { … }`
    Store(Store),
    /// `migrate name from N to M { field: expr }`
    Migration(Migration),
    /// `policy name on kind (params) { … }`
    Policy(Policy),
    /// `test "title" for policy { … }`
    Test(Test),
}

/// `const name: type = expr`; also a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Const {
    /// The name.
    pub name: Name,
    /// The type, when it is written.
    pub ty: Option<TypeExpr>,
    /// The value: must be constant.
    pub value: Expr,
    /// All of it.
    pub span: Span,
}

/// `enum Name { a, b }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enum {
    /// The name.
    pub name: Name,
    /// The variants.
    pub variants: Vec<Name>,
    /// All of it.
    pub span: Span,
}

/// `name: type`, with an optional default for store fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name.
    pub name: Name,
    /// The type.
    pub ty: TypeExpr,
    /// `= expr`
    pub default: Option<Expr>,
}

/// `record Name { field: type, … }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The name.
    pub name: Name,
    /// The fields.
    pub fields: Vec<Field>,
    /// All of it.
    pub span: Span,
}

/// `store name version N { field: type, index field }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// The name.
    pub name: Name,
    /// The version of the schema; 1 when it is not written.
    pub version: (u16, Span),
    /// The fields of a record.
    pub fields: Vec<Field>,
    /// Fields with an index.
    pub indexes: Vec<Name>,
    /// All of it.
    pub span: Span,
}

/// `migrate name from N { field: expr, … }`: a total function from version N to N + 1, where `old`
/// is the old record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// The store.
    pub store: Name,
    /// The version it starts from.
    pub from: (u16, Span),
    /// The schema of that version.
    pub old: Vec<Field>,
    /// The new fields.
    pub fields: Vec<(Name, Expr)>,
    /// All of it.
    pub span: Span,
}

/// `policy name on kind (params) { … }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The name.
    pub name: Name,
    /// The kind, after `on`.
    pub kind: Name,
    /// The parameters.
    pub params: Vec<Field>,
    /// The statements.
    pub body: Block,
    /// All of it.
    pub span: Span,
}

/// `{ … }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The statements.
    pub statements: Vec<Statement>,
    /// With its braces.
    pub span: Span,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What it is.
    pub kind: StatementKind,
    /// All of it.
    pub span: Span,
}

/// What a statement is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatementKind {
    /// `const name = expr`
    Const(Const),
    /// `let name = expr`
    Let(Name, Expr),
    /// `require expr, "reason"`
    Require(Expr, Option<Text>),
    /// `allow`, `allow if expr`
    Allow(Option<Expr>),
    /// `deny "reason"`, `deny if expr, "reason"`
    Deny(Option<Expr>, Option<Text>),
    /// `escalate { timeout: 24h, fallback: deny }`
    Escalate(Vec<(Name, Expr)>),
    /// `if expr { … } else { … }`; `else if` is an `else` block of one statement.
    If(Expr, Block, Option<Block>),
    /// `match expr { a | b => … }`
    Match(Expr, Vec<Arm>),
    /// `emit name { field, field: expr }`
    Emit(Name, Vec<(Name, Option<Expr>)>),
    /// `cost { mana: expr, gas: expr }`
    Cost(Vec<(Name, Expr)>),
    /// `audit { content_hash: true }`
    Audit(Vec<(Name, Expr)>),
    /// `put store[key] { field: expr }`
    Put(Name, Expr, Vec<(Name, Option<Expr>)>),
    /// `delete store[key]`
    Delete(Name, Expr),
}

/// An arm of a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arm {
    /// The variants; empty for `_`.
    pub variants: Vec<Name>,
    /// What follows `=>`: a block, or one statement as a block.
    pub body: Block,
    /// All of it.
    pub span: Span,
}

/// Quoted text, unescaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// What it says.
    pub text: String,
    /// With its quotes.
    pub span: Span,
}

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// All of it.
    pub span: Span,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExprKind {
    /// `true`, `false`
    Bool(bool),
    /// `10_000`; the value, or none when it does not fit 64 bits.
    Int(Option<i64>),
    /// `0.7`, in millionths; none when it has more than six places or does not fit.
    Fixed(Option<i64>),
    /// `24h`, in milliseconds; units ms, s, m, h, d.
    Duration(Option<i64>),
    /// `"text"`
    Text(String),
    /// `none`
    None,
    /// `name`
    Name(String),
    /// `subject`
    Subject,
    /// `now`
    Now,
    /// `expr.name`
    Field(Box<Expr>, Name),
    /// `expr?.name`
    OptionField(Box<Expr>, Name),
    /// `expr[expr]`: a record of a store.
    Index(Box<Expr>, Box<Expr>),
    /// `name(args)`
    Call(Name, Vec<Expr>),
    /// `!expr`
    Not(Box<Expr>),
    /// `-expr`
    Negate(Box<Expr>),
    /// Two operands.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `expr in {a, b}`
    InSet(Box<Expr>, Vec<Expr>),
    /// `expr in expr`
    In(Box<Expr>, Box<Expr>),
    /// `expr has credential "name"`: the word after `has`, and the text.
    Has(Box<Expr>, Name, Text),
    /// `any(a in list where cond)`, also `all`, `count`; `sum(a in list of expr where cond)`.
    Comprehension {
        /// `any`, `all`, `count` or `sum`.
        word: Name,
        /// The item.
        item: Name,
        /// The list.
        list: Box<Expr>,
        /// After `of`.
        value: Option<Box<Expr>>,
        /// After `where`.
        condition: Option<Box<Expr>>,
    },
    /// `if cond then expr else expr`
    Choose(Box<Expr>, Box<Expr>, Box<Expr>),
}

/// An operator with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the operator it is named after")]
pub enum BinaryOp {
    Or,
    And,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Add,
    Sub,
    Mul,
    Div,
    Rem,
}

/// A type as written: `name`, `name<arg, …>`, `enum { a, b }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeExpr {
    /// What it is.
    pub kind: TypeKind,
    /// All of it.
    pub span: Span,
}

/// What a written type is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeKind {
    /// A name with arguments.
    Named(Name, Vec<TypeArgument>),
    /// An enum without a name.
    Enum(Vec<Name>),
}

/// An argument of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeArgument {
    /// A type.
    Type(TypeExpr),
    /// A bound.
    Bound(i64, Span),
}

/// `test "title" for policy { given path = expr … expect … }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// The title.
    pub title: Text,
    /// The policy under test.
    pub policy: Name,
    /// Facts and arguments.
    pub given: Vec<Given>,
    /// What is expected.
    pub expect: Option<Expect>,
    /// All of it.
    pub span: Span,
}

/// What a test assumes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// What it assumes.
    pub kind: GivenKind,
    /// All of it.
    pub span: Span,
}

/// What a given line says. An identity is `subject`, a parameter's name, or any name used as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GivenKind {
    /// `given amount = expr`, `given subject.trust = trust(0.8)`, `given subject.trust.r = 0.5`,
    /// `given bob.balance = 10`, `given now = 1_000`: a path and a constant, which may be a record
    /// `{ a: 1 }`, a list `[a, b]`, `none`, or a bare name for a variant, symbol or identity.
    Value(Vec<Name>, Literal),
    /// `given receiver known`: the path of an identity that exists.
    Known(Vec<Name>),
    /// `given subject has credential "x"`: the path of an identity, the word, the text.
    Has(Vec<Name>, Name, Text),
    /// `given store["key"] = { … }`
    Record(Name, Text, Literal),
}

/// A constant of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// A scalar, a name, or `trust(…)`.
    Expr(Expr),
    /// `{ a: 1, b: x }`
    Record(Vec<(Name, Literal)>, Span),
    /// `[a, b]`
    List(Vec<Literal>, Span),
}

/// `expect allow`, `expect deny "reason"`, `expect escalate`, `expect fault overflow`,
/// optionally followed by `by rule N`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expect {
    /// `allow`, `deny`, `escalate` or `fault`.
    pub word: Name,
    /// The reason, after `deny`.
    pub reason: Option<Text>,
    /// The name, after `fault`.
    pub fault: Option<Name>,
    /// All of it.
    pub span: Span,
}
