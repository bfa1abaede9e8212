//! Patterns by example, and covering against its definition over all short texts.
//!
//! That patterns mean what they mean in the policy language is a scenario: it needs both crates.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

fn pattern(text: &str) -> Pattern {
    text.parse().unwrap_or_else(|error| panic!("`{text}`: {error}"))
}

#[track_caller]
fn check_text(text: &str, yes: &[&str], no: &[&str]) {
    for other in yes {
        assert!(pattern(text).matches(other), "`{text}` should match `{other}`");
    }
    for other in no {
        assert!(!pattern(text).matches(other), "`{text}` should not match `{other}`");
    }
}

#[test]
fn wildcards_know_segments() {
    check_text("db:read", &["db:read"], &["db:reads", "db", "db/read", ""]);
    check_text("db:*", &["db:", "db:read"], &["db", "db:read:all", "xdb:read"]);
    check_text("db:re*", &["db:re", "db:read"], &["db:r", "db:write", "db:re/x"]);
    check_text("*/users", &["/users", "prod/users"], &["users", "a/b/users", "prod:users"]);
    check_text("prod/**", &["prod/", "prod/a/b:c"], &["prod", "dev/a"]);
    check_text("**", &["", "a/b:c", "ä"], &[]);
    check_text("*", &["", "äöü"], &["a/b", "a:b"]);
}

#[test]
fn texts_that_are_no_patterns_are_refused() {
    let long = "a".repeat(PATTERN_BYTES_MAX + 1);
    for text in
        ["", "a*b", "*a", "**/a", "a**", "a/b**", "***", "a/***", "a?", "a\nb", "a\u{85}", &long]
    {
        assert!(text.parse::<Pattern>().is_err(), "`{text}`");
    }
    for text in ["a//b", ":", "*/*:*/**", "ä*", &long[1..]] {
        assert_eq!(pattern(text).to_string(), text);
    }
}

#[test]
fn a_pattern_covers_what_is_narrower() {
    for (parent, child) in [
        ("**", "**"),
        ("**", "a/*"),
        ("*", "*"),
        ("*", "abc*"),
        ("a*", "ab*"),
        ("a/*", "a/"),
        ("a/**", "a/*/b:*"),
        ("*:*", "db*:re*"),
    ] {
        assert!(pattern(parent).covers(&pattern(child)), "`{parent}` covers `{child}`");
        let back = pattern(child).covers(&pattern(parent));
        assert_eq!(back, parent == child, "`{child}` covers `{parent}`");
    }
    for (parent, child) in
        [("*", "**"), ("*", "a/b"), ("a/b", "a/*"), ("a/*", "a:*"), ("ab*", "ac*"), ("a/**", "a")]
    {
        assert!(!pattern(parent).covers(&pattern(child)), "`{parent}` does not cover `{child}`");
    }
}

/// Letters of texts. Patterns use one of the two, so the other stands for all that they do not name.
const LETTERS: [char; 4] = ['a', 'b', '/', ':'];
/// A text that tells two patterns of [`short`] apart is at most this long: one character for each of
/// the pattern's, and one more behind a `**`.
const LENGTH_MAX: usize = 6;

static TEXTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut texts = vec![String::new()];
    let mut from = 0;
    for _ in 0..LENGTH_MAX {
        let end = texts.len();
        let longer: Vec<String> = texts[from..end]
            .iter()
            .flat_map(|text| LETTERS.map(|letter| format!("{text}{letter}")))
            .collect();
        texts.extend(longer);
        from = end;
    }
    texts
});

/// Patterns of up to five characters that name the letter `a`.
fn short() -> impl Strategy<Value = Pattern> {
    "[a/:*]{1,5}".prop_filter_map("a pattern", |text| text.parse().ok())
}

/// Longer patterns with any letters, made segment by segment.
fn long() -> impl Strategy<Value = Pattern> {
    let segment = ("[a-cäé.]{0,3}", any::<bool>())
        .prop_map(|(name, open)| if open { name + "*" } else { name });
    let segments = prop::collection::vec((segment, "[/:]"), 0..5);
    (segments, prop_oneof!["[a-cä]{1,3}\\*?", Just("**".to_owned())]).prop_map(|(front, last)| {
        let front: String = front.into_iter().flat_map(|(name, end)| [name, end]).collect();
        (front + &last).parse().unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn covering_is_matching_all_that_the_other_matches(parent in short(), child in short()) {
        let witness = TEXTS.iter().find(|text| child.matches(text) && !parent.matches(text));
        prop_assert_eq!(
            parent.covers(&child), witness.is_none(),
            "`{}` over `{}`: {:?}", parent, child, witness,
        );
    }

    #[test]
    fn a_pattern_matches_what_its_wildcards_stand_for(pattern in long(), fill in "[a-cäé]{0,3}") {
        let text = pattern.as_str().replace("**", &format!("{fill}/{fill}:")).replace('*', &fill);
        prop_assert!(pattern.matches(&text), "`{}` on `{}`", pattern, text);
    }

    #[test]
    fn covering_is_an_order(a in long(), b in long(), c in long()) {
        prop_assert!(a.covers(&a));
        if a.covers(&b) && b.covers(&c) {
            prop_assert!(a.covers(&c));
        }
        if a.covers(&b) && b.covers(&a) {
            prop_assert_eq!(&a, &b);
        }
    }

    #[test]
    fn any_text_is_a_pattern_or_refused(text in ".{0,40}") {
        if let Ok(pattern) = text.parse::<Pattern>() {
            prop_assert_eq!(pattern.to_string(), text.clone());
            prop_assert!(pattern.covers(&pattern));
        }
    }
}
