//! Every check against its fixtures, and what `--write` may and may not do.
//!
//! `fixtures/<check>/good` is a whole small tree without findings. Each `bad-*` holds only what differs
//! from it, and `expect.toml`: the one finding that must result, and files of the good tree to leave
//! out. A rule without a bad fixture fails the test: nobody has seen that rule work.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use tempfile::TempDir;

use super::{
    Check, api, codes, docs, features, formats, layers, manifest, migrate, source, tidy, tree,
    workspace,
};
use crate::finding::{Finding, Rule};

#[derive(Deserialize)]
struct Expect {
    file: String,
    line: usize,
    rule: String,
    #[serde(default)]
    remove: Vec<String>,
}

fn fixtures(check: Check) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(check.name())
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else if entry.file_name() != "expect.toml" {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn good_tree(check: Check) -> TempDir {
    let tree = tempfile::tempdir().unwrap();
    copy(&fixtures(check).join("good"), tree.path());
    tree
}

fn bad_tree(check: Check, name: &str) -> (TempDir, Expect) {
    let folder = fixtures(check).join(name);
    let expect = fs::read_to_string(folder.join("expect.toml")).unwrap();
    let expect: Expect = toml::from_str(&expect).unwrap();
    let tree = good_tree(check);
    for file in &expect.remove {
        fs::remove_file(tree.path().join(file)).unwrap();
    }
    copy(&folder, tree.path());
    (tree, expect)
}

fn check_fixtures(check: Check, rules: &[Rule]) {
    let good = good_tree(check);
    assert_eq!(check.check(good.path()), [], "the good tree of {}", check.name());
    let mut shown = BTreeSet::new();
    for entry in fs::read_dir(fixtures(check)).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name == "good" {
            continue;
        }
        let (tree, expect) = bad_tree(check, &name);
        let found = check.check(tree.path());
        let places: Vec<_> = found.iter().map(|f| (f.file.as_str(), f.line, f.rule)).collect();
        let wanted = [(expect.file.as_str(), expect.line, expect.rule.as_str())];
        assert_eq!(places, wanted, "{}/{name}: {found:#?}", check.name());
        assert!(
            found.iter().all(|f| f.check == check.name() && !f.remedy.is_empty()),
            "{found:#?}"
        );
        shown.insert(expect.rule);
    }
    for rule in rules {
        assert!(shown.contains(rule.name), "{}: no bad fixture for `{}`", check.name(), rule.name);
    }
}

#[test]
fn layers_fixtures() {
    check_fixtures(Check::Layers, layers::RULES);
}

#[test]
fn tidy_fixtures() {
    check_fixtures(Check::Tidy, &tidy::rules());
}

#[test]
fn codes_fixtures() {
    check_fixtures(Check::Codes, codes::RULES);
}

#[test]
fn workspace_fixtures() {
    check_fixtures(Check::Workspace, &workspace::rules());
}

#[test]
fn formats_fixtures() {
    check_fixtures(Check::Formats, &formats::rules());
}

#[test]
fn api_fixtures() {
    check_fixtures(Check::Api, api::RULES);
}

#[test]
fn migrate_fixtures() {
    check_fixtures(Check::Migrate, &migrate::rules());
}

#[test]
fn features_fixtures() {
    check_fixtures(Check::Features, features::RULES);
}

#[test]
fn docs_fixtures() {
    check_fixtures(Check::Docs, &docs::rules());
}

#[test]
fn write_makes_the_snapshot_of_the_surface() {
    for name in ["bad-missing", "bad-added", "bad-gone"] {
        let (tree, _) = bad_tree(Check::Api, name);
        assert_eq!(rules_after_write(Check::Api, &tree), [""; 0], "{name}");
    }
}

fn rules_after_write(check: Check, tree: &TempDir) -> Vec<&'static str> {
    check.write(tree.path()).unwrap();
    check.check(tree.path()).iter().map(|finding| finding.rule).collect()
}

#[test]
fn write_leaves_a_good_tree_as_it_is() {
    for (check, file) in [
        (Check::Api, "docs/api/alpha.txt"),
        (Check::Codes, "docs/errors.md"),
        (Check::Formats, "docs/formats/registry.toml"),
    ] {
        let tree = good_tree(check);
        let before = fs::read_to_string(tree.path().join(file)).unwrap();
        check.write(tree.path()).unwrap();
        assert_eq!(fs::read_to_string(tree.path().join(file)).unwrap(), before);
    }
}

#[test]
fn write_completes_the_page_of_codes() {
    let (tree, _) = bad_tree(Check::Codes, "bad-stale-page");
    assert_eq!(rules_after_write(Check::Codes, &tree), [""; 0]);
    let good = fixtures(Check::Codes).join("good/docs/errors.md");
    let written = fs::read_to_string(tree.path().join("docs/errors.md")).unwrap();
    assert_eq!(written, fs::read_to_string(good).unwrap());
}

#[test]
fn write_makes_the_page_where_there_is_none() {
    let tree = good_tree(Check::Codes);
    fs::remove_dir_all(tree.path().join("docs")).unwrap();
    assert_eq!(rules_after_write(Check::Codes, &tree), [""; 0]);
}

#[test]
fn write_retires_a_vanished_code_for_good() {
    let (tree, _) = bad_tree(Check::Codes, "bad-stale-page-vanished-code");
    assert_eq!(rules_after_write(Check::Codes, &tree), [""; 0]);
    let path = tree.path().join("crates/beta/src/codes.rs");
    let codes = fs::read_to_string(&path).unwrap().replace("BBB-0001", "AAA-0003");
    fs::write(path, codes).unwrap();
    assert!(rules_after_write(Check::Codes, &tree).contains(&"retired"));
}

#[test]
fn write_retires_nothing_while_a_code_is_unreadable() {
    let (tree, expect) = bad_tree(Check::Codes, "bad-shape-id");
    assert_eq!(Check::Codes.write(tree.path()).unwrap_err().rule, expect.rule);
}

#[test]
fn write_records_the_hash_of_a_new_golden_file() {
    let (tree, _) = bad_tree(Check::Formats, "bad-no-hash");
    assert_eq!(rules_after_write(Check::Formats, &tree), [""; 0]);
    let good = fixtures(Check::Formats).join("good/docs/formats/registry.toml");
    let written = fs::read_to_string(tree.path().join("docs/formats/registry.toml")).unwrap();
    assert_eq!(written, fs::read_to_string(good).unwrap());
}

#[test]
fn write_never_changes_a_recorded_hash() {
    let (tree, _) = bad_tree(Check::Formats, "bad-hash");
    assert_eq!(rules_after_write(Check::Formats, &tree), ["hash"]);
}

#[test]
fn code_that_does_not_parse_is_reported_by_each_check() {
    for check in [Check::Codes, Check::Formats] {
        let tree = good_tree(check);
        fs::write(tree.path().join("crates/alpha/src/broken.rs"), "//! No.\n\nfn (").unwrap();
        let found = check.check(tree.path());
        assert!(found.iter().any(|f| f.rule == "unreadable" && f.line == 3), "{found:#?}");
    }
}

#[test]
fn ignored_files_are_not_checked() {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in [(".gitignore", "/ignored.rs\n"), ("ignored.rs", ""), ("new.rs", "")] {
        fs::write(folder.path().join(path), text).unwrap();
    }
    let mut git = Command::new("git");
    git.env_remove("GIT_DIR").arg("-C").arg(folder.path()).args(["init", "--quiet"]);
    assert!(git.status().unwrap().success());
    assert_eq!(tree::Tree::open(folder.path()).files, [".gitignore", "new.rs"]);
}

#[test]
fn code_comments_and_strings_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let text = "//! é doc\nfn f<'a>() {\n    g(\"s // t\", r#\"u\"#, b'v'); // w\n    /* x /* y */ */ z!(/* p */ q)\n}\n";
    fs::write(folder.path().join("a.rs"), text).unwrap();
    let tree = tree::Tree::open(folder.path());
    let source = source::Source::load(&tree, "a.rs", "test").unwrap().unwrap();
    let (code, comments) = source.code_and_comments();
    let squeeze = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(squeeze(&code), "fn f<'a>() { g( , , ); z!( q) }");
    assert_eq!(squeeze(&comments), "//! é doc // w /* x /* y */ */ /* p */");
    assert_eq!(code.lines().count(), text.lines().count());
}

#[test]
fn a_key_is_found_in_its_own_table() {
    let text = "[a]\nkey = 1\n\n[b]\nkeys = 1\nkey.workspace = true\n\n[b.other]\nx = 1\n";
    for (table, key, line) in
        [("a", "key", 2), ("b", "key", 6), ("b", "other", 8), ("b", "gone", 4), ("gone", "key", 1)]
    {
        assert_eq!(manifest::line_of(text, table, key), line, "[{table}] {key}");
    }
}

#[test]
fn a_finding_prints_place_rule_and_remedy() {
    let rule = Rule::new("tidy", "opening", "write one");
    let finding: Finding = rule.at("a/b.rs", 7, "no comment");
    assert_eq!(finding.to_string(), "a/b.rs:7: opening: no comment\n    remedy: write one");
    let expected = serde_json::json!([{
        "check": "tidy",
        "file": "a/b.rs",
        "line": 7,
        "message": "no comment",
        "remedy": "write one",
        "rule": "opening",
    }]);
    assert_eq!(serde_json::json!([finding]), expected);
}
