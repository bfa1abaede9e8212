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

/// A [`RecordPut`] read in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordPutRef<'a> {
    /// The collection.
    pub collection: &'a str,
    /// The key within it.
    pub key: &'a [u8],
    /// The value.
    pub value: &'a [u8],
}

impl<'a> RecordPutRef<'a> {
    /// Reads a payload that fills `bytes` exactly.
    ///
    /// # Errors
    /// As the decoder of [`RecordPut`].
    pub fn decode(bytes: &'a [u8]) -> Decoded<Self> {
        let mut input = Reader::new(bytes);
        let put = Self::read(&mut input)?;
        input.finish()?;
        Ok(put)
    }

    fn read(input: &mut Reader<'a>) -> Decoded<Self> {
        let (collection, key) = read_name(input)?;
        Ok(Self { collection, key, value: input.bytes("record", PAYLOAD_BYTES_MAX)? })
    }
}

/// The payload of `RecordDeleted`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordDeleted {
    /// The collection, 1 to 128 bytes.
    pub collection: String,
    /// The key within it, up to 256 bytes.
    pub key: Vec<u8>,
}

fn read_name<'a>(input: &mut Reader<'a>) -> Decoded<(&'a str, &'a [u8])> {
    let collection = input.text("collection", NAME_BYTES_MAX)?;
    if collection.is_empty() {
        return Err(CodecError::BadValue { what: "collection length", found: 0 });
    }
    Ok((collection, input.bytes("record key", RECORD_KEY_BYTES_MAX)?))
}

impl Canonical for RecordPut {
    fn encode_into(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.collection.as_bytes());
        put_bytes(out, &self.key);
        put_bytes(out, &self.value);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let RecordPutRef { collection, key, value } = RecordPutRef::read(input)?;
        Ok(Self { collection: collection.to_owned(), key: key.to_vec(), value: value.to_vec() })
    }
}

impl Canonical for RecordDeleted {
    fn encode_into(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.collection.as_bytes());
        put_bytes(out, &self.key);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let (collection, key) = read_name(input)?;
        Ok(Self { collection: collection.to_owned(), key: key.to_vec() })
    }
}
