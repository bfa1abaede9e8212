//! Plays hostile peers against the sync machine, the decoder of messages and the scores, and measures the
//! most memory that each makes them take; ends with a failure when that is above what `docs/sync.md`
//! states.
//!
//! What a peer sends is made outside of what is measured: only what happens inside a step of the machine
//! counts, the message decoded for it and the outputs it makes among it.

#[path = "hostile/bounds.rs"]
mod bounds;
#[path = "hostile/peers.rs"]
mod peers;
#[path = "hostile/victim.rs"]
mod victim;

use std::io::{self, Write};

use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// What one hostile peer did, and what came of it.
struct Played {
    what: &'static str,
    frames: u64,
    sent_bytes: u64,
    peak_bytes: u64,
    bound_bytes: u64,
}

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "| a peer | frames | bytes sent | most memory, B | bound, B |\n|---|---|---|---|---|"
    )?;
    let mut above = 0;
    for play in peers::ALL {
        let Played { what, frames, sent_bytes, peak_bytes, bound_bytes } = play();
        writeln!(out, "| {what} | {frames} | {sent_bytes} | {peak_bytes} | {bound_bytes} |")?;
        above += usize::from(peak_bytes > bound_bytes);
    }
    match above {
        0 => Ok(()),
        _ => Err(io::Error::other(format!("{above} of these are above what docs/sync.md states"))),
    }
}
