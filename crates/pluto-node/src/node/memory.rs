//! How much memory a node may take: `<data>/node.toml`, and what comes beside the realms.

use std::path::Path;

use pluto_error::Result;
use pluto_nervous_system::RESIDENT_BYTES;
use serde::Deserialize;

use crate::error::NodeError;
use crate::settings::load;

/// What a node at rest takes beside its realms: 28 MiB are there from the start, 20 of them tables of sled
/// that nothing ever writes to; the rest is for the checkpoint under way and for what is let go and not
/// freed yet. The program `shards` of the tests holds it against what the allocator says.
const BESIDE_BYTES: u64 = 48 * 1024 * 1024;
/// What is kept of each realm that is not in memory, with room for a copy while a checkpoint is written.
const OUTLINE_BYTES: u64 = 1024;
/// Less would not hold what is worked on.
const MEMORY_BYTES_MIN: u64 = 8 * 1024 * 1024;
/// The longest settings in bytes.
const SETTINGS_BYTES_MAX: usize = 64 * 1024;

/// `node.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NodeConfig {
    /// What the realms in memory may take, such as `256MiB`.
    memory: Option<String>,
}

impl NodeConfig {
    /// What is set in `data`; the default where nothing is.
    ///
    /// # Errors
    /// `NOD-0004` for a file that cannot be read, `NOD-0007` for one that says something else.
    pub fn load(data: &Path) -> Result<Self> {
        load(&data.join("node.toml"), SETTINGS_BYTES_MAX)
    }

    /// Bytes that realms may take in memory.
    ///
    /// # Errors
    /// `NOD-0007` for a size that is none.
    pub fn resident_bytes(&self) -> Result<u64> {
        let Some(text) = &self.memory else { return Ok(RESIDENT_BYTES) };
        let bad = |why| NodeError::BadArgument(format!("`memory` in `node.toml`: {why}"));
        Ok(parse_memory(text).map_err(bad)?)
    }
}

/// Bytes that a node takes at most when it is at rest and offline, with so many realms.
#[must_use]
pub fn bytes_max(resident_bytes: u64, realms: u64) -> u64 {
    let outlines = realms.saturating_mul(OUTLINE_BYTES);
    resident_bytes.saturating_add(BESIDE_BYTES).saturating_add(outlines)
}

/// Reads a bound of memory, such as `256MiB` or `2GiB`.
///
/// # Errors
/// With what was expected.
pub fn parse_memory(text: &str) -> Result<u64, String> {
    let units = [("KiB", 10), ("MiB", 20), ("GiB", 30)];
    let parsed = units.iter().find_map(|(unit, shift)| {
        let number: u64 = text.strip_suffix(unit)?.trim_end().parse().ok()?;
        number.checked_mul(1 << shift)
    });
    let bytes = parsed.filter(|bytes| *bytes >= MEMORY_BYTES_MIN);
    let least = MEMORY_BYTES_MIN >> 20;
    bytes.ok_or_else(|| {
        format!("expected a size from {least}MiB on, such as `256MiB`, found `{text}`")
    })
}

#[cfg(test)]
mod tests;
