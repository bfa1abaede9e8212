//! The interpreter against native code, by every compiler: one decision, bit by bit.
//!
//! `PLUTO_ECL_PROGRAMS` sets how many programs are made; the seed is the number of the program.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first fault")]

use std::sync::Arc;

use pluto_ecl::interpreter::{Frame, Program};
use pluto_ecl::lower::lower;
use pluto_ecl::wasm;
use pluto_eclvm::wasm::cache::compile;
use pluto_eclvm::wasm::{Compiler, NativeProgram, check, policy_engine};
use pluto_testkit::ecl::{Choices, RandomFacts, bundle, limit, request};

const PROGRAMS: u64 = 300;
const REQUESTS: usize = 20;

#[test]
fn native_code_answers_as_the_interpreter_does() {
    let programs = std::env::var("PLUTO_ECL_PROGRAMS").ok().and_then(|text| text.parse().ok());
    let engines = Compiler::ALL.map(|compiler| (compiler, policy_engine(compiler).unwrap()));
    let mut decided = 0;
    for seed in 0..programs.unwrap_or(PROGRAMS) {
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
            for (compiler, engine) in &engines {
                let native = compile(engine, &emitted).unwrap();
                let native = NativeProgram::new(engine, Arc::new(code.clone()), &native).unwrap();
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
