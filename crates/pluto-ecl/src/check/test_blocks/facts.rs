//! What a test gives, as far as it is read.

use std::collections::{BTreeMap, BTreeSet};

use crate::ast::{Expr, ExprKind, Literal, Name};
use crate::check::Checker;
use crate::check::literals::Identities;
use crate::hir::{ClaimKind, TestValue};
use crate::types::Type;

/// Parameters of the policy under test.
pub(super) type Params = Vec<(Name, Option<Type>)>;

/// What a test gives, as far as it is read.
pub(super) struct Facts<'a> {
    pub(super) params: Params,
    /// Values by path.
    pub(super) values: Vec<(&'a [Name], &'a Literal)>,
    pub(super) who: Identities,
    /// Where facts speak of somebody by name who is no parameter.
    pub(super) spoken: Vec<(u16, Name)>,
    pub(super) known: BTreeSet<u16>,
    pub(super) trust: BTreeMap<u16, [Option<u32>; 6]>,
    pub(super) balance: BTreeMap<u16, i64>,
    pub(super) claims: Vec<(u16, ClaimKind, String)>,
    pub(super) records: Vec<(u16, String, TestValue)>,
    pub(super) now_ms: Option<i64>,
}

impl<'a> Facts<'a> {
    /// Nothing given yet, about a policy with these parameters.
    pub(super) fn about(params: Params) -> Self {
        Self {
            params,
            values: Vec::new(),
            who: Identities::new(),
            spoken: Vec::new(),
            known: BTreeSet::new(),
            trust: BTreeMap::new(),
            balance: BTreeMap::new(),
            claims: Vec::new(),
            records: Vec::new(),
            now_ms: None,
        }
    }

    /// The type a path of the parameters leads to: none when it leads nowhere, some none when there is
    /// an error on the way.
    pub(super) fn type_at(&self, checker: &Checker<'_>, path: &[Name]) -> Option<Option<Type>> {
        let (first, rest) = path.split_first()?;
        let (_, ty) = self.params.iter().find(|(name, _)| name.text == first.text)?;
        let Some(ty) = ty else { return Some(None) };
        let mut ty = ty.clone();
        for name in rest {
            if let Type::Option(inner) = ty {
                ty = *inner;
            }
            let Type::Record(id) = ty else { return None };
            let fields = &checker.types.record(id)?.fields;
            ty = fields.iter().find(|(field, _)| *field == name.text)?.1.clone();
        }
        Some(Some(ty))
    }

    /// Whether a line gives a parameter or a part of one.
    pub(super) fn is_value(&self, checker: &Checker<'_>, path: &[Name]) -> bool {
        self.type_at(checker, path).is_some()
    }

    /// The name a did on that path was given, if it was.
    pub(super) fn named(&self, path: &[Name]) -> Option<String> {
        let (rest, literal) = self.values.iter().find_map(|(given, literal)| {
            let starts =
                path.len() >= given.len() && path.iter().zip(*given).all(|(a, b)| a.text == b.text);
            starts.then(|| path.get(given.len()..).map(|rest| (rest, *literal)))?
        })?;
        let mut literal = literal;
        for name in rest {
            let Literal::Record(fields, _) = literal else { return None };
            literal = &fields.iter().find(|(field, _)| field.text == name.text)?.1;
        }
        match literal {
            Literal::Expr(Expr { kind: ExprKind::Name(name), .. }) => Some(name.clone()),
            Literal::Expr(Expr { kind: ExprKind::Subject, .. }) => Some(String::from("subject")),
            _ => None,
        }
    }

    /// Whether a name stands for somebody in the question.
    pub(super) fn takes_part(&self, name: &str) -> bool {
        self.values.iter().any(|(_, literal)| mentions(literal, name))
    }
}

fn mentions(literal: &Literal, name: &str) -> bool {
    match literal {
        Literal::Expr(expr) => match &expr.kind {
            ExprKind::Name(found) => found == name,
            ExprKind::Call(_, arguments) => arguments
                .iter()
                .any(|argument| matches!(&argument.kind, ExprKind::Name(found) if found == name)),
            _ => false,
        },
        Literal::Record(fields, _) => fields.iter().any(|(_, literal)| mentions(literal, name)),
        Literal::List(items, _) => items.iter().any(|literal| mentions(literal, name)),
    }
}

/// A path as it is written.
pub(super) fn joined(path: &[Name]) -> String {
    path.iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join(".")
}
