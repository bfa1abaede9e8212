//! `cargo xtask refactor` on a small package (applied, checked, killed at every boundary, undone) and on
//! the monolith.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

const MANIFEST: &str =
    "[package]\nname = \"tiny\"\nversion = \"0.3.0\"\nedition = \"2024\"\n\n[workspace]\n";

const SOURCE: &str = r#"//! A tiny crate.

use std::collections::HashMap;
use std::fmt;

macro_rules! square {
    ($x:expr) => {
        twice($x) * BASE
    };
}

const BASE: u32 = 2;

// apart

// The parser's own comment.
/// Parses. See [`Table`].
#[derive(Debug, Clone)]
pub struct Parser {
    // inner
    state: State,
    names: HashMap<String, u32>,
} // behind

#[derive(Debug, Clone)]
struct State(u32);

fn twice(x: u32) -> u32 {
    x * 2
}

impl Parser {
    /// New.
    pub fn new() -> Self {
        Parser { state: State(square!(3)), names: HashMap::new() }
    }

    fn step(&mut self) {
        self.state.0 += self::twice(1);
    }
}

/// A table.
pub struct Table {
    parser: Parser,
}

trait Count {
    fn count(&self) -> u32;
}

impl Count for Table {
    fn count(&self) -> u32 {
        self.parser.state.0
    }
}

impl Table {
    /// Runs.
    pub fn run(&mut self) -> u32 {
        self.parser.step();
        self.parser.names.insert("a".into(), 1);
        self.count()
    }

    /// Makes.
    pub fn make() -> Self {
        Table { parser: Parser { state: State(1), names: HashMap::new() } }
    }
}

impl fmt::Display for Parser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.state.0)
    }
}

/// Adds.
pub fn add<T: Into<u32>>(a: T, b: u32) -> u32 {
    a.into() + b
}

/// A pair.
pub struct Pair {
    /// Left.
    pub left: u32,
}

/// Uses both.
pub fn both(pair: &Pair) -> u32 {
    add(pair.left, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(parser: &Parser) -> String {
        parser.to_string()
    }

    #[test]
    fn parser() {
        assert_eq!(shown(&Parser::new()), "12");
    }

    #[test]
    fn table() {
        let mut map: HashMap<u32, u32> = HashMap::new();
        map.insert(1, 1);
        assert_eq!(Table::make().run() + both(&Pair { left: 1 }), 5);
    }
}
"#;

const PLAN: &str = r#"
[[phase]]
name = "all"

[[phase.move]]
items = ["Parser", "State"]
from = "src/lib.rs"
to = "src/text/parser.rs"
doc = "Parses."

[[phase.move]]
items = ["macro:square", "twice", "Count"]
from = "src/lib.rs"
to = "src/math.rs"
"#;

const DEPRECATED: &str = r#"
[[phase]]
name = "shims"

[[phase.move]]
items = ["add", "Pair"]
from = "src/lib.rs"
to = "src/sum.rs"
shim = "deprecated"
remove_by = "0.3.0"

[[phase.budget]]
file = "src/lib.rs"
lines_max = 10
"#;

/// A package in a folder of its own, with the target directory that all tests share.
struct Package(TempDir);

impl Package {
    fn new(plan: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        for (path, text) in [("Cargo.toml", MANIFEST), ("src/lib.rs", SOURCE), ("plan.toml", plan)]
        {
            fs::write(folder.path().join(path), text).unwrap();
        }
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// The monolith of the fixtures.
    fn monolith() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/monolith");
        copy(&fixture, folder.path());
        Self(folder)
    }

    /// How many tests pass, all features on.
    fn tests_passed(&self) -> usize {
        let mut command = Command::new("cargo");
        command.args(["test", "--offline", "--all-features"]).current_dir(self.path());
        let output = command.output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{said}");
        let results = said.lines().filter_map(|line| line.strip_prefix("test result: ok. "));
        results.map(|line| line.split(' ').next().unwrap().parse::<usize>().unwrap()).sum()
    }

    fn xtask(&self, arguments: &[&str], abort_at: Option<usize>) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.current_dir(self.path()).arg("refactor").args(arguments);
        if let Some(boundary) = abort_at {
            command.env("XTASK_REFACTOR_ABORT_AT", boundary.to_string());
        }
        command.output().unwrap()
    }

    fn said(&self, arguments: &[&str]) -> String {
        let output = self.xtask(arguments, None);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{arguments:?}: {text}");
        text
    }

    /// All sources, by path.
    fn sources(&self) -> BTreeMap<PathBuf, String> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.path().join("src")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(self.path()).unwrap().to_owned();
                    found.insert(name, fs::read_to_string(&path).unwrap());
                }
            }
        }
        found
    }

    fn source(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap()
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() && name != "target" {
            copy(&path, &to.join(name));
        } else if path.is_file() {
            fs::copy(&path, to.join(name)).unwrap();
        }
    }
}

fn comments(sources: &BTreeMap<PathBuf, String>) -> Vec<String> {
    let lines = sources.values().flat_map(|text| text.lines());
    let comments = lines.filter_map(|line| line.find("//").map(|at| line[at..].to_owned()));
    // The heads of new files and the link that got a target are new.
    let mut kept: Vec<String> = comments
        .filter(|comment| !comment.starts_with("//!"))
        .map(|comment| comment.replace("(crate::Table)", ""))
        .collect();
    kept.sort();
    kept
}

#[test]
fn a_plan_is_applied_once_and_undone() {
    let package = Package::new(PLAN);
    let before = package.sources();
    let diff = package.said(&["apply", "plan.toml", "--dry-run"]);
    assert!(diff.contains("+++ b/src/text/parser.rs") && diff.contains("-pub struct Parser {"));
    assert_eq!(package.sources(), before, "a dry run writes nothing");

    package.said(&["apply", "plan.toml"]);
    let after = package.sources();
    let parser = package.source("src/text/parser.rs");
    assert!(parser.contains("// The parser's own comment.\n/// Parses. See [`Table`]"), "{parser}");
    assert!(parser.contains("} // behind\n"), "{parser}");
    assert!(parser.contains("pub(crate) fn step(&mut self)"), "{parser}");
    assert!(parser.contains("mod tests {") && parser.contains("fn shown("), "{parser}");
    assert!(package.source("src/lib.rs").contains("pub use text::parser::Parser;"));
    assert_eq!(comments(&before), comments(&after));
    let tests = Command::new("cargo")
        .args(["test", "--offline", "--quiet"])
        .current_dir(package.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&tests.stdout).into_owned();
    assert!(tests.status.success() && said.contains("2 passed"), "{said}");
    assert!(!String::from_utf8_lossy(&tests.stderr).contains("warning"));

    let again = package.said(&["apply", "plan.toml"]);
    assert!(again.starts_with("0 steps done, 2 in place before; 0 rounds"), "{again}");
    assert_eq!(package.sources(), after);
    assert!(package.said(&["status", "plan.toml"]).contains("[x] Parser, State"));

    package.said(&["undo", "plan.toml", "--all"]);
    assert_eq!(package.sources(), before);
}

#[test]
fn the_monolith_comes_apart_and_goes_back() {
    let package = Package::monolith();
    let (before, tests) = (package.sources(), package.tests_passed());
    assert!(before.values().any(|text| text.lines().count() > 3_000) && tests > 60);
    let said = package.said(&["apply", "decompose.toml"]);
    let sources = package.sources();
    let code = sources.iter().filter(|(path, _)| path.extension().is_some_and(|end| end == "rs"));
    let lines: Vec<usize> = code.map(|(_, text)| text.lines().count()).collect();
    assert!(lines.len() > 12 && lines.iter().all(|lines| *lines < 500), "{said}");
    assert_eq!(package.tests_passed(), tests);
    assert!(package.said(&["check", "decompose.toml"]).contains(" 0 lost"));
    package.said(&["undo", "decompose.toml", "--all"]);
    assert_eq!(package.sources(), before);
}

#[test]
fn an_import_for_tests_alone_stays_where_warnings_are_errors() {
    let plan = "[[phase]]\nname = \"all\"\n[[phase.move]]\nitems = [\"A\"]\nfrom = \"src/lib.rs\"\n\
                to = \"src/a.rs\"\n";
    let package = Package::new(plan);
    let strict = "#![deny(warnings)]\n\nuse std::collections::HashMap;\n\npub struct A(pub \
                  HashMap<u8, u8>);\n\n#[test]\nfn outside() {\n    let _ = HashMap::<u8, u8>::new();\n}\n";
    fs::write(package.path().join("src/lib.rs"), strict).unwrap();
    package.said(&["apply", "plan.toml"]);
    let root = package.source("src/lib.rs");
    assert!(root.contains("#[cfg(test)]\nuse std::collections::HashMap;"), "{root}");
}

#[test]
fn a_kill_at_any_boundary_is_finished_by_the_next_run() {
    let package = Package::new(PLAN);
    let before = package.sources();
    package.said(&["apply", "plan.toml"]);
    let after = package.sources();
    for undoing in [false, true] {
        let (arguments, start, end) = if undoing {
            (["undo", "plan.toml", "--all"], &after, &before)
        } else {
            (["apply", "plan.toml", "--phase=1"], &before, &after)
        };
        let other = if undoing {
            ["apply", "plan.toml"].as_slice()
        } else {
            &["undo", "plan.toml", "--all"]
        };
        let mut boundary = 0;
        loop {
            if package.sources() != *start {
                package.said(other);
            }
            assert_eq!(package.sources(), *start);
            boundary += 1;
            let killed = !package.xtask(&arguments, Some(boundary)).status.success();
            package.said(&arguments);
            assert_eq!(package.sources(), *end, "killed at boundary {boundary} of {arguments:?}");
            if !killed {
                break;
            }
        }
        assert!(boundary > 4, "{boundary} boundaries");
    }
}

#[test]
fn a_step_that_cannot_be_mended_is_undone() {
    // A module `std` takes the place of the crate in every path of the root.
    let package = Package::new(&PLAN.replace("src/math.rs", "src/std.rs"));
    let output = package.xtask(&["apply", "plan.toml"], None);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success() && said.contains("1 steps done"), "{said}");
    assert!(said.contains("not-clean: E") && said.contains("the step was undone"), "{said}");
    assert!(!package.path().join("src/std.rs").exists());
    let status = package.said(&["status", "plan.toml"]);
    assert!(status.contains("[ ] macro:square"), "{status}");
}

#[test]
fn undo_refuses_what_somebody_changed() {
    let package = Package::new(PLAN);
    package.said(&["apply", "plan.toml", "--step"]);
    let path = package.path().join("src/text/parser.rs");
    let changed = package.source("src/text/parser.rs") + "// mine\n";
    fs::write(&path, &changed).unwrap();
    let output = package.xtask(&["undo", "plan.toml"], None);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        !output.status.success() && said.contains("src/text/parser.rs:1: changed-since"),
        "{said}"
    );
    assert_eq!(package.source("src/text/parser.rs"), changed);
}

#[test]
fn deprecated_shims_warn_others_and_not_the_package() {
    let package = Package::new(DEPRECATED);
    package.said(&["apply", "plan.toml"]);
    let lib = package.source("src/lib.rs");
    let note =
        "#[deprecated(since = \"0.3.0\", note = \"moved to `crate::sum::Pair`; goes in 0.3.0\")]";
    assert!(lib.contains(&format!("{note}\npub type Pair = sum::Pair;")), "{lib}");
    assert!(
        lib.contains("pub fn add<T: Into<u32>>(a: T, b: u32) -> u32 {\n    sum::add(a, b)\n}"),
        "{lib}"
    );
    assert!(lib.contains("pub mod sum;") && lib.contains("pub fn both(pair: &sum::Pair)"), "{lib}");
    let output = package.xtask(&["status", "plan.toml"], None);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("shim-overdue: `add` was to go in 0.3.0"), "{said}");
    assert!(said.contains("src/lib.rs:1: budget: "), "{said}");
}
