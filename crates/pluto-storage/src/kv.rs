//! The key-value store for what can be rebuilt from the log: sled, or a map in memory.

mod memory;
mod sled_kv;

pub use memory::MemoryKv;
pub use sled_kv::SledKv;
