//! A token bucket in integers: what was ever granted is spent, left, or handed back.
//!
//! Tokens come back in realm time, exactly: what does not make a whole token is kept until it does.
//! Whoever lowers a limit takes what no longer fits; whoever refunds gives back what was spent, as far
//! as it fits. Both count as handed back, so that nothing appears and nothing is lost:
//! `granted = spent + left + returned` at all times, and what is left follows from the other three.

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader};

use crate::rule_set::Limit;

/// Realm time in which a bucket gains [`Limit::per_day`] tokens, in milliseconds.
pub const DAY_MS: u64 = 86_400_000;

/// One bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    granted: u64,
    spent: u64,
    returned: u64,
    /// Parts of a token that came back already, in tokens · milliseconds; below [`DAY_MS`].
    part: u32,
    at_ms: u64,
}

impl Bucket {
    /// A full bucket.
    #[must_use]
    pub const fn full(limit: Limit, now_ms: u64) -> Self {
        Self { granted: limit.capacity, spent: 0, returned: 0, part: 0, at_ms: now_ms }
    }

    /// Tokens ever granted.
    #[must_use]
    pub const fn granted(&self) -> u64 {
        self.granted
    }

    /// Tokens spent and not refunded.
    #[must_use]
    pub const fn spent(&self) -> u64 {
        self.spent
    }

    /// Tokens handed back because they did not fit.
    #[must_use]
    pub const fn returned(&self) -> u64 {
        self.returned
    }

    /// Tokens that can be spent.
    #[must_use]
    pub const fn left(&self) -> u64 {
        self.granted.saturating_sub(self.spent).saturating_sub(self.returned)
    }

    /// Brings it to the limit and the time of now. Time that goes back changes nothing.
    pub fn bring_to(&mut self, limit: Limit, now_ms: u64) {
        self.give_back(self.left().saturating_sub(limit.capacity));
        let passed = u128::from(now_ms.saturating_sub(self.at_ms));
        self.at_ms = self.at_ms.max(now_ms);
        let parts = passed * u128::from(limit.per_day) + u128::from(self.part);
        let whole = u64::try_from(parts / u128::from(DAY_MS)).unwrap_or(u64::MAX);
        let room = limit.capacity.saturating_sub(self.left());
        // After u64::MAX tokens the bucket stays dry: counting on would lose what was counted.
        let gained = whole.min(room).min(u64::MAX - self.granted);
        self.granted += gained;
        let rest = u32::try_from(parts % u128::from(DAY_MS)).unwrap_or_default();
        self.part = if whole >= room { 0 } else { rest };
    }

    /// Takes tokens, all or none; says whether they were there.
    pub fn take(&mut self, tokens: u64) -> bool {
        let enough = tokens <= self.left();
        if enough {
            self.spent += tokens;
        }
        enough
    }

    /// Takes as many of these tokens as are there.
    pub fn drain(&mut self, tokens: u64) {
        self.spent += tokens.min(self.left());
    }

    /// Gives spent tokens back, at most as many as were spent; those that do not fit are handed back.
    pub fn refund(&mut self, tokens: u64, limit: Limit) {
        self.spent -= tokens.min(self.spent);
        self.give_back(self.left().saturating_sub(limit.capacity));
    }

    fn give_back(&mut self, tokens: u64) {
        self.returned += tokens.min(self.left());
    }
}

impl Canonical for Bucket {
    fn encode_into(&self, out: &mut Vec<u8>) {
        for field in [self.granted, self.spent, self.returned] {
            out.extend_from_slice(&field.to_be_bytes());
        }
        out.extend_from_slice(&self.part.to_be_bytes());
        out.extend_from_slice(&self.at_ms.to_be_bytes());
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let (granted, spent, returned) = (input.u64()?, input.u64()?, input.u64()?);
        let (part, at_ms) = (input.u32()?, input.u64()?);
        if spent.checked_add(returned).is_none_or(|gone| gone > granted) {
            return Err(CodecError::BadValue { what: "tokens granted", found: granted });
        }
        if u64::from(part) >= DAY_MS {
            return Err(CodecError::BadValue { what: "part of a token", found: part.into() });
        }
        Ok(Self { granted, spent, returned, part, at_ms })
    }
}

#[cfg(test)]
mod tests;
