//! What it costs nodes to become equal: bytes of control beside negentropy and the plain vector, the time
//! of catching up beside that of taking in the same runs from a file, and a healed partition.
//!
//! `control`: counts, which do not depend on the machine. `catch-up` and `partition`: real nodes over
//! loopback, all of them on this machine, so that who gives costs as much of it as who takes.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench stops at the first fault"
)]

#[path = "sync/catch_up.rs"]
mod catch_up;
#[path = "sync/control.rs"]
mod control;
#[path = "sync/nodes.rs"]
mod nodes;
#[path = "sync/partition.rs"]
mod partition;
#[path = "sync/negentropy.rs"]
mod ranges;
#[allow(dead_code, reason = "the bench of ingest uses the rest of it")]
#[path = "ingest/world.rs"]
mod world;

use mimalloc::MiMalloc;
use pluto_benches::wanted;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() {
    if wanted("control") {
        control::run();
    }
    if wanted("catch-up") {
        catch_up::run();
    }
    if wanted("partition") {
        partition::run();
    }
}
