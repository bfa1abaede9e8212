//! Names of places, the payload of `RoomChange`, and what the state keeps of a place.

use std::fmt;
use std::str::FromStr;

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader, put_bytes};
use pluto_core::{Component, Did, EventId};

use crate::rule_set::RuleSet;

/// Longest name of a place in bytes.
pub const PLACE_BYTES_MAX: usize = 64;

/// A room, or a partition of one: `room` or `room/partition`, 1 to 64 bytes of `a-z 0-9 -` and one `/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(String);

/// A place in components `Room` and `Partition`, under [`place_key`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomRecord {
    /// The event that opened it, or changed its rules last.
    pub event: EventId,
    /// What was declared for it.
    pub rules: RuleSet,
}

/// The payload of `RoomChange`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomChange {
    /// The place is open under these rules, in place of those before.
    Open {
        /// Which.
        place: Place,
        /// Its rules.
        rules: RuleSet,
    },
    /// The place is closed: its collections are like any other.
    Close {
        /// Which.
        place: Place,
    },
    /// A party is admitted, or no longer.
    Admit {
        /// Where.
        place: Place,
        /// Who.
        party: Did,
        /// Whether it is.
        admitted: bool,
    },
}

impl Place {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The room of a partition; none of a room.
    #[must_use]
    pub fn room(&self) -> Option<Self> {
        self.0.split_once('/').map(|(room, _)| Self(room.to_owned()))
    }

    /// The component it stands in.
    #[must_use]
    pub fn component(&self) -> Component {
        if self.0.contains('/') { Component::Partition } else { Component::Room }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Place {
    type Err = CodecError;

    fn from_str(text: &str) -> Decoded<Self> {
        let is_name = |name: &str| {
            let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            !name.is_empty() && name.chars().all(fits)
        };
        let (room, partition) = text.split_once('/').unwrap_or((text, "whole"));
        if text.len() > PLACE_BYTES_MAX || !is_name(room) || !is_name(partition) {
            return Err(CodecError::BadText { what: "the name of a room or of a partition" });
        }
        Ok(Self(text.to_owned()))
    }
}

/// The key of a place: `r` ‖ name.
#[must_use]
pub fn place_key(place: &Place) -> Vec<u8> {
    [b"r", place.0.as_bytes()].concat()
}

/// The key of a party that a place admits: `m` ‖ DID ‖ name of the place. Its value is one byte, 1.
#[must_use]
pub fn admitted_key(place: &Place, party: Did) -> Vec<u8> {
    [&b"m"[..], &party.to_bytes(), place.0.as_bytes()].concat()
}

impl Canonical for Place {
    fn encode_into(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.0.as_bytes());
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        input.text("place", PLACE_BYTES_MAX)?.parse()
    }
}

impl Canonical for RoomRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.event.0);
        self.rules.encode_into(out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self { event: EventId(input.array()?), rules: RuleSet::decode_from(input)? })
    }
}

impl Canonical for RoomChange {
    fn encode_into(&self, out: &mut Vec<u8>) {
        match self {
            Self::Open { place, rules } => {
                out.push(0);
                place.encode_into(out);
                rules.encode_into(out);
            }
            Self::Close { place } => {
                out.push(1);
                place.encode_into(out);
            }
            Self::Admit { place, party, admitted } => {
                out.push(2);
                place.encode_into(out);
                party.encode_into(out);
                out.push(u8::from(*admitted));
            }
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let tag = input.u8()?;
        let place = Place::decode_from(input)?;
        match tag {
            0 => Ok(Self::Open { place, rules: RuleSet::decode_from(input)? }),
            1 => Ok(Self::Close { place }),
            2 => {
                let party = Did::decode_from(input)?;
                Ok(Self::Admit { place, party, admitted: input.flag("admitted")? })
            }
            other => Err(CodecError::BadValue { what: "room change", found: other.into() }),
        }
    }
}
