//! A token bucket in whole numbers: thousandths of tokens, so that slow rates do not round to nothing.

use crate::peer::Millis;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    /// Thousandths.
    level: u64,
    burst: u64,
    per_second: u64,
    as_of: Millis,
}

impl Bucket {
    /// A full bucket of `burst` tokens to which `per_second` are added.
    pub(crate) const fn new((burst, per_second): (u64, u64), now: Millis) -> Self {
        Self { level: burst * 1_000, burst, per_second, as_of: now }
    }

    /// Takes tokens; when there are too few, all that are left.
    pub(crate) fn take(&mut self, tokens: u64, now: Millis) -> bool {
        // A thousandth for each millisecond and token a second.
        let filled = now.saturating_sub(self.as_of).saturating_mul(self.per_second);
        self.level = self.level.saturating_add(filled).min(self.burst * 1_000);
        self.as_of = self.as_of.max(now);
        let wanted = tokens.saturating_mul(1_000);
        let within = wanted <= self.level;
        self.level = self.level.saturating_sub(wanted);
        within
    }
}
