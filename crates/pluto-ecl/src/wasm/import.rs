//! The functions a policy module may import, each with its one signature.

use wasm_encoder::ValType::{self, I32, I64};

use crate::code::{Module, Node, Op, Policy};
use crate::hir::Arithmetic;

/// An import of a policy module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Import {
    /// `input(slot) -> word`: inputs beyond the parameters.
    Input,
    /// `mul(a, b)`, checked.
    Mul,
    /// `fixed_mul(a, b)`, checked, in 128 bits.
    FixedMul,
    /// `fixed_div(a, b)`, checked, in 128 bits.
    FixedDiv,
    /// `sqrt(a)`, checked.
    Sqrt,
    /// `norm(r, i, c, p, v, omega)`
    Norm,
    /// `combine(a, b)`
    Combine,
    /// `list_length(list)`
    ListLength,
    /// `item(list, index, field)`
    Item,
    /// `text_length(text)`
    TextLength,
    /// `text_test(test, a, b)`
    TextTest,
    /// `read(fact, literal, about) -> word`: the first word of a fact about a computed identity.
    Read,
    /// `word(part) -> word`: the others of the last `read`.
    Word,
    /// `push(word)`: a field of the next effect.
    Push,
    /// `effect(site)`: an effect of the fields pushed.
    Effect,
}

impl Import {
    /// All imports, in the order in which a module lists them.
    pub const ALL: [Self; 15] = [
        Self::Input,
        Self::Mul,
        Self::FixedMul,
        Self::FixedDiv,
        Self::Sqrt,
        Self::Norm,
        Self::Combine,
        Self::ListLength,
        Self::Item,
        Self::TextLength,
        Self::TextTest,
        Self::Read,
        Self::Word,
        Self::Push,
        Self::Effect,
    ];

    /// The name it is imported under.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Mul => "mul",
            Self::FixedMul => "fixed_mul",
            Self::FixedDiv => "fixed_div",
            Self::Sqrt => "sqrt",
            Self::Norm => "norm",
            Self::Combine => "combine",
            Self::ListLength => "list_length",
            Self::Item => "item",
            Self::TextLength => "text_length",
            Self::TextTest => "text_test",
            Self::Read => "read",
            Self::Word => "word",
            Self::Push => "push",
            Self::Effect => "effect",
        }
    }

    /// Parameters and results.
    #[must_use]
    pub const fn signature(self) -> (&'static [ValType], &'static [ValType]) {
        match self {
            Self::Input | Self::ListLength | Self::Word => (&[I32], &[I64]),
            Self::Mul | Self::FixedMul | Self::FixedDiv | Self::Combine => (&[I64, I64], &[I64]),
            Self::Sqrt | Self::TextLength => (&[I64], &[I64]),
            Self::Norm => (&[I64, I64, I64, I64, I64, I64], &[I64]),
            Self::Item => (&[I32, I64, I32], &[I64]),
            Self::TextTest => (&[I32, I64, I64], &[I64]),
            Self::Read => (&[I32, I32, I64], &[I64]),
            Self::Push => (&[I64], &[]),
            Self::Effect => (&[I32], &[]),
        }
    }
}

/// The imports that code of the module uses, in their order.
pub(super) fn used(module: &Module) -> Vec<Import> {
    let mut found = Vec::new();
    for policy in &module.policies {
        of_nodes(policy, &policy.body, &mut found);
    }
    ordered(&found)
}

/// Whether a policy works on its inputs alone: then it has a batch form.
pub(super) fn is_alone(policy: &Policy) -> bool {
    let mut found = Vec::new();
    of_nodes(policy, &policy.body, &mut found);
    found.iter().all(|import| {
        matches!(import, Import::Input | Import::Mul | Import::FixedMul | Import::FixedDiv)
    })
}

fn ordered(found: &[Import]) -> Vec<Import> {
    Import::ALL.into_iter().filter(|import| found.contains(import)).collect()
}

fn of_nodes(policy: &Policy, nodes: &[Node], found: &mut Vec<Import>) {
    for node in nodes {
        match node {
            Node::Let(_, op) => found.extend(of_op(policy, *op)),
            Node::Read { .. } => found.extend([Import::Read, Import::Word]),
            Node::If(_, then, otherwise) => {
                of_nodes(policy, then, found);
                of_nodes(policy, otherwise, found);
            }
            Node::Each { body, .. } => {
                found.push(Import::ListLength);
                of_nodes(policy, body, found);
            }
            Node::Effect(..) => found.extend([Import::Push, Import::Effect]),
            Node::Charge(_) | Node::Mark(..) | Node::Decide(..) => {}
        }
    }
}

fn of_op(policy: &Policy, op: Op) -> Option<Import> {
    match op {
        Op::Input(slot) => {
            (usize::from(slot) >= super::arity(policy.inputs.len())).then_some(Import::Input)
        }
        Op::Arithmetic(Arithmetic::Mul, ..) => Some(Import::Mul),
        Op::Arithmetic(Arithmetic::FixedMul, ..) => Some(Import::FixedMul),
        Op::Arithmetic(Arithmetic::FixedDiv, ..) => Some(Import::FixedDiv),
        Op::Sqrt(_) => Some(Import::Sqrt),
        Op::Norm(_) => Some(Import::Norm),
        Op::Combine(..) => Some(Import::Combine),
        Op::ListLength(_) => Some(Import::ListLength),
        Op::Item(..) => Some(Import::Item),
        Op::TextLength(_) => Some(Import::TextLength),
        Op::TextTest(..) => Some(Import::TextTest),
        _ => None,
    }
}
