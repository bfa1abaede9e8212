//! sled on a disk without room: every call comes back with an error, and so does letting it go.
//!
//! The test runs itself again in a process whose files may not grow beyond a few kilobytes: to sled
//! that is a write that fails, as on a full disk, and no mount is needed.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use pluto_core::traits::{KvBatch, KvStore};
use pluto_error::Code;
use pluto_storage::{SledKv, codes};

const DIR_VARIABLE: &str = "PLUTO_FULL_INDEX_DIR";
/// `ulimit -f` counts blocks of 512 bytes: 1 MiB, room for what sled begins with.
const BLOCKS_MAX: &str = "2048";
/// A value that sled gives a file of its own, for which there is no room.
const VALUE_BYTES: usize = 2 << 20;
/// Only a hang takes that long.
const PATIENCE: Duration = Duration::from_secs(60);

fn put(kv: &SledKv, key: &[u8], value: &[u8]) -> Option<Code> {
    let batch = KvBatch { writes: vec![(key.to_vec(), Some(value.to_vec()))] };
    kv.apply(&batch).and_then(|()| kv.flush()).err().map(|error| error.code())
}

#[test]
#[ignore = "the child of the test below"]
fn child_fills_the_disk() {
    let Some(dir) = std::env::var_os(DIR_VARIABLE) else { return };
    let kv = SledKv::open(Path::new(&dir)).unwrap();
    assert_eq!(put(&kv, b"small", b"value"), None);
    assert_eq!(put(&kv, b"large", &vec![7; VALUE_BYTES]), Some(codes::IO));
    assert_eq!(put(&kv, b"small", b"other"), Some(codes::IO), "it says so again");
    assert_eq!(kv.flush().unwrap_err().code(), codes::IO);
    assert_eq!(kv.get(b"small").unwrap_err().code(), codes::IO);
    drop(kv);
    let again = SledKv::open(Path::new(&dir)).unwrap_err();
    assert_eq!(again.code(), codes::INDEX_IN_USE, "it is leaked");
}

#[test]
fn letting_go_of_a_full_index_ends() {
    let dir = tempfile::tempdir().unwrap();
    let index = dir.path().join("index");
    let script = format!("trap '' XFSZ; ulimit -f {BLOCKS_MAX}; exec \"$@\"");
    let child = Command::new("sh")
        .args(["-c", &script, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "full_index::child_fills_the_disk"])
        .env(DIR_VARIABLE, &index)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = child.id().to_string();
    let (ended, end) = sync_channel(1);
    std::thread::spawn(move || ended.send(child.wait_with_output()));
    let Ok(output) = end.recv_timeout(PATIENCE) else {
        Command::new("kill").args(["-9", &pid]).status().unwrap();
        panic!("it hangs");
    };
    let output = output.unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
    let kv = SledKv::open(&index).unwrap();
    assert_eq!(kv.get(b"small").unwrap(), Some(b"value".to_vec()), "what was flushed is there");
}
