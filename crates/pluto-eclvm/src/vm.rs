//! Loads artifacts.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use crate::loader::{PolicyLoader, PolicyProgram};
use pluto_ecl::artifact::Artifact;
use pluto_ecl::interpreter::Program as Code;
use pluto_error::Result;

use crate::program::Program;
use crate::tier::{Maker, Tier};

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

/// Loads artifacts into programs.
pub struct Vm {
    mode: ExecutionMode,
    maker: Arc<Maker>,
}

impl Vm {
    /// Runs policies in that mode; `folder` keeps native code from one start to the next. A build
    /// without native code interprets in every mode and touches no folder.
    ///
    /// # Errors
    /// `EVM-0002` when the engine cannot be set up, `EVM-0003` when the folder cannot be made.
    pub fn new(mode: ExecutionMode, folder: Option<&Path>) -> Result<Self> {
        Ok(Self::with_maker(mode, Maker::new(folder)?))
    }

    pub(crate) fn with_maker(mode: ExecutionMode, maker: Maker) -> Self {
        Self { mode, maker: Arc::new(maker) }
    }

    /// Decodes, verifies and loads an artifact; in mode `Wasm` it is compiled at once.
    ///
    /// # Errors
    /// When the bytes are no artifact, or their code does not verify.
    pub fn load_program(&self, artifact: &[u8]) -> Result<Arc<Program>> {
        let id = Artifact::id(artifact);
        let code = Arc::new(Code::load(&Artifact::from_bytes(artifact)?.module)?);
        let tier = Tier::new(self.mode, Arc::clone(&self.maker), &code)?;
        Ok(Arc::new(Program::new(id, code, tier)))
    }
}

impl PolicyLoader for Vm {
    fn load(&self, artifact: &[u8]) -> Result<Arc<dyn PolicyProgram>> {
        Ok(self.load_program(artifact)?)
    }
}
