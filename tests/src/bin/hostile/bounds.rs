//! The bounds of `docs/sync.md`, as bytes.

use pluto_p2p::message::{FRAME_BYTES_MAX, RANGES_TOTAL_MAX};
use pluto_p2p::riblt::SYMBOLS_MAX;
use pluto_p2p::score::PEERS_MAX;
use pluto_p2p::sync::{HELD_BYTES_MAX, SERVED_MAX, SERVED_PER_PEER_MAX};

/// The tables of a machine that has met nobody grow by blocks.
const SLACK: usize = 64 * 1024;

pub(crate) const fn frame() -> usize {
    SLACK
}

/// A frame whose lists are read: never more than twice its bytes.
pub(crate) const fn decoded() -> usize {
    2 * FRAME_BYTES_MAX + SLACK
}

/// Of each chain end here, while an exchange is opened on either side.
const OPENING: usize = 190;
/// Of each chain end here, afterwards.
const OPEN: usize = 160;

pub(crate) const fn sketch(ends: usize) -> usize {
    2 * 40 * SYMBOLS_MAX + OPENING * ends + decoded()
}

pub(crate) const fn vector(ends: usize) -> usize {
    112 * RANGES_TOTAL_MAX + OPENING * ends + decoded()
}

pub(crate) const fn served(exchanges: usize, ends: usize, ranges: usize) -> usize {
    (exchanges - 1) * OPEN * ends + OPENING * ends + 180 * ranges + decoded()
}

pub(crate) const fn one_peer_served(ends: usize) -> usize {
    served(SERVED_PER_PEER_MAX, ends, 0)
}

pub(crate) const fn all_served(ends: usize) -> usize {
    served(SERVED_MAX, ends, 0)
}

/// What waits, encoded and decoded, and a page.
pub(crate) const fn held() -> usize {
    3 * HELD_BYTES_MAX + decoded()
}

/// Four pages that are being admitted and one that came.
pub(crate) const fn applying() -> usize {
    5 * decoded()
}

pub(crate) const fn announced() -> usize {
    256 * 16 * 1024 + decoded()
}

pub(crate) const fn hello() -> usize {
    2 * pluto_p2p::hello::HELLO_BYTES_MAX + SLACK
}

pub(crate) const fn scores() -> usize {
    200 * PEERS_MAX + SLACK
}
