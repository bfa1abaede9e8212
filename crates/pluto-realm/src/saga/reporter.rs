//! Who says what became of a step: whoever wants the saga, who holds a credential, or anybody.

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader, put_bytes};
use pluto_core::limits::NAME_BYTES_MAX;

use super::intent::some_text;

/// Who reports on a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reporter {
    /// Who began the saga.
    #[default]
    Owner,
    /// Who holds a credential of that schema; 1 to 128 bytes.
    Holder(String),
    /// Whoever may write in the realm: its rules and its policy of admission judge.
    Anybody,
}

impl Reporter {
    /// The name of the credential, or `owner`, or `anybody`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Owner => "owner",
            Self::Holder(schema) => schema,
            Self::Anybody => "anybody",
        }
    }
}

impl Canonical for Reporter {
    fn encode_into(&self, out: &mut Vec<u8>) {
        match self {
            Self::Owner => out.push(0),
            Self::Holder(schema) => {
                out.push(1);
                put_bytes(out, schema.as_bytes());
            }
            Self::Anybody => out.push(2),
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        match input.u8()? {
            0 => Ok(Self::Owner),
            1 => Ok(Self::Holder(some_text(input, "credential", NAME_BYTES_MAX)?)),
            2 => Ok(Self::Anybody),
            other => Err(CodecError::BadValue { what: "reporter", found: other.into() }),
        }
    }
}
