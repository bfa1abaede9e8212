//! The WASM engine for policy modules, set up so that nothing about it can change an answer.
//!
//! Memory-less modules need no guard pages and no signal handlers: traps are explicit checks, so a
//! fault costs tens of nanoseconds instead of microseconds. No threads, no GC, no floats in play; gas
//! is counted by the program, so neither fuel nor epochs are on.

use wasmtime::{Config, Engine, OptLevel, Strategy};

use crate::error::EclvmError;

/// Bytes of stack a policy may use.
const STACK_BYTES: usize = 64 * 1024;

/// How native code is made. All give the same answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Compiler {
    /// Cranelift, for speed.
    #[default]
    Cranelift,
    /// Cranelift without optimisation.
    CraneliftPlain,
    /// Winch, one pass: compiles faster, runs slower.
    Winch,
}

impl Compiler {
    /// All compilers.
    pub const ALL: [Self; 3] = [Self::Cranelift, Self::CraneliftPlain, Self::Winch];
}

/// An engine for policy modules.
///
/// # Errors
/// `EVM-0002` when this build of the engine cannot be set up so.
pub fn policy_engine(compiler: Compiler) -> Result<Engine, EclvmError> {
    engine(compiler, compiler == Compiler::Winch)
}

/// An engine for batch modules: they have a memory, whose bounds the processor checks.
///
/// # Errors
/// `EVM-0002` when this build of the engine cannot be set up so.
pub fn batch_engine() -> Result<Engine, EclvmError> {
    engine(Compiler::Cranelift, true)
}

fn engine(compiler: Compiler, signals: bool) -> Result<Engine, EclvmError> {
    let mut config = Config::new();
    config
        .strategy(match compiler {
            Compiler::Winch => Strategy::Winch,
            Compiler::Cranelift | Compiler::CraneliftPlain => Strategy::Cranelift,
        })
        .cranelift_opt_level(match compiler {
            Compiler::CraneliftPlain => OptLevel::None,
            Compiler::Cranelift | Compiler::Winch => OptLevel::Speed,
        })
        .signals_based_traps(signals)
        .max_wasm_stack(STACK_BYTES)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        .wasm_tail_call(false);
    Engine::new(&config).map_err(|error| EclvmError::engine("set up the WASM engine", error))
}
