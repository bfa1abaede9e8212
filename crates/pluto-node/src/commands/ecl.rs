//! `pluto ecl`: policies from source to answer, without a node.
//!
//! Everything that is decided here is decided by `pluto-ecl` and `pluto-eclvm`; these modules read
//! files, put questions together and print.

mod bench;
mod check;
mod compile;
mod diagnostics;
mod explain;
mod files;
mod fmt;
mod playground;
mod question;
mod repl;
mod run;
mod sources;
mod test;
mod values;

use std::path::Path;
pub(super) use values::effect_data;

use pluto_ecl::artifact::Artifact;
use pluto_ecl::check::EDITION;
use pluto_ecl::code::Module;
use pluto_ecl::compile::compile;
use pluto_ecl::hir::Bundle;
use pluto_ecl::interpreter::Program;
use pluto_error::Result;

use self::sources::Sources;
use super::Context;
use crate::cli::EclCommand;

pub(super) use playground::{artifact_of, compiled_data, explained_data, policies_data};
pub(super) use values::{data, gas_data, gas_text, plain};

pub(super) fn run(context: &Context, command: EclCommand) -> Result<()> {
    match command {
        EclCommand::Check { files } => check::run(context, &files),
        EclCommand::Fmt { files, check } => fmt::run(context, &files, check),
        EclCommand::Test { files } => test::run(context, &files),
        EclCommand::Compile { file, out } => compile::run(context, &file, out.as_deref()),
        EclCommand::Run { question, mode } => run::run(context, &question, mode),
        EclCommand::Explain(question) => explain::run(context, &question),
        EclCommand::Bench(question) => bench::run(context, &question),
        EclCommand::Repl { file } => repl::run(context, file.as_deref()),
    }
}

/// The artifact of a file: of an `.eclc` file its own bytes, when they are one that verifies, of
/// anything else what the source compiles to.
pub(super) fn artifact(context: &Context, path: &Path) -> Result<Vec<u8>> {
    let path = &context.file(path);
    if files::is_artifact(path) {
        let (bytes, artifact) = files::artifact(path)?;
        Program::load(&artifact.module)?;
        return Ok(bytes);
    }
    let sources = files::source(path)?;
    let (_, module) = compiled(context, &sources)?;
    packed(sources.text(), module)
}

/// The tree and code of a source; what is wrong with it is shown first.
fn compiled(context: &Context, sources: &Sources) -> Result<(Bundle, Module)> {
    let compiled = compile(sources.text());
    compiled.result.ok_or_else(|| diagnostics::refuse(context, sources, &compiled.diagnostics))
}

/// The artifact of a source and the code made from it.
fn packed(source: &str, module: Module) -> Result<Vec<u8>> {
    let artifact = Artifact { edition: EDITION, source: source.to_owned(), module, wasm: None };
    Ok(artifact.to_bytes()?)
}
