//! The plan of a decomposition: what moves where, in which order, and what must hold afterwards.
//!
//! A plan is data that people review: every key is spelled out here, unknown ones are refused, and each
//! step of it can be read without knowing what the tool does for it.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::finding::{Finding, Rule};

const CHECK: &str = "refactor";

const PLAN: Rule = Rule::new(CHECK, "plan", "correct the plan; docs/decompose.md lists its keys");

/// A plan file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    /// Folder of the package, relative to the plan file.
    #[serde(default = "here")]
    pub(crate) package: PathBuf,
    /// Features to check with.
    #[serde(default)]
    pub(crate) features: Vec<String>,
    /// Check with all features.
    #[serde(default)]
    pub(crate) all_features: bool,
    /// Check without the default features.
    #[serde(default)]
    pub(crate) no_default_features: bool,
    /// The target triple to check for; the machine's own by default.
    #[serde(default)]
    pub(crate) target: Option<String>,
    /// What cargo checks: `--all-targets` by default.
    #[serde(default = "all_targets")]
    pub(crate) check: Vec<String>,
    /// Phases in order.
    #[serde(default, rename = "phase")]
    pub(crate) phases: Vec<Phase>,
    /// Which files may not name items of which others.
    #[serde(default, rename = "layer")]
    pub(crate) layers: Vec<Layer>,
}

/// Steps that belong together.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Phase {
    /// Shown by `status`.
    pub(crate) name: String,
    /// Moves, one step each.
    #[serde(default, rename = "move")]
    pub(crate) moves: Vec<Move>,
    /// Paths to rewrite in the workspace, after the moves; one step each.
    #[serde(default, rename = "rewrite")]
    pub(crate) rewrites: Vec<Rewrite>,
    /// What the files may measure after the phase.
    #[serde(default, rename = "budget")]
    pub(crate) budgets: Vec<Budget>,
}

/// One move: items of a file to another file of the same crate.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Move {
    /// `Name`, `prefix_*`, or one of `struct:`, `enum:`, `union:`, `type:`, `trait:`, `fn:`, `const:`,
    /// `static:`, `macro:`, `mod:`, `impl:` before it, for one kind alone.
    pub(crate) items: Vec<String>,
    /// File they are in, relative to the package.
    pub(crate) from: String,
    /// File they go to; made when it does not exist.
    pub(crate) to: String,
    /// What stays in the old place.
    #[serde(default)]
    pub(crate) shim: Shim,
    /// The version of the package that no longer has the shim.
    #[serde(default)]
    pub(crate) remove_by: Option<String>,
    /// Whether the tests of the moved items go along.
    #[serde(default)]
    pub(crate) tests: Tests,
    /// The `//!` line of the file when it is made.
    #[serde(default)]
    pub(crate) doc: Option<String>,
    /// Visibility of the module when it is made: `pub`, `pub(crate)` or, by default, as little as works.
    #[serde(default)]
    pub(crate) module: Option<String>,
}

/// What a move leaves in the old place.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub(crate) enum Shim {
    /// A re-export with the reach that the item had.
    #[default]
    #[serde(rename = "pub use")]
    Reexport,
    /// An alias or wrapper that warns who uses it.
    #[serde(rename = "deprecated")]
    Deprecated,
    /// Nothing but what the rest of the file needs.
    #[serde(rename = "none")]
    None,
}

/// Whether inline tests go along.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub(crate) enum Tests {
    /// Those that name no item of the file but moved ones.
    #[default]
    #[serde(rename = "follow")]
    Follow,
    /// None.
    #[serde(rename = "stay")]
    Stay,
}

/// A path that users write anew.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rewrite {
    /// `crate::old::X`; in other packages of the workspace the package's name stands for `crate`.
    pub(crate) from: String,
    /// `crate::new::X`.
    pub(crate) to: String,
}

/// What a file may measure.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Budget {
    /// A file or a pattern such as `src/**/*.rs`, relative to the package.
    pub(crate) file: String,
    /// Lines, all of them.
    pub(crate) lines_max: usize,
}

/// Files that may not name items of other files.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Layer {
    /// Pattern of the files that are restricted.
    pub(crate) files: String,
    /// Patterns of the files whose items they may not name.
    pub(crate) may_not_use: Vec<String>,
}

fn here() -> PathBuf {
    PathBuf::from(".")
}

fn all_targets() -> Vec<String> {
    vec!["--all-targets".to_owned()]
}

impl Plan {
    /// Reads and checks a plan.
    pub(crate) fn load(path: &Path) -> Result<Self, Finding> {
        let shown = path.display().to_string();
        let text = fs::read_to_string(path)
            .map_err(|error| PLAN.at(&shown, 1, format!("cannot be read: {error}")))?;
        Self::parse(&shown, &text)
    }

    /// Parses and checks the text of a plan.
    pub(crate) fn parse(shown: &str, text: &str) -> Result<Self, Finding> {
        let plan: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_at(text, span.start));
            PLAN.at(shown, line, error.message().replace('\n', " "))
        })?;
        plan.check(shown, text)?;
        Ok(plan)
    }

    fn check(&self, shown: &str, text: &str) -> Result<(), Finding> {
        let refuse = |word: &str, message: String| {
            let line = text.lines().position(|line| line.contains(word)).unwrap_or(0) + 1;
            Err(PLAN.at(shown, line, message))
        };
        for item in self.phases.iter().flat_map(|phase| &phase.moves) {
            if item.items.is_empty() {
                return refuse(&item.to, format!("the move to `{}` names no items", item.to));
            }
            if item.from == item.to {
                return refuse(&item.to, format!("`{}` would move to itself", item.from));
            }
            for file in [&item.from, &item.to] {
                let inside = !file.starts_with('/') && !file.split('/').any(|part| part == "..");
                if !inside || !file.ends_with(".rs") {
                    return refuse(file, format!("`{file}` is no Rust file of the package"));
                }
            }
            if item.shim == Shim::Deprecated && item.remove_by.is_none() {
                return refuse(&item.to, "a deprecated shim needs `remove_by`".to_owned());
            }
        }
        for rewrite in self.phases.iter().flat_map(|phase| &phase.rewrites) {
            for path in [&rewrite.from, &rewrite.to] {
                if !path.starts_with("crate::") {
                    return refuse(path, format!("`{path}` does not start with `crate::`"));
                }
            }
        }
        Ok(())
    }
}

/// The line, counted from 1, of a byte of a text.
pub(crate) fn line_at(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or(text).matches('\n').count() + 1
}
