//! Units, edges, circles and cuts of small trees, and the plan for the monolith.

use std::path::Path;

use super::super::plan::Plan;
use super::super::source::tree::Tree;
use super::graph::Edges;
use super::suggest::Features;
use super::{Scan, components, show, suggest};

fn tree(files: &[(&str, &str)]) -> Tree {
    let read = |path: &str| {
        let found = files.iter().find(|(name, _)| *name == path);
        found.map(|(_, text)| (*text).to_owned())
    };
    Tree::load_with("src/lib.rs", &read).unwrap()
}

fn scan(files: &[(&str, &str)], budget: usize) -> Scan {
    Scan::of(&[tree(files)], budget)
}

/// Edges as `from -> to`, in order.
fn edges(scan: &Scan) -> Vec<String> {
    let name = |at: usize| scan.graph.units[at].name.as_str();
    scan.graph.edges.keys().map(|(from, to)| format!("{} -> {}", name(*from), name(*to))).collect()
}

fn monolith() -> Scan {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/monolith");
    Scan::of(&[Tree::load(&folder, "src/lib.rs").unwrap()], 500)
}

#[test]
fn a_type_is_one_unit_with_its_impls() {
    let text = "struct A;\nimpl A { fn f(&self, b: B) {} }\nstruct B(u8);\nimpl From<u8> for B {\n\
                    fn from(one: u8) -> Self { Self(one) }\n}\nimpl Iterator for &A { }\n";
    let scan = scan(&[("src/lib.rs", text)], 500);
    let units: Vec<_> =
        scan.graph.units.iter().map(|unit| (unit.name.as_str(), unit.lines, unit.impls)).collect();
    assert_eq!(units, [("A", 3, 2), ("B", 4, 1)]);
    assert_eq!(edges(&scan), ["A -> B"]);
}

#[test]
fn names_are_followed_through_modules_imports_and_globs() {
    let scan = scan(
        &[
            (
                "src/lib.rs",
                "mod a;\nmod b;\npub use a::A;\nfn f(a: A, b: b::B) { self::g() }\nfn g() {}\n",
            ),
            ("src/a.rs", "pub struct A;\npub mod inner { pub struct C(super::A); }\n"),
            ("src/b.rs", "use crate::*;\nuse crate::a::inner::C as D;\npub struct B(A, D);\n"),
        ],
        500,
    );
    assert_eq!(
        edges(&scan),
        ["mod:inner -> A", "B -> A", "B -> mod:inner", "f -> A", "f -> B", "f -> g"]
    );
}

#[test]
fn tests_are_no_edges() {
    let scan = scan(
        &[("src/lib.rs", "fn f() {}\n#[cfg(test)]\nmod tests { use super::f; fn g() { f() } }\n")],
        500,
    );
    assert_eq!(edges(&scan), [""; 0]);
    assert_eq!(scan.graph.files[0].test_lines, 2);
}

#[test]
fn circles_are_found_in_an_order_of_their_own() {
    let edges: Edges = [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 3), (5, 5)]
        .into_iter()
        .map(|edge| (edge, 1))
        .collect();
    let all: Vec<usize> = (0..6).collect();
    let groups = components::of(&all, &edges);
    assert_eq!(groups, [vec![3, 4], vec![0, 1, 2], vec![5]]);
    // Of a part of the graph, only what is inside counts.
    assert_eq!(components::of(&[0, 1], &edges), [[1], [0]]);
}

#[test]
fn a_long_chain_needs_no_stack() {
    let edges: Edges = (0..100_000).map(|at| ((at, at + 1), 1)).collect();
    let all: Vec<usize> = (0..=100_000).collect();
    assert_eq!(components::of(&all, &edges).len(), 100_001);
}

#[test]
fn cuts_follow_the_edges_and_keep_the_budget() {
    let pair = |a: &str, b: &str| {
        let lines = "    let _ = 1;\n".repeat(10);
        format!("fn {a}() {{\n{lines}    {b}();\n}}\nfn {b}() {{\n{lines}    {a}();\n}}\n")
    };
    let text = format!("{}{}fn both() {{ a(); c(); }}\n", pair("a", "b"), pair("c", "d"));
    let scan = scan(&[("src/lib.rs", &text)], 40);
    let parts: Vec<Vec<&str>> = scan
        .parts
        .iter()
        .map(|part| part.units.iter().map(|at| scan.graph.units[*at].name.as_str()).collect())
        .collect();
    assert_eq!(parts, [vec!["c", "d", "both"], vec!["a", "b"]]);
    assert!(scan.parts.iter().all(|part| part.lines <= 32));
}

#[test]
fn the_monolith_is_cut_within_the_budget() {
    let scan = monolith();
    assert!(scan.parts.len() >= 9, "{}", show::table("stockroom", &scan));
    assert!(scan.parts.iter().all(|part| part.lines <= 400), "{}", show::table("stockroom", &scan));
    let text = suggest::plan("stockroom", Features::Free, &scan);
    let plan = Plan::parse("draft.toml", &text).unwrap();
    assert!(plan.phases[0].moves.len() > scan.parts.len(), "{text}");
    assert!(text.contains("\"mod:wire\""), "{text}");
}

#[test]
fn all_features_are_asked_for_where_they_are_at_hand() {
    let cases = [
        ("", Features::None),
        ("[features]\ndefault = [\"a\"]\na = []", Features::Free),
        ("[features]\na = [\"dep:b\"]", Features::Bound),
        ("[features]\na = [\"b/c\"]", Features::Bound),
    ];
    for (manifest, expected) in cases {
        assert_eq!(Features::of(&toml::from_str(manifest).unwrap()), expected, "{manifest}");
    }
}

#[test]
fn two_scans_print_the_same() {
    let (one, two) = (monolith(), monolith());
    assert_eq!(show::json("m", &one), show::json("m", &two));
    assert_eq!(show::dot("m", &one), show::dot("m", &two));
    assert_eq!(suggest::plan("m", Features::None, &one), suggest::plan("m", Features::None, &two));
}
