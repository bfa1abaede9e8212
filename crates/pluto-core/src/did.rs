//! Decentralised identifiers: `did:erynoa:<namespace>:<base58 id>`.
//!
//! The id commits to the inception payload, so a DID names its own first key; see
//! [`crate::payload::Inception`]. Parsing and printing round-trip, and no second text names a DID.

use std::fmt;
use std::str::FromStr;

use crate::codec::{Canonical, CodecError, Decoded, Reader};

/// Bytes of an encoded DID: namespace, then id.
pub const DID_BYTES: usize = 33;
const METHOD: &str = "did:erynoa:";
const BASE58_MAX: usize = 44;

macro_rules! namespaces {
    ($($(#[$meta:meta])* $name:ident = $number:literal, $text:literal;)+) => {
        /// What kind of party a DID names.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Namespace {
            $($(#[$meta])* $name = $number,)+
        }

        impl Namespace {
            /// All namespaces, in order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The word inside a DID.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// The namespace with that number.
            #[must_use]
            pub const fn from_number(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$name),)+ _ => None }
            }
        }

        impl FromStr for Namespace {
            type Err = CodecError;

            fn from_str(text: &str) -> Decoded<Self> {
                match text {
                    $($text => Ok(Self::$name),)+
                    _ => Err(CodecError::BadText {
                        what: "a namespace (self, guild, spirit, thing, vessel, source, craft, vault, pact, circle)",
                    }),
                }
            }
        }
    };
}

namespaces! {
    /// A person.
    Person = 1, "self";
    /// An organisation.
    Guild = 2, "guild";
    /// An AI agent.
    Spirit = 3, "spirit";
    /// A device.
    Thing = 4, "thing";
    /// A container or vehicle.
    Vessel = 5, "vessel";
    /// A data source.
    Source = 6, "source";
    /// A service or tool.
    Craft = 7, "craft";
    /// A store of value or secrets.
    Vault = 8, "vault";
    /// A contract.
    Pact = 9, "pact";
    /// A group of people.
    Circle = 10, "circle";
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A decentralised identifier.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Did {
    /// What kind of party it names.
    pub namespace: Namespace,
    /// The hash of its inception payload.
    pub id: [u8; 32],
}

impl Did {
    /// The 33 bytes: namespace number, then id.
    #[must_use]
    pub fn to_bytes(self) -> [u8; DID_BYTES] {
        let mut out = [self.namespace as u8; DID_BYTES];
        for (to, from) in out.iter_mut().skip(1).zip(self.id) {
            *to = from;
        }
        out
    }
}

impl Canonical for Did {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(self.namespace as u8);
        out.extend_from_slice(&self.id);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let number = input.u8()?;
        let namespace = Namespace::from_number(number)
            .ok_or(CodecError::BadValue { what: "namespace", found: u64::from(number) })?;
        Ok(Self { namespace, id: input.array()? })
    }
}

impl fmt::Display for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{METHOD}{}:{}", self.namespace, bs58::encode(self.id).into_string())
    }
}

impl fmt::Debug for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Did {
    type Err = CodecError;

    fn from_str(text: &str) -> Decoded<Self> {
        const BAD: CodecError = CodecError::BadText { what: "did:erynoa:<namespace>:<base58 id>" };
        let (namespace, id) =
            text.strip_prefix(METHOD).and_then(|rest| rest.split_once(':')).ok_or(BAD)?;
        if id.len() > BASE58_MAX {
            return Err(BAD);
        }
        let bytes = bs58::decode(id).into_vec().map_err(|_| BAD)?;
        let did = Self { namespace: namespace.parse()?, id: bytes.try_into().map_err(|_| BAD)? };
        if did.to_string() == text { Ok(did) } else { Err(BAD) }
    }
}

#[cfg(test)]
mod tests;
