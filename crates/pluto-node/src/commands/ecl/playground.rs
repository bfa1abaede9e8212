//! Policies that somebody tries over HTTP: compiled, asked and explained, from text to data.
//!
//! What is wrong with a source is an answer here, with the places of every fault; only what is above its
//! bound is an error.

use pluto_api::http::shape::{
    AnsweredShown, CompiledShown, MadeShown, ModesShown, PolicyShown, RefusedSource, TriedShown,
};
use pluto_ecl::artifact::Artifact;
use pluto_ecl::code::Module;
use pluto_ecl::compile::compile;
use pluto_ecl::limits::SOURCE_BYTES_MAX;
use pluto_eclvm::ExecutionMode;
use pluto_error::Result;

use super::question::{Fact, Question, Refusal};
use super::sources::Sources;
use super::{compile as compiling, diagnostics, explain, packed, run};
use crate::error::NodeError;

/// What a source is called in diagnostics.
const NAME: &str = "policy.ecl";

fn bounded(name: &str, source: String) -> Result<Sources> {
    if source.len() > SOURCE_BYTES_MAX {
        return Err(NodeError::SourceTooLarge(name.to_owned()).into());
    }
    Ok(Sources::file(name, source))
}

/// The artifact of a source.
///
/// # Errors
/// `ECL-…` with the first fault when it does not compile.
pub(in crate::commands) fn artifact_of(name: &str, source: String) -> Result<Vec<u8>> {
    let sources = bounded(name, source)?;
    let compiled = compile(sources.text());
    let Some((_, module)) = compiled.result else {
        let summary = diagnostics::summary(&sources, &compiled.diagnostics);
        return Err(NodeError::SourceRefused(summary).into());
    };
    packed(sources.text(), module)
}

/// The policies of a module that was made from a source.
pub(in crate::commands) fn policies_data(
    name: &str,
    source: &str,
    module: &Module,
) -> Vec<PolicyShown> {
    let sources = Sources::file(name, source.to_owned());
    let own = module.policies.iter().filter(|policy| !policy.is_migration());
    own.map(|policy| compiling::data(&sources, module, policy)).collect()
}

/// What a source compiles to, or why it does not.
pub(in crate::commands) fn compiled_data(source: String) -> Result<CompiledShown> {
    let sources = bounded(NAME, source)?;
    let compiled = compile(sources.text());
    let diagnostics = diagnostics::data(&sources, &compiled.diagnostics);
    let Some((_, module)) = compiled.result else {
        return Ok(CompiledShown::Refused(RefusedSource { compiled: false, diagnostics }));
    };
    let policies = policies_data(NAME, sources.text(), &module);
    let bytes = packed(sources.text(), module)?;
    Ok(CompiledShown::Made(MadeShown {
        compiled: true,
        diagnostics,
        artifact: Artifact::id(&bytes).to_string(),
        bytes: bytes.len(),
        policies,
    }))
}

/// What a policy answers, in both modes, and why.
pub(in crate::commands) fn explained_data(
    source: String,
    policy: Option<String>,
    given: &[String],
) -> Result<TriedShown> {
    let sources = bounded(NAME, source)?;
    let facts = given
        .iter()
        .zip(1..)
        .map(|(text, number)| Fact { name: format!("fact {number}"), text: text.clone() });
    let question = match Question::put(sources, policy.as_deref(), &facts.collect::<Vec<_>>()) {
        Ok(question) => question,
        Err(Refusal::Source(sources, found)) => {
            let diagnostics = diagnostics::data(&sources, &found);
            return Ok(TriedShown::Refused(RefusedSource { compiled: false, diagnostics }));
        }
        Err(Refusal::Error(error)) => return Err(error),
    };
    let interpreted = run::decide(&question, ExecutionMode::Legacy)?;
    let native = run::decide(&question, ExecutionMode::Wasm)?;
    let why = explain::why(&question);
    Ok(TriedShown::Answered(Box::new(AnsweredShown {
        explained: explain::data(&question, &why),
        compiled: true,
        modes: ModesShown {
            legacy: run::data(&question, &interpreted),
            wasm: run::data(&question, &native),
        },
        modes_agree: interpreted == native,
        text: explain::text(&question, &why),
    })))
}
