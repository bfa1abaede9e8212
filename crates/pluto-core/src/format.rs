//! Names and versions of everything that is written to a disk or a wire.
//!
//! A format is never edited in place: a change raises its version, and the golden file of the old version
//! stays. `cargo xtask verify formats` compares these constants with `docs/formats/registry.toml`.

/// One wire or storage format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// The name under which `docs/formats/` describes it.
    pub name: &'static str,
    /// The version this build writes.
    pub version: u8,
}

impl Format {
    /// Declares a format.
    #[must_use]
    pub const fn new(name: &'static str, version: u8) -> Self {
        Self { name, version }
    }
}
