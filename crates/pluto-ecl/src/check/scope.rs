//! Bindings of one policy or migration: parameters, lets, constants, items of lists.

use super::codes;
use crate::ast::Name;
use crate::diagnostic::{Diagnostic, Span};
use crate::hir::Constant;
use crate::types::Type;

/// What a name is bound to.
#[derive(Clone, Debug)]
pub(super) enum Bound {
    /// A parameter.
    Param(u16),
    /// A local.
    Local(u16),
    /// A constant.
    Constant(Constant),
}

/// A name in scope.
#[derive(Clone, Debug)]
pub(super) struct Binding {
    pub(super) name: String,
    pub(super) span: Span,
    /// `parameter`, `let`, `constant`, `item`.
    what: &'static str,
    pub(super) bound: Bound,
    /// None when its declaration has errors: uses are silent.
    pub(super) ty: Option<Type>,
    used: bool,
}

/// The names that can be seen, innermost last.
#[derive(Debug, Default)]
pub(super) struct Scope {
    bindings: Vec<Binding>,
    /// Types of all locals so far.
    pub(super) locals: Vec<Type>,
}

impl Scope {
    /// Where the innermost scope begins, to be given to [`Self::leave`].
    pub(super) const fn enter(&self) -> usize {
        self.bindings.len()
    }

    /// Forgets the names bound since `mark`, and reports those nobody used.
    pub(super) fn leave(&mut self, mark: usize, out: &mut Vec<Diagnostic>) {
        for binding in self.bindings.drain(mark..) {
            if binding.used || binding.name.starts_with('_') || binding.what == "item" {
                continue;
            }
            let (what, name) = (binding.what, &binding.name);
            let message = format!("{what} `{name}` is never used");
            let found = Diagnostic::error(codes::UNUSED, message, binding.span, "never read");
            let hint = format!("remove it, or call it `_{name}` if it is meant to be unused");
            out.push(found.warning().note(hint));
        }
    }

    /// Binds a name that is not bound yet.
    pub(super) fn bind(
        &mut self,
        name: &Name,
        what: &'static str,
        bound: Bound,
        ty: Option<Type>,
        out: &mut Vec<Diagnostic>,
    ) {
        if let Some(first) = self.bindings.iter().find(|binding| binding.name == name.text) {
            out.push(shadowed(name, first.what, first.span));
        }
        let (text, span) = (name.text.clone(), name.span);
        self.bindings.push(Binding { name: text, span, what, bound, ty, used: false });
    }

    /// A new local of that type.
    pub(super) fn local(&mut self, ty: &Type) -> u16 {
        self.locals.push(ty.clone());
        u16::try_from(self.locals.len() - 1).unwrap_or(u16::MAX)
    }

    /// The binding of a name, now used.
    pub(super) fn find(&mut self, name: &str) -> Option<&Binding> {
        let binding = self.bindings.iter_mut().rev().find(|binding| binding.name == name)?;
        binding.used = true;
        Some(binding)
    }

    /// Whether the name is bound.
    pub(super) fn has(&self, name: &str) -> bool {
        self.bindings.iter().any(|binding| binding.name == name)
    }

    /// All names, for suggestions.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.bindings.iter().map(|binding| binding.name.as_str())
    }
}

/// A name that would hide another one.
pub(super) fn shadowed(name: &Name, what: &str, first: Span) -> Diagnostic {
    Diagnostic::error(
        codes::SHADOWED,
        format!("`{}` is already the name of a {what}", name.text),
        name.span,
        "bound again here",
    )
    .also(first, format!("this {what} has the name"))
    .note("a name means one thing in a policy, so that no reader takes one for the other: choose another name")
}
