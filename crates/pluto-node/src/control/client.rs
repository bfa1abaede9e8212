//! The command's end: hand it to the node that runs, if one does.

use std::os::unix::net::UnixStream;
use std::path::Path;

use pluto_error::Result;
use zeroize::Zeroizing;

use super::socket_path;
use super::wire::{Call, REPLY_BYTES_MAX, REQUEST_BYTES_MAX, Reply, receive, send};
use crate::error::NodeError;
use crate::keys::KeyAccess;

/// Has the command carried out by the node that runs over `data`; none when no node runs there.
///
/// # Errors
/// When the node cannot be talked to, or no passphrase can be had.
pub fn forward(data: &Path, keys: &KeyAccess, words: &[String]) -> Result<Option<Reply>> {
    let folder = std::env::current_dir().map_err(|e| NodeError::file("read", ".", e))?;
    let mut call = Call {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        words: words.to_vec(),
        folder,
        passphrase: keys.unprompted()?.map(Zeroizing::new),
    };
    let Some(reply) = ask(data, &call)? else { return Ok(None) };
    if !reply.wants_passphrase || call.passphrase.is_some() {
        return Ok(Some(reply));
    }
    call.passphrase = Some(Zeroizing::new(keys.prompted()?));
    ask(data, &call)
}

/// One call. A socket that nobody listens on was left by a node that was killed.
fn ask(data: &Path, call: &Call) -> Result<Option<Reply>> {
    let Ok(mut stream) = UnixStream::connect(socket_path(data)) else { return Ok(None) };
    send(&mut stream, call, REQUEST_BYTES_MAX)?;
    Ok(Some(receive(&mut stream, REPLY_BYTES_MAX)?))
}
