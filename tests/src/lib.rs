//! Support for scenarios: people with keys, realms they write in, and nodes in memory.
//!
//! Everything is seeded: a scenario of one seed is the same everywhere, so a failing seed is a test.

#![expect(clippy::expect_used, reason = "a scenario fails by panicking, as a test does")]

mod after;
mod binary;
mod crowd;
pub mod fuzz;
pub mod load;
mod node;
mod office;
mod people;
pub mod sim;
mod story;
mod town;
pub mod web;

pub use after::{ReadOnlyLog, clean_replay, lost, roots_of};
pub use binary::pluto_binary;
pub use crowd::{CROWD_LOG, CROWD_SIZE, crowd};
pub use node::{MemoryNode, Store, open_at, open_over, open_with, rules};
pub use office::{HOUR_MS, OPENED_MS, Office, POLICY, Staff, grant, request};
pub use people::{Person, Shuffle, Writer, person, spirit};
pub use story::{story, story_of};
pub use town::{house, town};
