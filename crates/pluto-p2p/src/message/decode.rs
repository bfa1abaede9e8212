//! Reads what stands behind the number of a message.

use pluto_core::codec::Decoded;
use pluto_core::{Canonical, CodecError, Digest, EventId, Reader, RealmId};

use super::parts::{Range, Refusal, ascending, read_list, read_runs};
use super::{
    ANNOUNCED_RUN_BYTES_MAX, Exchange, IDS_MAX, Message, RANGES_MAX, SYMBOLS_PER_MESSAGE_MAX,
    TUPLES_PER_MESSAGE_MAX,
};
use crate::head::{HeadTuple, TUPLE_BYTES};
use crate::riblt::SYMBOL_BYTES;
use crate::store::Summary;

pub(super) fn decode_announce(input: &mut Reader<'_>) -> Decoded<Message> {
    let (realm, heads_root) = (RealmId(input.array()?), Digest(input.array()?));
    let run = match input.flag("run flag")? {
        true => Some(input.bytes("announced run", ANNOUNCED_RUN_BYTES_MAX)?.into()),
        false => None,
    };
    Ok(Message::Announce { realm, heads_root, run })
}

pub(super) fn decode_numbered(
    number: u8,
    session: Exchange,
    input: &mut Reader<'_>,
) -> Decoded<Message> {
    Ok(match number {
        1 => Message::Open {
            session,
            realm: RealmId(input.array()?),
            nonce: input.array()?,
            summary: Summary::decode_from(input)?,
        },
        2 => Message::Opened {
            session,
            nonce: input.array()?,
            summary: Summary::decode_from(input)?,
        },
        3 => Message::AskSymbols { session, from: input.u32()?, count: input.u16()? },
        4 => Message::Symbols {
            session,
            from: input.u32()?,
            symbols: read_list(input, "symbols", SYMBOLS_PER_MESSAGE_MAX, SYMBOL_BYTES, |input| {
                let (sum, check) = (HeadTuple::decode_from(input)?, input.u64()?);
                Ok((sum, check, i16::from_be_bytes(input.array()?)))
            })?,
        },
        5 => Message::AskVector { session, from: input.u32()? },
        6 => Message::Vector {
            session,
            from: input.u32()?,
            last: input.flag("last flag")?,
            tuples: ascending(
                read_list(
                    input,
                    "tuples",
                    TUPLES_PER_MESSAGE_MAX,
                    TUPLE_BYTES,
                    HeadTuple::decode_from,
                )?,
                "order of tuples",
            )?,
        },
        7 => Message::AskRanges {
            session,
            more: input.flag("more flag")?,
            ranges: read_list(input, "ranges", RANGES_MAX, Range::BYTES, Range::decode_from)?,
        },
        8 => Message::AskMore { session },
        9 => Message::AskEvents {
            session,
            ids: ascending(
                read_list(input, "ids", IDS_MAX, 32, |input| Ok(EventId(input.array()?)))?,
                "order of ids",
            )?,
        },
        10 => Message::Page {
            session,
            more: input.flag("more flag")?,
            gone: input.u16()?,
            runs: read_runs(input)?,
        },
        12 => Message::Refused { session, why: Refusal::decode_from(input)? },
        other => {
            return Err(CodecError::BadValue { what: "message", found: u64::from(other) });
        }
    })
}
