//! How a running nervous system fares: its mode, what keeps it from writing, what waits.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, PoisonError};

use pluto_core::traits::Clock;

use super::NervousSystem;
use crate::error::NervousError;
use crate::modes::{Guard, Recent, SystemMode};
use crate::shards::{Counters, ShardStats};

/// Figures of this moment or of the last five minutes: none of them keeps what is long past.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Vitals {
    /// Anomalies of the last five minutes.
    pub anomalies: Recent,
    /// How full the fullest lane of the bus is, in millionths.
    pub queue_ppm: u64,
    /// For how long events have waited for a checkpoint; none when all are in one.
    pub unsaved_ms: Option<u64>,
}

/// Since when there are events that no checkpoint holds; 0 when there are none.
pub(super) struct Unsaved {
    since_ms: AtomicU64,
    clock: Arc<dyn Clock>,
}

impl Unsaved {
    pub(super) const fn new(clock: Arc<dyn Clock>) -> Self {
        Self { since_ms: AtomicU64::new(0), clock }
    }

    /// Events were published. A checkpoint that is being written meanwhile does not hold them, yet ends
    /// the wait: the next event begins another.
    pub(super) fn note(&self) {
        if self.since_ms.load(Relaxed) == 0 {
            self.since_ms.store(self.clock.now_ms(), Relaxed);
        }
    }

    pub(super) fn clear_if(&self, written: bool) {
        if written {
            self.since_ms.store(0, Relaxed);
        }
    }

    fn age_ms(&self) -> Option<u64> {
        let since_ms = self.since_ms.load(Relaxed);
        (since_ms > 0).then(|| self.clock.now_ms().saturating_sub(since_ms))
    }
}

/// Where the figures of realms in memory are counted.
pub(super) struct ShardFigures {
    /// What each side may hold.
    pub(super) bytes_max: u64,
    pub(super) writer: Arc<Counters>,
    pub(super) readers: Arc<Counters>,
}

impl ShardFigures {
    pub(super) fn new(resident_bytes: u64) -> Self {
        Self { bytes_max: resident_bytes / 2, writer: Arc::default(), readers: Arc::default() }
    }
}

impl NervousSystem {
    /// How realms share the memory.
    #[must_use]
    pub fn shard_stats(&self) -> ShardStats {
        let ShardFigures { bytes_max, writer, readers } = &self.shards;
        ShardStats {
            stored: self.versions.stored_count(),
            writer: writer.read(*bytes_max),
            readers: readers.read(*bytes_max),
        }
    }

    /// How it fares.
    #[must_use]
    pub fn vitals(&self) -> Vitals {
        Vitals {
            anomalies: self.guard.recent(),
            queue_ppm: self.bus.fullness_ppm(),
            unsaved_ms: self.unsaved.age_ms(),
        }
    }

    /// How much the node does now.
    #[must_use]
    pub fn mode(&self) -> SystemMode {
        self.guard.mode()
    }

    /// The breaker: whoever proves an anomaly tells it, and an operator commands it.
    #[must_use]
    pub fn guard(&self) -> &Arc<Guard> {
        &self.guard
    }

    /// Why the node only reads, if the log is damaged: code, file, offset and remedy.
    #[must_use]
    pub const fn read_only(&self) -> Option<&NervousError> {
        self.read_only.as_ref()
    }

    /// Why the node takes no writes now, if that is so. After a full disk it takes them again as soon
    /// as there is room; see [`NervousSystem::has_ended`].
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.as_ref().map(|failure| failure.why.clone())
    }

    /// Whether the node takes no writes until it is opened anew.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.as_ref().is_some_and(|failure| failure.ended)
    }
}
