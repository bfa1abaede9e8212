//! The language of Pluto: domain types, the canonical codec and every shared trait.
//!
//! Nothing here does input or output, reads a clock, draws randomness, or knows an implementation of
//! its own traits. Numbers in replayed state are integers; there is no float in this crate.

pub mod codec;
pub mod codes;
pub mod component;
pub mod did;
pub mod event;
pub mod format;
pub mod hash;
pub mod hex;
pub mod ids;
pub mod kind;
pub mod limits;
pub mod oneshot;
pub mod payload;
pub mod policy;
pub mod run;
pub mod state;
pub mod traits;
pub mod trust;
pub mod verdict;

pub use codec::{Canonical, CodecError, Reader};
pub use component::{COMPONENT_COUNT, Component, ComponentSet};
pub use did::{Did, Namespace};
pub use event::Header;
pub use hash::{Digest, Domain};
pub use ids::{BlobId, EventId, LogPosition, Position, RealmId};
pub use kind::{Class, Kind, KindNumber};
pub use run::{Event, Run, Signature};
pub use verdict::{Verdict, VoidReason};
