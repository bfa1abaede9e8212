//! Which paths decide, and how many effects a path can have.

use crate::ast::{Block, Statement, StatementKind};
use crate::diagnostic::Span;
use crate::hir::Stmt;

/// A path that reaches its end without a decision or a check.
pub(super) struct Open {
    /// Where it leaves the statements that decide.
    pub(super) span: Span,
    pub(super) label: &'static str,
}

/// Whether a statement always decides.
pub(super) fn decides(statement: &Statement) -> bool {
    match &statement.kind {
        StatementKind::Allow(None) | StatementKind::Deny(None, _) | StatementKind::Escalate(_) => {
            true
        }
        StatementKind::If(_, yes, Some(no)) => ends(yes) && ends(no),
        StatementKind::Match(_, arms) => !arms.is_empty() && arms.iter().all(|arm| ends(&arm.body)),
        _ => false,
    }
}

/// Whether a block always decides.
pub(super) fn ends(block: &Block) -> bool {
    block.statements.iter().any(decides)
}

/// A path through the block that neither decides nor checks anything; none when there is none.
pub(super) fn undecided(block: &Block) -> Option<Open> {
    let mut nearest = None;
    for statement in &block.statements {
        match &statement.kind {
            StatementKind::Require(..)
            | StatementKind::Allow(_)
            | StatementKind::Deny(..)
            | StatementKind::Escalate(_) => return None,
            StatementKind::If(_, yes, no) => {
                let open = undecided(yes).or_else(|| match no {
                    Some(no) => undecided(no),
                    None => Some(Open {
                        span: statement.span,
                        label: "when this condition does not hold, nothing is decided",
                    }),
                });
                nearest = Some(open?);
            }
            StatementKind::Match(_, arms) => {
                nearest = Some(arms.iter().find_map(|arm| undecided(&arm.body))?);
            }
            _ => {}
        }
    }
    nearest.or(Some(Open { span: block.span, label: "nothing is decided here" }))
}

/// The most effects a path through the statements can have.
pub(super) fn most_effects(statements: &[Stmt]) -> usize {
    let most = |statement: &Stmt| match statement {
        Stmt::Effect(..) => 1,
        Stmt::If(_, yes, no) => most_effects(yes).max(most_effects(no)),
        Stmt::Match(_, arms) => arms.iter().map(|(_, body)| most_effects(body)).max().unwrap_or(0),
        _ => 0,
    };
    statements.iter().map(most).sum()
}
