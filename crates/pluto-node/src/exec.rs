//! Runs a program under bounds, and knows afterwards what it said.
//!
//! 1. No shell: an argument list, a working directory, and of the environment only what is allowed.
//! 2. The program leads a process group of its own. When it ends, runs out of time or says too much,
//!    the whole group is killed: nothing it started goes on behind its back.
//! 3. Output goes on to the user as it comes, and its BLAKE3 is kept. Threads read the pipes into one
//!    bounded queue; the caller's thread hashes, writes and watches the clock.
//!
//! A process that leaves the group (`setsid`) is not followed; its hold on the pipes ends with
//! [`DRAIN_MAX`]. Limits of the operating system exist on Linux only, and are set right after the start:
//! the program's first instants are bounded by time and output alone.

mod limits;
mod pipes;

use std::ffi::OsString;
use std::io::Write;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

pub use limits::Limits;
use pipes::{Said, Stream};

/// Of the environment, what every program may see.
pub const ENVIRONMENT: &[&str] = &["PATH", "HOME", "LANG", "TERM"];
/// How long output is waited for after the program has ended.
pub const DRAIN_MAX: Duration = Duration::from_secs(5);
/// How often a wish to stop is looked for.
const TICK: Duration = Duration::from_millis(100);

/// A program to run.
#[derive(Clone, Debug)]
pub struct Job {
    /// Program and arguments.
    pub argv: Vec<OsString>,
    /// Names of environment variables it may see, beside [`ENVIRONMENT`].
    pub env: Vec<String>,
    /// Where it runs; here if missing.
    pub directory: Option<PathBuf>,
    /// Its bounds.
    pub limits: Limits,
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// By itself, with this code.
    Exited(i32),
    /// By this signal.
    Signalled(i32),
    /// By the bound of time.
    TimedOut,
    /// It did not start, or broke another bound.
    Failed(String),
}

/// What is known of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// How it ended.
    pub status: Status,
    /// BLAKE3 of all that came from its standard output.
    pub stdout_digest: blake3::Hash,
    /// BLAKE3 of all that came from its standard error.
    pub stderr_digest: blake3::Hash,
    /// Bytes of both.
    pub bytes: u64,
}

/// Runs a program to its end. What it says goes to `stdout` and `stderr`; a writer that fails is
/// written to no more, the digests go on. `stop` is asked now and then, and ends the program.
pub fn run(
    job: &Job,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
    stop: &dyn Fn() -> bool,
) -> Ran {
    let mut output = Output::new(stdout, stderr);
    let status = match start(job) {
        Ok(child) => Run { child, limits: &job.limits, output: &mut output, stop }.watch(),
        Err(why) => Status::Failed(why),
    };
    output.ran(status)
}

fn start(job: &Job) -> Result<Child, String> {
    let Some((program, arguments)) = job.argv.split_first() else {
        return Err("expected a program".to_owned());
    };
    let mut command = Command::new(program);
    command.args(arguments).env_clear().process_group(0);
    let allowed = ENVIRONMENT.iter().copied().chain(job.env.iter().map(String::as_str));
    command.envs(allowed.filter_map(|name| Some((name, std::env::var_os(name)?))));
    if let Some(directory) = &job.directory {
        command.current_dir(directory);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let program = program.to_string_lossy();
    command.spawn().map_err(|error| format!("cannot start `{program}`: {error}"))
}

/// A program at work.
struct Run<'a, 'b> {
    child: Child,
    limits: &'a Limits,
    output: &'a mut Output<'b>,
    stop: &'a dyn Fn() -> bool,
}

impl Run<'_, '_> {
    fn watch(mut self) -> Status {
        let group = Pid::from_child(&self.child);
        let limited = self.limits.set(group);
        let said = pipes::listen(&mut self.child, group);
        let (why, said) = match (limited, said) {
            (Ok(()), Ok(said)) => (self.follow(&said), Some(said)),
            (Err(why), said) => (Some(Status::Failed(why)), said.ok()),
            (Ok(()), Err(why)) => (Some(Status::Failed(why)), None),
        };
        // The leader is not reaped yet, so the number of its group is still its own.
        let _ = kill_process_group(group, Signal::KILL);
        let ended = self.child.wait();
        if let Some(said) = said {
            self.drain(&said);
        }
        why.unwrap_or_else(|| ended.map_or_else(|error| Status::Failed(error.to_string()), status))
    }

    /// Until the program ends, or has to: then why.
    fn follow(&mut self, said: &Receiver<Said>) -> Option<Status> {
        let deadline = Instant::now() + self.limits.wall;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Some(Status::TimedOut);
            }
            match said.recv_timeout(left.min(TICK)) {
                Ok(Said::Output(stream, bytes)) => self.output.take(stream, &bytes),
                Ok(Said::Ended) | Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => {}
            }
            if self.output.bytes > self.limits.output_bytes {
                let most = self.limits.output_bytes;
                return Some(Status::Failed(format!("it said more than `{most}` bytes")));
            }
            if (self.stop)() {
                return None;
            }
        }
    }

    /// What was said before the end and is not read yet.
    fn drain(&mut self, said: &Receiver<Said>) {
        let deadline = Instant::now() + DRAIN_MAX;
        while self.output.bytes <= self.limits.output_bytes {
            let left = deadline.saturating_duration_since(Instant::now());
            match said.recv_timeout(left) {
                Ok(Said::Output(stream, bytes)) => self.output.take(stream, &bytes),
                Ok(Said::Ended) => {}
                Err(RecvTimeoutError::Disconnected | RecvTimeoutError::Timeout) => return,
            }
        }
    }
}

fn status(ended: ExitStatus) -> Status {
    match (ended.code(), ended.signal()) {
        (Some(code), _) => Status::Exited(code),
        (None, Some(signal)) => Status::Signalled(signal),
        (None, None) => Status::Failed(ended.to_string()),
    }
}

/// Where output goes, and what is kept of it.
struct Output<'a> {
    stdout: Sink<'a>,
    stderr: Sink<'a>,
    bytes: u64,
}

struct Sink<'a> {
    writer: Option<&'a mut dyn Write>,
    hasher: blake3::Hasher,
}

impl<'a> Output<'a> {
    fn new(stdout: &'a mut dyn Write, stderr: &'a mut dyn Write) -> Self {
        Self { stdout: Sink::new(stdout), stderr: Sink::new(stderr), bytes: 0 }
    }

    fn take(&mut self, stream: Stream, bytes: &[u8]) {
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        match stream {
            Stream::Stdout => self.stdout.take(bytes),
            Stream::Stderr => self.stderr.take(bytes),
        }
    }

    fn ran(self, status: Status) -> Ran {
        Ran {
            status,
            stdout_digest: self.stdout.hasher.finalize(),
            stderr_digest: self.stderr.hasher.finalize(),
            bytes: self.bytes,
        }
    }
}

impl<'a> Sink<'a> {
    fn new(writer: &'a mut dyn Write) -> Self {
        Self { writer: Some(writer), hasher: blake3::Hasher::new() }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        let written = self.writer.as_mut().map(|to| to.write_all(bytes).and_then(|()| to.flush()));
        if matches!(written, Some(Err(_))) {
            self.writer = None;
        }
    }
}

#[cfg(test)]
mod tests;
