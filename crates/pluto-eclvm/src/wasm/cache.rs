//! Native code of policy modules, kept on this machine: never sent, never taken from anybody.
//!
//! A file is found by the hash of the WASM bytes and a hash of everything about the engine that shapes
//! native code (version, target, processor, settings), so a file of another engine is never looked at.
//! It begins with the BLAKE3 hash of the rest: what a disk damaged is compiled anew. Whoever can write
//! into this folder can make the node run anything, as with the program file itself; the folder is
//! therefore made for its owner alone. This is the one place with `unsafe`; ADR 0009 argues for it.

use std::fs;
use std::hash::{Hash, Hasher};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use pluto_core::Digest;
use wasmtime::{Engine, Module};

use crate::error::EclvmError;

pluto_core::domains! {
    NATIVE = "pluto eclvm native code v1";
    WASM = "pluto eclvm wasm v1";
    ENGINE = "pluto eclvm engine v1";
}

/// Largest file of native code in bytes.
const NATIVE_BYTES_MAX: u64 = 64 * 1024 * 1024;
const HASH_BYTES: usize = 32;

/// A folder of native code.
#[derive(Clone, Debug)]
pub struct NativeCache {
    folder: PathBuf,
}

impl NativeCache {
    /// The cache in `folder`, which is made if it is not there, for its owner alone.
    ///
    /// # Errors
    /// `EVM-0003` when the folder cannot be made.
    pub fn open(folder: &Path) -> Result<Self, EclvmError> {
        make_private(folder).map_err(|source| Self::failed("make the folder", folder, source))?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// The module of these WASM bytes: from the folder, or compiled and put there.
    ///
    /// # Errors
    /// `EVM-0002` when the engine refuses the bytes; what the folder refuses is only logged by the
    /// caller's next start, for native code can always be made again.
    pub fn module(&self, engine: &Engine, wasm: &[u8]) -> Result<Module, EclvmError> {
        let path = self.path(engine, wasm);
        if let Some(module) = load(engine, &path) {
            return Ok(module);
        }
        let module = compile(engine, wasm)?;
        let native = module
            .serialize()
            .map_err(|error| EclvmError::engine("serialise native code", error))?;
        // A cache that cannot be written costs time, nothing else.
        let _ = store(&path, &native);
        Ok(module)
    }

    fn path(&self, engine: &Engine, wasm: &[u8]) -> PathBuf {
        let mut hasher = Stable(Vec::new());
        engine.precompile_compatibility_hash().hash(&mut hasher);
        let engine = ENGINE.hash(&hasher.0);
        self.folder.join(format!("{}-{}.native", WASM.hash(wasm), short(&engine)))
    }

    fn failed(action: &'static str, path: &Path, source: std::io::Error) -> EclvmError {
        EclvmError::Cache { action, path: path.display().to_string(), source }
    }
}

/// Compiles WASM bytes.
///
/// # Errors
/// `EVM-0002` when the engine refuses them.
pub fn compile(engine: &Engine, wasm: &[u8]) -> Result<Module, EclvmError> {
    Module::from_binary(engine, wasm)
        .map_err(|error| EclvmError::engine("compile a policy module", error))
}

#[expect(unsafe_code, reason = "native code of our own making; docs/adr/0009")]
fn load(engine: &Engine, path: &Path) -> Option<Module> {
    if fs::metadata(path).ok()?.len() > NATIVE_BYTES_MAX {
        return None;
    }
    let bytes = fs::read(path).ok()?;
    let (hash, native) = bytes.split_first_chunk::<HASH_BYTES>()?;
    if NATIVE.hash(native).0 != *hash {
        return None;
    }
    // SAFETY: `store` wrote these bytes from `Module::serialize` of an engine with the same
    // compatibility hash, into a folder that only the owner of this process can write, and the hash
    // before them shows that they are whole.
    unsafe { Module::deserialize(engine, native) }.ok()
}

/// Writes beside the place and renames, so that a reader sees all of it or nothing.
fn store(path: &Path, native: &[u8]) -> std::io::Result<()> {
    let beside = path.with_extension(format!("{}.tmp", std::process::id()));
    let bytes = [&NATIVE.hash(native).0[..], native].concat();
    fs::write(&beside, bytes)?;
    fs::rename(&beside, path)
}

#[cfg(unix)]
fn make_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
        }
        made => made,
    }
}

#[cfg(not(unix))]
fn make_private(folder: &Path) -> std::io::Result<()> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

fn short(digest: &Digest) -> String {
    digest.to_string().chars().take(16).collect()
}

/// Collects what is hashed, so that the name does not depend on a hasher that may change.
struct Stable(Vec<u8>);

impl Hasher for Stable {
    fn finish(&self) -> u64 {
        0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests;
