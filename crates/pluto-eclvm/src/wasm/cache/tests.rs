//! Native code is found, damage is seen, strangers are kept out.

use super::*;
use crate::wasm::{Compiler, policy_engine};

const EMPTY_MODULE: &[u8] = b"\0asm\x01\0\0\0";

fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn native_code_is_found_again_and_damage_is_mended() {
    let folder = tempfile::tempdir().unwrap();
    let cache = NativeCache::open(&folder.path().join("native")).unwrap();
    let engine = policy_engine(Compiler::Cranelift).unwrap();
    cache.module(&engine, EMPTY_MODULE).unwrap();
    let [path] = files(&folder.path().join("native")).try_into().unwrap();
    assert!(load(&engine, &path).is_some());

    let whole = fs::read(&path).unwrap();
    for at in [0, HASH_BYTES, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        fs::write(&path, &damaged).unwrap();
        assert!(load(&engine, &path).is_none(), "byte {at}");
    }
    cache.module(&engine, EMPTY_MODULE).unwrap();
    assert!(load(&engine, &path).is_some());
}

#[test]
fn engines_that_make_other_code_have_other_files() {
    let folder = tempfile::tempdir().unwrap();
    let cache = NativeCache::open(folder.path()).unwrap();
    for compiler in Compiler::ALL {
        cache.module(&policy_engine(compiler).unwrap(), EMPTY_MODULE).unwrap();
    }
    assert_eq!(files(folder.path()).len(), Compiler::ALL.len());
}

#[cfg(unix)]
#[test]
fn the_folder_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let native = folder.path().join("native");
    NativeCache::open(&native).unwrap();
    assert_eq!(fs::metadata(&native).unwrap().permissions().mode() & 0o777, 0o700);
}
