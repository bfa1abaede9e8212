//! The interpreter against native code, by every compiler: one decision, bit by bit, and many at once.
//!
//! `PLUTO_ECL_PROGRAMS` sets how many programs are made; the seed is the number of the program.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first fault")]

use std::sync::Arc;

use pluto_ecl::artifact::Artifact;
use pluto_ecl::check::EDITION;
use pluto_ecl::code::Module;
use pluto_ecl::interpreter::{Frame, Program};
use pluto_ecl::lower::lower;
use pluto_ecl::wasm;
use pluto_eclvm::wasm::cache::compile;
use pluto_eclvm::wasm::{Compiler, Imports, check, policy_engine};
use pluto_eclvm::{Columns, ExecutionMode, Verdicts, Vm};
use pluto_testkit::ecl::{Choices, RandomFacts, bundle, limit, request};

const PROGRAMS: u64 = 300;
const REQUESTS: usize = 20;

fn programs() -> u64 {
    let programs = std::env::var("PLUTO_ECL_PROGRAMS").ok().and_then(|text| text.parse().ok());
    programs.unwrap_or(PROGRAMS)
}

fn artifact(module: &Module) -> Vec<u8> {
    let (source, module) = (String::new(), module.clone());
    Artifact { edition: EDITION, source, module, wasm: None }.to_bytes().unwrap()
}

#[test]
fn a_batch_answers_as_each_alone() {
    let vms = [ExecutionMode::Wasm, ExecutionMode::Legacy].map(|mode| Vm::new(mode, None).unwrap());
    let (mut batches, mut decided) = (0, 0);
    let mut verdicts = Verdicts::new();
    for seed in 0..programs() {
        let choices = &mut Choices::from_seed(seed);
        let bundle = bundle(choices);
        let Ok(module) = lower(&bundle) else { continue };
        let bound = module.policies.first().map(|policy| policy.bound).unwrap();
        let code = Program::load(&module).unwrap();
        batches += usize::from(wasm::emit_batch(code.module(), 0).is_some());
        let artifact = artifact(&module);
        let programs = vms.each_ref().map(|vm| vm.load_program(&artifact).unwrap());
        let mut frame = Frame::new();
        for size in [1, 7, 64] {
            let limit = limit(choices, bound);
            let inputs = code.module().policies.first().map(|policy| policy.inputs.len()).unwrap();
            let mut columns = Columns::new(inputs);
            let mut expected = Vec::new();
            for _ in 0..size {
                let (request, facts) = (request(choices, &bundle), RandomFacts::new(choices));
                if code.bind(0, &request, &facts, &mut frame).is_err() || frame.is_faulted() {
                    continue;
                }
                let words = frame.inputs().to_vec();
                expected.push(code.run(0, &words, limit, &mut frame));
                assert!(columns.push(&words));
            }
            for program in &programs {
                program.decide_batch(0, &columns, limit, &mut verdicts);
                let found: Vec<_> = verdicts.iter().copied().collect();
                assert_eq!(found, expected, "program {seed}");
            }
            decided += expected.len();
        }
    }
    assert!(batches > 10 && decided > 1_000, "`{batches}` batch forms, `{decided}` decisions");
}

#[test]
fn native_code_answers_as_the_interpreter_does() {
    let engines = Compiler::ALL.map(|compiler| {
        let engine = policy_engine(compiler).unwrap();
        (compiler, Imports::new(&engine).unwrap(), engine)
    });
    let mut decided = 0;
    for seed in 0..programs() {
        let choices = &mut Choices::from_seed(seed);
        let bundle = bundle(choices);
        let Ok(module) = lower(&bundle) else { continue };
        let bound = module.policies.first().map(|policy| policy.bound).unwrap();
        let written = Program::load_as_written(&module).unwrap();
        let short = Program::load(&module).unwrap();
        let mut instances = Vec::new();
        for code in [&written, &short] {
            let emitted = wasm::emit(code.module());
            check::policy_module(&emitted, module.policies.len()).unwrap();
            for (compiler, imports, engine) in &engines {
                let native = compile(engine, &emitted).unwrap();
                let native = imports.link(Arc::new(code.clone()), &native).unwrap();
                instances.push((*compiler, native.instance().unwrap()));
            }
        }
        let mut frame = Frame::new();
        for _ in 0..REQUESTS {
            let request = request(choices, &bundle);
            let facts = RandomFacts::new(choices);
            let limit = limit(choices, bound);
            let expected = written.decide(0, &request, &facts, limit, &mut frame);
            for (compiler, instance) in &mut instances {
                if let Some(found) = instance.decide(0, &request, &facts, limit) {
                    decided += 1;
                    assert_eq!(found, expected, "program {seed} by {compiler:?}");
                }
            }
        }
    }
    assert!(decided > 1_000, "native code decided `{decided}` times");
}
