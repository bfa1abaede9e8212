//! What is due on the way to an end: gas in two words, and the mask.
//!
//! Where all ways to an end agree it stands there as a constant and costs nothing on the way. Only
//! where ways of different price meet, and in loops, is something added while running. A condition
//! that is marked and then decides a branch is known on both sides of it.

use pluto_core::policy::{Gas, MASK_BITS};

use crate::answer;
use crate::code::{Node, Reg};

/// The place of the mask among the parts; the two words of gas stand before it.
pub(super) const MASK: usize = 2;

/// Two words of gas and the mask, where it stands in the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Due(pub(super) [i64; 3]);

impl Due {
    pub(super) fn charge(&mut self, gas: Gas) {
        let words = answer::gas_words(gas);
        self.0.iter_mut().zip(words).for_each(|(part, word)| *part = part.wrapping_add(word));
    }

    pub(super) const fn marked(self, bits: i64) -> Self {
        let [first, second, mask] = self.0;
        Self([first, second, mask | bits])
    }

    /// What goes on where two ways meet: a part in which they differ goes on as before both, and each
    /// way adds the rest by itself.
    fn joined(self, one: Self, other: Self) -> Self {
        let mut joined = self;
        for (part, (one, other)) in joined.0.iter_mut().zip(one.0.into_iter().zip(other.0)) {
            if one == other {
                *part = one;
            }
        }
        joined
    }
}

/// The bit of a rule where it stands in the answer.
pub(super) fn bit_of(rule: u16) -> i64 {
    let shift = u32::from(rule).checked_sub(1).filter(|shift| *shift < MASK_BITS);
    shift.map_or(0, |shift| (1 << answer::MASK_SHIFT) << shift)
}

/// A branch, with the marks before it that it decides.
#[derive(Clone, Copy)]
pub(super) struct Branch<'a> {
    pub(super) condition: Reg,
    pub(super) bits: i64,
    pub(super) then: &'a [Node],
    pub(super) otherwise: &'a [Node],
    pub(super) rest: &'a [Node],
}

impl<'a> Branch<'a> {
    /// The branch these nodes begin with, if they do.
    pub(super) fn at(nodes: &'a [Node]) -> Option<Self> {
        let mut bits = 0;
        let mut marked = None;
        for (place, node) in nodes.iter().enumerate() {
            match node {
                Node::Mark(rule, holds) if marked.is_none_or(|other| other == *holds) => {
                    marked = Some(*holds);
                    bits |= bit_of(*rule);
                }
                Node::If(condition, then, otherwise)
                    if marked.is_none_or(|holds| holds == *condition) =>
                {
                    let rest = nodes.get(place + 1..)?;
                    return Some(Self { condition: *condition, bits, then, otherwise, rest });
                }
                _ => return None,
            }
        }
        None
    }
}

/// Follows all ways.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ways {
    /// Which parts are added to while running.
    pub(super) adds: [bool; 3],
}

impl Ways {
    /// What is due behind nodes, unless they end the policy.
    pub(super) fn after(&mut self, nodes: &[Node], start: Due) -> Option<Due> {
        let (mut due, mut rest) = (start, nodes);
        while let Some((node, tail)) = rest.split_first() {
            if let Some(branch) = Branch::at(rest) {
                due = self.behind(branch, due)?;
                rest = branch.rest;
                continue;
            }
            rest = tail;
            match node {
                Node::Charge(gas) => due.charge(*gas),
                Node::Decide(..) => return None,
                Node::Each { body, .. } => {
                    self.adds = [true; 3];
                    self.after(body, Due::default());
                    due = Due::default();
                }
                Node::Mark(..) => self.adds[MASK] = true,
                Node::If(..) | Node::Let(..) | Node::Read { .. } | Node::Effect(..) => {}
            }
        }
        Some(due)
    }

    /// What is due behind a branch, unless both its sides end the policy.
    pub(super) fn behind(&mut self, branch: Branch<'_>, start: Due) -> Option<Due> {
        let then = self.after(branch.then, start.marked(branch.bits));
        let otherwise = self.after(branch.otherwise, start);
        let (Some(one), Some(other)) = (then, otherwise) else { return then.or(otherwise) };
        let parts = self.adds.iter_mut().zip(one.0.into_iter().zip(other.0));
        parts.for_each(|(adds, (one, other))| *adds |= one != other);
        Some(start.joined(one, other))
    }
}
