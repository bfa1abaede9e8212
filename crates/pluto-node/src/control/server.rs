//! The node's end: takes calls until it is dropped.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use pluto_error::Result;

use super::wire::{Call, REPLY_BYTES_MAX, REQUEST_BYTES_MAX, Reply, ReplyError, receive, send};
use super::{CALLS_MAX, socket_path};
use crate::error::NodeError;

/// How long a caller may take to send its request or take its reply.
const PATIENCE: Duration = Duration::from_secs(10);

/// Carries out one call.
pub(super) type Carry = dyn Fn(Call) -> Reply + Send + Sync;

/// A socket that is listened on; dropping it ends that and removes the file.
pub struct ControlSocket {
    path: PathBuf,
    ends: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// Listens in `data`.
///
/// # Errors
/// When the socket cannot be made: its path may be too long for the system (108 bytes).
pub fn serve(data: &Path, carry: Arc<Carry>) -> Result<ControlSocket> {
    let path = socket_path(data);
    let failed = |error| NodeError::file("create", &path, error);
    // The store's lock is held, so nobody else listens here: what is left is from a killed node.
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path).map_err(failed)?;
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).map_err(failed)?;
    let ends = Arc::new(AtomicBool::new(false));
    let ending = Arc::clone(&ends);
    let thread = std::thread::Builder::new()
        .name("pluto-control".into())
        .spawn(move || accept(&listener, &ending, &carry))
        .map_err(|error| NodeError::file("start", "pluto-control", error))?;
    Ok(ControlSocket { path, ends, thread: Mutex::new(Some(thread)) })
}

fn accept(listener: &UnixListener, ends: &AtomicBool, carry: &Arc<Carry>) {
    let busy = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        if ends.load(Ordering::Acquire) {
            return;
        }
        let Ok(stream) = stream else { continue };
        if busy.fetch_add(1, Ordering::AcqRel) >= CALLS_MAX {
            busy.fetch_sub(1, Ordering::AcqRel);
            refuse(stream);
            continue;
        }
        let (carry, busy) = (Arc::clone(carry), Arc::clone(&busy));
        let answering = std::thread::Builder::new().name("pluto-command".into());
        let _ = answering.spawn(move || {
            answer(stream, &*carry);
            busy.fetch_sub(1, Ordering::AcqRel);
        });
    }
}

fn answer(mut stream: UnixStream, carry: &Carry) {
    let timed = stream
        .set_read_timeout(Some(PATIENCE))
        .and_then(|()| stream.set_write_timeout(Some(PATIENCE)));
    if timed.is_err() {
        return;
    }
    let reply = match receive::<Call>(&mut stream, REQUEST_BYTES_MAX) {
        Ok(call) if call.version == env!("CARGO_PKG_VERSION") => carry(call),
        Ok(call) => refusal(&NodeError::OtherVersion { found: call.version }.into()),
        Err(error) => refusal(&error),
    };
    if let Err(error) = send(&mut stream, &reply, REPLY_BYTES_MAX) {
        tracing::warn!(%error, "a command went away before its answer");
    }
}

fn refuse(mut stream: UnixStream) {
    let _ = stream.set_write_timeout(Some(PATIENCE));
    let busy = refusal(&NodeError::Busy { calls: CALLS_MAX }.into());
    let _ = send(&mut stream, &busy, REPLY_BYTES_MAX);
}

fn refusal(error: &pluto_error::Error) -> Reply {
    Reply { error: Some(ReplyError::of(error)), ..Reply::default() }
}

impl ReplyError {
    /// How an error is told, with the exit code it has everywhere.
    #[must_use]
    pub fn of(error: &pluto_error::Error) -> Self {
        Self {
            code: error.code().id().to_owned(),
            kind: error.kind().as_str().to_owned(),
            message: error.chain(),
            exit: crate::exit::code(error),
        }
    }
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Release);
        // Wakes the thread that waits for a caller.
        let _ = UnixStream::connect(&self.path);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
        let _ = std::fs::remove_file(&self.path);
    }
}
