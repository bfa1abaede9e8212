//! The corpus and the page of the language: everything there compiles, and its tests pass.

use std::path::{Path, PathBuf};

use super::*;
use crate::check::check_source;
use crate::diagnostic::plain;
use crate::hir::PolicyKind;
use crate::interpreter::{Frame, Program};
use crate::lower::lower;

const POLICIES_MIN: usize = 40;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Name and text of every file of the corpus.
fn corpus() -> Vec<(String, String)> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(root().join("corpus"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "ecl"))
        .collect();
    paths.sort();
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    paths.iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect()
}

/// The bundle of a source without errors or warnings.
#[track_caller]
fn bundle(name: &str, source: &str) -> Bundle {
    let checked = check_source(source);
    let found = plain::render_all(name, source, &checked.diagnostics);
    assert!(found.is_empty(), "{found}");
    checked.bundle.unwrap()
}

#[track_caller]
fn run(name: &str, source: &str) -> (Bundle, TestRun) {
    let bundle = bundle(name, source);
    let run = run_with_reference(&bundle);
    for report in run.reports.iter().filter(|report| !report.passed) {
        println!("{name}: {} `{}`: {}", report.policy, report.title, report.message);
    }
    assert!(run.passed(), "{name}: a test failed");
    (bundle, run)
}

#[test]
fn the_corpus_compiles_passes_and_covers_every_rule() {
    let mut policies = 0;
    let mut kinds: Vec<PolicyKind> = Vec::new();
    let (mut denied, mut faults) = (0, 0);
    for (name, source) in corpus() {
        let (bundle, run) = run(&name, &source);
        policies += bundle.policies.len();
        kinds.extend(bundle.policies.iter().map(|policy| policy.kind));
        for policy in &bundle.policies {
            let tests = run.reports.iter().filter(|report| report.policy == policy.name).count();
            assert!(tests >= 2, "{name}: `{}` has {tests} tests", policy.name);
        }
        if let Some(rule) = run.undecided().next() {
            // A require that never denies is a threshold nobody has tried.
            let text = rule.span.text(&source);
            panic!("{name}: no test is decided by rule {} of {}: {text}", rule.rule, rule.policy);
        }
        for report in &run.reports {
            match report.decision.outcome {
                Outcome::Deny => denied += 1,
                Outcome::Indeterminate(_) => faults += 1,
                _ => {}
            }
            assert!(report.decision.allows() || report.decision.effects.is_empty(), "{name}");
        }
    }
    assert!(policies >= POLICIES_MIN, "{policies} policies");
    for kind in PolicyKind::ALL {
        assert!(kinds.contains(&kind), "no policy on {}", kind.as_str());
    }
    assert!(denied > 60 && faults > 10, "{denied} denials, {faults} faults");
}

#[test]
fn the_pages_with_policies_compile_and_pass() {
    for (name, least) in [("docs/ecl.md", 2), ("docs/agents.md", 2), ("docs/blueprints.md", 1)] {
        let page = std::fs::read_to_string(root().join("../..").join(name)).unwrap();
        // A file name may stand behind the language.
        let blocks = page.split("```ecl").skip(1).filter_map(|rest| rest.split("```").next());
        let blocks: Vec<&str> =
            blocks.filter_map(|block| Some(block.split_once('\n')?.1)).collect();
        assert!(blocks.len() >= least, "{} examples", blocks.len());
        let mut tests = 0;
        for (number, block) in blocks.iter().enumerate() {
            tests += run(&format!("{name}#{}", number + 1), block).1.reports.len();
        }
        assert!(tests > 0, "{name} shows a test");
    }
}

#[test]
fn a_failing_test_says_what_was_found() {
    let source = "policy p on custom (n: int) { require n > 1, \"small\" allow if n < 5 }
        test \"a\" for p { given n = 1 expect allow }
        test \"b\" for p { given n = 2 expect deny \"small\" }
        test \"c\" for p { given n = 7 expect escalate }
        test \"d\" for p { given n = 7 expect fault overflow }
        test \"e\" for p { given n = 7 expect deny }";
    let bundle = bundle("p.ecl", source);
    let run = run_with_reference(&bundle);
    let messages: Vec<&str> = run.reports.iter().map(|report| report.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "expected allow, found deny \"small\" by rule 1",
            "expected deny \"small\", found allow by rule 2",
            "expected escalate, found deny at the end",
            "expected fault overflow, found deny at the end",
            "",
        ]
    );
    let decided: Vec<(u16, u32, u32)> =
        run.coverage.iter().map(|rule| (rule.rule, rule.decided, rule.held)).collect();
    assert_eq!(decided, [(0, 3, 0), (1, 1, 4), (2, 1, 1)]);
}

#[test]
fn an_engine_that_allows_everything_does_not_pass() {
    let (name, source) = corpus().swap_remove(0);
    let bundle = bundle(&name, &source);
    let run = run_tests(&bundle, &mut |_, _, _| Decision {
        outcome: Outcome::Allow,
        rule: 0,
        mask: 0,
        gas: Gas::ZERO,
        effects: Vec::new(),
    });
    assert!(!run.passed());
}

/// The interpreter and the reference evaluator agree on every test, bit by bit, also under limits
/// that are a little short.
#[test]
fn the_interpreter_answers_the_corpus_like_the_reference() {
    for (name, source) in corpus() {
        let bundle = bundle(&name, &source);
        let module = lower(&bundle).unwrap();
        let bounds: Vec<Gas> = module.policies.iter().map(|policy| policy.bound).collect();
        let program = Program::load(&module).unwrap();
        let mut frame = Frame::default();
        let run = run_tests(&bundle, &mut |index, request, facts| {
            let bound = bounds[index];
            let expected = reference::decide(&bundle, index, request, facts, Gas::MAX, bound);
            assert!(expected.gas.fits(bound), "{name}: {expected:?} costs more than {bound:?}");
            for limit in [expected.gas, bound, shorter(expected.gas), Gas::ZERO, Gas::MAX] {
                let reference = reference::decide(&bundle, index, request, facts, limit, bound);
                let found = program.decide(index, request, facts, limit, &mut frame);
                assert_eq!(found, reference, "{name}: {}", bundle.policies[index].name);
                assert!(limit != Gas::ZERO || !found.allows());
            }
            program.decide(index, request, facts, Gas::MAX, &mut frame)
        });
        assert!(run.passed());
    }
}

/// One unit less in every layer.
fn shorter(gas: Gas) -> Gas {
    let less = |units: u32| units.saturating_sub(1);
    Gas {
        network: less(gas.network),
        compute: less(gas.compute),
        storage: less(gas.storage),
        realm: less(gas.realm),
    }
}
