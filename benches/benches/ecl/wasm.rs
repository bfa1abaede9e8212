//! Our policies as native code, as they are and without what counts gas and conditions.

use std::sync::Arc;

use pluto_ecl::artifact::Artifact;
use pluto_ecl::check::EDITION;
use pluto_ecl::code::{Module, Node};
use pluto_ecl::interpreter::Program;
use pluto_ecl::wasm::emit;
use pluto_eclvm::wasm::cache::compile;
use pluto_eclvm::wasm::{Compiler, Imports, Instance, policy_engine};
use pluto_eclvm::{ExecutionMode, Vm};
use wasmtime::Engine;

use crate::policies::TRANSFER;

/// The engine of the node.
pub(crate) fn engine() -> Engine {
    policy_engine(Compiler::default()).unwrap()
}

/// The transfer as the node runs it, native code only.
pub(crate) fn program() -> Arc<pluto_eclvm::Program> {
    program_in(ExecutionMode::Wasm)
}

/// The same in any mode.
pub(crate) fn program_in(mode: ExecutionMode) -> Arc<pluto_eclvm::Program> {
    Vm::new(mode, None).unwrap().load_program(&artifact()).unwrap()
}

/// The transfer as an artifact.
pub(crate) fn artifact() -> Vec<u8> {
    let (source, module) = (TRANSFER.to_owned(), crate::policies::compile(TRANSFER));
    Artifact { edition: EDITION, source, module, wasm: None }.to_bytes().unwrap()
}

/// A warm instance of a program.
pub(crate) fn instance(engine: &Engine, program: &Arc<Program>) -> Instance {
    instance_of(engine, program, program.module())
}

/// The same without what `dropped` names. Such code does not verify, and only a bench runs it.
pub(crate) fn instance_without(
    engine: &Engine,
    program: &Arc<Program>,
    dropped: fn(&Node) -> bool,
) -> Instance {
    let mut module = program.module().clone();
    module.policies.iter_mut().for_each(|policy| strip(&mut policy.body, dropped));
    instance_of(engine, program, &module)
}

/// Whether a node counts gas.
pub(crate) const fn is_gas(node: &Node) -> bool {
    matches!(node, Node::Charge(_))
}

/// Whether a node counts gas or notes a condition.
pub(crate) const fn is_gas_or_mask(node: &Node) -> bool {
    matches!(node, Node::Charge(_) | Node::Mark(..))
}

fn strip(body: &mut Vec<Node>, dropped: fn(&Node) -> bool) {
    body.retain(|node| !dropped(node));
    for node in body {
        match node {
            Node::If(_, first, second) => {
                strip(first, dropped);
                strip(second, dropped);
            }
            Node::Each { body, .. } => strip(body, dropped),
            _ => {}
        }
    }
}

fn instance_of(engine: &Engine, program: &Arc<Program>, module: &Module) -> Instance {
    let module = compile(engine, &emit(module)).unwrap();
    let imports = Imports::new(engine).unwrap();
    imports.link(Arc::clone(program), &module).unwrap().instance().unwrap()
}
