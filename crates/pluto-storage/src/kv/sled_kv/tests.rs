//! Which errors of sled mean damage, and which the operating system.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::codes;

fn code_of(dir: &Path) -> Code {
    SledKv::open(dir).unwrap_err().code()
}

#[test]
fn what_the_operating_system_refuses_is_no_damage() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, b"").unwrap();
    assert_eq!(code_of(&file.join("index")), codes::IO);
    let busy = dir.path().join("busy");
    let _open = SledKv::open(&busy).unwrap();
    assert_eq!(code_of(&busy), codes::INDEX_IN_USE);
}

#[test]
fn a_missing_permission_is_no_damage() {
    let dir = tempfile::tempdir().unwrap();
    let index = dir.path().join("index");
    drop(SledKv::open(&index).unwrap());
    let data = index.join(DATA_FILE);
    std::fs::set_permissions(&data, PermissionsExt::from_mode(0o000)).unwrap();
    if File::open(&data).is_ok() {
        // Nothing is refused to the superuser: a directory in its place is.
        std::fs::remove_file(&data).unwrap();
        std::fs::create_dir(&data).unwrap();
    }
    assert_eq!(code_of(&index), codes::IO);
}

#[test]
fn errors_of_sled_itself_are_damage() {
    let check =
        |error, expected| assert_eq!(failure("open", Path::new("x"), error).code(), expected);
    let io = |kind: ErrorKind| sled::Error::Io(std::io::Error::new(kind, "x"));
    check(io(ErrorKind::UnexpectedEof), codes::KV_FAILED);
    check(io(ErrorKind::Other), codes::KV_FAILED);
    check(sled::Error::Corruption { at: None, bt: () }, codes::KV_FAILED);
    check(sled::Error::Unsupported("x".to_owned()), codes::KV_FAILED);
    check(io(ErrorKind::StorageFull), codes::DISK_FULL);
    check(io(ErrorKind::PermissionDenied), codes::IO);
    check(sled::Error::Io(std::io::Error::from_raw_os_error(5)), codes::IO);
}

#[test]
fn a_panic_is_an_error() {
    let outcome = guarded("read", Path::new("x"), || -> sled::Result<()> { panic!("in sled") });
    assert_eq!(outcome.unwrap_err().code(), codes::KV_FAILED);
}
