//! One crate as a tree of modules, found by following `mod` from its root file.
//!
//! What no file or module declares is not in it, and neither are modules that a macro makes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::uses::Use;
use super::{Item, Kind, SourceFile, slice};
use crate::finding::{Finding, Rule};

const MISSING: Rule =
    Rule::new("refactor", "missing-file", "restore the file, or remove its `mod` declaration");

/// A module: a file, or an inline module of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Module {
    /// Segments below `crate`.
    pub(crate) path: Vec<String>,
    /// The file it is written in.
    pub(crate) file: String,
    /// Names of the inline modules around its items, inside the file.
    pub(crate) inline: Vec<String>,
}

/// What a name means in a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Binding {
    /// An item of the module itself.
    Item(Kind),
    /// An import; the declaration's visibility and cfgs with it.
    Import {
        /// What is imported.
        leaf: Use,
        /// Its `cfg` attributes.
        cfgs: Vec<String>,
        /// As in `Visibility`.
        visibility: String,
    },
}

/// A crate.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    /// By path, relative to the package.
    pub(crate) files: BTreeMap<String, SourceFile>,
    /// Every module, the root first.
    pub(crate) modules: Vec<Module>,
}

impl Tree {
    /// Reads the crate whose root is `root_file`, relative to the folder `package`.
    pub(crate) fn load(package: &Path, root_file: &str) -> Result<Self, Finding> {
        Self::load_with(root_file, &|path| fs::read_to_string(package.join(path)).ok())
    }

    /// Reads the crate with a function from path to text.
    pub(crate) fn load_with(
        root_file: &str,
        read: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Finding> {
        let mut tree = Self::default();
        let mut waiting = vec![(root_file.to_owned(), Vec::new())];
        while let Some((file, path)) = waiting.pop() {
            if tree.files.contains_key(&file) {
                continue;
            }
            let Some(text) = read(&file) else {
                if path.is_empty() {
                    return Err(MISSING.at(&file, 1, "the root of the crate cannot be read"));
                }
                // Declared under a `cfg` that does not hold, or by build output.
                continue;
            };
            let parsed = SourceFile::parse(&file, text)?;
            let is_root = path.is_empty();
            let module = Module { path, file: file.clone(), inline: Vec::new() };
            tree.add_modules(&parsed.text, &parsed.items, &module, is_root, read, &mut waiting);
            tree.files.insert(file, parsed);
        }
        tree.modules.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(tree)
    }

    /// A crate of one file.
    pub(crate) fn of_one(file: SourceFile) -> Self {
        let module = Module { path: Vec::new(), file: file.path.clone(), inline: Vec::new() };
        Self { files: BTreeMap::from([(file.path.clone(), file)]), modules: vec![module] }
    }

    fn add_modules(
        &mut self,
        text: &str,
        items: &[Item],
        module: &Module,
        is_root: bool,
        read: &dyn Fn(&str) -> Option<String>,
        waiting: &mut Vec<(String, Vec<String>)>,
    ) {
        for item in items.iter().filter(|item| item.kind == Kind::Mod) {
            let mut path = module.path.clone();
            path.push(item.name.trim_start_matches("r#").to_owned());
            if let Some(content) = &item.content {
                let mut inline = module.inline.clone();
                inline.push(item.name.clone());
                let inner = Module { path, file: module.file.clone(), inline };
                self.add_modules(text, &content.items, &inner, is_root, read, waiting);
            } else {
                let candidates = candidates(text, item, module, is_root);
                let file = candidates.iter().find(|file| read(file).is_some());
                waiting.extend(file.map(|file| (file.clone(), path)));
            }
        }
        self.modules.push(module.clone());
    }

    /// The module that is the whole of `file`.
    pub(crate) fn of_file(&self, file: &str) -> Option<&Module> {
        self.modules.iter().find(|module| module.file == file && module.inline.is_empty())
    }

    /// The module with this path below `crate`.
    pub(crate) fn of_path(&self, path: &[String]) -> Option<&Module> {
        self.modules.iter().find(|module| module.path == path)
    }

    /// The innermost module that holds the byte `at` of `file`.
    pub(crate) fn at(&self, file: &str, at: usize) -> Option<&Module> {
        let mut items = &self.files.get(file)?.items;
        let mut path = self.of_file(file)?.path.clone();
        while let Some((item, content)) = items.iter().find_map(|item| {
            let content = item.content.as_ref()?;
            content.inner.contains(&at).then_some((item, content))
        }) {
            path.push(item.name.clone());
            items = &content.items;
        }
        self.of_path(&path)
    }

    /// Whether the module is compiled for tests only, by its own `cfg` or one above.
    pub(crate) fn is_test_only(&self, module: &Module) -> bool {
        (1..=module.path.len()).any(|length| {
            let above = module.path.get(..length - 1).and_then(|above| self.of_path(above));
            let name = module.path.get(length - 1);
            above.is_some_and(|above| {
                let mut items = self.items(above).iter();
                items.any(|i| i.kind == Kind::Mod && Some(&i.name) == name && i.is_test_only())
            })
        })
    }

    /// The items of a module.
    pub(crate) fn items(&self, module: &Module) -> &[Item] {
        let Some(file) = self.files.get(&module.file) else { return &[] };
        let mut items = file.items.as_slice();
        for name in &module.inline {
            let inner = items.iter().find(|item| item.kind == Kind::Mod && item.name == *name);
            items = inner.and_then(|item| item.content.as_ref()).map_or(&[], |c| &c.items);
        }
        items
    }

    /// The names that a module declares or imports one by one.
    pub(crate) fn scope(&self, module: &Module) -> BTreeMap<String, Vec<Binding>> {
        let mut scope: BTreeMap<String, Vec<Binding>> = BTreeMap::new();
        for item in self.items(module) {
            if item.kind.is_named() {
                scope.entry(item.name.clone()).or_default().push(Binding::Item(item.kind));
            }
            for leaf in item.uses.iter().filter(|leaf| !leaf.is_glob()) {
                let binding = Binding::Import {
                    leaf: leaf.clone(),
                    cfgs: item.cfgs.clone(),
                    visibility: item.visibility.written.clone(),
                };
                scope.entry(leaf.name.clone()).or_default().push(binding);
            }
        }
        scope
    }

    /// The glob imports of a module.
    pub(crate) fn globs(&self, module: &Module) -> Vec<(Use, Vec<String>)> {
        let uses = self.items(module).iter().flat_map(|item| {
            item.uses.iter().filter(|leaf| leaf.is_glob()).map(|leaf| (leaf, &item.cfgs))
        });
        uses.map(|(leaf, cfgs)| (leaf.clone(), cfgs.clone())).collect()
    }

    /// The path below `crate` that `path` means in `module`, as far as it stays in modules, enums and
    /// imports of this crate; `None` when it leads out of it.
    pub(crate) fn absolute(&self, module: &[String], path: &[String]) -> Option<Vec<String>> {
        let mut above = module.to_vec();
        let mut rest = path;
        let mut anchored = false;
        while let Some((first, tail)) = rest.split_first() {
            match first.as_str() {
                "crate" => above.clear(),
                "self" => {}
                "super" => {
                    above.pop()?;
                }
                _ => break,
            }
            anchored = true;
            rest = tail;
        }
        if !anchored {
            let head = rest.first()?;
            let scope = self.scope(self.of_path(module)?);
            match scope.get(head)?.first()? {
                Binding::Item(_) => {}
                Binding::Import { leaf, .. } if leaf.path.first() == Some(head) => return None,
                Binding::Import { leaf, .. } => {
                    let mut target = self.absolute(module, &leaf.path)?;
                    target.extend(rest.iter().skip(1).cloned());
                    return Some(target);
                }
            }
        }
        above.extend(rest.iter().cloned());
        Some(above)
    }

    /// The names a glob of `path` (below `crate`) brings in, globs in it followed; `None` when it is no
    /// module or enum of this crate.
    pub(crate) fn names_in(&self, path: &[String]) -> Option<BTreeSet<String>> {
        self.names_below(path, 0)
    }

    fn names_below(&self, path: &[String], depth: usize) -> Option<BTreeSet<String>> {
        const GLOBS_MAX: usize = 8;
        if let Some(module) = self.of_path(path) {
            let mut names: BTreeSet<String> = self.scope(module).into_keys().collect();
            for (leaf, _) in self.globs(module) {
                let target = self.absolute(&module.path, &leaf.path);
                if let Some(target) = target.filter(|_| depth < GLOBS_MAX) {
                    names.extend(self.names_below(&target, depth + 1).unwrap_or_default());
                }
            }
            return Some(names);
        }
        let (name, above) = path.split_last()?;
        let items = self.items(self.of_path(above)?);
        let found = items.iter().find(|item| item.kind == Kind::Enum && item.name == *name)?;
        Some(found.members.iter().map(|member| member.name.clone()).collect())
    }
}

/// Where the file of a declared module may be.
fn candidates(text: &str, item: &Item, module: &Module, is_root: bool) -> Vec<String> {
    let (folder, file_name) = module.file.rsplit_once('/').unwrap_or(("", &module.file));
    let in_folder =
        |path: String| if folder.is_empty() { path } else { format!("{folder}/{path}") };
    if let Some(path) = path_attribute(text, item) {
        return vec![in_folder(path)];
    }
    let name = item.name.trim_start_matches("r#");
    let mut below = String::new();
    if !is_root && file_name != "mod.rs" {
        below = format!("{}/", file_name.trim_end_matches(".rs"));
    }
    for around in &module.inline {
        below = format!("{below}{around}/");
    }
    vec![in_folder(format!("{below}{name}.rs")), in_folder(format!("{below}{name}/mod.rs"))]
}

/// `x.rs` of `#[path = "x.rs"]`.
fn path_attribute(text: &str, item: &Item) -> Option<String> {
    let found = item.attributes.iter().map(|range| slice(text, range)).find(|attribute| {
        let inner: String = attribute.split_whitespace().collect();
        inner.starts_with("#[path=")
    })?;
    found.split('"').nth(1).map(str::to_owned)
}
