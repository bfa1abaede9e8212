//! What people see when a source does not parse: every file of `tests/diagnostics/syntax`.

use std::path::{Path, PathBuf};

use pluto_ecl::diagnostic::plain;
use pluto_ecl::syntax::parse;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics/syntax")
}

/// The sources, in the order of their names.
fn names() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".ecl"))
        .collect();
    names.sort();
    names
}

#[test]
fn diagnostics_read_like_this() {
    let (folder, names) = (folder(), names());
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

/// The source after the first fix of every diagnostic, the last place first.
fn mended(source: &str) -> Option<String> {
    let parsed = parse(source);
    let fixes: Option<Vec<_>> =
        parsed.diagnostics.iter().map(|found| found.fixes.first().cloned()).collect();
    let mut fixes = fixes?;
    fixes.sort_by_key(|fix| std::cmp::Reverse(fix.span));
    let mut text = source.to_owned();
    for fix in fixes {
        text.replace_range(fix.span.start as usize..fix.span.end as usize, &fix.replacement);
    }
    Some(text)
}

#[test]
fn fixes_mend_what_they_are_for() {
    let mut count = 0;
    for name in names() {
        let source = std::fs::read_to_string(folder().join(&name)).unwrap();
        let Some(mut text) = mended(&source) else { continue };
        // A mistake can hide another: of several open braces only the last one is reported.
        for _ in 0..3 {
            text = mended(&text).unwrap_or(text);
        }
        let left = parse(&text).diagnostics;
        let shown = plain::render_all(&name, &text, &left);
        assert!(left.is_empty(), "{name} with its fixes is still wrong:\n{text}\n{shown}");
        count += 1;
    }
    assert!(count >= 10, "{count} files have a fix for everything");
}
