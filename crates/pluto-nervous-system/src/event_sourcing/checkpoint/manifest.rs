//! The manifest: which blobs make up a checkpoint, and which part of the log they cover.
//!
//! Of each realm it also says what is asked of a realm that is not in memory: how many events and
//! entries it has, its roots and its name. Version 1 did not; it is read, and written again as it was.

use std::collections::BTreeMap;
use std::sync::Arc;

use pluto_core::codec::{CodecError, Decoded, put_bytes};
use pluto_core::format::Format;
use pluto_core::limits::NAME_BYTES_MAX;
use pluto_core::{Canonical, Digest, LogPosition, Reader, RealmId};

/// A checkpoint manifest.
pub const MANIFEST_FORMAT: Format = Format::new("checkpoint-manifest", 2);
/// The version that knew only the blobs.
const WITHOUT_OUTLINES: Format = Format::new("checkpoint-manifest", 1);

/// A realm in outline: what is known of it without loading it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RealmOutline {
    /// Number of events.
    pub events: u64,
    /// Number of entries in its state.
    pub entries: u64,
    /// The state root.
    pub root: Digest,
    /// The root over its heads.
    pub heads_root: Digest,
    /// Whether it has final checkpoints that its own witnesses chained, or a rival of them.
    pub bordered: bool,
    /// Whether its state has an archive.
    pub archived: bool,
    /// Its name; empty when its genesis has no effect.
    pub name: String,
}

/// The blob of one realm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RealmEntry {
    pub(crate) generation: u64,
    pub(crate) bytes: u64,
    pub(crate) digest: Digest,
    pub(crate) outline: Arc<RealmOutline>,
}

/// One checkpoint over all realms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) number: u64,
    pub(crate) log_end: LogPosition,
    pub(crate) realms: BTreeMap<RealmId, RealmEntry>,
    /// Whether the outlines are there: not in version 1.
    pub(crate) is_outlined: bool,
}

impl Default for Manifest {
    fn default() -> Self {
        Self { number: 0, log_end: LogPosition(0), realms: BTreeMap::new(), is_outlined: true }
    }
}

impl Canonical for Manifest {
    fn encode_into(&self, out: &mut Vec<u8>) {
        let format = if self.is_outlined { MANIFEST_FORMAT } else { WITHOUT_OUTLINES };
        out.push(format.version);
        out.extend_from_slice(&self.number.to_be_bytes());
        out.extend_from_slice(&self.log_end.0.to_be_bytes());
        for (realm, entry) in &self.realms {
            out.extend_from_slice(&realm.0);
            out.extend_from_slice(&entry.generation.to_be_bytes());
            out.extend_from_slice(&entry.bytes.to_be_bytes());
            out.extend_from_slice(&entry.digest.0);
            if self.is_outlined {
                put_outline(out, &entry.outline);
            }
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let version = input.u8()?;
        if ![WITHOUT_OUTLINES.version, MANIFEST_FORMAT.version].contains(&version) {
            let known = MANIFEST_FORMAT.version;
            return Err(CodecError::UnknownVersion { what: "manifest", found: version, known });
        }
        let is_outlined = version != WITHOUT_OUTLINES.version;
        let number = input.u64()?;
        let log_end = LogPosition(input.u64()?);
        let mut realms = BTreeMap::new();
        while !input.rest().is_empty() {
            let realm = RealmId(input.array()?);
            let (generation, bytes, digest) = (input.u64()?, input.u64()?, Digest(input.array()?));
            let outline = match is_outlined {
                true => read_outline(input)?,
                false => RealmOutline::default(),
            };
            let entry = RealmEntry { generation, bytes, digest, outline: Arc::new(outline) };
            if realms.last_key_value().is_some_and(|(last, _)| *last >= realm) {
                return Err(CodecError::NotCanonical("order of realms"));
            }
            realms.insert(realm, entry);
        }
        Ok(Self { number, log_end, realms, is_outlined })
    }
}

fn put_outline(out: &mut Vec<u8>, outline: &RealmOutline) {
    out.extend_from_slice(&outline.events.to_be_bytes());
    out.extend_from_slice(&outline.entries.to_be_bytes());
    out.extend_from_slice(&outline.root.0);
    out.extend_from_slice(&outline.heads_root.0);
    out.push(u8::from(outline.bordered) | u8::from(outline.archived) << 1);
    put_bytes(out, outline.name.as_bytes());
}

fn read_outline(input: &mut Reader<'_>) -> Decoded<RealmOutline> {
    let (events, entries) = (input.u64()?, input.u64()?);
    let [root, heads_root] = [Digest(input.array()?), Digest(input.array()?)];
    let flags = input.u8()?;
    if flags > 3 {
        return Err(CodecError::BadValue { what: "flags of a realm", found: flags.into() });
    }
    let [bordered, archived] = [1, 2].map(|flag| flags & flag != 0);
    let name = input.text("name of a realm", NAME_BYTES_MAX)?.to_owned();
    Ok(RealmOutline { events, entries, root, heads_root, bordered, archived, name })
}
