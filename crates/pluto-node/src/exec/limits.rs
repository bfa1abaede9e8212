//! Bounds of a program that is run.

use std::time::Duration;

use rustix::process::Pid;

/// What a program may use. What is `None` is bounded by the machine only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Time on the clock.
    pub wall: Duration,
    /// Bytes said on standard output and standard error together.
    pub output_bytes: u64,
    /// Seconds of processor time, per process. Linux only.
    pub cpu_s: Option<u64>,
    /// Bytes of address space, per process. Linux only.
    pub memory_bytes: Option<u64>,
    /// Bytes of the largest file written. Linux only.
    pub file_bytes: Option<u64>,
    /// Files open at once, per process. Linux only.
    pub open_files: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            wall: Duration::from_secs(600),
            output_bytes: 64 * 1024 * 1024,
            cpu_s: None,
            memory_bytes: None,
            file_bytes: None,
            open_files: None,
        }
    }
}

impl Limits {
    /// Bounds a process that runs already; those it starts from then on inherit the bounds.
    #[cfg(target_os = "linux")]
    pub(super) fn set(&self, process: Pid) -> Result<(), String> {
        use rustix::io::Errno;
        use rustix::process::{Resource, Rlimit, prlimit};

        let limits = [
            (Resource::Cpu, self.cpu_s),
            (Resource::As, self.memory_bytes),
            (Resource::Fsize, self.file_bytes),
            (Resource::Nofile, self.open_files),
        ];
        for (resource, most) in limits {
            if most.is_some() {
                let both = Rlimit { current: most, maximum: most };
                match prlimit(Some(process), resource, both) {
                    // It has ended already, and needs no bounds.
                    Ok(_) | Err(Errno::SRCH) => {}
                    Err(error) => return Err(format!("cannot bound `{resource:?}`: {error}")),
                }
            }
        }
        Ok(())
    }

    /// Refuses bounds that this system does not have.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn set(&self, _process: Pid) -> Result<(), String> {
        let asked = [self.cpu_s, self.memory_bytes, self.file_bytes, self.open_files];
        if asked.iter().all(Option::is_none) {
            return Ok(());
        }
        Err("bounds of processor, memory and files exist on Linux only".to_owned())
    }
}
