//! Explanations of the first policy of the language's page, and of everything in the corpus.

use super::*;
use crate::check::check_source;
use crate::reference::decide;
use crate::testing::World;

const GUARD: &str =
    "policy guard on transaction (amount: int, receiver: did, role: symbol, path: text<64>) {
  require known(receiver), \"unknown receiver\"
  if amount > 5_000 {
    require subject has credential \"kyc\", \"identity not proven\"
  }
  require norm(subject.trust) >= 0.6 && role in {admin, owner}, \"not trusted\"
  deny if !glob(\"/a/*\", path)
}
test \"poor\" for guard {
  given subject.trust = trust(0.58)
  given receiver known
  given amount = 4_000
  given role = admin
  given path = \"/a/b\"
  expect deny
}
test \"not proven\" for guard {
  given subject.trust = trust(0.8)
  given receiver known
  given amount = 6_000
  given role = admin
  given path = \"/a/b\"
  expect deny
}
test \"path\" for guard {
  given subject.trust = trust(0.8)
  given receiver known
  given amount = 1
  given role = owner
  given path = \"/a/b/c\"
  expect deny
}
test \"stranger\" for guard {
  given receiver known
  given amount = 1
  given role = owner
  given path = \"/a/b/c\"
  expect fault unknown_entity
}";

fn explained(source: &str, number: usize) -> Explanation {
    let bundle = check_source(source).bundle.unwrap();
    let test = &bundle.tests[number];
    let world = World::of(&bundle, test);
    let index = usize::from(test.policy);
    let limits = (Gas::MAX, Gas::MAX);
    explain(&bundle, source, index, &world.request(test), &world, limits)
}

/// The text without identities, which are long.
fn told(source: &str, number: usize) -> String {
    let text = explained(source, number).text();
    let mut parts = text.split("did:");
    let mut told = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        told += "<did>";
        told += part.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == ':');
    }
    told
}

#[test]
fn an_explanation_shows_rule_and_operands() {
    let all: Vec<String> = (0..4).map(|number| told(GUARD, number)).collect();
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!("explained", all.join("\n"));
    });
}

#[test]
fn explaining_is_replaying() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for entry in std::fs::read_dir(corpus).unwrap() {
        let source = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let bundle = check_source(&source).bundle.unwrap();
        for (number, test) in bundle.tests.iter().enumerate() {
            let world = World::of(&bundle, test);
            let index = usize::from(test.policy);
            let decision = decide(&bundle, index, &world.request(test), &world, Gas::MAX, Gas::MAX);
            let explanation = explained(&source, number);
            assert_eq!(explanation.decision, decision, "{}", test.title);
            let rule = explanation.rule.as_ref().map_or(0, |rule| rule.number);
            assert_eq!(rule, decision.rule);
            let mask = explanation.conditions.iter().fold(0_u64, |mask, condition| {
                let bit = condition.rule.filter(|_| !condition.source.is_empty());
                mask | bit
                    .filter(|_| condition.held == Some(true))
                    .map_or(0, |rule| 1 << (rule - 1))
            });
            if rule != 0 || decision.mask != 0 {
                assert_eq!(mask, decision.mask, "{}", test.title);
            }
            assert!(!explanation.text().is_empty());
        }
    }
}

#[test]
fn long_lists_do_not_fill_pages() {
    let items = ["1"; 1024].join(", ");
    let source = format!(
        "policy p on custom (l: list<int, 1024>) {{ require all(x in l where x > 0) }}
        test \"many\" for p {{ given l = [{items}] expect allow }}"
    );
    let explanation = explained(&source, 0);
    let checks: usize = explanation.conditions.iter().map(|condition| condition.checks.len()).sum();
    assert_eq!((checks, explanation.left_out), (256, 768));
    assert!(explanation.text().ends_with("… and 768 more\n"));
}
