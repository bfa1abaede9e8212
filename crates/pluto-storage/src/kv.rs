//! The key-value store for what can be rebuilt from the log: sled with files for large values beside it,
//! or a map in memory.

mod memory;
mod sled_kv;
mod split;

pub use memory::MemoryKv;
pub use sled_kv::SledKv;
pub use split::{SplitKv, VALUES_FORMAT};
