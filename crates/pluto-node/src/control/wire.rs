//! What goes over the socket: a length of four bytes, then JSON. Both ends are the same build.

use std::io::{Read, Write};
use std::path::PathBuf;

use pluto_error::Result;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::error::NodeError;

/// Largest request in bytes.
pub const REQUEST_BYTES_MAX: u32 = 1024 * 1024;
/// Largest reply in bytes.
pub const REPLY_BYTES_MAX: u32 = 64 * 1024 * 1024;

/// One command.
#[derive(Serialize, Deserialize)]
pub struct Call {
    /// The version of the binary that calls.
    pub version: String,
    /// The words after `pluto`.
    pub words: Vec<String>,
    /// The folder the caller stands in: paths among the words are relative to it.
    pub folder: PathBuf,
    /// The passphrase of the keystore, where the command needs one.
    pub passphrase: Option<Zeroizing<String>>,
}

/// What came of it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Reply {
    /// What the command printed.
    pub out: String,
    /// The error it ended with.
    pub error: Option<ReplyError>,
    /// The keystore is needed: ask for the passphrase and call again.
    pub wants_passphrase: bool,
}

/// An error as it is told to the caller.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReplyError {
    /// The stable code.
    pub code: String,
    /// What the caller can do.
    pub kind: String,
    /// Everything known about it.
    pub message: String,
    /// The exit code of the command.
    pub exit: u8,
}

/// Writes one message.
pub(super) fn send<T: Serialize>(stream: &mut impl Write, value: &T, max: u32) -> Result<()> {
    let failed = |error| NodeError::file("write", "the control socket", error);
    let bytes = Zeroizing::new(serde_json::to_vec(value).map_err(|error| failed(error.into()))?);
    let length = u32::try_from(bytes.len()).ok().filter(|length| *length <= max);
    let length = length.ok_or_else(|| too_large(bytes.len(), max))?;
    stream.write_all(&length.to_be_bytes()).map_err(failed)?;
    stream.write_all(&bytes).map_err(failed)?;
    stream.flush().map_err(failed)?;
    Ok(())
}

/// Reads one message; its length is checked before anything is allocated.
pub(super) fn receive<T: DeserializeOwned>(stream: &mut impl Read, max: u32) -> Result<T> {
    let failed = |error| NodeError::file("read", "the control socket", error);
    let mut length = [0; 4];
    stream.read_exact(&mut length).map_err(failed)?;
    let length = u32::from_be_bytes(length);
    if length > max {
        return Err(too_large(length as usize, max).into());
    }
    let mut bytes = Zeroizing::new(Vec::new());
    let read = stream.take(u64::from(length)).read_to_end(&mut bytes).map_err(failed)?;
    if read != length as usize {
        return Err(failed(std::io::ErrorKind::UnexpectedEof.into()).into());
    }
    Ok(serde_json::from_slice(&bytes).map_err(|error| failed(error.into()))?)
}

fn too_large(found: usize, max: u32) -> NodeError {
    NodeError::BadArgument(format!("expected a message of at most `{max}` bytes, found `{found}`"))
}
