//! What counts as time spent.

use rustix::time::{ClockId, clock_gettime};

/// A way to measure the calling thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// CPU time of this thread: for work that neither sleeps nor waits.
    ThreadCpu,
    /// CPU time of all threads of this process: for work spread over threads, on a machine that
    /// others use too. More than wall time when threads really run side by side.
    ProcessCpu,
    /// Wall time minus the time this thread waited for a CPU: for work that waits on a disk, on a
    /// machine that others use too.
    WallWithoutQueue,
}

impl Clock {
    /// Nanoseconds since some fixed moment.
    #[must_use]
    pub fn now_ns(self) -> u64 {
        match self {
            Self::ThreadCpu => read(ClockId::ThreadCPUTime),
            Self::ProcessCpu => read(ClockId::ProcessCPUTime),
            Self::WallWithoutQueue => read(ClockId::Monotonic).saturating_sub(queue_wait_ns()),
        }
    }
}

fn read(id: ClockId) -> u64 {
    let time = clock_gettime(id);
    time.tv_sec.cast_unsigned() * 1_000_000_000 + time.tv_nsec.cast_unsigned()
}

/// The second field of `schedstat`: time spent runnable but not running.
fn queue_wait_ns() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split_whitespace().nth(1).and_then(|field| field.parse().ok()).unwrap_or(0)
}
