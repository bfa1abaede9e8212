//! `pluto ecl test`: the test blocks of sources, by every engine.
//!
//! A test passes when its answer is the expected one. That the engines give one answer, down to gas
//! and effects, is expected of Pluto and not of the test; where they do not, this says so.

mod report;

use std::path::PathBuf;

use pluto_core::policy::{Decision, Gas};
use pluto_ecl::code::Module;
use pluto_ecl::compile::compile;
use pluto_ecl::hir::Bundle;
use pluto_ecl::reference;
use pluto_ecl::testing::{TestRun, run_tests};
use pluto_eclvm::{ExecutionMode, Vm};
use pluto_error::Result;

use super::super::Context;
use super::sources::Sources;
use super::{diagnostics, files, packed};
use crate::error::NodeError;

/// What the tests of one source gave.
struct Tested {
    sources: Sources,
    /// By the reference evaluator; none when the source has errors.
    run: Option<TestRun>,
    /// Tests, by place, to which another engine gives another answer: which, and what.
    differences: Vec<(usize, &'static str, Decision)>,
    /// Errors, as data.
    diagnostics: Vec<pluto_api::http::shape::DiagnosticShown>,
}

pub(super) fn run(context: &Context, paths: &[PathBuf]) -> Result<()> {
    let paths = files::sources(paths)?;
    let interpreter = Vm::new(ExecutionMode::Legacy, None)?;
    let native = Vm::new(ExecutionMode::Wasm, None)?;
    let engines = [("interpreter", interpreter), ("native code", native)];
    let mut tested = Vec::with_capacity(paths.len());
    for path in &paths {
        let one = test(context, &engines, files::source(path)?)?;
        report::text(context, &one);
        tested.push(one);
    }
    let totals = report::Totals::of(&tested);
    context.out.show(&report::data(&tested, &totals), &totals.text());
    if totals.differences > 0 {
        let tests = super::check::counted(totals.differences, "answer");
        return Err(NodeError::EnginesDisagree(tests).into());
    }
    if totals.refused > 0 {
        let said = format!("{} of {} sources have errors", totals.refused, tested.len());
        return Err(NodeError::SourceRefused(said).into());
    }
    if totals.failed > 0 {
        let (failed, tests) = (totals.failed, totals.tests);
        return Err(NodeError::TestsFailed { failed, tests }.into());
    }
    Ok(())
}

fn test(context: &Context, engines: &[(&'static str, Vm); 2], sources: Sources) -> Result<Tested> {
    let compiled = compile(sources.text());
    let Some((bundle, module)) = compiled.result else {
        diagnostics::show(context, &sources, &compiled.diagnostics);
        let found = diagnostics::data(&sources, &compiled.diagnostics);
        return Ok(Tested { sources, run: None, differences: Vec::new(), diagnostics: found });
    };
    let run = by_reference(&bundle, &module);
    let artifact = packed(sources.text(), module)?;
    let mut differences = Vec::new();
    for (name, vm) in engines {
        let program = vm.load_program(&artifact)?;
        let other = run_tests(&bundle, &mut |index, request, facts| {
            program.ask(index, request, facts, Gas::MAX)
        });
        let pairs = run.reports.iter().zip(other.reports).enumerate();
        let different = pairs.filter(|(_, (one, other))| one.decision != other.decision);
        differences.extend(different.map(|(place, (_, other))| (place, *name, other.decision)));
    }
    Ok(Tested { sources, run: Some(run), differences, diagnostics: Vec::new() })
}

fn by_reference(bundle: &Bundle, module: &Module) -> TestRun {
    run_tests(bundle, &mut |index, request, facts| {
        let bound = module.policies.get(index).map_or(Gas::MAX, |policy| policy.bound);
        reference::decide(bundle, index, request, facts, Gas::MAX, bound)
    })
}
