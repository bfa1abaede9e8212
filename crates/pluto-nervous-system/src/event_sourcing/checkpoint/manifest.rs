//! The manifest: which blobs make up a checkpoint, and which part of the log they cover.

use std::collections::BTreeMap;

use pluto_core::codec::{CodecError, Decoded};
use pluto_core::format::Format;
use pluto_core::{Canonical, Digest, LogPosition, Reader, RealmId};

/// A checkpoint manifest.
pub const MANIFEST_FORMAT: Format = Format::new("checkpoint-manifest", 1);

/// The blob of one realm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RealmEntry {
    pub(crate) generation: u64,
    pub(crate) bytes: u64,
    pub(crate) digest: Digest,
}

/// One checkpoint over all realms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) number: u64,
    pub(crate) log_end: LogPosition,
    pub(crate) realms: BTreeMap<RealmId, RealmEntry>,
}

impl Canonical for Manifest {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(MANIFEST_FORMAT.version);
        out.extend_from_slice(&self.number.to_be_bytes());
        out.extend_from_slice(&self.log_end.0.to_be_bytes());
        for (realm, entry) in &self.realms {
            out.extend_from_slice(&realm.0);
            out.extend_from_slice(&entry.generation.to_be_bytes());
            out.extend_from_slice(&entry.bytes.to_be_bytes());
            out.extend_from_slice(&entry.digest.0);
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let version = input.u8()?;
        if version != MANIFEST_FORMAT.version {
            let known = MANIFEST_FORMAT.version;
            return Err(CodecError::UnknownVersion { what: "manifest", found: version, known });
        }
        let number = input.u64()?;
        let log_end = LogPosition(input.u64()?);
        let mut realms = BTreeMap::new();
        while !input.rest().is_empty() {
            let realm = RealmId(input.array()?);
            let (generation, bytes) = (input.u64()?, input.u64()?);
            let entry = RealmEntry { generation, bytes, digest: Digest(input.array()?) };
            if realms.last_key_value().is_some_and(|(last, _)| *last >= realm) {
                return Err(CodecError::NotCanonical("order of realms"));
            }
            realms.insert(realm, entry);
        }
        Ok(Self { number, log_end, realms })
    }
}
