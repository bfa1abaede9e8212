//! Whatever the compiler says about whatever text can be shown.

use std::path::PathBuf;

use pluto_ecl::compile::compile;

use super::super::files;
use super::*;

/// The sources with mistakes that the compiler's own tests keep.
fn wrong() -> Vec<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../pluto-ecl/tests");
    files::sources(&[PathBuf::from(folder)]).unwrap()
}

#[test]
fn every_diagnostic_is_shown_with_its_code_place_label_and_fix() {
    let mut shown = 0;
    for path in wrong() {
        let source = files::source(&path).unwrap();
        let sources = Sources::file("a.ecl", source.text().to_owned());
        for found in compile(sources.text()).diagnostics {
            let text = render(&sources, std::slice::from_ref(&found), false);
            let data = one(&sources, &found);
            let start = &data.span.start;
            let place = format!("a.ecl:{}:{}", start.line, start.column);
            assert!(text.contains(found.code.id()), "{text}");
            assert!(text.contains(&place), "{place} in {text}");
            assert!(text.contains(&found.primary.text), "{:?} in {text}", found.primary);
            let told = found.fixes.iter().filter(|fix| text.contains(&fix.title)).count();
            assert_eq!((told, text.matches("help: ").count()), (found.fixes.len(), told), "{text}");
            assert!(render(&sources, &[found], true).contains('\u{1b}'));
            shown += 1;
        }
    }
    assert!(shown > 100, "{shown}");
}

#[test]
fn every_beginning_of_a_source_can_be_shown() {
    let text =
        "enum größe { a }\r\npolicy p on api (n: int) {\n\trequire n > 0, \"ä\u{202e}\"\n}\n";
    for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
        let mut sources = Sources::file("first", text[..end].to_owned());
        sources.push("second", "given x = 1");
        let found = compile(sources.text()).diagnostics;
        assert_eq!(data(&sources, &found).len(), found.len());
        assert_eq!(render(&sources, &found, false).is_empty(), found.is_empty());
    }
}

#[test]
fn labels_in_two_pieces_are_shown_in_both() {
    let mut sources = Sources::file("first", "const a = 1".to_owned());
    sources.push("second", "const a = 2");
    let found = compile(sources.text()).diagnostics;
    let text = render(&sources, &found, false);
    assert!(text.contains("second:1:7") && text.contains("first:1:7"), "{text}");
    assert!(summary(&sources, &found).contains("the first at second:1:7"));
}
