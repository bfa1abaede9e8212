//! The lossless tree to the owned one: items, types, tests.
//!
//! What is not complete is left out: the parser has said why. Nothing is invented in its place, except
//! that a store without a version has version 1.

mod expressions;
mod statements;

use crate::ast::{
    Const, Enum, Expect, Expr, Field, Given, GivenKind, Item, Literal, Migration, Name, Policy,
    Record, Source, Store, Test, Text, TypeArgument, TypeExpr, TypeKind,
};
use crate::diagnostic::Span;

use super::kind::{SyntaxElement, SyntaxKind, SyntaxNode, SyntaxToken};
use super::values;

use expressions::expression;

/// A whole source.
pub(super) fn source(root: &SyntaxNode) -> Source {
    let mut source = Source::default();
    for node in root.children() {
        if node.kind() == SyntaxKind::Edition {
            source.edition = source.edition.or_else(|| small_number(&node));
        } else if let Some(item) = item(&node) {
            source.items.push(item);
        }
    }
    source
}

fn item(node: &SyntaxNode) -> Option<Item> {
    Some(match node.kind() {
        SyntaxKind::Const => Item::Const(constant(node)?),
        SyntaxKind::Enum => Item::Enum(Enum {
            name: name(node)?,
            variants: names(&child(node, SyntaxKind::Variants)?),
            span: span(node),
        }),
        SyntaxKind::Record => Item::Record(Record {
            name: name(node)?,
            fields: fields(&child(node, SyntaxKind::Fields)?),
            span: span(node),
        }),
        SyntaxKind::Store => Item::Store(store(node)?),
        SyntaxKind::Migration => Item::Migration(migration(node)?),
        SyntaxKind::Policy => Item::Policy(policy(node)?),
        SyntaxKind::Test => Item::Test(test(node)?),
        _ => return None,
    })
}

fn constant(node: &SyntaxNode) -> Option<Const> {
    Some(Const {
        name: name(node)?,
        ty: node.children().find_map(|child| written_type(&child)),
        value: first_expression(node)?,
        span: span(node),
    })
}

fn store(node: &SyntaxNode) -> Option<Store> {
    let name = name(node)?;
    let body = child(node, SyntaxKind::Fields)?;
    let indexes = body.children().filter(|child| child.kind() == SyntaxKind::Index);
    Some(Store {
        version: small_number(node).unwrap_or((1, name.span)),
        name,
        fields: fields(&body),
        indexes: indexes.filter_map(|index| self::name(&index)).collect(),
        span: span(node),
    })
}

fn migration(node: &SyntaxNode) -> Option<Migration> {
    let new = child(node, SyntaxKind::Values)?;
    Some(Migration {
        store: name(node)?,
        from: small_number(node)?,
        old: fields(&child(node, SyntaxKind::Fields)?),
        fields: statements::full_values(&new),
        span: span(node),
    })
}

fn policy(node: &SyntaxNode) -> Option<Policy> {
    let mut names = names(node).into_iter();
    Some(Policy {
        name: names.next()?,
        kind: names.next()?,
        params: child(node, SyntaxKind::Params).map(|params| fields(&params)).unwrap_or_default(),
        body: statements::block(&child(node, SyntaxKind::Block)?),
        span: span(node),
    })
}

fn test(node: &SyntaxNode) -> Option<Test> {
    let given = node.children().filter(|child| child.kind() == SyntaxKind::Given);
    Some(Test {
        title: text(node)?,
        policy: name(node)?,
        given: given.filter_map(|given| self::given(&given)).collect(),
        expect: child(node, SyntaxKind::Expect).and_then(|expect| expectation(&expect)),
        span: span(node),
    })
}

fn given(node: &SyntaxNode) -> Option<Given> {
    let path = names(&child(node, SyntaxKind::Path)?);
    let literal = || node.children().find_map(|child| literal(&child));
    let kind = if token(node, SyntaxKind::HasKw).is_some() {
        GivenKind::Has(path, name(node)?, text(node)?)
    } else if token(node, SyntaxKind::LeftBracket).is_some() {
        GivenKind::Record(path.into_iter().next()?, text(node)?, literal()?)
    } else if token(node, SyntaxKind::Eq).is_some() {
        GivenKind::Value(path, literal()?)
    } else {
        let is_word = |token: &SyntaxToken| token.kind() == SyntaxKind::Word;
        // `given` itself is the first word.
        tokens(node).filter(is_word).nth(1)?;
        GivenKind::Known(path)
    };
    Some(Given { kind, span: span(node) })
}

fn literal(node: &SyntaxNode) -> Option<Literal> {
    match node.kind() {
        SyntaxKind::RecordLiteral => {
            let entries = node.children().filter_map(|entry| {
                let value = entry.children().find_map(|child| literal(&child))?;
                Some((name(&entry)?, value))
            });
            Some(Literal::Record(entries.collect(), span(node)))
        }
        SyntaxKind::ListLiteral => {
            let items = node.children().filter_map(|item| literal(&item));
            Some(Literal::List(items.collect(), span(node)))
        }
        _ => expression(node).map(Literal::Expr),
    }
}

fn expectation(node: &SyntaxNode) -> Option<Expect> {
    let words = tokens(node).filter(|token| {
        let kind = token.kind();
        kind == SyntaxKind::Word || kind.is_keyword()
    });
    Some(Expect {
        // `expect` itself is the first word.
        word: words.map(|token| as_name(&token)).nth(1)?,
        reason: text(node),
        fault: name(node),
        span: span(node),
    })
}

fn fields(node: &SyntaxNode) -> Vec<Field> {
    let fields = node.children().filter(|child| child.kind() == SyntaxKind::Field);
    fields
        .filter_map(|field| {
            Some(Field {
                name: name(&field)?,
                ty: field.children().find_map(|child| written_type(&child))?,
                default: first_expression(&field),
            })
        })
        .collect()
}

fn written_type(node: &SyntaxNode) -> Option<TypeExpr> {
    let kind = match node.kind() {
        SyntaxKind::TypeEnum => TypeKind::Enum(names(&child(node, SyntaxKind::Variants)?)),
        SyntaxKind::Type => {
            let arguments = child(node, SyntaxKind::TypeArgs);
            let arguments = arguments.map(|list| type_arguments(&list)).unwrap_or_default();
            TypeKind::Named(name(node)?, arguments)
        }
        _ => return None,
    };
    Some(TypeExpr { kind, span: span(node) })
}

fn type_arguments(node: &SyntaxNode) -> Vec<TypeArgument> {
    node.children_with_tokens()
        .filter_map(|element| match element {
            SyntaxElement::Node(node) => written_type(&node).map(TypeArgument::Type),
            SyntaxElement::Token(token) if token.kind() == SyntaxKind::Int => {
                let value = values::digits(token.text())?;
                Some(TypeArgument::Bound(i64::try_from(value).ok()?, token_span(&token)))
            }
            SyntaxElement::Token(_) => None,
        })
        .collect()
}

// Looking into a node.

fn child(node: &SyntaxNode, kind: SyntaxKind) -> Option<SyntaxNode> {
    node.children().find(|child| child.kind() == kind)
}

fn first_expression(node: &SyntaxNode) -> Option<Expr> {
    node.children().find_map(|child| expression(&child))
}

fn tokens(node: &SyntaxNode) -> impl Iterator<Item = SyntaxToken> {
    node.children_with_tokens().filter_map(SyntaxElement::into_token)
}

fn token(node: &SyntaxNode, kind: SyntaxKind) -> Option<SyntaxToken> {
    tokens(node).find(|token| token.kind() == kind)
}

fn names(node: &SyntaxNode) -> Vec<Name> {
    let names = tokens(node).filter(|token| token.kind() == SyntaxKind::Ident);
    names.map(|token| as_name(&token)).collect()
}

fn name(node: &SyntaxNode) -> Option<Name> {
    token(node, SyntaxKind::Ident).map(|token| as_name(&token))
}

fn as_name(token: &SyntaxToken) -> Name {
    Name { text: token.text().to_owned(), span: token_span(token) }
}

fn text(node: &SyntaxNode) -> Option<Text> {
    let token = token(node, SyntaxKind::Text)?;
    Some(Text { text: values::unquote(token.text()), span: token_span(&token) })
}

fn small_number(node: &SyntaxNode) -> Option<(u16, Span)> {
    let token = token(node, SyntaxKind::Int)?;
    let value = u16::try_from(values::digits(token.text())?).ok()?;
    Some((value, token_span(&token)))
}

fn span(node: &SyntaxNode) -> Span {
    let range = node.text_range();
    Span { start: range.start().into(), end: range.end().into() }
}

fn token_span(token: &SyntaxToken) -> Span {
    let range = token.text_range();
    Span { start: range.start().into(), end: range.end().into() }
}
