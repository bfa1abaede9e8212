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

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
fn bytes(seed: u64, count: usize) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    };
    (0..count.div_ceil(8)).flat_map(|_| next().to_le_bytes()).collect()
}

#[test]
fn native_code_answers_as_the_interpreter_does() {
    let programs = std::env::var("PLUTO_ECL_PROGRAMS").ok().and_then(|text| text.parse().ok());
    let engines = Compiler::ALL.map(|compiler| (compiler, policy_engine(compiler).unwrap()));
    let mut decided = 0;
    for seed in 0..programs.unwrap_or(PROGRAMS) {
        let data = bytes(seed, 4096);
        let choices = &mut Choices::from_bytes(&data);
        let bundle = bundle(choices);
        let Ok(module) = lower(&bundle) else { continue };
        let bound = module.policies.first().map(|policy| policy.bound).unwrap();
        let emitted = wasm::emit(&module);
        check::policy_module(&emitted, module.policies.len()).unwrap();
        let code = Arc::new(Program::load(module).unwrap());
        let mut instances: Vec<_> = engines
            .iter()
            .map(|(compiler, engine)| {
                let module = compile(engine, &emitted).unwrap();
                let native = NativeProgram::new(engine, Arc::clone(&code), &module).unwrap();
                (*compiler, native.instance().unwrap())
            })
            .collect();
        let mut frame = Frame::new();
        for _ in 0..REQUESTS {
            let request = request(choices, &bundle);
            let facts = RandomFacts::new(choices);
            let limit = limit(choices, bound);
            let expected = code.decide(0, &request, &facts, limit, &mut frame);
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
