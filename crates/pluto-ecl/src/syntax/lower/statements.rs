//! Blocks and statements.

use crate::ast::{Arm, Block, Expr, ExprKind, Name, Statement, StatementKind};
use crate::syntax::kind::{SyntaxKind, SyntaxNode};

use super::{child, constant, expression, first_expression, name, names, span, text, token};

/// A block, or one statement in place of one.
pub(super) fn block(node: &SyntaxNode) -> Block {
    // A plain loop: blocks nest, and every adapter would stand on the stack at every level.
    let mut statements = Vec::new();
    for child in node.children() {
        statements.extend(statement(&child));
    }
    Block { statements, span: span(node) }
}

/// A block of the one statement that `node` is.
fn block_of_one(node: &SyntaxNode) -> Option<Block> {
    let statement = statement(node)?;
    Some(Block { span: statement.span, statements: vec![statement] })
}

fn statement(node: &SyntaxNode) -> Option<Statement> {
    let kind = match node.kind() {
        SyntaxKind::If => conditional(node)?,
        SyntaxKind::Match => match_statement(node)?,
        _ => simple_statement(node)?,
    };
    Some(Statement { kind, span: span(node) })
}

/// A statement that holds no other.
fn simple_statement(node: &SyntaxNode) -> Option<StatementKind> {
    Some(match node.kind() {
        SyntaxKind::Const => StatementKind::Const(constant(node)?),
        SyntaxKind::Let => StatementKind::Let(name(node)?, first_expression(node)?),
        SyntaxKind::Require => StatementKind::Require(first_expression(node)?, text(node)),
        SyntaxKind::Allow => StatementKind::Allow(condition(node)?),
        SyntaxKind::Deny => StatementKind::Deny(condition(node)?, text(node)),
        SyntaxKind::Escalate => StatementKind::Escalate(full_values(&values_of(node)?)),
        SyntaxKind::Cost => StatementKind::Cost(full_values(&values_of(node)?)),
        SyntaxKind::Audit => StatementKind::Audit(full_values(&values_of(node)?)),
        SyntaxKind::Emit => {
            let fields = values_of(node).map(|list| values(&list)).unwrap_or_default();
            StatementKind::Emit(name(node)?, fields)
        }
        SyntaxKind::Put => {
            StatementKind::Put(name(node)?, first_expression(node)?, values(&values_of(node)?))
        }
        SyntaxKind::Delete => StatementKind::Delete(name(node)?, first_expression(node)?),
        _ => return None,
    })
}

fn match_statement(node: &SyntaxNode) -> Option<StatementKind> {
    let mut arms = Vec::new();
    for child in child(node, SyntaxKind::Arms)?.children() {
        arms.extend(arm(&child));
    }
    Some(StatementKind::Match(first_expression(node)?, arms))
}

/// The condition after `if`: `Some(None)` without `if`, none when it did not parse. A rule that lost
/// its condition must not become one that always holds.
fn condition(node: &SyntaxNode) -> Option<Option<Expr>> {
    match token(node, SyntaxKind::IfKw) {
        Some(_) => first_expression(node).map(Some),
        None => Some(None),
    }
}

fn conditional(node: &SyntaxNode) -> Option<StatementKind> {
    let mut blocks = node.children().filter(|child| child.kind() == SyntaxKind::Block);
    let then = block(&blocks.next()?);
    let otherwise = match blocks.next() {
        Some(found) => Some(block(&found)),
        None => child(node, SyntaxKind::If).and_then(|chained| block_of_one(&chained)),
    };
    Some(StatementKind::If(first_expression(node)?, then, otherwise))
}

fn arm(node: &SyntaxNode) -> Option<Arm> {
    let pattern = child(node, SyntaxKind::Pattern)?;
    let mut variants = names(&pattern);
    if variants.iter().any(|variant| variant.text == "_") {
        variants.clear();
    } else if variants.is_empty() {
        return None;
    }
    let body = match child(node, SyntaxKind::Block) {
        Some(found) => block(&found),
        None => node.children().find_map(|child| block_of_one(&child))?,
    };
    Some(Arm { variants, body, span: span(node) })
}

fn values_of(node: &SyntaxNode) -> Option<SyntaxNode> {
    child(node, SyntaxKind::Values)
}

/// `name` or `name: value`, as written.
fn values(node: &SyntaxNode) -> Vec<(Name, Option<Expr>)> {
    let entries = node.children().filter(|child| child.kind() == SyntaxKind::Value);
    entries
        .filter_map(|entry| {
            let value = entry.children().find_map(|child| expression(&child));
            let is_lost = value.is_none() && token(&entry, SyntaxKind::Colon).is_some();
            if is_lost { None } else { Some((name(&entry)?, value)) }
        })
        .collect()
}

/// The same, where `name` alone stands for `name: name`.
pub(super) fn full_values(node: &SyntaxNode) -> Vec<(Name, Expr)> {
    let short = |name: &Name| Expr { kind: ExprKind::Name(name.text.clone()), span: name.span };
    values(node)
        .into_iter()
        .map(|(name, value)| {
            let value = value.unwrap_or_else(|| short(&name));
            (name, value)
        })
        .collect()
}
