//! Policies from elsewhere: any text has a tree with that text, and a layout that changes nothing.

use pluto_ecl::format::format;
use pluto_ecl::limits::DIAGNOSTICS_MAX;
use pluto_ecl::syntax::parse;

pub(super) fn source(bytes: &[u8]) {
    let Ok(source) = std::str::from_utf8(bytes) else { return };
    let parsed = parse(source);
    assert_eq!(parsed.syntax().text().to_string(), source, "text is lost");
    assert!(parsed.diagnostics.len() <= DIAGNOSTICS_MAX);
    for found in &parsed.diagnostics {
        let labels = found.secondary.iter().chain([&found.primary]).map(|label| label.span);
        for span in labels.chain(found.fixes.iter().map(|fix| fix.span)) {
            let place = span.start as usize..span.end as usize;
            assert!(source.get(place).is_some(), "{} is not at a place of the source", found.code);
        }
    }
    let Ok(once) = format(source) else { return };
    assert!(!parsed.has_errors(), "what has errors is not laid out");
    assert_eq!(meaning(&once), meaning(source), "the layout changes the program");
    assert!(format(&once).is_ok_and(|twice| twice == once), "the layout is not stable");
}

/// The program without the places in the source.
fn meaning(source: &str) -> String {
    let text = format!("{:?}", parse(source).ast);
    let mut parts = text.split("Span { start: ");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    parts.for_each(|part| plain.push_str(part.split_once('}').map_or(part, |(_, rest)| rest)));
    plain
}
