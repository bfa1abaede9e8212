//! Commands to a running node.
//!
//! A store has one process at a time. So a node that runs listens on a socket in its data directory,
//! and any other `pluto` command over the same directory is carried out there: same words, same
//! output, same exit code. The socket belongs to the user who runs the node (mode 0600); whoever may
//! open it could as well read the keystore file and stop the node.
//!
//! ```text
//! command ── connect ──► control.sock ── one request, one reply, close ──► the node's own commands
//! ```

mod client;
mod server;
mod wire;

use std::path::{Path, PathBuf};

pub use client::forward;
pub use server::{ControlSocket, serve};
pub use wire::{Call, REPLY_BYTES_MAX, REQUEST_BYTES_MAX, Reply, ReplyError};

/// Commands carried out at once; more wait for a place.
pub const CALLS_MAX: usize = 8;

/// The socket inside a data directory.
#[must_use]
pub fn socket_path(data: &Path) -> PathBuf {
    data.join("control.sock")
}
