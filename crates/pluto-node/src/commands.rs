//! The commands, one module each. A command reads its arguments, calls the node, prints.

mod access;
mod action;
mod archive;
mod audit;
mod bench;
mod blob;
mod blueprint;
mod checkpoint;
mod credential;
mod crossing;
mod declare;
mod demo;
mod door;
mod ecl;
mod event;
mod exec;
mod fork;
mod fsck;
mod grant;
mod graph;
mod id;
mod import;
mod init;
mod log;
mod mcp;
mod mode;
mod names;
mod peer;
mod policy;
mod proposal;
mod protection;
mod prove;
mod realm;
mod remote;
mod room;
mod saga;
mod serve;
mod session;
mod state;
mod status;
mod store;
mod sync;
mod trust;
mod verify;
mod writing;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pluto_eclvm::ExecutionMode;
use pluto_error::Result;

use crate::cli::{Cli, Command};
use crate::keys::{KeyAccess, PassphraseSource};
use crate::node::{Node, keystore_path};
use crate::output::Output;

pub use door::NodeDoor;
pub use remote::{carry, listen, run_or_forward};
pub(crate) use session::Session;

/// What every command is given.
pub(crate) struct Context {
    data: PathBuf,
    keys: KeyAccess,
    mode: ExecutionMode,
    out: Output,
    /// The node that runs already, when a command is carried out inside it.
    running: Option<Arc<Node>>,
    /// Where the caller stands: relative paths are meant from there.
    folder: PathBuf,
}

impl Context {
    fn node(&self) -> Result<Session> {
        self.node_within(None)
    }

    /// The same with so many bytes of realms in memory, where that is said.
    fn node_within(&self, resident_bytes: Option<u64>) -> Result<Session> {
        if let Some(node) = &self.running {
            return Ok(Session::running(Arc::clone(node)));
        }
        let counter = self.out.counter("opening, folding the log since the last checkpoint");
        let progress = |events| counter.set_position(events);
        let node = Node::open_within(&self.data, self.mode, resident_bytes, &progress);
        counter.finish_and_clear();
        node.map(Session::own)
    }

    /// The same for a command inside this one.
    fn again(&self) -> Self {
        Self {
            data: self.data.clone(),
            keys: self.keys.clone(),
            mode: self.mode,
            out: self.out.clone(),
            running: self.running.clone(),
            folder: self.folder.clone(),
        }
    }

    /// The file that the caller means.
    fn file(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }
}

/// Runs one command in this process.
///
/// # Errors
/// Whatever keeps it from being done; the binary prints it and chooses the exit code.
pub fn run(cli: Cli) -> Result<()> {
    let source = PassphraseSource::Here(cli.passphrase_file.clone());
    let keys = KeyAccess { path: keystore_path(&cli.data), source };
    let out = Output::terminal(cli.json);
    let (data, mode) = (cli.data, cli.execution_mode);
    let folder = PathBuf::new();
    run_in(&Context { data, keys, mode, out, running: None, folder }, cli.command)
}

fn run_in(context: &Context, command: Command) -> Result<()> {
    match command {
        Command::Init => init::run(context),
        Command::Serve(args) => serve::run(context, &args),
        Command::Demo { story, serve } => demo::run(context, story, serve),
        Command::Status => status::run(context),
        Command::Id(command) => id::run(context, command),
        Command::Credential(command) => credential::run(context, command),
        Command::Realm(command) => realm::run(context, command),
        Command::Room(command) => room::run(context, command),
        Command::Saga(command) => saga::run(context, command),
        Command::Proposal(command) => proposal::run(context, command),
        Command::Crossing(command) => crossing::run(context, command),
        Command::Peer(command) => peer::run(context, command),
        Command::Cert(command) => access::cert(context, &command),
        Command::Token(command) => access::token(context, &command),
        Command::Sync(command) => sync::run(context, &command),
        Command::Event(command) => event::run(context, command),
        Command::Attest(args) => trust::attest(context, &args),
        Command::Trust(command) => trust::run(context, command),
        Command::Protection(command) => protection::run(context, &command),
        Command::Grant(command) => grant::run(context, command),
        Command::Fork(command) => fork::run(context, command),
        Command::Blob(command) => blob::run(context, command),
        Command::Archive(command) => archive::run(context, command),
        Command::Blueprint(command) => blueprint::run(context, command),
        Command::State(command) => state::run(context, command),
        Command::Check(args) => action::check(context, &args),
        Command::Act(args) => action::act(context, &args),
        Command::Complete(args) => action::run_complete(context, &args),
        Command::Approve(args) => action::run_approve(context, &args),
        Command::Exec(args) => exec::run(context, &args),
        Command::Mcp(command) => mcp::run(context, &command),
        Command::Log { limit, reading } => log::run(context, limit, &reading),
        Command::Prove(args) => prove::run(context, &args),
        Command::Audit(command) => audit::run(context, &command),
        Command::Verify { proof, root, key } => {
            verify::run(context, &proof, root.as_ref(), key.as_ref())
        }
        Command::Import(command) => import::run(context, command),
        Command::Graph(command) => graph::run(context, command),
        Command::Fsck { rebuild } => fsck::run(context, rebuild),
        Command::Checkpoint(args) => checkpoint::run(context, &args),
        Command::Mode(command) => mode::run(context, &command),
        Command::Ecl(command) => ecl::run(context, command),
        Command::Policy(command) => policy::run(context, command),
        Command::Store(command) => store::run(context, command),
        Command::Bench(command) => bench::run(context, command),
    }
}
