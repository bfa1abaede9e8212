//! 32-byte identifiers, one type each, so that none can stand in for another.

use std::fmt;
use std::str::FromStr;

use crate::codec::CodecError;
use crate::hash::Digest;
use crate::hex;

macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 32]);

        impl $name {
            /// All bytes zero: no such thing.
            pub const ZERO: Self = Self([0; 32]);

            /// The bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }

            /// The first eight hexadecimal digits, for people.
            #[must_use]
            pub fn short(&self) -> String {
                let mut text = self.to_string();
                text.truncate(8);
                text
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }

        impl From<Digest> for $name {
            fn from(digest: Digest) -> Self {
                Self(digest.0)
            }
        }

        impl From<$name> for Digest {
            fn from(id: $name) -> Self {
                Self(id.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::text(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::text(&self.0))
            }
        }

        impl FromStr for $name {
            type Err = CodecError;

            fn from_str(text: &str) -> Result<Self, CodecError> {
                hex::parse(text).map(Self).ok_or(CodecError::BadText { what: "64 hexadecimal digits" })
            }
        }
    };
}

id! {
    /// An event: the hash of its header.
    EventId
}
id! {
    /// A realm: the id of its genesis event.
    RealmId
}
id! {
    /// A blob: the hash of its manifest.
    BlobId
}

/// A place in the node's own log, in arrival order: the byte offset of the record that holds it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogPosition(pub u64);

/// A place in a realm's canonical order, counted from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64);
