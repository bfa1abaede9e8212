//! Commands to a node that runs: handed over by the caller, carried out by the node.

use std::path::Path;
use std::sync::Arc;

use clap::Parser;
use pluto_eclvm::ExecutionMode;
use pluto_error::Result;

use super::{Context, run, run_in};
use crate::cli::{ArchiveCommand, Cli, Command, EventCommand, FootingCommand, IdCommand};
use crate::control::{self, Call, ControlSocket, Reply, ReplyError};
use crate::keys::{KeyAccess, PassphraseSource};
use crate::node::{Node, keystore_path};
use crate::output::Output;
use crate::{codes, error::NodeError};

/// Runs a command: in the node that runs over the same data, if one does, else in this process.
///
/// # Errors
/// As [`run`]; an error of the running node comes as [`Reply`].
pub fn run_or_forward(cli: Cli, words: &[String]) -> Result<Option<Reply>> {
    if is_forwarded(&cli.command) {
        let source = PassphraseSource::Here(cli.passphrase_file.clone());
        let keys = KeyAccess { path: keystore_path(&cli.data), source };
        if let Some(reply) = control::forward(&cli.data, &keys, words)? {
            return Ok(Some(reply));
        }
    }
    run(cli).map(|()| None)
}

/// What a command inside another command gave.
pub(super) struct Inner {
    /// What it printed, as JSON; null where it printed nothing.
    pub(super) value: serde_json::Value,
    /// The error it ended with.
    pub(super) error: Option<pluto_error::Error>,
}

/// Runs a command as if it had been typed, wherever the node is.
pub(super) fn inner(context: &Context, words: Vec<String>) -> Result<Inner> {
    let parsed = |text: &str| serde_json::from_str(text).unwrap_or_default();
    if context.running.is_none() {
        let typed = std::iter::once("--json".to_owned()).chain(words.iter().cloned());
        let typed: Vec<String> = typed.collect();
        if let Some(reply) = control::forward(&context.data, &context.keys, &typed)? {
            let error = reply.error.map(|error| NodeError::Told(error.message, error.code).into());
            return Ok(Inner { value: parsed(&reply.out), error });
        }
    }
    let cli = Cli::try_parse_from(std::iter::once("pluto".to_owned()).chain(words))
        .map_err(|error| NodeError::Usage(error.to_string()))?;
    let inside = Context { out: Output::kept(true), ..context.again() };
    let error = run_in(&inside, cli.command).err();
    Ok(Inner { value: parsed(&inside.out.take()), error })
}

/// Whether a command needs a node and nothing of the terminal it is typed at.
fn is_forwarded(command: &Command) -> bool {
    match command {
        Command::Init
        | Command::Serve(_)
        | Command::Exec(_)
        | Command::Mcp(_)
        | Command::Demo { .. }
        | Command::Verify { .. }
        | Command::Import(_)
        | Command::Graph(_)
        | Command::Cert(_)
        | Command::Token(_)
        | Command::Fsck { .. }
        | Command::Ecl(_)
        | Command::Bench(_)
        // What the node has in memory stands elsewhere: it opens anew on it.
        | Command::Archive(ArchiveCommand::Footing(FootingCommand::Import { .. }))
        | Command::Id(IdCommand::Create { .. } | IdCommand::List | IdCommand::Show { .. }) => false,
        // Standard input is the caller's.
        Command::Event(EventCommand::Append { value, .. }) => value != "-",
        _ => true,
    }
}

/// Has `node` take commands from other processes over `data` until the socket is dropped.
///
/// # Errors
/// When the socket cannot be made.
pub fn listen(node: &Arc<Node>, data: &Path, mode: ExecutionMode) -> Result<ControlSocket> {
    let (node, folder) = (Arc::clone(node), data.to_owned());
    control::serve(data, Arc::new(move |call| carry(&node, &folder, mode, call)))
}

/// Carries out one command on a node that runs.
#[must_use]
pub fn carry(node: &Arc<Node>, data: &Path, mode: ExecutionMode, call: Call) -> Reply {
    let words = std::iter::once("pluto".to_owned()).chain(call.words);
    let cli = match Cli::try_parse_from(words) {
        Ok(cli) if is_forwarded(&cli.command) => cli,
        Ok(_) => {
            return failed(&NodeError::Usage("not a command for a running node".into()).into());
        }
        Err(error) => return failed(&NodeError::Usage(error.to_string()).into()),
    };
    let source = PassphraseSource::Caller(call.passphrase);
    let context = Context {
        data: data.to_owned(),
        keys: KeyAccess { path: keystore_path(data), source },
        mode,
        out: Output::kept(cli.json),
        running: Some(Arc::clone(node)),
        folder: call.folder,
    };
    match run_in(&context, cli.command) {
        Ok(()) => Reply { out: context.out.take(), ..Reply::default() },
        Err(error) if error.code() == codes::NO_PASSPHRASE => {
            Reply { wants_passphrase: true, ..failed(&error) }
        }
        Err(error) => Reply { out: context.out.take(), ..failed(&error) },
    }
}

fn failed(error: &pluto_error::Error) -> Reply {
    Reply { error: Some(ReplyError::of(error)), ..Reply::default() }
}
