//! The parts that need no compiler, on small texts.

use std::collections::BTreeSet;

use super::edit::cut_items;
use super::imports::{self, Import};
use super::moves::rewrite::{Shift, rewrite, way_back};
use super::moves::{Krate, make};
use super::plan::{Move, Plan};
use super::reach::{self, Reach};
use super::source::SourceFile;
use super::source::tree::Tree;
use super::{diff, status, steps};

fn path(text: &str) -> Vec<String> {
    text.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

#[test]
fn paths_and_visibilities_mean_the_same_after_a_shift() {
    let moved = BTreeSet::from(["Here".to_owned()]);
    for (from, to, code, wanted) in [
        ("m", "m::n", "self::a(super::b)", "super::a(crate::b)"),
        ("m", "x::y", "self::a(super::b)", "crate::m::a(crate::b)"),
        ("m", "m::n", "self::Here::new()", "self::Here::new()"),
        ("", "n", "m!(self::a, x.self)", "m!(crate::a, x.self)"),
        ("a::b", "a::c", "pub(super) fn f() {}", "pub(super) fn f() {}"),
        ("a::b", "a::b::c", "pub(super) fn f() {}", "pub(in crate::a) fn f() {}"),
        (
            "m",
            "m::n",
            "mod i { use super::*; use super::q; }",
            "mod i { use super::*; use crate::m::q; }",
        ),
        (
            "m",
            "m::n",
            "macro_rules! a { () => { self::b } }",
            "macro_rules! a { () => { self::b } }",
        ),
        ("m", "m::n", "include_str!(\"a.txt\")", "include_str!(\"../a.txt\")"),
    ] {
        let (from, to) = (path(from), path(to));
        let include_prefix = "../".to_owned();
        let shift = Shift { from: &from, to: &to, moved: &moved, include_prefix };
        assert_eq!(rewrite(code, &shift), wanted, "{code}");
    }
    assert_eq!(way_back("src", "src/a/b"), "../../");
    assert_eq!(way_back("src/a", "src/b"), "../a/");
}

#[test]
fn a_reach_is_written_as_small_as_it_can_be() {
    for (module, reached, written) in [
        ("a::b", "a::b", ""),
        ("a::b", "a", "pub(super)"),
        ("a::b::c", "a", "pub(in crate::a)"),
        ("a::b", "", "pub(crate)"),
        ("a", "x::y", "pub(crate)"),
    ] {
        assert_eq!(reach::written(&Reach::Module(path(reached)), &path(module)), written);
    }
    assert_eq!(reach::of("pub(super)", &path("a::b")), Reach::Module(path("a")));
    assert_eq!(reach::of("pub(incrate::a)", &path("a::b")), Reach::Module(path("a")));
    assert_eq!(reach::spaced("pub(incrate::a)"), "pub(in crate::a)");
}

#[test]
fn imports_are_merged_and_taken_out() {
    let text = "//! Head.\n\nuse std::fmt;\nuse std::io::{self, Read};\n\nfn f() {}\n";
    let added = imports::add(text, &[], &Import::of("std::io::Write"));
    assert!(added.contains("use std::io::{self, Read, Write};"), "{added}");
    let added = imports::add(&added, &[], &Import::of("crate::a::B"));
    assert!(added.contains("Write};\nuse crate::a::B;\n\nfn f"), "{added}");
    let names = BTreeSet::from(["Read".to_owned(), "Write".to_owned()]);
    let removed = imports::remove(&added, &[], &names);
    assert!(removed.contains("use std::io;\n"), "{removed}");
    assert_eq!(imports::remove(&removed, &[], &BTreeSet::from(["B".to_owned()])), {
        "//! Head.\n\nuse std::fmt;\nuse std::io;\n\nfn f() {}\n"
    });
}

#[test]
fn cutting_leaves_one_blank_line() {
    let text = "//! Head.\n\nfn a() {}\n\n// b\nfn b() {}\n\nfn c() {}\n";
    let file = SourceFile::parse("a.rs", text.to_owned()).unwrap();
    let cut = |at: usize| cut_items(text, &[file.items[at].full.clone()]);
    assert_eq!(cut(1), "//! Head.\n\nfn a() {}\n\nfn c() {}\n");
    assert_eq!(cut(0), "//! Head.\n\n// b\nfn b() {}\n\nfn c() {}\n");
    assert_eq!(cut(2), "//! Head.\n\nfn a() {}\n\n// b\nfn b() {}\n");
}

#[test]
fn a_plan_refuses_what_it_does_not_know() {
    for (text, line, word) in [
        ("pakage = \".\"", 1, "pakage"),
        (
            "[[phase]]\nname = \"a\"\n[[phase.move]]\nitems = []\nfrom = \"src/a.rs\"\nto = \"src/b.rs\"",
            6,
            "no items",
        ),
        (
            "[[phase]]\nname = \"a\"\n[[phase.move]]\nitems = [\"A\"]\nfrom = \"../a.rs\"\nto = \"src/b.rs\"",
            5,
            "no Rust file",
        ),
        (
            "[[phase]]\nname = \"a\"\n[[phase.rewrite]]\nfrom = \"a::B\"\nto = \"crate::B\"",
            4,
            "start with",
        ),
    ] {
        let finding = Plan::parse("plan.toml", text).unwrap_err();
        assert_eq!((finding.line, finding.rule), (line, "plan"), "{finding}");
        assert!(finding.message.contains(word), "{finding}");
    }
}

fn moved(root: &str, step: &str) -> Result<super::moves::Moved, crate::finding::Finding> {
    let read = |path: &str| (path == "src/lib.rs").then(|| root.to_owned());
    let tree = Tree::load_with("src/lib.rs", &read).unwrap();
    let krate = Krate { root_file: "src/lib.rs".to_owned(), tree, version: "0.1.0".to_owned() };
    make(&krate, &toml::from_str::<Move>(step).unwrap())
}

#[test]
fn an_impl_far_away_goes_with_its_type() {
    let root = "struct A;\n\nfn f(_: A) {}\n\nstruct B;\n\nimpl From<A> for u8 {}\n\nimpl PartialEq<B> for A {}\n";
    let made = moved(root, "items = [\"A\"]\nfrom = \"src/lib.rs\"\nto = \"src/a.rs\"").unwrap();
    assert_eq!(made.texts["src/lib.rs"], "mod a;\n\nuse a::A;\n\nfn f(_: A) {}\n\nstruct B;\n");
    let wanted = "//! `A`, `u8`.\n\nuse crate::B;\n\npub(crate) struct A;\n\nimpl From<A> for u8 {}\n\nimpl PartialEq<B> for A {}\n";
    assert_eq!(made.texts["src/a.rs"], wanted);
}

#[test]
fn a_method_that_a_trait_has_too_stays_in_reach() {
    let root = "trait T { fn hide(&self) {} }\n\nstruct A;\n\nimpl A {\n    fn hide(&self) {}\n    fn own(&self) {}\n}\n\nimpl T for A {}\n\nfn f(a: A) { a.hide() }\n";
    let made = moved(root, "items = [\"A\"]\nfrom = \"src/lib.rs\"\nto = \"src/a.rs\"").unwrap();
    let text = &made.texts["src/a.rs"];
    assert!(text.contains("    pub(crate) fn hide(") && text.contains("    fn own("), "{text}");
}

#[test]
fn a_move_that_cannot_be_is_refused() {
    let root = "struct A;\n\nmod m { struct C; }\n";
    for (items, to, rule) in [
        ("B", "src/b.rs", "unknown-item"),
        ("A", "src/m.rs", "no-file"),
        ("A", "other/b.rs", "no-module"),
    ] {
        let step = format!("items = [\"{items}\"]\nfrom = \"src/lib.rs\"\nto = \"{to}\"");
        assert_eq!(moved(root, &step).unwrap_err().rule, rule, "{items} to {to}");
    }
}

#[test]
fn a_path_is_rewritten_in_code_and_in_braces() {
    let text = "use crate::{a::X, b};\n\nfn f() -> crate::a::X { b::g(crate::a::Xs) }\n";
    let tree = Tree::load_with("src/lib.rs", &|_| Some(text.to_owned())).unwrap();
    let file = &tree.files["src/lib.rs"];
    let made = steps::replaced(&tree, file, &path("crate::a::X"), &path("crate::n::X")).unwrap();
    let wanted =
        "use crate::b;\nuse crate::n::X;\n\nfn f() -> crate::n::X { b::g(crate::a::Xs) }\n";
    assert_eq!(made, wanted);
}

#[test]
fn patterns_and_diffs() {
    for (pattern, path, fits) in [
        ("src/*.rs", "src/a.rs", true),
        ("src/*.rs", "src/a/b.rs", false),
        ("src/**/*.rs", "src/a.rs", true),
        ("src/a/**", "src/a/b/c.rs", true),
    ] {
        assert_eq!(status::fits(pattern, path), fits, "{pattern} {path}");
    }
    let shown = diff::unified("a", "1\n2\n3\n4\n5\n6\n", "1\n2\n3\n4\nfive\n6\n");
    assert_eq!(shown, "--- a/a\n+++ b/a\n@@ -2,5 +2,5 @@\n 2\n 3\n 4\n-5\n+five\n 6\n");
}
