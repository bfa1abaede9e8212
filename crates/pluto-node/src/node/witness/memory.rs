//! What an identity of this node signed as a witness, on the disk before the signature leaves.
//!
//! ```text
//! <data>/witness/<realm>/<identity>    `witness`, docs/formats/sync.md
//! ```
//!
//! The node that signs by itself and the command that signs by hand write the same file, each with the
//! turn of the identity in hand.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use pluto_core::{Canonical, Did, Digest, RealmId};
use pluto_error::Result;
use pluto_p2p::finality::Memory;

use crate::error::NodeError;
use crate::node::Node;
use crate::replace::replace;

/// More than the largest memory takes.
const BYTES_MAX: u64 = 128 * 1_024;

/// The file in which `witness` remembers what it signed in a realm.
#[must_use]
pub fn memory_path(data: &Path, realm: RealmId, witness: Did) -> PathBuf {
    data.join("witness").join(realm.to_string()).join(Digest(witness.id).to_string())
}

/// The memory of one witness in one realm. A node without a directory has none.
pub(in crate::node) struct MemoryFile {
    path: Option<PathBuf>,
}

impl MemoryFile {
    /// What is on the disk.
    pub(in crate::node) fn load(&self) -> Result<Memory> {
        let Some(path) = self.path.as_ref().filter(|path| path.exists()) else {
            return Ok(Memory::default());
        };
        let failed = |error| NodeError::file("read", path, error);
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(failed)?;
        file.take(BYTES_MAX).read_to_end(&mut bytes).map_err(failed)?;
        Ok(Memory::read(&bytes)?)
    }

    /// Puts it on the disk; on return it stays there.
    pub(in crate::node) fn store(&self, memory: &Memory) -> Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let Some(folder) = path.parent() else { return Ok(()) };
        let failed = |error| NodeError::file("write", path, error);
        fs::create_dir_all(folder).map_err(failed)?;
        replace(path, &memory.encode())?;
        // The name is as new as the bytes, and so may the folders be.
        for folder in folder.ancestors().take(3) {
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        }
        Ok(())
    }
}

impl Node {
    pub(in crate::node) fn witness_memory(&self, realm: RealmId, witness: Did) -> MemoryFile {
        let path = self.data.get().map(|data| memory_path(data, realm, witness));
        MemoryFile { path }
    }

    /// Says that `witness` signs checkpoints here by itself.
    pub fn witness_as(&self, witness: Did) {
        let _ = self.witness.set(witness);
    }

    /// Who signs checkpoints here by itself.
    #[must_use]
    pub fn witness(&self) -> Option<Did> {
        self.witness.get().copied()
    }
}
