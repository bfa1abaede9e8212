//! What a `use` declaration brings into scope, one entry per leaf of its tree.

use std::ops::Range;

use syn::UseTree;
use syn::spanned::Spanned as _;

/// One leaf of a `use` tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Use {
    /// The segments, that of the leaf included; without the star of a glob, and without `self`.
    pub(crate) path: Vec<String>,
    /// The name bound: the last segment, what stands behind `as`, `_`, or `*` for a glob.
    pub(crate) name: String,
    /// Whether it starts with `::`.
    pub(crate) rooted: bool,
    /// Where the leaf stands.
    pub(crate) leaf: Range<usize>,
}

impl Use {
    /// Whether it brings in whatever there is.
    pub(crate) fn is_glob(&self) -> bool {
        self.name == "*"
    }

    /// The path as an import, with its `as`.
    pub(crate) fn written(&self) -> String {
        let path = self.path.join("::");
        let root = if self.rooted { "::" } else { "" };
        match self.path.last() {
            _ if self.is_glob() => format!("{root}{path}::*"),
            Some(last) if *last == self.name => format!("{root}{path}"),
            _ => format!("{root}{path} as {}", self.name),
        }
    }
}

/// The leaves of a declaration.
pub(crate) fn of_item(item: &syn::ItemUse) -> Vec<Use> {
    let mut found = Vec::new();
    walk(&item.tree, &mut Vec::new(), item.leading_colon.is_some(), &mut found);
    found
}

/// The crate brought in.
pub(crate) fn of_extern_crate(item: &syn::ItemExternCrate) -> Vec<Use> {
    let name = item.ident.to_string();
    let bound = item.rename.as_ref().map_or_else(|| name.clone(), |(_, alias)| alias.to_string());
    vec![Use { path: vec![name], name: bound, rooted: false, leaf: item.span().byte_range() }]
}

fn walk(tree: &UseTree, above: &mut Vec<String>, rooted: bool, found: &mut Vec<Use>) {
    let leaf = tree.span().byte_range();
    let mut add = |path: Vec<String>, name: String| {
        found.push(Use { path, name, rooted, leaf: leaf.clone() });
    };
    match tree {
        UseTree::Path(part) => {
            above.push(part.ident.to_string());
            walk(&part.tree, above, rooted, found);
            above.pop();
        }
        UseTree::Name(part) => {
            let path = extended(above, &part.ident.to_string());
            let name = path.last().cloned().unwrap_or_default();
            add(path, name);
        }
        UseTree::Rename(part) => {
            add(extended(above, &part.ident.to_string()), part.rename.to_string());
        }
        UseTree::Glob(_) => add(above.clone(), "*".to_owned()),
        UseTree::Group(group) => {
            for part in &group.items {
                walk(part, above, rooted, found);
            }
        }
    }
}

/// `{self}` names the module above.
fn extended(above: &[String], name: &str) -> Vec<String> {
    let mut path = above.to_vec();
    if name != "self" || above.is_empty() {
        path.push(name.to_owned());
    }
    path
}
