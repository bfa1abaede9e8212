//! The ears: one thread per pipe and one that waits for the end, all into one bounded queue.
//!
//! A full queue stops the readers, and so in the end the program. A dropped queue ends them at the next
//! thing they hear.

use std::io::Read;
use std::process::Child;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use rustix::io::Errno;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

const QUEUE: usize = 16;
const CHUNK_BYTES: usize = 16 * 1024;

/// Which pipe.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stream {
    Stdout,
    Stderr,
}

/// What is heard of a program.
pub(super) enum Said {
    /// Output.
    Output(Stream, Vec<u8>),
    /// It ended, and waits to be reaped.
    Ended,
}

/// Listens until everything was said, or nobody hears any more.
pub(super) fn listen(child: &mut Child, leader: Pid) -> Result<Receiver<Said>, String> {
    let (say, said) = sync_channel(QUEUE);
    let failed = |error: std::io::Error| format!("cannot follow it: {error}");
    if let Some(pipe) = child.stdout.take() {
        let say = say.clone();
        spawn("pluto-stdout", move || read(pipe, Stream::Stdout, &say)).map_err(failed)?;
    }
    if let Some(pipe) = child.stderr.take() {
        let say = say.clone();
        spawn("pluto-stderr", move || read(pipe, Stream::Stderr, &say)).map_err(failed)?;
    }
    spawn("pluto-wait", move || wait(leader, &say)).map_err(failed)?;
    Ok(said)
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    thread::Builder::new().name(name.to_owned()).spawn(work).map(drop)
}

fn read(mut pipe: impl Read, stream: Stream, say: &SyncSender<Said>) {
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let heard = match pipe.read(&mut chunk) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Ok(0) | Err(_) => return,
            Ok(length) => chunk.get(..length).unwrap_or_default().to_vec(),
        };
        if say.send(Said::Output(stream, heard)).is_err() {
            return;
        }
    }
}

/// Waits without reaping, so that the number of the process stays its own until its group is killed.
fn wait(leader: Pid, say: &SyncSender<Said>) {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while matches!(waitid(WaitId::Pid(leader), options), Err(Errno::INTR)) {}
    let _ = say.send(Said::Ended);
}
