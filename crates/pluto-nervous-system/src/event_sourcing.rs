//! Event sourcing: from signed runs to a canonical order, verdicts, state and roots.
//!
//! `admission` decides membership in the set, `realm_state` keeps the order, `fold` computes verdicts
//! and state, `checkpoint` and `tiles` write behind what can be rebuilt, `footing` keeps what cannot.

mod admission;
mod borders;
mod checkpoint;
mod close;
mod dag;
mod fold;
mod footing;
mod held;
mod places;
mod realm_state;
mod refold;
mod size;
mod tiles;
mod view;

pub(crate) use admission::{Answer, admit};
pub use borders::{Border, Candidate, Quorum};
pub use checkpoint::{CHECKPOINT_FORMAT, MANIFEST_FORMAT, RealmOutline};
pub(crate) use checkpoint::{Capture, Catalogue, Checkpoints, Stored};
pub use dag::Tip;
pub(crate) use dag::{Dag, Grown, PastLog};
pub use fold::Rules;
pub(crate) use footing::{Adoption, Basis, Footings, build};
pub use footing::{FOOTING_FORMAT, Footing, FootingStore, MemoryFootings, SignedBorder};
pub(crate) use held::{Held, RunEvents};
pub(crate) use realm_state::{Change, RealmState};
pub use tiles::{Place, TILE_FORMAT, TileStore};
pub use view::{PLACES_MAX, RealmView};
