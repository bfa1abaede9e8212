//! One move, as far as it can be known without the compiler.
//!
//! 1. `select` says which items go.
//! 2. `rewrite` makes their code mean in the new module what it meant in the old one.
//! 3. `scope` works out what the new module imports, and who else names what moves.
//! 4. `place` makes the new file and its `mod` lines, or finds the place in an existing one.
//! 5. `shim` leaves the names in the old place that others reach there.
//!
//! The result is new texts of whole files; nothing is written here.

pub(crate) mod deprecated;
pub(crate) mod follow;
pub(crate) mod links;
pub(crate) mod place;
pub(crate) mod rewrite;
pub(crate) mod scope;
pub(crate) mod select;
pub(crate) mod shim;

use std::collections::{BTreeMap, BTreeSet};

use super::edit::{Edits, cut_items};
use super::imports;
use super::plan::{Move, Tests, line_at};
use super::reach::{self, Reach};
use super::source::tree::{Module, Tree};
use super::source::{Item, Kind, SourceFile, items, slice};
use crate::finding::{Finding, Rule};

const NO_FILE: Rule =
    Rule::new("refactor", "no-file", "name a file that the crate reaches by its `mod` lines");
const CLASH: Rule =
    Rule::new("refactor", "name-clash", "move to another file, or rename one of the two first");

/// A crate and where its files are.
pub(crate) struct Krate {
    /// Root file, relative to the package.
    pub(crate) root_file: String,
    /// Its files and modules.
    pub(crate) tree: Tree,
    /// Version of the package.
    pub(crate) version: String,
}

/// A move, ready to be written.
#[derive(Clone, Debug)]
pub(crate) struct Moved {
    /// New texts, by path relative to the package.
    pub(crate) texts: BTreeMap<String, String>,
    /// The old module.
    pub(crate) from: Module,
    /// The new module.
    pub(crate) to: Module,
    /// Names that moved.
    pub(crate) names: BTreeSet<String>,
    /// What was done that a reader may want to know.
    pub(crate) notes: Vec<String>,
}

/// A move in the making.
pub(crate) struct Draft<'a> {
    /// The crate as it is.
    pub(crate) krate: &'a Krate,
    /// What the plan says.
    pub(crate) step: &'a Move,
    /// The old file.
    pub(crate) file: &'a SourceFile,
    /// The old module.
    pub(crate) from: Module,
    /// The new module.
    pub(crate) to: Module,
    /// Positions of the items that go.
    pub(crate) taken: Vec<usize>,
    /// Their names.
    pub(crate) names: BTreeSet<String>,
    /// Tests that go along.
    pub(crate) follow: Vec<follow::Follow>,
    /// Who else names what.
    pub(crate) mentions: scope::Mentions,
    /// New texts so far.
    pub(crate) texts: BTreeMap<String, String>,
    /// What was done that a reader may want to know.
    pub(crate) notes: Vec<String>,
}

impl Draft<'_> {
    /// The text of a file as it stands in the draft.
    pub(crate) fn text(&self, path: &str) -> Option<String> {
        let known = self.krate.tree.files.get(path).map(|file| file.text.clone());
        self.texts.get(path).cloned().or(known)
    }

    /// Whether code outside of the move needs the item: a trait may be needed without being named.
    pub(crate) fn is_needed(&self, item: &Item) -> bool {
        item.kind == Kind::Trait || self.mentions.anywhere(&item.name)
    }

    /// Whether a `macro_rules!` of this name goes.
    fn macro_moves(&self, name: &str) -> bool {
        self.items().any(|item| item.kind == Kind::Macro && item.name == name)
    }

    /// How code changes on the way.
    pub(crate) fn shift(&self) -> rewrite::Shift<'_> {
        let folder = |file: &str| file.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        rewrite::Shift {
            from: &self.from.path,
            to: &self.to.path,
            moved: &self.names,
            include_prefix: rewrite::way_back(&folder(&self.step.from), &folder(&self.step.to)),
        }
    }

    /// The visibility, written in the new module, that reaches what `private` reached in the old one.
    fn private_reach(&self) -> String {
        let reached = Reach::Module(reach::common(&self.from.path, &self.to.path));
        reach::written(&reached, &self.to.path)
    }

    /// The items that go.
    pub(crate) fn items(&self) -> impl Iterator<Item = &Item> {
        self.taken.iter().filter_map(|at| self.file.items.get(*at))
    }
}

/// Works out a move.
pub(crate) fn make(krate: &Krate, step: &Move) -> Result<Moved, Finding> {
    let mut draft = draft(krate, step)?;
    if let Some(item) = outlined(&draft) {
        return place::outline(draft, &item);
    }
    if let Some(inline) = krate.tree.of_path(&draft.to.path).filter(|to| !to.inline.is_empty()) {
        let name = inline.path.join("::");
        let message = format!("`crate::{name}` is an inline module");
        let remedy = format!("move `mod:{name}` to {} first", step.to);
        return Err(NO_FILE.at(&inline.file, 1, message).remedy(remedy));
    }
    let code = moved_code(&draft);
    let wanted = scope::imports(&draft);
    check_clashes(&draft)?;
    let mut gone: Vec<_> = draft.items().map(|item| item.full.clone()).collect();
    gone.extend(draft.follow.iter().flat_map(|follow| follow.cut.clone()));
    let left = cut_items(&draft.file.text, &gone);
    // `use name;` behind a macro made it importable; where the macro goes, a new one is written.
    let shares = |leaf: &super::source::uses::Use| {
        leaf.path == [leaf.name.clone()] && draft.macro_moves(&leaf.name)
    };
    let left = imports::remove_where(&left, &[], &shares);
    draft.texts.insert(step.from.clone(), left);
    place::put(&mut draft, &code, &wanted)?;
    follow::put(&mut draft);
    for name in scope::macros_to_share(&draft) {
        share_macro(&mut draft, &name);
    }
    shim::leave(&mut draft)?;
    links::mend(&mut draft);
    note_cfgs(&mut draft);
    let Draft { from, to, names, texts, notes, .. } = draft;
    Ok(Moved { texts, from, to, names, notes })
}

fn draft<'a>(krate: &'a Krate, step: &'a Move) -> Result<Draft<'a>, Finding> {
    let missing = || NO_FILE.at(&step.from, 1, "is no module of the crate");
    let file = krate.tree.files.get(&step.from).ok_or_else(missing)?;
    let from = krate.tree.of_file(&step.from).ok_or_else(missing)?.clone();
    let to = place::module_of(krate, &step.to)?;
    let taken = select::select(file, step)?;
    let named = taken.iter().filter_map(|at| file.items.get(*at));
    let names: BTreeSet<String> =
        named.filter(|item| item.kind.is_named()).map(|item| item.name.clone()).collect();
    let follow = match step.tests {
        Tests::Follow => follow::select(file, &names),
        Tests::Stay => Vec::new(),
    };
    let mentions = scope::Mentions::gather(&krate.tree, &step.from, &taken, &follow);
    let (texts, notes) = (BTreeMap::new(), Vec::new());
    Ok(Draft { krate, step, file, from, to, taken, names, follow, mentions, texts, notes })
}

/// The inline module that goes to the file it would have anyway.
fn outlined(draft: &Draft<'_>) -> Option<Item> {
    let mut items = draft.items();
    let (item, more) = (items.next()?, items.next());
    let mut own = draft.from.path.clone();
    own.push(item.name.clone());
    (item.kind == Kind::Mod && more.is_none() && own == draft.to.path).then(|| item.clone())
}

/// The text of everything that goes, in order, with blank lines between.
fn moved_code(draft: &Draft<'_>) -> String {
    let (shift, rivals) = (draft.shift(), rivals(&draft.krate.tree));
    let mut code = String::new();
    let mut last_end = None;
    for item in draft.items() {
        let piece = rewrite::rewrite(slice(&draft.file.text, &item.full), &shift);
        let together = last_end.is_some_and(|end: usize| {
            let between = draft.file.text.get(end..item.full.start).unwrap_or_default();
            between.trim().is_empty() && between.matches('\n').count() == 1
        });
        if last_end.is_some() {
            code.push_str(if together { "\n" } else { "\n\n" });
        }
        let piece = widened(draft, item, piece);
        code.push_str(&out_of_reach(draft, item, piece, &rivals));
        last_end = Some(item.full.end);
    }
    code
}

/// A moved item, private so far, that others name: it gets the reach it had.
fn widened(draft: &Draft<'_>, item: &Item, piece: String) -> String {
    if item.kind == Kind::Macro {
        let exported = item.has_attribute(&draft.file.text, "macro_export");
        let named = draft.mentions.anywhere(&item.name);
        let late = draft.krate.tree.files.contains_key(&draft.step.to);
        return if !exported && (named || late) {
            format!("{piece}\npub(crate) use {};", item.name)
        } else {
            piece
        };
    }
    let is_private = item.visibility.written.is_empty() && item.kind.is_named();
    if !is_private || !draft.is_needed(item) {
        return piece;
    }
    let visibility = draft.private_reach();
    let Ok((_, parsed)) = items::parse(&piece) else { return piece };
    let Some(place) = parsed.first().map(|item| item.visibility.range.clone()) else {
        return piece;
    };
    if visibility.is_empty() {
        return piece;
    }
    let mut edits = Edits::default();
    edits.replace(place, format!("{visibility} "));
    edits.apply(&piece)
}

/// Names that traits of the crate give to methods and associated items.
fn rivals(tree: &Tree) -> BTreeSet<&str> {
    let items = tree.modules.iter().flat_map(|module| tree.items(module));
    let of_traits = items.filter(|item| item.kind == Kind::Trait || item.trait_name.is_some());
    of_traits.flat_map(|item| &item.members).map(|member| member.name.as_str()).collect()
}

/// Private methods of a moved type whose name a trait has too: they keep their reach at once. Where
/// one cannot be seen a call means the method of the trait, and the compiler has nothing to say.
fn out_of_reach(draft: &Draft<'_>, item: &Item, piece: String, rivals: &BTreeSet<&str>) -> String {
    if item.kind != Kind::Impl || item.trait_name.is_some() {
        return piece;
    }
    let visibility = draft.private_reach();
    let Ok((_, parsed)) = items::parse(&piece) else { return piece };
    let mut edits = Edits::default();
    for member in parsed.iter().flat_map(|item| &item.members) {
        let private = member.visibility.as_ref().filter(|place| place.written.is_empty());
        if let Some(place) = private.filter(|_| rivals.contains(member.name.as_str())) {
            edits.replace(place.range.clone(), format!("{visibility} "));
        }
    }
    edits.apply(&piece)
}

/// Code under a `cfg` is checked only where that holds: the report says so.
fn note_cfgs(draft: &mut Draft<'_>) {
    let under = draft.items().filter(|item| !item.cfgs.is_empty() && !item.is_test_only());
    let notes: Vec<String> = under
        .map(|item| {
            format!("`{}` is checked only where {} holds", item.title(), item.cfgs.join(" "))
        })
        .collect();
    draft.notes.extend(notes);
}

/// What moves may not meet another item of its name.
fn check_clashes(draft: &Draft<'_>) -> Result<(), Finding> {
    let Some(there) = draft.krate.tree.files.get(&draft.step.to) else { return Ok(()) };
    for item in draft.items().filter(|item| item.kind.is_named()) {
        let same = there.named(&item.name).find(|other| {
            let types = |kind: Kind| {
                matches!(
                    kind,
                    Kind::Struct | Kind::Enum | Kind::Union | Kind::Type | Kind::Trait | Kind::Mod
                )
            };
            types(other.kind) == types(item.kind)
                && (other.kind == Kind::Macro) == (item.kind == Kind::Macro)
                && other.cfgs == item.cfgs
        });
        if let Some(other) = same {
            let line = line_at(&there.text, other.span.start);
            let message = format!("`{}` of {} meets this one", item.title(), draft.step.from);
            return Err(CLASH.at(&there.path, line, message));
        }
    }
    Ok(())
}

/// Makes a `macro_rules!` that stays importable by its path.
fn share_macro(draft: &mut Draft<'_>, name: &str) {
    let path = draft.step.from.clone();
    let Some(text) = draft.text(&path) else { return };
    let Some(place) = imports::place(&text, &[]) else { return };
    let defined = place.items.iter().find(|item| item.kind == Kind::Macro && item.name == name);
    let shared = place.items.iter().flat_map(|item| &item.uses).any(|leaf| leaf.name == name);
    if let (Some(item), false) = (defined, shared) {
        let mut edits = Edits::default();
        let cfgs: String = item.cfgs.iter().map(|cfg| format!("{cfg}\n")).collect();
        edits.insert(item.full.end, format!("\n{cfgs}pub(crate) use {name};"));
        draft.texts.insert(path, edits.apply(&text));
    }
}
