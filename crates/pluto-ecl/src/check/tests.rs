//! What people see, and what never compiles.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::*;
use crate::diagnostic::plain;

const PHASES: [&str; 6] = ["names", "types", "totality", "stores", "tests", "advice"];
const CODES_MIN: usize = 45;

/// Files of a phase, by name.
fn fixtures(phase: &str) -> (PathBuf, Vec<String>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics").join(phase);
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".ecl"))
        .collect();
    names.sort();
    (folder, names)
}

#[test]
fn diagnostics_read_like_this() {
    for phase in PHASES {
        let (folder, names) = fixtures(phase);
        insta::with_settings!({ snapshot_path => &folder, prepend_module_to_snapshot => false, omit_expression => true }, {
            for name in names {
                let source = std::fs::read_to_string(folder.join(&name)).unwrap();
                let parsed = crate::syntax::parse(&source);
                let broken = plain::render_all(&name, &source, &parsed.diagnostics);
                assert!(!parsed.has_errors(), "{broken}");
                let checked = check_source(&source);
                assert!(!checked.diagnostics.is_empty(), "{name} is right");
                let text = plain::render_all(&name, &source, &checked.diagnostics);
                insta::assert_snapshot!(name.trim_end_matches(".ecl"), text);
            }
        });
    }
}

#[test]
fn every_code_is_shown_by_a_fixture() {
    let mut shown: BTreeSet<&str> = BTreeSet::new();
    for phase in PHASES {
        let (folder, names) = fixtures(phase);
        for name in names {
            let source = std::fs::read_to_string(folder.join(&name)).unwrap();
            shown.extend(check_source(&source).diagnostics.iter().map(|found| found.code.id()));
        }
    }
    let declared: BTreeSet<&str> = include_str!("codes.rs")
        .split("Code::new(\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert!(declared.len() >= CODES_MIN, "{} codes", declared.len());
    // Deeper than the parser lets through, and a test that ends without `expect`, cannot be written.
    let unreachable = BTreeSet::from(["ECL-0410"]);
    let missing: Vec<_> =
        declared.difference(&shown).filter(|id| !unreachable.contains(*id)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Codes of the errors in a source.
fn errors(source: &str) -> Vec<&'static str> {
    let found = check_source(source).diagnostics.into_iter();
    found.filter(|found| found.severity == Severity::Error).map(|found| found.code.id()).collect()
}

#[track_caller]
fn refused(source: &str, expected: &[&str]) {
    let checked = check_source(source);
    assert!(checked.bundle.is_none(), "compiles: {source}");
    assert_eq!(errors(source), expected, "{source}");
}

#[test]
fn an_empty_source_has_no_policy_to_ask() {
    for source in ["", "  \n", "// nothing\n", "edition 1"] {
        let checked = check_source(source);
        assert_eq!(checked.diagnostics, [], "{source}");
        assert!(checked.bundle.unwrap().policies.is_empty());
    }
}

#[test]
fn what_does_not_decide_does_not_compile() {
    refused("policy p on custom { }", &["ECL-0404"]);
    refused("policy p on custom (a: int) { let b = a emit seen { b } }", &["ECL-0403"]);
    refused("policy p on custom (a: int) { if a > 1 { require a > 2 } }", &["ECL-0403"]);
    refused(
        "policy p on custom (a: int) { if a > 1 { require a > 2 } else { let _b = a } }",
        &["ECL-0403"],
    );
    refused(
        "enum e { x, y } policy p on custom (a: e) { match a { x => require known(subject) y => { } } }",
        &["ECL-0403"],
    );
}

#[test]
fn a_policy_with_an_allow_denies_at_its_end() {
    let ends = |source: &str| check_source(source).bundle.unwrap().policies[0].end_allows;
    assert!(!ends("policy p on custom (a: int) { allow if a > 1 }"));
    assert!(!ends("policy p on custom (a: int) { require a > 0 allow if a > 1 }"));
    assert!(!ends("policy p on custom (a: int) { if a > 1 { allow } }"));
    assert!(ends("policy p on custom (a: int) { require a > 0 }"));
    assert!(ends("policy p on custom (a: int) { deny if a > 0 }"));
    assert!(ends("policy p on custom (a: int) { if a > 1 { deny \"x\" } else { require a > 0 } }"));
}

#[test]
fn a_typo_is_never_a_value() {
    for typo in ["reciever.trust.r > 0", "subjet.trust.r > 0", "amuont == 5", "kyc", "!kyc"] {
        let source = format!(
            "policy p on custom (receiver: did, amount: int) {{ require {typo} allow if known(receiver) && amount > 0 }}"
        );
        refused(&source, &["ECL-0201"]);
    }
}

#[test]
fn one_mistake_is_one_diagnostic() {
    let rest = "let b = a + 1 let c = b * 2 require c > b && a > 1 && -c < 5 require max(a, b) > c emit x { a, b, c } require a in {1, 2}";
    refused(&format!("policy p on custom {{ let a = nothing {rest} }}"), &["ECL-0201"]);
    refused(&format!("policy p on custom (a: nothing) {{ {rest} }}"), &["ECL-0202"]);
    refused(&format!("const a = now policy p on custom {{ {rest} }}"), &["ECL-0314"]);
    refused(
        &format!("record r {{ x: nothing }} policy p on custom (r: r) {{ let a = r.x {rest} }}"),
        &["ECL-0202"],
    );
    refused(
        "policy p on custom (l: nothing) { require any(x in l where x.y > 1 && x in {1}) require sum(x in l) > 1 && length(l) > 2 }",
        &["ECL-0202"],
    );
    refused(
        "store s { x: nothing } policy p on store (k: text) { require s[k]?.x > 1 put s[k] { x: 1 } }",
        &["ECL-0202"],
    );
    refused(
        "policy p on custom (a: int) { require a > nothing } test \"t\" for p { given a = 1 expect deny \"no\" }",
        &["ECL-0201"],
    );
}

#[test]
fn whole_numbers_become_decimals_where_decimals_are_needed() {
    let source = "policy p on custom (f: fixed, n: int) {
        require f > 1 && 1 < f && f + 1 > 2 && 1 - f < 0 && f * 2 > 1 && 2 * f > 1 && f / 2 < 9
        require 1 / f < 9 && min(f, 1) > 0 && max(1, f) < 9 && clamp(2, 1, f) > 0 && f in {1, 2.5}
        require (if n > 1 then 1 else 2) < f && or_else(some(f), 1) > 0
        require fixed(n) > f && int(f) < n
    }";
    let checked = check_source(source);
    assert_eq!(checked.diagnostics, []);
}

#[test]
fn nesting_is_bounded() {
    let deep = |n: usize| {
        format!("policy p on custom (a: bool) {{ require {}a{} }}", "!(".repeat(n), ")".repeat(n))
    };
    assert_eq!(errors(&deep(40)), [""; 0]);
    assert!(!errors(&deep(400)).is_empty());
    let long = |n: usize| {
        format!("policy p on custom (a: int) {{ require {}a > 1 }}", "a > 0 && ".repeat(n))
    };
    assert_eq!(errors(&long(100)), [""; 0]);
    assert!(!errors(&long(5_000)).is_empty());
}

#[test]
fn effects_of_one_path_are_bounded() {
    let emits = "emit x { } ".repeat(33);
    let apart = format!(
        "policy p on custom (a: bool) {{ require a if a {{ {emits} }} else {{ {emits} }} }}"
    );
    assert_eq!(errors(&apart), [""; 0]);
    refused(
        &format!("policy p on custom (a: bool) {{ require a {emits} {emits} }}"),
        &["ECL-0409"],
    );
}

/// Records of 32 fields, each of which is the record before.
fn wide(levels: usize) -> String {
    use std::fmt::Write as _;
    let mut source = String::from("record r0 { a: int }\n");
    for level in 1..=levels {
        let _ = write!(source, "record r{level} {{ ");
        for field in 0..32 {
            let _ = write!(source, "f{field}: r{} ", level - 1);
        }
        source += "}\n";
    }
    let path = ".f0".repeat(levels);
    source + &format!("policy p on custom (r: r{levels}) {{ require r{path}.a > 0 }}")
}

#[test]
fn wide_records_of_wide_records_are_refused_at_once() {
    assert_eq!(errors(&wide(8)), ["ECL-0317"; 32]);
    let widest = check_source(&wide(6));
    assert_eq!(widest.diagnostics, []);
    assert!(crate::lower::lower(&widest.bundle.unwrap()).is_err());
    let narrow = check_source(&wide(1)).bundle.unwrap();
    assert!(crate::lower::lower(&narrow).is_ok());
}

/// Broken sources give diagnostics or another program, never a panic.
#[test]
fn no_mutilated_source_brings_the_checker_down() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for entry in std::fs::read_dir(corpus).unwrap() {
        let source = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let words: Vec<&str> = source.split_inclusive([' ', '\n', '(', ')', '.', ',']).collect();
        for at in (0..words.len()).step_by(23) {
            let without: String =
                words.iter().enumerate().filter(|(n, _)| *n != at).map(|(_, w)| *w).collect();
            let _ = check_source(&without);
            let twice: String = words
                .iter()
                .enumerate()
                .flat_map(|(n, w)| vec![*w; 1 + usize::from(n == at)])
                .collect();
            let _ = check_source(&twice);
        }
    }
}

/// A fix that is offered mends what it is offered for.
#[test]
fn fixes_mend() {
    let mut tried = 0;
    for phase in PHASES {
        let (folder, names) = fixtures(phase);
        for name in names {
            let source = std::fs::read_to_string(folder.join(&name)).unwrap();
            let before = check_source(&source).diagnostics;
            for found in &before {
                for fix in &found.fixes {
                    let mut mended = source.clone();
                    let range = fix.span.start as usize..fix.span.end as usize;
                    mended.replace_range(range, &fix.replacement);
                    let parsed = crate::syntax::parse(&mended);
                    assert!(!parsed.has_errors(), "{name}: {}\n{mended}", fix.title);
                    let after = check_source(&mended).diagnostics;
                    let same = |other: &&Diagnostic| {
                        other.code == found.code && other.message == found.message
                    };
                    let (was, is) =
                        (before.iter().filter(same).count(), after.iter().filter(same).count());
                    assert!(is < was, "{name}: {} does not mend {}", fix.title, found.message);
                    tried += 1;
                }
            }
        }
    }
    assert!(tried >= 30, "{tried} fixes");
}
