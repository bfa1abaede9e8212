//! Records: named values that members keep in a realm.

use crate::codec::{Canonical, CodecError, Decoded, Reader, put_bytes};
use crate::limits::{NAME_BYTES_MAX, PAYLOAD_BYTES_MAX};

/// Longest key of a record in bytes.
pub const RECORD_KEY_BYTES_MAX: usize = 256;

/// The payload of `RecordPut`: the last writer in canonical order wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordPut {
    /// The collection, 1 to 128 bytes.
    pub collection: String,
    /// The key within it, up to 256 bytes.
    pub key: Vec<u8>,
    /// The value.
    pub value: Vec<u8>,
}

/// The payload of `RecordDeleted`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordDeleted {
    /// The collection, 1 to 128 bytes.
    pub collection: String,
    /// The key within it, up to 256 bytes.
    pub key: Vec<u8>,
}

fn decode_name(input: &mut Reader<'_>) -> Decoded<(String, Vec<u8>)> {
    let collection = input.text("collection", NAME_BYTES_MAX)?.to_owned();
    if collection.is_empty() {
        return Err(CodecError::BadValue { what: "collection length", found: 0 });
    }
    Ok((collection, input.bytes("record key", RECORD_KEY_BYTES_MAX)?.to_vec()))
}

impl Canonical for RecordPut {
    fn encode_into(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.collection.as_bytes());
        put_bytes(out, &self.key);
        put_bytes(out, &self.value);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let (collection, key) = decode_name(input)?;
        Ok(Self { collection, key, value: input.bytes("record", PAYLOAD_BYTES_MAX)?.to_vec() })
    }
}

impl Canonical for RecordDeleted {
    fn encode_into(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.collection.as_bytes());
        put_bytes(out, &self.key);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let (collection, key) = decode_name(input)?;
        Ok(Self { collection, key })
    }
}
