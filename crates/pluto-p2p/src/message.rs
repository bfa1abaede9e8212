//! What nodes say to each other about the events of a realm: one frame, one message.
//!
//! Layouts are in `docs/formats/sync.md`. A frame is at most [`FRAME_BYTES_MAX`] long, and whoever reads
//! one from a stream compares its length with that before it takes memory. Within a frame every count is
//! compared with its bound and with the bytes that are left before room is made for it.

mod decode;
mod parts;

use std::sync::Arc;

use pluto_core::codec::Decoded;
use pluto_core::format::Format;
use pluto_core::limits::RUN_BYTES_MAX;
use pluto_core::{Canonical, CodecError, Digest, EventId, Reader, RealmId};

use crate::error::P2pError;
use crate::head::{HeadTuple, Nonce};
use crate::store::Summary;
use decode::{decode_announce, decode_numbered};
use parts::put_count;

pub use parts::{Range, Refusal};

/// The messages of sync.
pub const SYNC_FORMAT: Format = Format::new("sync", 1);
/// Largest frame in bytes: a page with one run of the largest size.
pub const FRAME_BYTES_MAX: usize = RUN_BYTES_MAX + 64 * 1024;
/// Most symbols in one message.
pub const SYMBOLS_PER_MESSAGE_MAX: usize = 8_192;
/// Most tuples in one message.
pub const TUPLES_PER_MESSAGE_MAX: usize = 16_384;
/// Most ranges in one message.
pub const RANGES_MAX: usize = 4_096;
/// Most ranges in one request, of as many messages as it takes.
pub const RANGES_TOTAL_MAX: usize = 262_144;
/// Most runs in one page.
pub const RUNS_MAX: usize = 4_096;
/// Most ids in one request.
pub const IDS_MAX: usize = 256;
/// Largest run that is announced whole.
pub const ANNOUNCED_RUN_BYTES_MAX: usize = 16 * 1024;

/// Names one exchange between two peers; the asking side chooses it.
pub type SessionId = u32;

/// A request within an exchange, and the answer to it. Requests count up, so that one that comes twice
/// is answered once, and an answer that comes late or twice is known as such.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    /// The exchange.
    pub id: SessionId,
    /// The request.
    pub number: u16,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Begins an exchange: what the asking side has.
    Open {
        /// The exchange.
        session: Exchange,
        /// The realm.
        realm: RealmId,
        /// Half of the session key.
        nonce: Nonce,
        /// What is there.
        summary: Summary,
    },
    /// Answers [`Message::Open`]: what the other side has.
    Opened {
        /// The exchange.
        session: Exchange,
        /// The other half of the session key.
        nonce: Nonce,
        /// What is there.
        summary: Summary,
    },
    /// Asks for the next symbols.
    AskSymbols {
        /// The exchange.
        session: Exchange,
        /// Number of the first.
        from: u32,
        /// How many.
        count: u16,
    },
    /// Coded symbols of the chain ends, in order. Counts are written as the difference from what is
    /// expected, see [`crate::riblt::expected_count`].
    Symbols {
        /// The exchange.
        session: Exchange,
        /// Number of the first.
        from: u32,
        /// Sum, checksum and difference of the count.
        symbols: Vec<(HeadTuple, u64, i16)>,
    },
    /// Asks for the plain list of chain ends from the tuple at `from` on, ascending.
    AskVector {
        /// The exchange.
        session: Exchange,
        /// Number of the first.
        from: u32,
    },
    /// A part of the plain list.
    Vector {
        /// The exchange.
        session: Exchange,
        /// Number of the first.
        from: u32,
        /// Whether it ends here.
        last: bool,
        /// Ascending, unique.
        tuples: Vec<HeadTuple>,
    },
    /// Asks for the events of ranges; takes the place of an earlier such request. Only the last message
    /// of a request is answered.
    AskRanges {
        /// The exchange.
        session: Exchange,
        /// Whether further ranges follow.
        more: bool,
        /// The ranges.
        ranges: Vec<Range>,
    },
    /// Asks for the next page of the ranges.
    AskMore {
        /// The exchange.
        session: Exchange,
    },
    /// Asks for the runs of single events.
    AskEvents {
        /// The exchange.
        session: Exchange,
        /// The events: ascending, unique.
        ids: Vec<EventId>,
    },
    /// Runs: what was asked for, or a part of it.
    Page {
        /// The exchange.
        session: Exchange,
        /// Whether ranges are left.
        more: bool,
        /// How many of the ranges, or ids, cannot be served because the events are not here.
        gone: u16,
        /// Encoded runs; those of ranges ascend by the Lamport time of what is wanted of them.
        runs: Vec<Arc<[u8]>>,
    },
    /// Tells that the set of a realm has grown, with the run that made it grow when that is small.
    Announce {
        /// The realm.
        realm: RealmId,
        /// The root over its heads now.
        heads_root: Digest,
        /// The run.
        run: Option<Arc<[u8]>>,
    },
    /// A request that is not served.
    Refused {
        /// The exchange.
        session: Exchange,
        /// Why.
        why: Refusal,
    },
}

impl Message {
    /// Reads the message of a frame.
    ///
    /// # Errors
    /// `P2P-0001` for a frame above its bound; `COR-0001` to `COR-0006` for one that is no message.
    pub fn from_frame(frame: &[u8]) -> pluto_error::Result<Self> {
        if frame.len() > FRAME_BYTES_MAX {
            let found = frame.len();
            return Err(P2pError::FrameTooLarge { found, max: FRAME_BYTES_MAX }.into());
        }
        Ok(Self::decode(frame)?)
    }

    /// Whether a frame says that it answers a request; nothing of it is checked.
    #[must_use]
    pub fn is_answer(frame: &[u8]) -> bool {
        matches!(frame.get(1), Some(2 | 4 | 6 | 10 | 12))
    }

    /// Whether a frame says that it announces something; nothing of it is checked.
    #[must_use]
    pub fn is_announcement(frame: &[u8]) -> bool {
        frame.get(1) == Some(&11)
    }

    const fn number(&self) -> u8 {
        match self {
            Self::Open { .. } => 1,
            Self::Opened { .. } => 2,
            Self::AskSymbols { .. } => 3,
            Self::Symbols { .. } => 4,
            Self::AskVector { .. } => 5,
            Self::Vector { .. } => 6,
            Self::AskRanges { .. } => 7,
            Self::AskMore { .. } => 8,
            Self::AskEvents { .. } => 9,
            Self::Page { .. } => 10,
            Self::Announce { .. } => 11,
            Self::Refused { .. } => 12,
        }
    }

    /// The exchange it belongs to; an announcement belongs to none.
    pub(crate) const fn session(&self) -> Option<Exchange> {
        match self {
            Self::Open { session, .. }
            | Self::Opened { session, .. }
            | Self::AskSymbols { session, .. }
            | Self::Symbols { session, .. }
            | Self::AskVector { session, .. }
            | Self::Vector { session, .. }
            | Self::AskRanges { session, .. }
            | Self::AskMore { session }
            | Self::AskEvents { session, .. }
            | Self::Page { session, .. }
            | Self::Refused { session, .. } => Some(*session),
            Self::Announce { .. } => None,
        }
    }
}

impl Message {
    /// Gives a request its number.
    pub(crate) const fn set_number(&mut self, to: u16) {
        match self {
            Self::Open { session, .. }
            | Self::Opened { session, .. }
            | Self::AskSymbols { session, .. }
            | Self::Symbols { session, .. }
            | Self::AskVector { session, .. }
            | Self::Vector { session, .. }
            | Self::AskRanges { session, .. }
            | Self::AskMore { session }
            | Self::AskEvents { session, .. }
            | Self::Page { session, .. }
            | Self::Refused { session, .. } => session.number = to,
            Self::Announce { .. } => {}
        }
    }
}

impl Canonical for Message {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[SYNC_FORMAT.version, self.number()]);
        if let Some(session) = self.session() {
            out.extend_from_slice(&session.id.to_be_bytes());
            out.extend_from_slice(&session.number.to_be_bytes());
        }
        match self {
            Self::Open { realm, nonce, summary, .. } => {
                out.extend_from_slice(&realm.0);
                out.extend_from_slice(nonce);
                summary.encode_into(out);
            }
            Self::Opened { nonce, summary, .. } => {
                out.extend_from_slice(nonce);
                summary.encode_into(out);
            }
            Self::AskSymbols { from, count, .. } => {
                out.extend_from_slice(&from.to_be_bytes());
                out.extend_from_slice(&count.to_be_bytes());
            }
            Self::Symbols { from, symbols, .. } => {
                out.extend_from_slice(&from.to_be_bytes());
                put_count(out, symbols.len());
                symbols.iter().for_each(|symbol| put_symbol(out, symbol));
            }
            Self::AskVector { from, .. } => out.extend_from_slice(&from.to_be_bytes()),
            Self::Vector { from, last, tuples, .. } => {
                out.extend_from_slice(&from.to_be_bytes());
                out.push(u8::from(*last));
                put_count(out, tuples.len());
                tuples.iter().for_each(|tuple| tuple.encode_into(out));
            }
            Self::AskRanges { more, ranges, .. } => {
                out.push(u8::from(*more));
                put_count(out, ranges.len());
                ranges.iter().for_each(|range| range.encode_into(out));
            }
            Self::AskMore { .. } => {}
            Self::AskEvents { ids, .. } => {
                put_count(out, ids.len());
                ids.iter().for_each(|id| out.extend_from_slice(&id.0));
            }
            Self::Page { more, gone, runs, .. } => {
                out.push(u8::from(*more));
                out.extend_from_slice(&gone.to_be_bytes());
                put_count(out, runs.len());
                runs.iter().for_each(|run| pluto_core::codec::put_bytes(out, run));
            }
            Self::Announce { realm, heads_root, run } => {
                out.extend_from_slice(&realm.0);
                out.extend_from_slice(&heads_root.0);
                out.push(u8::from(run.is_some()));
                run.iter().for_each(|run| pluto_core::codec::put_bytes(out, run));
            }
            Self::Refused { why, .. } => out.push(*why as u8),
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let version = input.u8()?;
        if version != SYNC_FORMAT.version {
            let known = SYNC_FORMAT.version;
            return Err(CodecError::UnknownVersion { what: "sync", found: version, known });
        }
        match input.u8()? {
            11 => decode_announce(input),
            number => {
                let session = Exchange { id: input.u32()?, number: input.u16()? };
                decode_numbered(number, session, input)
            }
        }
    }
}

fn put_symbol(out: &mut Vec<u8>, (sum, check, count): &(HeadTuple, u64, i16)) {
    sum.encode_into(out);
    out.extend_from_slice(&check.to_be_bytes());
    out.extend_from_slice(&count.to_be_bytes());
}

#[cfg(test)]
mod tests;
