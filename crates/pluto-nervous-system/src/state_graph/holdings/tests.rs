//! The page is the table; the table is what the formats say; the tests it names exist.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::*;

fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(workspace().join(path)).unwrap()
}

#[test]
fn the_page_is_the_table() {
    let path = workspace().join("docs/components.md");
    if std::env::var_os("PLUTO_WRITE_DOCS").is_some() {
        std::fs::write(&path, to_markdown()).unwrap();
    }
    assert_eq!(read("docs/components.md"), to_markdown(), "write it with PLUTO_WRITE_DOCS=1");
    let rows = to_markdown().lines().filter(|line| line.starts_with("| ")).count();
    assert_eq!(rows, 1 + 40, "a heading and all components");
}

#[test]
fn what_holds_state_is_what_the_formats_describe() {
    let described: BTreeSet<Component> = read("docs/formats/state.md")
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix("| ")?.split(" | ");
            let component: Component = cells.next()?.parse().ok()?;
            let number: u16 = cells.next()?.parse().ok()?;
            (component.number() == number).then_some(component)
        })
        .collect();
    let held: BTreeSet<Component> =
        Component::ALL.into_iter().filter(|component| is_state(*component)).collect();
    assert_eq!(held, described);
}

#[test]
fn the_tests_it_names_exist() {
    for component in Component::ALL {
        if let Holding::State { shown_by } = holding(component) {
            let (file, test) = shown_by.split_once("::").unwrap();
            assert!(read(file).contains(&format!("fn {test}(")), "{component}: {shown_by}");
        }
    }
}
