//! Time as an input: production reads the system clock, tests and simulations move their own.

/// A source of wall time.
pub trait Clock: Send + Sync {
    /// Milliseconds since the Unix epoch.
    fn now_ms(&self) -> u64;
}
