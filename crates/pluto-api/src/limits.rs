//! How often may who ask what: a token bucket for each route, principal and address.
//!
//! Integers and a clock from outside. The table is bounded: buckets that are full again are forgotten,
//! and when all are in use, whoever is new shares one bucket, so that a flood of addresses costs its
//! own kind and nobody else. Answers carry `RateLimit-Policy` and `RateLimit` as
//! draft-ietf-httpapi-ratelimit-headers-09 has them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;

/// Buckets that are kept at once.
pub const BUCKETS_MAX: usize = 16_384;
/// Parts of one request that a bucket counts in.
const PARTS: u64 = 1000;

/// The highest burst and rate that can be set.
pub const RATE_MAX: u32 = 1_000_000;

/// How many requests at once, and how many in a second for good; each from 1 to [`RATE_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// At once.
    pub burst: u32,
    /// In a second.
    pub per_s: u32,
}

/// The rates of the HTTP face.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rates {
    /// Of one address, whoever asks what: before anything is verified.
    pub address: Rate,
    /// Of one route that reads.
    pub read: Rate,
    /// Of one route that changes something.
    pub write: Rate,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            address: Rate { burst: 1000, per_s: 500 },
            read: Rate { burst: 200, per_s: 100 },
            write: Rate { burst: 100, per_s: 50 },
        }
    }
}

impl Rates {
    /// The first one that is beyond its bounds, by name.
    #[must_use]
    pub fn unfit(&self) -> Option<&'static str> {
        let Self { address, read, write } = self;
        let named = [("address", address), ("read", read), ("write", write)];
        let fits = |number: u32| (1..=RATE_MAX).contains(&number);
        let unfit = named.into_iter().find(|(_, rate)| !fits(rate.burst) || !fits(rate.per_s));
        unfit.map(|(name, _)| name)
    }
}

/// What was left after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether the request may go on.
    pub is_allowed: bool,
    /// Requests left at once.
    pub left: u32,
    /// Seconds until one more may come (when there is none left), or until all may.
    pub reset_s: u32,
    /// The rate.
    pub rate: Rate,
}

#[derive(Clone, Copy)]
struct Bucket {
    parts: u64,
    at_ms: u64,
    rate: Rate,
}

impl Bucket {
    const fn full(rate: Rate, now_ms: u64) -> Self {
        Self { parts: rate.burst as u64 * PARTS, at_ms: now_ms, rate }
    }

    /// One thousandth of a request per millisecond and request per second: no division, no rest.
    fn refill(&mut self, now_ms: u64) {
        let gone_ms = now_ms.saturating_sub(self.at_ms);
        let more = gone_ms.saturating_mul(u64::from(self.rate.per_s));
        self.parts = self.parts.saturating_add(more).min(u64::from(self.rate.burst) * PARTS);
        self.at_ms = self.at_ms.max(now_ms);
    }

    fn take(&mut self, now_ms: u64) -> Standing {
        self.refill(now_ms);
        let is_allowed = self.parts >= PARTS;
        if is_allowed {
            self.parts -= PARTS;
        }
        let wanted = if is_allowed { u64::from(self.rate.burst) * PARTS } else { PARTS };
        let per_s = u64::from(self.rate.per_s.max(1)) * PARTS;
        let reset_s = wanted.saturating_sub(self.parts).div_ceil(per_s);
        Standing {
            is_allowed,
            left: u32::try_from(self.parts / PARTS).unwrap_or(u32::MAX),
            reset_s: u32::try_from(reset_s).unwrap_or(u32::MAX),
            rate: self.rate,
        }
    }

    fn is_full(&mut self, now_ms: u64) -> bool {
        self.refill(now_ms);
        self.parts == u64::from(self.rate.burst) * PARTS
    }
}

#[derive(Default)]
struct Table {
    buckets: HashMap<[u8; 32], Bucket>,
    /// Who finds no place shares one bucket with all others of the same rate.
    shared: Vec<Bucket>,
    swept_ms: u64,
}

/// All buckets.
#[derive(Default)]
pub struct Limits {
    table: Mutex<Table>,
}

impl Limits {
    /// Takes one request out of the bucket of this route, principal and address.
    pub fn take(
        &self,
        rate: Rate,
        route: &str,
        principal: &str,
        address: Option<IpAddr>,
        now_ms: u64,
    ) -> Standing {
        let key = key(route, principal, address);
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let table = &mut *table;
        if let Some(bucket) = table.buckets.get_mut(&key) {
            return bucket.take(now_ms);
        }
        // Looking through all of it once in a second bounds what a flood of addresses costs.
        if table.buckets.len() >= BUCKETS_MAX && table.swept_ms.saturating_add(1000) <= now_ms {
            table.swept_ms = now_ms;
            table.buckets.retain(|_, bucket| !bucket.is_full(now_ms));
        }
        if table.buckets.len() < BUCKETS_MAX {
            return table.buckets.entry(key).or_insert(Bucket::full(rate, now_ms)).take(now_ms);
        }
        if let Some(bucket) = table.shared.iter_mut().find(|bucket| bucket.rate == rate) {
            return bucket.take(now_ms);
        }
        let mut bucket = Bucket::full(rate, now_ms);
        let standing = bucket.take(now_ms);
        // As many as there are rates: three.
        table.shared.push(bucket);
        standing
    }
}

/// Lengths before texts: no two questions have one key. An IPv6 host has a /64 of addresses.
fn key(route: &str, principal: &str, address: Option<IpAddr>) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for text in [route, principal] {
        hasher.update(&(text.len() as u64).to_be_bytes()).update(text.as_bytes());
    }
    match address.map(|address| address.to_canonical()) {
        None => hasher.update(&[0]),
        Some(IpAddr::V4(address)) => hasher.update(&[4]).update(&address.octets()),
        Some(IpAddr::V6(address)) => {
            let net = u128::from(address) >> 64;
            hasher.update(&[6]).update(&net.to_be_bytes())
        }
    };
    *hasher.finalize().as_bytes()
}

impl Standing {
    /// The window in seconds in which a burst is there again.
    #[must_use]
    pub const fn window_s(&self) -> u32 {
        let per_s = if self.rate.per_s == 0 { 1 } else { self.rate.per_s };
        self.rate.burst.div_ceil(per_s)
    }

    /// Puts `RateLimit-Policy` and `RateLimit` into an answer.
    pub fn write(&self, name: &str, headers: &mut HeaderMap) {
        let policy = format!("\"{name}\";q={};w={}", self.rate.burst, self.window_s());
        let left = format!("\"{name}\";r={};t={}", self.left, self.reset_s);
        for (header, text) in [("ratelimit-policy", policy), ("ratelimit", left)] {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(HeaderName::from_static(header), value);
            }
        }
    }
}

#[cfg(test)]
mod tests;
