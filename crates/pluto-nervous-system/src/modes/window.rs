//! A count over the last minutes: what is past is forgotten, so that a node that was sick can be well.

/// Length of a bucket in milliseconds.
pub const BUCKET_MS: u64 = 60_000;
/// Buckets of a window: five minutes.
pub const BUCKETS: usize = 5;

/// Counts in buckets of a minute, the last [`BUCKETS`] of them. Time that runs backwards counts as
/// standing still.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    counts: [u64; BUCKETS],
    newest: u64,
}

impl Window {
    /// Counts one.
    pub fn add(&mut self, now_ms: u64) {
        self.pass(now_ms);
        let [newest, ..] = &mut self.counts;
        *newest = newest.saturating_add(1);
    }

    /// How many were counted within the window.
    #[must_use]
    pub fn sum(mut self, now_ms: u64) -> u64 {
        self.pass(now_ms);
        self.counts.iter().fold(0, |all, count| all.saturating_add(*count))
    }

    fn pass(&mut self, now_ms: u64) {
        let bucket = now_ms / BUCKET_MS;
        let gone = bucket.saturating_sub(self.newest);
        self.newest = self.newest.max(bucket);
        let gone = usize::try_from(gone).unwrap_or(BUCKETS).min(BUCKETS);
        self.counts.rotate_right(gone);
        self.counts.iter_mut().take(gone).for_each(|count| *count = 0);
    }
}

#[cfg(test)]
mod tests;
