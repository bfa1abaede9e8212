//! Erased bytes are gone after any cut once erasing again has succeeded; what others share stays.

use std::sync::Arc;

use pluto_core::traits::BlobStore;

use super::*;
use crate::blob::CHUNK_BYTES;
use crate::disk::{Disk, Fault, MemoryDisk, Survival};

/// Two blobs that share their first chunk.
fn bodies() -> [Vec<u8>; 2] {
    let mut both = [vec![7; CHUNK_BYTES], vec![7; CHUNK_BYTES]];
    both[0].extend_from_slice(b"a person's name");
    both[1].extend_from_slice(b"something else");
    both
}

fn filled() -> (MemoryDisk, [BlobId; 2]) {
    let disk = MemoryDisk::new();
    let blobs = FileBlobs::open(Arc::new(disk.clone())).unwrap();
    let ids = bodies().map(|body| blobs.put(&body).unwrap());
    blobs.pin(&ids[0], true).unwrap();
    (disk, ids)
}

/// Whether any file still holds the bytes that were to go.
fn is_left(disk: &MemoryDisk) -> bool {
    let wanted = b"a person's name";
    disk.list().unwrap().iter().any(|file| {
        let file = disk.open(file, Open::Read).unwrap();
        let mut bytes = vec![0; file.size().unwrap() as usize];
        file.read_at(0, &mut bytes).unwrap();
        bytes.windows(wanted.len()).any(|window| window == wanted)
    })
}

#[test]
fn what_is_erased_is_gone_and_what_is_shared_stays() {
    let (disk, [gone, kept]) = filled();
    let blobs = FileBlobs::open(Arc::new(disk.clone())).unwrap();
    assert!(is_left(&disk));
    assert!(blobs.erase(&gone).unwrap() > 15);
    assert!(!is_left(&disk));
    assert_eq!(blobs.get(&gone).unwrap(), None);
    assert_eq!(blobs.get(&kept).unwrap().as_deref(), Some(&*bodies()[1]));
    assert_eq!(blobs.erase(&gone).unwrap(), 0, "twice is once");
    assert_eq!(blobs.ids().unwrap(), [kept]);
}

#[test]
fn a_cut_at_any_point_is_made_good_by_erasing_again() {
    let (disk, [gone, _]) = filled();
    let before = disk.operations();
    FileBlobs::open(Arc::new(disk.clone())).unwrap().erase(&gone).unwrap();
    let total = disk.operations() - before;
    assert!(total >= 4, "{total} operations");
    for after in 0..=total {
        for survival in [Survival::Nothing, Survival::Everything, Survival::Torn(after)] {
            let (disk, [gone, kept]) = filled();
            disk.set_fault(Fault::PowerCut { after });
            let _ = FileBlobs::open(Arc::new(disk.clone())).and_then(|blobs| blobs.erase(&gone));
            let left = disk.after_power_cut(survival);
            let blobs = FileBlobs::open(Arc::new(left.clone())).unwrap();
            blobs.erase(&gone).unwrap();
            assert!(!is_left(&left), "cut after {after}, {survival:?}");
            assert_eq!(blobs.get(&gone).unwrap(), None);
            assert_eq!(blobs.get(&kept).unwrap().as_deref(), Some(&*bodies()[1]));
        }
    }
}
