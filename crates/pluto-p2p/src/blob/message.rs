//! The two messages: ask for a part, and the part. Layout: `docs/formats/blob-exchange.md`.

use pluto_core::codec::{CodecError, Decoded};
use pluto_core::format::Format;
use pluto_core::{BlobId, Canonical, Reader};

/// The messages about blobs.
pub const BLOB_EXCHANGE_FORMAT: Format = Format::new("blob-exchange", 1);
/// Bytes of an [`AskPart`].
pub const ASK_BYTES: usize = 35;
/// Largest [`PartMessage`]: a chunk, and two bytes in front.
pub const PART_BYTES_MAX: usize = 2 + (1 << 20);

/// Asks for a part of a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskPart {
    /// The blob.
    pub blob: BlobId,
    /// 0 for the manifest, else the chunk with that number, counted from 1.
    pub part: u16,
}

/// What is said of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Here it is.
    Here = 0,
    /// It is not here, or not for you.
    Absent = 1,
    /// Ask later.
    Busy = 2,
}

/// Answers [`AskPart`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartMessage {
    /// What is said.
    pub answer: Answer,
    /// The bytes; none but with [`Answer::Here`].
    pub bytes: Vec<u8>,
}

impl PartMessage {
    /// An answer without a part.
    #[must_use]
    pub const fn without(answer: Answer) -> Self {
        Self { answer, bytes: Vec::new() }
    }
}

fn version(input: &mut Reader<'_>) -> Decoded<()> {
    let (found, known) = (input.u8()?, BLOB_EXCHANGE_FORMAT.version);
    if found != known {
        return Err(CodecError::UnknownVersion { what: "blob exchange", found, known });
    }
    Ok(())
}

impl Canonical for AskPart {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(BLOB_EXCHANGE_FORMAT.version);
        out.extend_from_slice(&self.blob.0);
        out.extend_from_slice(&self.part.to_be_bytes());
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        version(input)?;
        Ok(Self { blob: BlobId(input.array()?), part: input.u16()? })
    }
}

impl Canonical for PartMessage {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(BLOB_EXCHANGE_FORMAT.version);
        out.push(self.answer as u8);
        out.extend_from_slice(&self.bytes);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        version(input)?;
        let answer = match input.u8()? {
            0 => Answer::Here,
            1 => Answer::Absent,
            2 => Answer::Busy,
            other => {
                return Err(CodecError::BadValue { what: "answer", found: u64::from(other) });
            }
        };
        let count = input.rest().len();
        let is_sound = count <= PART_BYTES_MAX - 2 && (answer == Answer::Here || count == 0);
        if !is_sound {
            return Err(CodecError::BadValue { what: "part length", found: count as u64 });
        }
        Ok(Self { answer, bytes: input.take(count)?.to_vec() })
    }
}
