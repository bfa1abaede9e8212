//! What stands under the keys of a store.

use pluto_core::codec::{Canonical, Decoded, Reader, put_bytes};
use pluto_core::{Did, EventId};
use pluto_ecl::store::RECORD_BYTES_MAX;

/// Where a store is; kept when its bundle goes, so that a later one is measured by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreState {
    /// The version.
    pub version: u16,
    /// Whether the bundle in the slot declares it: only then is it written.
    pub declared: bool,
}

/// A record as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTyped {
    /// The version of the store then.
    pub version: u16,
    /// The minor of its schema then.
    pub minor: u16,
    /// Who wrote it last.
    pub author: Did,
    /// The event that wrote it.
    pub event: EventId,
    /// The fields, by that schema.
    pub fields: Vec<u8>,
}

impl Canonical for StoreState {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.version.to_be_bytes());
        out.push(u8::from(self.declared));
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self { version: input.u16()?, declared: input.flag("declared")? })
    }
}

impl Canonical for StoredTyped {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.version.to_be_bytes());
        out.extend_from_slice(&self.minor.to_be_bytes());
        self.author.encode_into(out);
        out.extend_from_slice(&self.event.0);
        put_bytes(out, &self.fields);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self {
            version: input.u16()?,
            minor: input.u16()?,
            author: Did::decode_from(input)?,
            event: EventId(input.array()?),
            fields: input.bytes("record", RECORD_BYTES_MAX)?.to_vec(),
        })
    }
}
