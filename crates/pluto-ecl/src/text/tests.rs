//! Globs by example, and against a definition that is slow and plain.

use proptest::prelude::*;

use super::*;

/// The definition: try every split.
fn plain(pattern: &[char], text: &[char]) -> bool {
    let separates = |c: char| c == '/' || c == ':';
    match pattern {
        [] => text.is_empty(),
        ['*', '*', rest @ ..] => (0..=text.len()).any(|skip| plain(rest, &text[skip..])),
        ['*', rest @ ..] => (0..=text.len())
            .take_while(|skip| !text[..*skip].iter().any(|c| separates(*c)))
            .any(|skip| plain(rest, &text[skip..])),
        ['?', rest @ ..] => {
            matches!(text, [c, more @ ..] if !separates(*c) && plain(rest, more))
        }
        [wanted, rest @ ..] => {
            matches!(text, [c, more @ ..] if c == wanted && plain(rest, more))
        }
    }
}

#[track_caller]
fn check(pattern: &str, yes: &[&str], no: &[&str]) {
    for text in yes {
        assert!(glob(pattern, text), "`{pattern}` should match `{text}`");
    }
    for text in no {
        assert!(!glob(pattern, text), "`{pattern}` should not match `{text}`");
    }
}

#[test]
fn wildcards_know_segments() {
    check("prod:*", &["prod:", "prod:keys"], &["prod", "prod:keys:a", "prod:a/b", "xprod:a"]);
    check("prod:**", &["prod:", "prod:a:b/c"], &["prod", "dev:a"]);
    check("*", &["", "abc", "äöü"], &["a/b", "a:b"]);
    check("**", &["", "a/b:c"], &[]);
    check("a?c", &["abc", "aéc", "a😀c"], &["ac", "a/c", "a:c", "abbc"]);
    check("", &[""], &["a"]);
    check("**/secret", &["/secret", "a/b/secret"], &["secret", "a/secret/b"]);
    check("*/x*y", &["a/xy", "a/x__y"], &["a/b/xy", "a/x/y"]);
    check("?*?", &["ab", "äö", "aäb"], &["a", "ä", "a/"]);
    check("***", &["a/b"], &[]);
    check("a*", &["a"], &["", "b"]);
    check("*a*a", &["aa", "xaxa"], &["a"]);
}

#[test]
fn a_hostile_pattern_costs_its_length_and_no_more() {
    let pattern = "*a".repeat(2000) + "*b";
    let text = "a".repeat(4096);
    assert!(!glob(&pattern, &text));
    assert!(glob(&pattern, &(text + "b")));
}

#[test]
fn the_other_questions_are_plain() {
    assert!(test(TextTest::StartsWith, "abc", "ab") && !test(TextTest::StartsWith, "abc", "b"));
    assert!(test(TextTest::EndsWith, "abc", "bc") && !test(TextTest::EndsWith, "abc", "b"));
    assert!(test(TextTest::Contains, "abc", "b") && !test(TextTest::Contains, "abc", "x"));
    assert!(test(TextTest::Glob, "a*", "abc") && !test(TextTest::Glob, "abc", "a*"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn globs_agree_with_the_definition(
        pattern in proptest::collection::vec(prop_oneof!["a", "é", "/", "[*]", "[*][*]", "[?]"], 0..9),
        text in proptest::collection::vec(prop_oneof!["a", "é", "/"], 0..9),
    ) {
        let (pattern, text) = (pattern.concat(), text.concat());
        let slow = plain(
            &pattern.chars().collect::<Vec<_>>(),
            &text.chars().collect::<Vec<_>>(),
        );
        prop_assert_eq!(glob(&pattern, &text), slow, "`{}` on `{}`", pattern, text);
    }

    #[test]
    fn long_patterns_cross_words(head in "[ab?]{50,90}", tail in "[ab]{50,90}", text in "[ab]{90,200}") {
        let pattern = format!("*{head}**{tail}*");
        let slow = (0..text.len()).any(|at| {
            let rest = &text[at..];
            rest.len() >= head.len()
                && head.bytes().zip(rest.bytes()).all(|(h, t)| h == b'?' || h == t)
                && rest[head.len()..].contains(&tail)
        });
        prop_assert_eq!(glob(&pattern, &text), slow);
    }
}
