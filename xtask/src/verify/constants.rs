//! Finds constants built by one constructor, such as `const TORN: Code = Code::new(…)`.
//!
//! Error codes and formats are declared this way, so that the source is their only register.

use syn::visit::{self, Visit};
use syn::{Expr, Lit};

use super::source::{Source, is_test_only};

/// One argument of the constructor, as far as it can be read without compiling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Argument {
    /// A string literal.
    Text(String),
    /// An integer literal.
    Number(u64),
    /// The last part of a path: `Corrupt` of `Kind::Corrupt`.
    Name(String),
    /// Anything that needs a compiler.
    Computed,
}

/// One call of the constructor.
#[derive(Clone, Debug)]
pub(crate) struct Constant {
    /// The constant that holds the value; `None` for a call outside a constant.
    pub(crate) name: Option<String>,
    /// File of the call.
    pub(crate) path: String,
    /// Line of the call.
    pub(crate) line: usize,
    /// The crate that declares it.
    pub(crate) krate: String,
    /// What it is built from.
    pub(crate) arguments: Vec<Argument>,
}

/// Every call of `<type_name>::new` in the source, outside test modules.
pub(crate) fn find(source: &Source, type_name: &'static str) -> Vec<Constant> {
    let mut finder = Finder { source, type_name, constant: None, found: Vec::new() };
    finder.visit_file(&source.file);
    finder.found
}

struct Finder<'a> {
    source: &'a Source,
    type_name: &'static str,
    constant: Option<String>,
    found: Vec<Constant>,
}

impl Finder<'_> {
    fn inside(&mut self, name: &syn::Ident, value: &Expr) {
        let outer = self.constant.replace(name.to_string());
        self.visit_expr(value);
        self.constant = outer;
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_test_only(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.inside(&item.ident, &item.expr);
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        self.inside(&item.ident, &item.expr);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let Expr::Path(function) = &*call.func {
            let mut parts = function.path.segments.iter().rev();
            if parts.next().is_some_and(|part| part.ident == "new")
                && let Some(owner) = parts.next().filter(|part| part.ident == self.type_name)
            {
                self.found.push(Constant {
                    name: self.constant.clone(),
                    path: self.source.path.clone(),
                    line: owner.ident.span().start().line,
                    krate: self.source.crate_name().to_owned(),
                    arguments: call.args.iter().map(argument).collect(),
                });
            }
        }
        visit::visit_expr_call(self, call);
    }
}

fn argument(value: &Expr) -> Argument {
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Argument::Text(text.value()),
            Lit::Int(number) => number.base10_parse().map_or(Argument::Computed, Argument::Number),
            _ => Argument::Computed,
        },
        Expr::Path(path) => match path.path.segments.last() {
            Some(part) => Argument::Name(part.ident.to_string()),
            None => Argument::Computed,
        },
        _ => Argument::Computed,
    }
}
