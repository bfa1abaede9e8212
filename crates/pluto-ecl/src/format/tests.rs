//! The layout: what it looks like, that it is stable, and that it changes nothing but space.

mod programs;

use proptest::prelude::*;

use super::format;
use crate::syntax::tests::programs::all;
use crate::syntax::{SyntaxElement, SyntaxKind, parse};

/// The syntax tree without places.
fn meaning(source: &str) -> String {
    let parsed = parse(source);
    assert!(!parsed.has_errors(), "{source}\n{:#?}", parsed.diagnostics);
    let text = format!("{:?}", parsed.ast);
    let mut parts = text.split("Span { start: ");
    let mut plain = parts.next().unwrap().to_owned();
    for part in parts {
        let (_, rest) = part.split_once('}').unwrap();
        plain.push_str(rest);
    }
    plain
}

/// Tokens and comments in their order, but for commas. Comments may change places with tokens.
fn kept(source: &str) -> (Vec<String>, String) {
    let tokens: Vec<_> = parse(source)
        .syntax()
        .descendants_with_tokens()
        .filter_map(SyntaxElement::into_token)
        .filter(|token| !matches!(token.kind(), SyntaxKind::Whitespace | SyntaxKind::Comma))
        .collect();
    let (comments, solid): (Vec<_>, Vec<_>) =
        tokens.into_iter().partition(|token| token.kind().is_comment());
    // Two comments can end up on one line, where they are one; their letters stay.
    let mut letters: Vec<char> = comments
        .iter()
        .flat_map(|token| token.text().chars().collect::<Vec<_>>())
        .filter(|c| !c.is_whitespace())
        .collect();
    letters.sort_unstable();
    (solid.iter().map(|token| token.text().to_owned()).collect(), letters.into_iter().collect())
}

fn check(source: &str) {
    let once = format(source).unwrap_or_else(|found| {
        panic!("{}", crate::diagnostic::plain::render_all("x", source, &found))
    });
    let twice = format(&once).unwrap_or_else(|found| panic!("{once}\n{found:#?}"));
    assert_eq!(once, twice, "of:\n{source}");
    assert_eq!(meaning(source), meaning(&once), "of:\n{source}\nto:\n{once}");
    assert_eq!(kept(source), kept(&once), "of:\n{source}\nto:\n{once}");
    assert!(once.is_empty() || once.ends_with('\n'));
    assert!(!once.contains("\n\n\n") && !once.starts_with('\n'), "{once:?}");
    let in_comment = once.contains("/*");
    assert!(in_comment || !once.lines().any(|line| line.ends_with(' ')), "{once:?}");
}

#[test]
fn examples_keep_their_meaning() {
    all().iter().for_each(|source| check(source));
}

#[test]
fn examples_of_the_repository_are_laid_out() {
    for source in all() {
        assert_eq!(format(&source).unwrap(), source);
    }
}

#[test]
fn what_does_not_parse_is_refused() {
    let found = format("policy p on custom { allow if }").unwrap_err();
    assert_eq!(found.len(), 1);
    assert_eq!(format("").unwrap(), "");
    assert_eq!(format(" \n\n ").unwrap(), "");
}

#[test]
fn a_result_above_the_bound_is_refused() {
    let source = format!("policy p on custom {{ {} }}", "allow ".repeat(8_000));
    let found = format(&source).unwrap_err();
    assert_eq!(found[0].code, crate::codes::SOURCE_TOO_LARGE);
}

#[test]
fn the_layout_reads_like_this() {
    let source = r#"
// head


// second
edition   1
const a=1 const b : int=2   // two
enum color{red,green,}
record r { a:int,b:text<64>}   store s version 2{a:int index a}
migrate s from 1{old_name:text<64>,}{a:old.old_name,b:- 1}
policy p on store(a:int,b:list<option<did>,3> =none){require a>0&&b , "r"
/* block */ let x=(a+1)*2 deny"x"


  // before allow
  allow if!a   if a{}else if b{/* empty */}else{deny}
  match a{x|y=>allow,_=>{deny}}
  emit e emit f{a,b:1,} put s [ "k" ]{} delete s["k"]
  escalate{timeout:1h,fallback:deny}
  // last
}
policy empty on custom(very_long_parameter_name:int,another_long_parameter_name:text<64>,third:bool) {
  require this_is_a_long_condition(a, b) && another_condition_that_is_long || (a_third_one && the_fourth_one_of_them), "reason"
  require x in {alpha_alpha_alpha_alpha, beta_beta_beta_beta_beta, gamma_gamma_gamma_gamma, delta_delta} // why
  require a // first
    && b // second
  let y = f(a, // the first
    b /* the second */, c)
  require count(a in b where norm(a.trust)>=0.8)>=2
}
test "t" for p{given a=1 given subject.trust=trust(0.8)

given s["k"]={a:1,b:[1,2],}
given bob known expect deny"r"} // end
// tail"#;
    check(source);
    insta::assert_snapshot!("layout", format(source).unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_program(source in programs::source()) {
        check(&source);
    }
}
