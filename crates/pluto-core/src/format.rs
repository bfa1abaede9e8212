//! The name and version of a stored or sent format.

/// A format: its name in `docs/formats/` and the version byte that its encodings carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Format {
    /// The name, such as `state-proof`.
    pub name: &'static str,
    /// The version byte.
    pub version: u8,
}

impl Format {
    /// Declares a format.
    #[must_use]
    pub const fn new(name: &'static str, version: u8) -> Self {
        Self { name, version }
    }
}
