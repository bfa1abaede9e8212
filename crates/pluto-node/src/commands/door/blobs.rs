//! Blobs: listed, measured, read piece by piece, stored.

use pluto_api::http::shape::BlobShown;
use pluto_api::http::{Answer, Page};
use pluto_api::principal::Principal;
use pluto_core::BlobId;
use pluto_error::Result;
use pluto_storage::CHUNK_BYTES;

use super::{NodeDoor, lists};
use crate::error::NodeError;

/// A blob's id is 64 hexadecimal digits, so nothing that leads anywhere else is one.
fn parse(text: &str) -> Result<BlobId> {
    let bad = || NodeError::BadArgument("expected a blob id of 64 hexadecimal digits".to_owned());
    Ok(pluto_core::hex::parse(text).map(BlobId).ok_or_else(bad)?)
}

impl NodeDoor {
    pub(super) fn blobs(&self, page: &Page) -> Result<Answer> {
        let (ids, next) = lists::of_sorted(&self.node.blobs.ids()?, page, |id| id.0);
        let shown = ids.iter().map(|id| {
            let bytes = self.node.blobs.bytes(id)?.unwrap_or_default();
            Ok(BlobShown { blob: id.to_string(), bytes })
        });
        Answer::list(&shown.collect::<Result<Vec<_>>>()?, next)
    }

    pub(super) fn blob_about(&self, text: &str) -> Result<Answer> {
        let id = parse(text)?;
        let bytes = self.node.blobs.bytes(&id)?.ok_or_else(|| missing(text))?;
        Answer::shown(&BlobShown { blob: id.to_string(), bytes })
    }

    /// The bytes of a range, part by part: each is checked against its hash as it is read.
    pub(super) fn blob(&self, text: &str, from: u64, to: u64) -> Result<Answer> {
        let id = parse(text)?;
        let chunk_bytes = CHUNK_BYTES as u64;
        let mut bytes = Vec::new();
        let mut at = from;
        while at < to {
            let number = u16::try_from(at / chunk_bytes + 1).map_err(|_| missing(text))?;
            let part = self.node.blobs.part(&id, number)?.ok_or_else(|| missing(text))?;
            let first = usize::try_from(at % chunk_bytes).unwrap_or(usize::MAX);
            let left = usize::try_from(to - at).unwrap_or(usize::MAX);
            let piece = part.get(first..first.saturating_add(left).min(part.len()));
            let piece = piece.filter(|piece| !piece.is_empty()).ok_or_else(|| missing(text))?;
            bytes.extend_from_slice(piece);
            at += piece.len() as u64;
        }
        Ok(Answer::file(bytes, "application/octet-stream"))
    }

    pub(super) fn keep(&self, who: Option<&Principal>, bytes: &[u8]) -> Result<Answer> {
        self.note(who, &format!("blob {}", blake3::hash(bytes).to_hex()))?;
        let id = self.node.put_blob(bytes)?;
        Answer::shown(&BlobShown { blob: id.to_string(), bytes: bytes.len() as u64 })
    }
}

fn missing(name: &str) -> NodeError {
    let hint = "see `/v1/blobs`".to_owned();
    NodeError::NotFound { what: "blob", name: name.to_owned(), hint }
}
