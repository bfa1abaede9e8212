//! Which trace a span belongs to: the ids of W3C Trace Context, level 1.
//!
//! A request may name its own: `traceparent: 00-<trace>-<parent>-<flags>`. What is not exactly that is
//! passed over, and a trace of our own begins. Ids tell spans apart and protect nothing, so a counter
//! under a random key makes them. Every span is told, so what is said to others is flagged as sampled.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use pluto_core::hex;

/// Where a span is in its trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    /// The trace.
    pub trace: [u8; 16],
    /// The span.
    pub span: [u8; 8],
    /// The span around it.
    pub parent: Option<[u8; 8]>,
    /// Whether the span around it is of another process.
    pub is_continued: bool,
}

impl TraceContext {
    /// The beginning of a trace.
    #[must_use]
    pub fn root() -> Self {
        let mut trace = [0; 16];
        let (head, tail) = trace.split_at_mut(8);
        head.copy_from_slice(&fresh());
        tail.copy_from_slice(&fresh());
        Self { trace, span: fresh(), parent: None, is_continued: false }
    }

    /// A span within this one.
    #[must_use]
    pub fn child(self) -> Self {
        Self { span: fresh(), parent: Some(self.span), is_continued: false, ..self }
    }

    /// The text that names it to others.
    #[must_use]
    pub fn traceparent(self) -> String {
        format!("00-{}-{}-01", hex::text(&self.trace), hex::text(&self.span))
    }

    /// A span within the one that a `traceparent` names.
    #[must_use]
    pub fn continuing(traceparent: &str) -> Option<Self> {
        let mut parts = traceparent.split('-');
        let (version, trace, parent) = (parts.next()?, parts.next()?, parts.next()?);
        let flags = parts.next()?;
        // Version 00 ends here; a later one may have more, and `ff` is none.
        if (version == "00" && parts.next().is_some()) || version == "ff" {
            return None;
        }
        let _: [u8; 1] = hex::parse(version)?;
        let _: [u8; 1] = hex::parse(flags)?;
        let (trace, parent): ([u8; 16], [u8; 8]) = (hex::parse(trace)?, hex::parse(parent)?);
        let is_named = trace != [0; 16] && parent != [0; 8];
        let parent = Some(parent);
        is_named.then(|| Self { trace, span: fresh(), parent, is_continued: true })
    }
}

/// An id that is not zero, and not twice in one process but by chance.
fn fresh() -> [u8; 8] {
    static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    static COUNT: AtomicU64 = AtomicU64::new(0);
    KEY.hash_one(COUNT.fetch_add(1, Relaxed)).max(1).to_be_bytes()
}

#[cfg(test)]
mod tests;
