//! Ranges, comments and names of small texts.

use super::tree::Tree;
use super::*;

fn file(text: &str) -> SourceFile {
    SourceFile::parse("src/lib.rs", text.to_owned()).unwrap()
}

#[test]
fn an_item_has_its_comments() {
    let text = "//! Head.\n\n// apart\n\n// above\n/// Doc.\n#[derive(Debug)]\nstruct A; // behind\n/* b */ fn b() {}\n";
    let parsed = file(text);
    let full: Vec<&str> = parsed.items.iter().map(|item| slice(text, &item.full)).collect();
    let wanted = ["// above\n/// Doc.\n#[derive(Debug)]\nstruct A; // behind", "/* b */ fn b() {}"];
    assert_eq!(full, wanted);
}

#[test]
fn visibilities_have_their_places() {
    let text =
        "pub(in crate::a) struct A { pub x: u8, /* c */ y: u8 }\n#[inline]\nconst fn f() {}\n";
    let parsed = file(text);
    let [a, f] = parsed.items.as_slice() else { panic!("two items") };
    assert_eq!(a.visibility.written, "pub(incrate::a)");
    let at = f.visibility.range.start;
    assert!(f.visibility.range.is_empty() && text[at..].starts_with("const fn"));
    let y = a.members[1].visibility.clone().unwrap();
    assert!(text[y.range.start..].starts_with("y: u8"));
}

#[test]
fn names_are_heads_of_paths() {
    let text =
        "fn f(a: &Map<Key>) -> io::Result<()> { a.len(); m!(B::c, x.d, \"{E}\"); super::g::h() }\n";
    let parsed = file(text);
    let names: Vec<&str> = parsed.items[0].names.iter().map(String::as_str).collect();
    assert_eq!(names, ["B", "E", "Key", "Map", "a", "io", "m", "super", "x"].as_slice());
}

#[test]
fn a_plan_names_items() {
    let text = "struct A; impl A {} impl std::fmt::Debug for &A {} fn parse_a() {} macro_rules! m { () => {} }";
    let parsed = file(text);
    let hits = |wanted: &str| {
        let fits = parsed.items.iter().filter(|item| item.matches(wanted));
        fits.map(Item::title).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(hits("A"), "struct A");
    assert_eq!(hits("impl:A"), "impl A");
    assert_eq!(hits("impl:Debug for A"), "impl Debug for A");
    assert_eq!(hits("parse_*"), "fn parse_a");
    assert_eq!(hits("macro:m"), "macro m");
    assert_eq!(hits("fn:A"), "");
}

#[test]
fn a_tree_follows_modules() {
    let read = |path: &str| {
        let text = match path {
            "src/lib.rs" => {
                "mod a; mod b { pub mod c; pub use crate::a::X as Y; pub enum E { F } }"
            }
            "src/a.rs" => "pub struct X; use super::b::*; use self::E::*;",
            "src/b/c.rs" => "#[path = \"odd.rs\"] mod d;",
            "src/b/odd.rs" => "",
            _ => return None,
        };
        Some(text.to_owned())
    };
    let tree = Tree::load_with("src/lib.rs", &read).unwrap();
    let paths: Vec<String> = tree.modules.iter().map(|module| module.path.join("::")).collect();
    assert_eq!(paths, ["", "a", "b", "b::c", "b::c::d"]);
    let path = |text: &str| text.split("::").map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(tree.absolute(&path("b"), &path("Y")), Some(path("a::X")));
    assert_eq!(tree.absolute(&path("b"), &path("std::fmt")), None);
    let names: Vec<String> = tree.names_in(&path("a")).unwrap().into_iter().collect();
    assert_eq!(names, ["E", "X", "Y", "c"]);
}

#[test]
fn a_raw_name_of_a_macro_is_its_plain_name() {
    let text = "macro_rules! r#helper { () => {} }\nmacro_rules! r#try { () => {} }\n";
    let file = SourceFile::parse("a.rs", text.to_owned()).unwrap();
    let names: Vec<&str> = file.items.iter().map(|item| item.name.as_str()).collect();
    assert_eq!(names, ["helper", "r#try"]);
}
