//! Loads artifacts.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use pluto_core::traits::{PolicyLoader, PolicyProgram};
use pluto_ecl::artifact::Artifact;
use pluto_ecl::interpreter::Program as Code;
use pluto_ecl::wasm;
use pluto_error::Result;
use wasmtime::Engine;

use crate::error::EclvmError;
use crate::program::Program;
use crate::wasm::cache::{self, NativeCache};
use crate::wasm::{Compiler, NativeProgram, check, policy_engine};

/// How policies are run. Every mode gives the same answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ExecutionMode {
    /// Always interpreted.
    Legacy,
    /// Always native code.
    Wasm,
    /// Interpreted first, native code when it pays.
    #[default]
    Auto,
}

impl ExecutionMode {
    /// All modes.
    pub const ALL: [Self; 3] = [Self::Legacy, Self::Wasm, Self::Auto];

    /// The name, as printed and parsed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Legacy => "legacy",
            Self::Wasm => "wasm",
            Self::Auto => "auto",
        }
    }
}

impl FromStr for ExecutionMode {
    type Err = &'static str;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|mode| mode.as_str() == text);
        found.ok_or("expected legacy, wasm or auto")
    }
}

/// Makes native code.
pub(crate) struct Native {
    engine: Engine,
    cache: Option<NativeCache>,
}

impl Native {
    pub(crate) fn compile(&self, code: &Arc<Code>) -> Result<NativeProgram, EclvmError> {
        let bytes = wasm::emit(code.module());
        check::policy_module(&bytes, code.module().policies.len())?;
        let module = match &self.cache {
            Some(cache) => cache.module(&self.engine, &bytes)?,
            None => cache::compile(&self.engine, &bytes)?,
        };
        NativeProgram::new(&self.engine, Arc::clone(code), &module)
    }
}

/// Loads artifacts into programs.
pub struct Vm {
    mode: ExecutionMode,
    native: Arc<Native>,
}

impl Vm {
    /// Runs policies in that mode; `folder` keeps native code from one start to the next.
    ///
    /// # Errors
    /// `EVM-0002` when the engine cannot be set up, `EVM-0003` when the folder cannot be made.
    pub fn new(mode: ExecutionMode, folder: Option<&Path>) -> Result<Self> {
        Ok(Self::with_compiler(mode, Compiler::default(), folder)?)
    }

    /// The same with another compiler.
    ///
    /// # Errors
    /// As [`Vm::new`].
    pub fn with_compiler(
        mode: ExecutionMode,
        compiler: Compiler,
        folder: Option<&Path>,
    ) -> Result<Self, EclvmError> {
        let cache = folder.map(NativeCache::open).transpose()?;
        let native = Native { engine: policy_engine(compiler)?, cache };
        Ok(Self { mode, native: Arc::new(native) })
    }

    /// Decodes, verifies and loads an artifact; in mode `Wasm` it is compiled at once.
    ///
    /// # Errors
    /// When the bytes are no artifact, or their code does not verify.
    pub fn load_program(&self, artifact: &[u8]) -> Result<Arc<Program>> {
        let id = Artifact::id(artifact);
        let code = Code::load(&Artifact::from_bytes(artifact)?.module)?;
        let program = Program::new(id, code, self.mode, Arc::clone(&self.native));
        if self.mode == ExecutionMode::Wasm {
            program.compile()?;
        }
        Ok(Arc::new(program))
    }
}

impl PolicyLoader for Vm {
    fn load(&self, artifact: &[u8]) -> Result<Arc<dyn PolicyProgram>> {
        Ok(self.load_program(artifact)?)
    }
}
