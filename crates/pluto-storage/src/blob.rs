//! Blobs: chunks of 1 MiB and a manifest, all named by their own hash.
//!
//! A blob's id is the hash of its manifest, which lists the hashes of its chunks: what is read is what
//! was named, or an error. File names come from hashes alone, so no name can lead out of the directory.
//! Chunks are durable before the manifest, and the manifest before `put` returns; a crash in between
//! leaves chunks that the next sweep removes.
//!
//! ```text
//! manifest   version u8 · bytes u64 · chunk count u32 · hash 32 of each chunk
//! ```

mod erase;
mod parts;

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use pluto_core::codec::{CodecError, Decoded};
use pluto_core::format::Format;
use pluto_core::hash::Digest;
use pluto_core::ids::BlobId;
use pluto_core::traits::BlobStore;
use pluto_core::{Canonical, Reader};
use pluto_error::Result;

use crate::disk::{Disk, Open, TEMPORARY, read_all, replace};
use crate::error::StorageError;

pub use parts::BlobPlan;

/// A blob's manifest, and the names of blob files.
pub const BLOB_FORMAT: Format = Format::new("blob", 1);
/// Bytes of every chunk but the last.
pub const CHUNK_BYTES: usize = 1024 * 1024;
/// Largest blob in bytes.
pub const BLOB_BYTES_MAX: usize = 1024 * CHUNK_BYTES;

const MANIFEST_BYTES_MAX: u64 = 13 + 32 * (BLOB_BYTES_MAX / CHUNK_BYTES) as u64;
const CHUNKS: &str = "chunk";
const MANIFESTS: &str = "manifest";
const PINS: &str = "pin";

pluto_core::domains! {
    CHUNK = "pluto blob chunk v1";
    MANIFEST = "pluto blob manifest v1";
}

/// The parts of a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Manifest {
    bytes: u64,
    chunks: Vec<Digest>,
}

impl Canonical for Manifest {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(BLOB_FORMAT.version);
        out.extend_from_slice(&self.bytes.to_be_bytes());
        out.extend_from_slice(&u32::try_from(self.chunks.len()).unwrap_or(u32::MAX).to_be_bytes());
        for chunk in &self.chunks {
            out.extend_from_slice(&chunk.0);
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let (found, known) = (input.u8()?, BLOB_FORMAT.version);
        if found != known {
            return Err(CodecError::UnknownVersion { what: "blob", found, known });
        }
        let bytes = input.u64()?;
        let count = input.u32()?;
        if bytes > BLOB_BYTES_MAX as u64 || bytes.div_ceil(CHUNK_BYTES as u64) != u64::from(count) {
            return Err(CodecError::BadValue { what: "chunk count", found: u64::from(count) });
        }
        let mut chunks = Vec::with_capacity(count as usize);
        for _ in 0..count {
            chunks.push(Digest(input.array()?));
        }
        Ok(Self { bytes, chunks })
    }
}

/// Blobs as files of one directory, real or in memory.
#[derive(Debug)]
pub struct FileBlobs {
    disk: Arc<dyn Disk>,
    /// Held while files come or go, so that a sweep never takes a chunk of a blob being stored.
    changing: Mutex<()>,
}

fn name(kind: &str, hash: &[u8; 32]) -> String {
    format!("{kind}-{}", Digest(*hash))
}

fn context<'a>(action: &'static str, name: &'a str) -> impl Fn(io::Error) -> StorageError + 'a {
    move |error| StorageError::io(action, name, error)
}

fn missing_is_none<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl FileBlobs {
    /// The blobs in `disk`.
    ///
    /// # Errors
    /// `STO-0011` when there are files of other kinds; `STO-0001` as the operating system says.
    pub fn open(disk: Arc<dyn Disk>) -> Result<Self> {
        let blobs = Self::check(disk)?;
        for file in blobs.names()?.iter().filter(|name| name.ends_with(TEMPORARY)) {
            blobs.remove(file)?;
        }
        Ok(blobs)
    }

    /// As [`FileBlobs::open`], but changes nothing.
    pub(crate) fn check(disk: Arc<dyn Disk>) -> Result<Self> {
        let blobs = Self { disk, changing: Mutex::new(()) };
        let mut names = blobs.names()?.into_iter();
        match names.find(|name| !name.ends_with(TEMPORARY) && parse_name(name).is_none()) {
            Some(file) => Err(StorageError::ForeignFile { file }.into()),
            None => Ok(blobs),
        }
    }

    /// The ids of all blobs here, sorted.
    ///
    /// # Errors
    /// `STO-0001` as the operating system says.
    pub fn ids(&self) -> Result<Vec<BlobId>> {
        Ok(self.of_kind(MANIFESTS)?.into_iter().map(BlobId).collect())
    }

    fn names(&self) -> Result<Vec<String>, StorageError> {
        self.disk.list().map_err(|error| StorageError::io("list", self.disk.label(), error))
    }

    fn of_kind(&self, kind: &str) -> Result<Vec<[u8; 32]>, StorageError> {
        let names = self.names()?;
        let parsed = names.iter().filter_map(|name| parse_name(name));
        Ok(parsed.filter(|(found, _)| *found == kind).map(|(_, hash)| hash).collect())
    }

    fn remove(&self, name: &str) -> Result<(), StorageError> {
        self.disk.remove(name).map_err(context("remove", name))
    }

    fn is_there(&self, name: &str) -> Result<bool, StorageError> {
        let opened = missing_is_none(self.disk.open(name, Open::Read));
        Ok(opened.map_err(context("open", name))?.is_some())
    }

    fn manifest(&self, id: &[u8; 32]) -> Result<Option<Manifest>, StorageError> {
        let file = name(MANIFESTS, id);
        let read = missing_is_none(read_all(&*self.disk, &file, MANIFEST_BYTES_MAX));
        let Some(bytes) = read.map_err(context("read", &file))? else { return Ok(None) };
        match Manifest::decode(&bytes) {
            Ok(manifest) if MANIFEST.hash(&bytes).0 == *id => Ok(Some(manifest)),
            _ => Err(StorageError::BlobDamaged { file, what: "its hash is not its name" }),
        }
    }

    fn chunk(&self, hash: &Digest) -> Result<Vec<u8>, StorageError> {
        let file = name(CHUNKS, &hash.0);
        let read = missing_is_none(read_all(&*self.disk, &file, CHUNK_BYTES as u64));
        match read.map_err(context("read", &file))? {
            Some(bytes) if CHUNK.hash(&bytes) == *hash => Ok(bytes),
            Some(_) => Err(StorageError::BlobDamaged { file, what: "its hash is not its name" }),
            None => Err(StorageError::BlobDamaged { file, what: "the chunk is missing" }),
        }
    }

    /// Writes a file unless it is there with the same content.
    fn store(&self, name: &str, content: &[u8]) -> Result<(), StorageError> {
        let stored = missing_is_none(read_all(&*self.disk, name, content.len() as u64));
        if matches!(stored, Ok(Some(stored)) if stored == content) {
            return Ok(());
        }
        replace(&*self.disk, name, content)
    }

    /// Names of all files that a sweep keeps.
    fn wanted(&self, live: &[BlobId]) -> Result<BTreeSet<String>, StorageError> {
        let pins = self.of_kind(PINS)?;
        let mut wanted: BTreeSet<String> = pins.iter().map(|id| name(PINS, id)).collect();
        for id in live.iter().map(|id| id.0).chain(pins) {
            let Some(manifest) = self.manifest(&id)? else { continue };
            wanted.insert(name(MANIFESTS, &id));
            wanted.extend(manifest.chunks.iter().map(|hash| name(CHUNKS, &hash.0)));
        }
        Ok(wanted)
    }
}

fn parse_name(name: &str) -> Option<(&str, [u8; 32])> {
    let (kind, hash) = name.split_once('-')?;
    let known = [CHUNKS, MANIFESTS, PINS].contains(&kind);
    known.then(|| hash.parse::<BlobId>().ok()).flatten().map(|id| (kind, id.0))
}

impl BlobStore for FileBlobs {
    fn put(&self, bytes: &[u8]) -> Result<BlobId> {
        if bytes.len() > BLOB_BYTES_MAX {
            return Err(
                StorageError::BlobTooLarge { found: bytes.len(), max: BLOB_BYTES_MAX }.into()
            );
        }
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut manifest = Manifest { bytes: bytes.len() as u64, chunks: Vec::new() };
        for chunk in bytes.chunks(CHUNK_BYTES) {
            let hash = CHUNK.hash(chunk);
            self.store(&name(CHUNKS, &hash.0), chunk)?;
            manifest.chunks.push(hash);
        }
        let encoded = manifest.encode();
        let id = MANIFEST.hash(&encoded).0;
        self.store(&name(MANIFESTS, &id), &encoded)?;
        Ok(BlobId(id))
    }

    fn get(&self, id: &BlobId) -> Result<Option<Vec<u8>>> {
        let Some(manifest) = self.manifest(&id.0)? else { return Ok(None) };
        let mut bytes = Vec::with_capacity(usize::try_from(manifest.bytes).unwrap_or_default());
        for hash in &manifest.chunks {
            bytes.extend_from_slice(&self.chunk(hash)?);
        }
        if bytes.len() as u64 != manifest.bytes {
            let (file, what) = (name(MANIFESTS, &id.0), "its chunks have another length");
            return Err(StorageError::BlobDamaged { file, what }.into());
        }
        Ok(Some(bytes))
    }

    fn pin(&self, id: &BlobId, pinned: bool) -> Result<()> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let pin = name(PINS, &id.0);
        if pinned {
            if !self.is_there(&name(MANIFESTS, &id.0))? {
                return Err(StorageError::NoBlob { id: id.to_string() }.into());
            }
            return Ok(replace(&*self.disk, &pin, &[])?);
        }
        if self.is_there(&pin)? {
            self.remove(&pin)?;
            self.disk.sync_dir().map_err(context("sync the directory of", &pin))?;
        }
        Ok(())
    }

    fn sweep(&self, live: &[BlobId]) -> Result<u64> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = self.wanted(live)?;
        let mut freed = 0;
        for file in self.names()?.iter().filter(|name| !wanted.contains(*name)) {
            let size = self.disk.open(file, Open::Read).and_then(|file| file.size());
            freed += size.map_err(context("measure", file))?;
            self.remove(file)?;
        }
        let label = self.disk.label();
        self.disk.sync_dir().map_err(context("sync", &label))?;
        Ok(freed)
    }
}

#[cfg(test)]
mod tests;
