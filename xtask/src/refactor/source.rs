//! What a Rust file is made of, by byte ranges of its own text.
//!
//! Nothing is ever printed from a syntax tree: an item is a range of the text that was read, with the
//! comments that belong to it, and an edit cuts or puts such ranges. What is outside of them stays byte
//! for byte. Names are gathered by their heads and never resolved here; that is what `tree` does.

pub(crate) mod comments;
pub(crate) mod items;
pub(crate) mod names;
pub(crate) mod tokens;
pub(crate) mod tree;
pub(crate) mod uses;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::ops::Range;

use crate::finding::{Finding, Rule};

const UNREADABLE: Rule =
    Rule::new("refactor", "unreadable", "restore or correct the file, so that it parses alone");

/// A parsed file.
#[derive(Clone, Debug)]
pub(crate) struct SourceFile {
    /// Relative to the package, with `/`.
    pub(crate) path: String,
    /// As read.
    pub(crate) text: String,
    /// In order.
    pub(crate) items: Vec<Item>,
}

/// One item of a file or an inline module.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// What it is.
    pub(crate) kind: Kind,
    /// Its name; the name of the self type for an impl, of the macro for a macro call, empty for uses.
    pub(crate) name: String,
    /// With the comments directly above, and the one behind it on its last line.
    pub(crate) full: Range<usize>,
    /// From its first attribute or doc comment to its end.
    pub(crate) span: Range<usize>,
    /// From its visibility or keyword to its end.
    pub(crate) bare: Range<usize>,
    /// Its visibility; an empty range where one would be put.
    pub(crate) visibility: Visibility,
    /// The outer attributes, without doc comments.
    pub(crate) attributes: Vec<Range<usize>>,
    /// The texts of its `cfg` attributes, `#[cfg(…)]`.
    pub(crate) cfgs: Vec<String>,
    /// Name of the trait of a trait impl.
    pub(crate) trait_name: Option<String>,
    /// Names an impl may belong to: its self type, then what that and the trait name.
    pub(crate) owners: Vec<String>,
    /// What a `use` or `extern crate` brings into scope.
    pub(crate) uses: Vec<uses::Use>,
    /// Heads of the paths it names, and every identifier in its macro calls that may be one.
    pub(crate) names: BTreeSet<String>,
    /// Whole paths it names that begin with `crate`, `self` or `super`, or have more than one segment.
    pub(crate) paths: BTreeSet<Vec<String>>,
    /// Fields, methods and associated items, each with its visibility.
    pub(crate) members: Vec<Member>,
    /// The inside of an inline module.
    pub(crate) content: Option<Content>,
}

/// The inside of an inline module.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    /// Between the braces.
    pub(crate) inner: Range<usize>,
    /// Where its inner attributes end.
    pub(crate) head_end: usize,
    /// In order.
    pub(crate) items: Vec<Item>,
}

/// A field, method, variant or associated item.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// Its name; the position of a tuple field.
    pub(crate) name: String,
    /// From its attributes to its end.
    pub(crate) span: Range<usize>,
    /// Absent where the language has none: variants, items of traits and trait impls.
    pub(crate) visibility: Option<Visibility>,
}

/// A visibility and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Visibility {
    /// Empty where nothing is written.
    pub(crate) range: Range<usize>,
    /// As written, without spaces: ``, `pub`, `pub(crate)`, `pub(super)`, `pub(incrate::a)`.
    pub(crate) written: String,
}

/// The kinds of items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// `struct`
    Struct,
    /// `enum`
    Enum,
    /// `union`
    Union,
    /// `type`
    Type,
    /// `trait`
    Trait,
    /// `fn`
    Fn,
    /// `const`
    Const,
    /// `static`
    Static,
    /// `macro_rules!`
    Macro,
    /// `mod`
    Mod,
    /// `impl`
    Impl,
    /// `use`
    Use,
    /// `extern crate`
    ExternCrate,
    /// A macro call, `extern` block or anything else without a name.
    Other,
}

impl Kind {
    /// The keyword, as written before the name in a plan.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Struct => "struct",
            Self::Enum => "enum",
            Self::Union => "union",
            Self::Type => "type",
            Self::Trait => "trait",
            Self::Fn => "fn",
            Self::Const => "const",
            Self::Static => "static",
            Self::Macro => "macro",
            Self::Mod => "mod",
            Self::Impl => "impl",
            Self::Use => "use",
            Self::ExternCrate => "extern crate",
            Self::Other => "call",
        }
    }

    /// Whether it declares a name that paths can reach.
    pub(crate) const fn is_named(self) -> bool {
        !matches!(self, Self::Impl | Self::Use | Self::ExternCrate | Self::Other)
    }
}

impl Item {
    /// `struct Parser`, `impl Display for Parser`.
    pub(crate) fn title(&self) -> String {
        match &self.trait_name {
            Some(trait_name) => format!("impl {trait_name} for {}", self.name),
            None => format!("{} {}", self.kind.word(), self.name).trim_end().to_owned(),
        }
    }

    /// Whether an attribute with this path stands before it.
    pub(crate) fn has_attribute(&self, text: &str, path: &str) -> bool {
        self.attributes.iter().any(|range| attribute_path(slice(text, range)) == path)
    }

    /// Whether it is compiled for tests only.
    pub(crate) fn is_test_only(&self) -> bool {
        self.cfgs.iter().any(|cfg| cfg.contains("test") && !cfg.contains("not("))
    }

    /// Whether `wanted` of a plan means this item.
    pub(crate) fn matches(&self, wanted: &str) -> bool {
        if let Some(head) = wanted.strip_prefix("impl:") {
            let Some((trait_name, type_name)) = head.split_once(" for ") else {
                return self.kind == Kind::Impl && self.trait_name.is_none() && self.name == head;
            };
            return self.kind == Kind::Impl
                && self.name == type_name.trim()
                && self.trait_name.as_deref() == Some(trait_name.trim());
        }
        let (kind, name) = wanted.split_once(':').unwrap_or(("", wanted));
        let fits = match name.split_once('*') {
            Some((head, tail)) => {
                self.name.len() >= head.len() + tail.len()
                    && self.name.starts_with(head)
                    && self.name.ends_with(tail)
            }
            None => self.name == name,
        };
        let kind_fits =
            if kind == "call" { self.kind == Kind::Other } else { self.kind.is_named() };
        kind_fits && fits && (kind.is_empty() || kind == self.kind.word())
    }
}

impl SourceFile {
    /// Parses `text`, the content of `path`.
    pub(crate) fn parse(path: &str, text: String) -> Result<Self, Finding> {
        let (_, items) = items::parse(&text).map_err(|error| {
            UNREADABLE.at(path, error.span().start().line.max(1), error.to_string())
        })?;
        Ok(Self { path: path.to_owned(), text, items })
    }

    /// The items with this name.
    pub(crate) fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Item> {
        self.items.iter().filter(move |item| item.kind.is_named() && item.name == name)
    }

    /// Lines of the file.
    pub(crate) fn lines(&self) -> usize {
        self.text.lines().count()
    }
}

/// The text of a range; empty when it does not fit.
pub(crate) fn slice<'a>(text: &'a str, range: &Range<usize>) -> &'a str {
    text.get(range.clone()).unwrap_or_default()
}

/// `cfg` of `#[cfg(test)]`.
fn attribute_path(attribute: &str) -> &str {
    let inner = attribute.trim_start_matches(['#', '!', '[', ' ']);
    inner.split(['(', '=', ']', ' ']).next().unwrap_or_default()
}
