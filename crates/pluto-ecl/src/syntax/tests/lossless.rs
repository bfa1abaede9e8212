//! Nothing is lost and nothing panics, whatever the text.

use proptest::prelude::*;

use super::{parse, programs};
use crate::codes;
use crate::limits::{DIAGNOSTICS_MAX, SOURCE_BYTES_MAX};

/// Parses and looks at what must hold of any text.
fn check(source: &str) {
    let parsed = parse(source);
    assert_eq!(parsed.syntax().text().to_string(), source);
    assert!(parsed.diagnostics.len() <= DIAGNOSTICS_MAX);
    let places = parsed.diagnostics.iter().flat_map(|found| {
        let labels = found.secondary.iter().map(|label| label.span);
        let fixes = found.fixes.iter().map(|fix| fix.span);
        std::iter::once(found.primary.span).chain(labels).chain(fixes)
    });
    for span in places {
        assert!(span.start <= span.end, "{span:?} in {source:?}");
        assert!(source.get(span.start as usize..span.end as usize).is_some(), "{span:?}");
    }
}

/// Parts of programs in any order: more likely than letters to reach the depth of the grammar.
const PARTS: &str = "edition const enum record store version index migrate from policy on test for \
    given expect let require allow deny escalate if then else match emit cost audit put delete true \
    none subject now has in any count sum where of fault known == < >= && || ! - + * . ?. => | = & ? \
    ( ) { } [ ] , : ; // /* */ \" ' \\ 0 1_0 0.5 24h 1e9 0x1 x name not and null return while elif ü \
    ≤ # \u{202e}";

fn part() -> impl Strategy<Value = String> {
    let words: Vec<&str> = PARTS.split_whitespace().chain(["\n", "p on custom {"]).collect();
    prop_oneof![9 => proptest::sample::select(words).prop_map(str::to_owned), 1 => "\\PC{0,3}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text(source in "(?s).{0,200}") {
        check(&source);
    }

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        check(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_parts(parts in proptest::collection::vec((part(), any::<bool>()), 0..80)) {
        let spaced = parts.iter().map(|(part, space)| {
            if *space { format!("{part} ") } else { part.clone() }
        });
        check(&spaced.collect::<String>());
    }

    #[test]
    fn damaged_programs(
        which in any::<prop::sample::Index>(),
        from in any::<prop::sample::Index>(),
        length in 0_usize..40,
        insert in prop::collection::vec(part(), 0..4),
    ) {
        let all = programs::all();
        let chars: Vec<char> = which.get(&all).chars().collect();
        let from = from.index(chars.len());
        let to = (from + length).min(chars.len());
        let mut source: String = chars[..from].iter().collect();
        source.extend(insert);
        source.extend(&chars[to..]);
        check(&source);
    }
}

#[test]
fn every_beginning_of_every_example() {
    for source in programs::all() {
        for (end, _) in source.char_indices() {
            check(&source[..end]);
        }
    }
}

#[test]
fn a_source_above_its_bound_is_refused() {
    let source = " ".repeat(SOURCE_BYTES_MAX + 1);
    check(&source);
    let parsed = parse(&source);
    assert_eq!(parsed.diagnostics[0].code, codes::SOURCE_TOO_LARGE);
    assert!(parse(&source[1..]).diagnostics.is_empty());
}

/// Runs with less stack than any thread of the node has.
fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(1024 * 1024).spawn(run).unwrap().join().unwrap();
}

#[test]
fn nesting_is_bounded() {
    let deep = |open: &str, close: &str, times: usize| {
        format!("policy p on custom {{ let x = {}1{} }}", open.repeat(times), close.repeat(times))
    };
    let cases = [
        deep("(", ")", 10_000),
        deep("!", "", 10_000),
        deep("-", "", 10_000),
        deep("f(", ")", 10_000),
        deep("s[", "]", 10_000),
        deep("1 + ", "", 10_000),
        deep("1 + (", ")", 6_000),
        deep("if a then b else ", "", 2_500),
        deep("1 + if a then b else ", "", 2_000),
        deep("a in {", "}", 6_000),
        deep("", ".a", 10_000),
        deep("any(a in ", ")", 4_000),
        deep("a ? ", " : b", 5_000),
        format!("policy p on custom {}", "{ if a ".repeat(6_000)),
        format!("policy p on custom {{ {}{}", "if a { ".repeat(5_000), "}".repeat(5_000)),
        format!("policy p on custom {{ {} }}", "match a { b => ".repeat(3_000)),
        format!("policy p on custom {{ if a {{}} {} }}", "else if a {} ".repeat(3_000)),
        format!("policy p on custom {{ {} }}", "if a ".repeat(8_000)),
        format!("policy p on custom (a: {}) {{ }}", "list<".repeat(8_000)),
        format!("test \"t\" for p {{ given a = {} }}", "[".repeat(10_000)),
        format!("test \"t\" for p {{ given a = {} }}", "{ a: ".repeat(8_000)),
    ];
    on_a_small_stack(move || {
        for source in cases {
            assert!(source.len() <= SOURCE_BYTES_MAX);
            check(&source);
            let found = parse(&source).diagnostics;
            let said = found.iter().any(|found| found.code == codes::TOO_DEEP);
            assert!(said || found.len() == DIAGNOSTICS_MAX, "{}", &source[..60]);
        }
    });
}

#[test]
fn too_deep_is_said_once() {
    for source in [
        format!("policy p on custom {{ let x = {}1{} }}", "(".repeat(10_000), ")".repeat(10_000)),
        format!("policy p on custom {{ {} {} }}", "if a {".repeat(7_000), "}".repeat(6_000)),
    ] {
        let found = parse(&source).diagnostics;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].code, codes::TOO_DEEP);
    }
}

#[test]
fn nesting_up_to_the_bound_parses() {
    let nested = |times: usize| {
        let (open, close) = ("(".repeat(times), ")".repeat(times));
        format!("const x = {open}1{close}")
    };
    on_a_small_stack(move || {
        assert!(parse(&nested(126)).diagnostics.is_empty());
        assert!(!parse(&nested(128)).diagnostics.is_empty());
    });
}
