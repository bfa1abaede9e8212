//! The commands, one module each. A command reads its arguments, calls the node, prints.

mod bench;
mod checkpoint;
mod demo;
mod ecl;
mod event;
mod fsck;
mod graph;
mod id;
mod import;
mod init;
mod mode;
mod names;
mod policy;
mod realm;
mod serve;
mod state;
mod status;
mod store;
mod trust;
mod verify;

use std::path::PathBuf;

use pluto_eclvm::ExecutionMode;
use pluto_error::Result;

use crate::cli::{Cli, Command};
use crate::keys::KeyAccess;
use crate::node::{Node, keystore_path};
use crate::output::Output;

/// What every command is given.
pub(crate) struct Context {
    data: PathBuf,
    keys: KeyAccess,
    mode: ExecutionMode,
    out: Output,
}

impl Context {
    fn node(&self) -> Result<Node> {
        let counter = self.out.counter("opening, folding the log since the last checkpoint");
        let node = Node::open_in(&self.data, self.mode, &|events| counter.set_position(events));
        counter.finish_and_clear();
        node
    }
}

/// Runs one command.
///
/// # Errors
/// Whatever keeps it from being done; the binary prints it and chooses the exit code.
pub fn run(cli: Cli) -> Result<()> {
    let keys = KeyAccess { path: keystore_path(&cli.data), passphrase_file: cli.passphrase_file };
    let out = Output { json: cli.json };
    let context = Context { data: cli.data, keys, mode: cli.execution_mode, out };
    match cli.command {
        Command::Init => init::run(&context),
        Command::Serve => serve::run(&context),
        Command::Demo => demo::run(&context),
        Command::Status => status::run(&context),
        Command::Id(command) => id::run(&context, command),
        Command::Realm(command) => realm::run(&context, command),
        Command::Event(command) => event::run(&context, command),
        Command::Attest(args) => trust::attest(&context, &args),
        Command::Trust(command) => trust::run(&context, command),
        Command::State(command) => state::run(&context, command),
        Command::Verify { proof, root } => verify::run(&context, &proof, root.as_ref()),
        Command::Import(command) => import::run(&context, command),
        Command::Graph(command) => graph::run(&context, command),
        Command::Fsck { rebuild } => fsck::run(&context, rebuild),
        Command::Checkpoint(args) => checkpoint::run(&context, &args),
        Command::Mode(command) => mode::run(&context, &command),
        Command::Ecl(command) => ecl::run(&context, command),
        Command::Policy(command) => policy::run(&context, command),
        Command::Store(command) => store::run(&context, command),
        Command::Bench(command) => bench::run(&context, command),
    }
}
