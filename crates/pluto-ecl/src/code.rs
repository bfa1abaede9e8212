//! Portable code: typed, structured, register based; what an artifact carries.
//!
//! One word of 64 bits per register, jumps only forward and only by structure, loops only over lists
//! of declared length: code that verifies ends, and its worst-case gas is a sum. The interpreter's
//! flat form and WASM are both made from it when it is loaded; neither is ever taken from a file.
//!
//! Gas is part of the program: [`Node::Charge`] stands at the head of every straight stretch and is
//! computed from the source before any optimisation, so optimised code costs what the source costs.

use pluto_core::policy::{Fallback, Gas};

use crate::hir::{ClaimKind, Comparison, PolicyKind, RuleKind};
use crate::types::{Type, TypeTable};

/// A register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reg(pub u16);

/// What a register holds; decides which operations may read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// 0 or 1.
    Bool = 0,
    /// Any 64-bit number: int, fixed, time, duration, variant, set.
    Number = 1,
    /// A handle of a text or symbol.
    Text = 2,
    /// A handle of an identity.
    Did = 3,
}

/// The compiled bundle: what an artifact holds besides its source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Module {
    /// Named types.
    pub types: TypeTable,
    /// Texts and symbols of the source; handle `i` is literal `i`.
    pub literals: Vec<String>,
    /// Stores that policies read or write: name, version, schema.
    pub stores: Vec<StoreRef>,
    /// Policies.
    pub policies: Vec<Policy>,
}

impl Policy {
    /// Whether it is a migration of a store rather than a policy of the source.
    #[must_use]
    pub fn is_migration(&self) -> bool {
        self.name.contains(MIGRATION_MARK)
    }
}

impl Module {
    /// What reading a record of the store costs: the record, and the dearest way from any age.
    #[must_use]
    pub fn record_price(&self, store: u16) -> Gas {
        let history = self.stores.get(usize::from(store)).and_then(|store| store.history.as_ref());
        let steps = history.map_or(&[][..], |history| &history.migrations);
        let bounds = steps.iter().filter_map(|step| self.policies.get(usize::from(step.policy)));
        bounds.fold(crate::gas::RECORD, |sum, policy| sum.plus(policy.bound))
    }

    /// How many words a fact has.
    #[must_use]
    pub fn fact_width(&self, fact: Fact) -> usize {
        match fact {
            Fact::Trust => 6,
            Fact::Balance | Fact::Known | Fact::Has(..) => 1,
            Fact::Record(store) => self
                .stores
                .get(usize::from(store))
                .map_or(1, |store| 1 + self.types.width(&Type::Record(store.schema))),
        }
    }
}

/// A store by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreRef {
    /// The name.
    pub name: String,
    /// The version of the schema.
    pub version: u16,
    /// The schema.
    pub schema: crate::types::RecordId,
    /// How it came to be; artifacts of version 1 do not say.
    pub history: Option<History>,
}

/// What reading records of any age takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Defaults, by field; none where a field must be given.
    pub defaults: Vec<Option<crate::hir::Constant>>,
    /// Indexed fields, by place.
    pub indexes: Vec<u16>,
    /// Migration `i` leads from version `i + 1` to the next.
    pub migrations: Vec<Migration>,
}

/// One migration: a policy of the module that nobody asks by name. Its one parameter is the old
/// record, its one effect, which it always has, puts the new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migration {
    /// The schema it starts from.
    pub old: crate::types::RecordId,
    /// The policy, by index.
    pub policy: u16,
}

/// The name of the policy that a migration is; no policy of a source can have it.
#[must_use]
pub fn migration_name(store: &str, from: u16) -> String {
    format!("{store}{MIGRATION_MARK}{from}")
}

const MIGRATION_MARK: char = '@';

/// A compiled policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The name.
    pub name: String,
    /// The kind.
    pub kind: PolicyKind,
    /// Parameters, in order.
    pub params: Vec<(String, Type)>,
    /// Rules; rule `n` is at `n - 1`.
    pub rules: Vec<Rule>,
    /// Effects, by site.
    pub effects: Vec<crate::hir::EffectSite>,
    /// Inputs, by slot: filled before the code runs.
    pub inputs: Vec<Input>,
    /// Lists, by number: which input words of which parameter they are, and how they lie.
    pub lists: Vec<List>,
    /// What each register holds.
    pub registers: Vec<Kind>,
    /// The code.
    pub body: Vec<Node>,
    /// The worst case over all paths.
    pub bound: Gas,
}

/// A rule as a stranger sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Which statement.
    pub kind: RuleKind,
    /// What a person is told.
    pub reason: String,
    /// For escalate: how long.
    pub timeout_ms: i64,
    /// For escalate: what then.
    pub fallback: Fallback,
    /// Bytes of the source: start, end.
    pub span: (u32, u32),
}

/// A word that is there before the code runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Word `part` of parameter `param`, taken apart as [`crate::types`] says. A list takes none.
    Param {
        /// The parameter.
        param: u16,
        /// The word of it. Words are counted by [`TypeTable::width`]: a list inside takes a number
        /// and is no input.
        part: u16,
    },
    /// The handle of who acts.
    Subject,
    /// Realm time.
    Now,
    /// Word `part` of a fact about the identity in input `about`. Reading it may fault, and then only
    /// code that uses it does. Records are no inputs: a store is read when the code gets there.
    Fact {
        /// Which fact.
        fact: Fact,
        /// The input that holds the identity: who acts, or a word of a parameter.
        about: u16,
        /// The word of it.
        part: u16,
    },
}

/// A fact that is read from the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fact {
    /// Six words.
    Trust,
    /// One word.
    Balance,
    /// One word, 0 or 1.
    Known,
    /// One word, 0 or 1: a credential, capability or role named by a literal.
    Has(ClaimKind, u16),
    /// A record of a store: a flag, and then its words.
    Record(u16),
}

/// A list parameter, or a list inside one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// The parameter.
    pub param: u16,
    /// Places of fields from the parameter down to the list; empty when the parameter is the list.
    pub path: Vec<u16>,
    /// The type of an item.
    pub item: Type,
    /// Words of an item.
    pub stride: u16,
    /// Most items.
    pub max: u16,
}

/// One node of code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// Charges for the straight stretch that follows.
    Charge(Gas),
    /// `dst = op`
    Let(Reg, Op),
    /// Reads a fact about a computed identity or key into `dst` and the registers after it.
    Read {
        /// The first register.
        dst: Reg,
        /// The fact.
        fact: Fact,
        /// The identity or key.
        about: Reg,
    },
    /// Takes one of two ways.
    If(Reg, Vec<Node>, Vec<Node>),
    /// Runs the body for each item, `index` counting from 0. The body may give registers that have a
    /// value before it a new one, and what it sets itself is gone behind it.
    Each {
        /// The list.
        list: u16,
        /// The place of the item.
        index: Reg,
        /// The body.
        body: Vec<Node>,
    },
    /// Sets the bit of a rule in the mask if the register is 1. Rules above 40 have no bit.
    Mark(u16, Reg),
    /// Ends the policy by a rule (0: its end): deny 0, allow 1, escalate 2.
    Decide(Ending, u16),
    /// Adds an effect: its site and the registers of its fields, flat.
    Effect(u16, Vec<Reg>),
}

/// How a policy ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "each is the outcome it is named after")]
pub enum Ending {
    Deny = 0,
    Allow = 1,
    Escalate = 2,
}

/// An operation. Arithmetic is checked and faults unless it says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Op {
    /// A number or flag.
    Const(i64),
    /// The handle of a literal.
    Literal(u16),
    /// An input.
    Input(u16),
    /// The word of an option that has no value; nothing that is verified depends on it.
    Absent,
    /// A copy.
    Copy(Reg),
    /// The second if the first holds, otherwise the third.
    Select(Reg, Reg, Reg),
    /// `!a`
    Not(Reg),
    /// `-a`
    Negate(Reg),
    /// `|a|`
    Abs(Reg),
    /// Signed comparison of numbers; for other kinds only equality.
    Compare(Comparison, Reg, Reg),
    /// The same with a constant on the right.
    CompareConst(Comparison, Reg, i64),
    /// Both flags; neither side faults.
    And(Reg, Reg),
    /// Either flag.
    Or(Reg, Reg),
    /// Checked arithmetic.
    Arithmetic(crate::hir::Arithmetic, Reg, Reg),
    /// Arithmetic that was shown not to overflow: add, sub or mul.
    Unchecked(crate::hir::Arithmetic, Reg, Reg),
    /// The smaller.
    Min(Reg, Reg),
    /// The larger.
    Max(Reg, Reg),
    /// `a` as fixed.
    ToFixed(Reg),
    /// `a` as int.
    ToInt(Reg),
    /// Integer square root.
    Sqrt(Reg),
    /// Bit `b` of mask `a`; 0 outside 0..64.
    Bit(Reg, Reg),
    /// Norm of the six registers from here.
    Norm(Reg),
    /// `1 - (1 - a)(1 - b)` in millionths, rounded down.
    Combine(Reg, Reg),
    /// Number of items of a list.
    ListLength(u16),
    /// A word of an item of a list; inside `Each` over that list.
    Item(u16, Reg, u16),
    /// Length of a text in bytes.
    TextLength(Reg),
    /// A question about two texts.
    TextTest(TextTest, Reg, Reg),
}

/// A question about two texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "each is the function it is named after")]
pub enum TextTest {
    Glob = 0,
    StartsWith = 1,
    EndsWith = 2,
    Contains = 3,
}

/// The comparison with its sides exchanged.
pub(crate) const fn mirrored(op: Comparison) -> Comparison {
    match op {
        Comparison::Eq => Comparison::Eq,
        Comparison::Ne => Comparison::Ne,
        Comparison::Lt => Comparison::Gt,
        Comparison::Le => Comparison::Ge,
        Comparison::Gt => Comparison::Lt,
        Comparison::Ge => Comparison::Le,
    }
}

/// The comparison that holds exactly when this one does not.
pub(crate) const fn opposite(op: Comparison) -> Comparison {
    match op {
        Comparison::Eq => Comparison::Ne,
        Comparison::Ne => Comparison::Eq,
        Comparison::Lt => Comparison::Ge,
        Comparison::Le => Comparison::Gt,
        Comparison::Gt => Comparison::Le,
        Comparison::Ge => Comparison::Lt,
    }
}
