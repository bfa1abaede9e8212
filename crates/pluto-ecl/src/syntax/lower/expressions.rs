//! Expressions.

use crate::ast::{BinaryOp, Expr, ExprKind, Name};
use crate::syntax::kind::{SyntaxElement, SyntaxKind, SyntaxNode};
use crate::syntax::values;

use super::{as_name, child, first_expression, name, span, text, tokens};

/// The expression that `node` is. Parentheses leave no trace but the places of what they hold.
pub(super) fn expression(node: &SyntaxNode) -> Option<Expr> {
    let kind = match node.kind() {
        SyntaxKind::Paren => return first_expression(node),
        SyntaxKind::Literal => literal(node)?,
        SyntaxKind::NameExpr => ExprKind::Name(name(node)?.text),
        SyntaxKind::FieldExpr => ExprKind::Field(boxed(node)?, name(node)?),
        SyntaxKind::OptionFieldExpr => ExprKind::OptionField(boxed(node)?, name(node)?),
        SyntaxKind::IndexExpr => {
            let (store, key) = two(node)?;
            ExprKind::Index(store, key)
        }
        SyntaxKind::Call => ExprKind::Call(name(node)?, all(&child(node, SyntaxKind::Args)?)?),
        SyntaxKind::Unary => unary(node)?,
        SyntaxKind::Binary => {
            let operator = tokens(node).find_map(|token| operator(token.kind()))?;
            let (left, right) = two(node)?;
            ExprKind::Binary(operator, left, right)
        }
        SyntaxKind::InExpr => match child(node, SyntaxKind::Set) {
            Some(set) => ExprKind::InSet(boxed(node)?, all(&set)?),
            None => {
                let (value, set) = two(node)?;
                ExprKind::In(value, set)
            }
        },
        SyntaxKind::HasExpr => ExprKind::Has(boxed(node)?, name(node)?, text(node)?),
        SyntaxKind::Comprehension => comprehension(node)?,
        SyntaxKind::Choose => {
            let mut parts = node.children().filter_map(|child| expression(&child)).map(Box::new);
            ExprKind::Choose(parts.next()?, parts.next()?, parts.next()?)
        }
        _ => return None,
    };
    Some(Expr { kind, span: span(node) })
}

fn boxed(node: &SyntaxNode) -> Option<Box<Expr>> {
    first_expression(node).map(Box::new)
}

/// The two operands.
fn two(node: &SyntaxNode) -> Option<(Box<Expr>, Box<Expr>)> {
    let mut operands = node.children().filter_map(|child| expression(&child)).map(Box::new);
    Some((operands.next()?, operands.next()?))
}

/// Every expression of a list, or none if one of them is lost.
fn all(node: &SyntaxNode) -> Option<Vec<Expr>> {
    node.children().map(|child| expression(&child)).collect()
}

fn literal(node: &SyntaxNode) -> Option<ExprKind> {
    let token = tokens(node).find(|token| !token.kind().is_trivia())?;
    let text = token.text();
    Some(match token.kind() {
        SyntaxKind::Int => {
            ExprKind::Int(values::digits(text).and_then(|value| i64::try_from(value).ok()))
        }
        SyntaxKind::Decimal => ExprKind::Fixed(values::millionths(text)),
        SyntaxKind::Duration => ExprKind::Duration(values::milliseconds(text)),
        SyntaxKind::Text => ExprKind::Text(values::unquote(text)),
        SyntaxKind::TrueKw => ExprKind::Bool(true),
        SyntaxKind::FalseKw => ExprKind::Bool(false),
        SyntaxKind::NoneKw => ExprKind::None,
        SyntaxKind::SubjectKw => ExprKind::Subject,
        SyntaxKind::NowKw => ExprKind::Now,
        _ => return None,
    })
}

fn unary(node: &SyntaxNode) -> Option<ExprKind> {
    let is_not = tokens(node).any(|token| token.kind() == SyntaxKind::Bang);
    if is_not {
        return Some(ExprKind::Not(boxed(node)?));
    }
    let operand = child(node, SyntaxKind::Literal);
    let is_smallest = operand.is_some_and(|operand| {
        let digits = tokens(&operand).find(|token| token.kind() == SyntaxKind::Int);
        digits.and_then(|token| values::digits(token.text())) == Some(i64::MIN.unsigned_abs())
    });
    // The number alone has no place in 64 bits.
    Some(if is_smallest { ExprKind::Int(Some(i64::MIN)) } else { ExprKind::Negate(boxed(node)?) })
}

fn operator(kind: SyntaxKind) -> Option<BinaryOp> {
    Some(match kind {
        SyntaxKind::OrOr => BinaryOp::Or,
        SyntaxKind::AndAnd => BinaryOp::And,
        SyntaxKind::EqEq => BinaryOp::Eq,
        SyntaxKind::NotEq => BinaryOp::Ne,
        SyntaxKind::Less => BinaryOp::Lt,
        SyntaxKind::LessEq => BinaryOp::Le,
        SyntaxKind::Greater => BinaryOp::Gt,
        SyntaxKind::GreaterEq => BinaryOp::Ge,
        SyntaxKind::Plus => BinaryOp::Add,
        SyntaxKind::Minus => BinaryOp::Sub,
        SyntaxKind::Star => BinaryOp::Mul,
        SyntaxKind::Slash => BinaryOp::Div,
        SyntaxKind::Percent => BinaryOp::Rem,
        _ => return None,
    })
}

/// Names and words in their order: `word ( item in list of value where condition )`.
fn comprehension(node: &SyntaxNode) -> Option<ExprKind> {
    let mut word: Option<Name> = None;
    let mut clause = String::new();
    let (mut list, mut value, mut condition) = (None, None, None);
    for element in node.children_with_tokens() {
        match element {
            SyntaxElement::Token(token) if token.kind() == SyntaxKind::Word => {
                if word.is_none() {
                    word = Some(as_name(&token));
                } else {
                    token.text().clone_into(&mut clause);
                }
            }
            SyntaxElement::Token(_) => {}
            SyntaxElement::Node(part) => {
                let part = Some(Box::new(expression(&part)?));
                match clause.as_str() {
                    "of" => value = part,
                    "where" => condition = part,
                    _ => list = part,
                }
            }
        }
    }
    Some(ExprKind::Comprehension { word: word?, item: name(node)?, list: list?, value, condition })
}
