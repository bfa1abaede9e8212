//! The files of the dashboard are all carried, tagged, and without scripts of their own in the page.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::*;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("dashboard")
}

fn names_below(folder: &Path, front: &str, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{front}{}", path.file_name().unwrap().to_str().unwrap());
        match path.is_dir() {
            true => names_below(&path, &format!("{name}/"), names),
            false => drop(names.insert(name)),
        }
    }
}

#[test]
fn every_file_of_the_folder_is_carried() {
    let mut there = BTreeSet::new();
    names_below(&folder(), "", &mut there);
    // Licences are for readers of the source.
    there.retain(|name| !name.ends_with(".md"));
    let carried: BTreeSet<String> = FILES.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(carried, there);
}

#[test]
fn a_browser_that_has_a_file_gets_nothing() {
    let first = file("start.js", &HeaderMap::new());
    assert_eq!(first.status(), StatusCode::OK);
    let tag = first.headers()[ETAG].clone();
    let asked = HeaderMap::from_iter([(axum::http::header::IF_NONE_MATCH, tag)]);
    assert_eq!(file("start.js", &asked).status(), StatusCode::NOT_MODIFIED);
    assert_eq!(file("../Cargo.toml", &asked).status(), StatusCode::NOT_FOUND);
}

#[test]
fn no_page_has_a_script_or_a_style_in_it() {
    let page = std::fs::read_to_string(folder().join("index.html")).unwrap();
    for inline in ["<style", "style=", "onclick", "javascript:"] {
        assert!(!page.contains(inline), "{inline}");
    }
    assert!(
        page.split("<script").skip(1).all(|rest| rest.trim_start().starts_with("src=")
            || rest.starts_with(" type=\"module\" src="))
    );
}
