//! What people see when a source does not parse: every file of `tests/diagnostics/syntax`.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use pluto_ecl::diagnostic::plain;
use pluto_ecl::syntax::parse;

#[test]
fn diagnostics_read_like_this() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics/syntax");
    let mut names: Vec<String> = std::fs::read_dir(folder.clone())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".ecl"))
        .collect();
    names.sort();
    assert!(names.len() >= 25, "the folder has its files");
    insta::with_settings!({ snapshot_path => &folder, prepend_module_to_snapshot => false, omit_expression => true }, {
        for name in names {
            let source = std::fs::read_to_string(folder.join(&name)).unwrap();
            let parsed = parse(&source);
            assert!(parsed.has_errors(), "{name} is right");
            let text = plain::render_all(&name, &source, &parsed.diagnostics);
            insta::assert_snapshot!(name.trim_end_matches(".ecl"), text);
        }
    });
}
