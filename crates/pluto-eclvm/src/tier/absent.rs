//! No native code: every question is left to the interpreter.

use std::path::Path;
use std::sync::Arc;

use pluto_core::policy::{Decision, Facts, Gas, Request};
use pluto_ecl::interpreter::{Program as Code, Verdict};

use crate::columns::Columns;
use crate::error::EclvmError;
use crate::verdicts::Verdicts;
use crate::vm::ExecutionMode;

/// Makes nothing.
pub(crate) struct Maker;

impl Maker {
    pub(crate) fn new(_folder: Option<&Path>) -> Result<Self, EclvmError> {
        Ok(Self)
    }
}

/// Answers nothing.
pub(crate) struct Tier;

impl Tier {
    pub(crate) fn new(
        _mode: ExecutionMode,
        _maker: Arc<Maker>,
        _code: &Arc<Code>,
    ) -> Result<Self, EclvmError> {
        Ok(Self)
    }

    pub(crate) fn is_native(&self) -> bool {
        false
    }

    pub(crate) fn decide(
        &self,
        _code: &Arc<Code>,
        _index: usize,
        _request: &Request,
        _facts: &dyn Facts,
        _limit: Gas,
    ) -> Option<Decision> {
        None
    }

    pub(crate) fn decide_batch(
        &self,
        _code: &Arc<Code>,
        _index: usize,
        _columns: &Columns,
        _limit: Gas,
        _out: &mut Verdicts,
        _alone: &mut dyn FnMut(usize) -> Verdict,
    ) -> Option<()> {
        None
    }
}
