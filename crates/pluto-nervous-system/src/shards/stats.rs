//! Figures about the realms in memory: counted without a lock, read for reports only.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Buckets of load times; the last one takes everything longer.
const BUCKETS: usize = 24;

/// How often something was found, loaded, let go; how long loading took.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    hits: AtomicU64,
    loads: AtomicU64,
    folded: AtomicU64,
    evictions: AtomicU64,
    resident: AtomicU64,
    bytes: AtomicU64,
    max_us: AtomicU64,
    /// By the bits of the microseconds: bucket `n` counts what took less than 2ⁿ.
    times: [AtomicU64; BUCKETS],
}

/// Realms in memory, on one side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resident {
    /// Realms in memory now.
    pub realms: u64,
    /// About what they take, in bytes.
    pub bytes: u64,
    /// What they may take.
    pub bytes_max: u64,
    /// How often a realm was found in memory.
    pub hits: u64,
    /// How often one was read from its checkpoint.
    pub loads: u64,
    /// How often no checkpoint of one was whole, so that it was folded from the log.
    pub folded: u64,
    /// How often one was let go.
    pub evictions: u64,
    /// The longest load, in microseconds.
    pub load_us_max: u64,
    /// What 99 of 100 loads took at most, rounded up to a power of two.
    pub load_us_p99: u64,
}

/// How realms share the memory of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShardStats {
    /// Realms that a checkpoint holds.
    pub stored: u64,
    /// Realms that the writer has.
    pub writer: Resident,
    /// Versions that readers have.
    pub readers: Resident,
}

impl Counters {
    pub(super) fn hit(&self) {
        self.hits.fetch_add(1, Relaxed);
    }

    pub(super) fn evicted(&self) {
        self.evictions.fetch_add(1, Relaxed);
    }

    pub(super) fn folded(&self) {
        self.folded.fetch_add(1, Relaxed);
    }

    pub(super) fn loaded(&self, us: u64) {
        self.loads.fetch_add(1, Relaxed);
        self.max_us.fetch_max(us, Relaxed);
        let bits = usize::try_from(u64::BITS - us.leading_zeros()).unwrap_or(BUCKETS);
        if let Some(bucket) = self.times.get(bits.min(BUCKETS - 1)) {
            bucket.fetch_add(1, Relaxed);
        }
    }

    pub(super) fn holds(&self, realms: usize, bytes: u64) {
        self.resident.store(realms as u64, Relaxed);
        self.bytes.store(bytes, Relaxed);
    }

    pub(crate) fn read(&self, bytes_max: u64) -> Resident {
        let load_us_max = self.max_us.load(Relaxed);
        Resident {
            realms: self.resident.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            bytes_max,
            hits: self.hits.load(Relaxed),
            loads: self.loads.load(Relaxed),
            folded: self.folded.load(Relaxed),
            evictions: self.evictions.load(Relaxed),
            load_us_max,
            load_us_p99: self.p99().min(load_us_max),
        }
    }

    fn p99(&self) -> u64 {
        let times: Vec<u64> = self.times.iter().map(|bucket| bucket.load(Relaxed)).collect();
        let all: u64 = times.iter().sum();
        let wanted = all - all / 100;
        let mut seen = 0;
        for (bits, count) in times.into_iter().enumerate() {
            seen += count;
            if seen >= wanted && seen > 0 {
                return if bits == BUCKETS - 1 { u64::MAX } else { 1 << bits };
            }
        }
        0
    }
}

#[cfg(test)]
mod tests;
