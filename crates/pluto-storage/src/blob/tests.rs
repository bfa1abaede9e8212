//! Manifests have one encoding, names cannot lead astray, decay is noticed.

use proptest::prelude::*;

use super::*;
use crate::codes;
use crate::disk::MemoryDisk;

fn blobs() -> (MemoryDisk, FileBlobs) {
    let disk = MemoryDisk::new();
    (disk.clone(), FileBlobs::open(Arc::new(disk)).unwrap())
}

#[test]
fn every_flipped_bit_is_noticed() {
    let (disk, blobs) = blobs();
    let id = blobs.put(b"some bytes").unwrap();
    for file in disk.list().unwrap() {
        let size = disk.open(&file, Open::Read).unwrap().size().unwrap();
        for offset in 0..size as usize {
            assert!(disk.flip(&file, offset, 1 << (offset % 8)));
            assert_eq!(blobs.get(&id).unwrap_err().code(), codes::BLOB_DAMAGED);
            assert!(disk.flip(&file, offset, 1 << (offset % 8)));
        }
    }
    assert!(blobs.get(&id).unwrap().is_some());
}

#[test]
fn a_damaged_blob_is_mended_by_storing_it_again() {
    let (disk, blobs) = blobs();
    let id = blobs.put(b"some bytes").unwrap();
    let chunk = disk.list().unwrap().into_iter().find(|name| name.starts_with(CHUNKS)).unwrap();
    assert!(disk.flip(&chunk, 3, 4));
    assert_eq!(blobs.put(b"some bytes").unwrap(), id);
    assert_eq!(blobs.get(&id).unwrap(), Some(b"some bytes".to_vec()));
}

#[test]
fn foreign_files_are_refused_and_half_written_ones_removed() {
    let (disk, blobs) = blobs();
    drop(blobs);
    disk.open("chunk-00.tmp", Open::Create).unwrap();
    FileBlobs::open(Arc::new(disk.clone())).unwrap();
    assert_eq!(disk.list().unwrap(), Vec::<String>::new());
    disk.open("chunk-../../x", Open::Create).unwrap();
    let error = FileBlobs::open(Arc::new(disk)).unwrap_err();
    assert_eq!(error.code(), codes::FOREIGN_FILE);
}

#[test]
fn golden_manifest() {
    let chunks = vec![CHUNK.hash(b"first"), CHUNK.hash(b"second")];
    let bytes = Manifest { bytes: CHUNK_BYTES as u64 + 6, chunks }.encode();
    let golden = "../../docs/formats/golden/blob-manifest-v1.bin";
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(golden);
    if std::env::var_os("PLUTO_BLESS").is_some() {
        std::fs::write(&path, &bytes).unwrap();
    }
    assert_eq!(std::fs::read(path).unwrap(), bytes);
}

#[test]
fn a_blob_goes_over_part_by_part_and_only_unchanged() {
    let ((_, from), (disk, to)) = (blobs(), blobs());
    let bytes = [vec![1; CHUNK_BYTES], vec![2; CHUNK_BYTES], vec![3; 5]].concat();
    let id = from.put(&bytes).unwrap();
    let part = |part| from.part(&id, part).unwrap();
    let manifest = part(0).unwrap();
    assert_eq!((part(4), from.part(&BlobId([1; 32]), 0).unwrap()), (None, None));
    assert_eq!(to.plan(&BlobId([1; 32]), &manifest), None, "the manifest of another");
    assert_eq!(to.plan(&id, &manifest[1..]), None);
    let plan = to.plan(&id, &manifest).unwrap();
    assert_eq!(plan, BlobPlan { bytes: bytes.len() as u64, missing: vec![1, 2, 3] });
    assert!(!to.keep(&id, &manifest, 1, &part(2).unwrap()).unwrap(), "another chunk");
    assert!(!to.keep(&id, &manifest, 4, &part(2).unwrap()).unwrap(), "there is none");
    for n in [3, 1] {
        assert!(to.keep(&id, &manifest, n, &part(n).unwrap()).unwrap());
    }
    assert_eq!(to.finish(&id, &manifest).unwrap_err().code(), codes::BLOB_DAMAGED);
    assert_eq!(to.get(&id).unwrap(), None, "half of it is nothing");
    let again = FileBlobs::open(Arc::new(disk)).unwrap();
    assert_eq!(again.plan(&id, &manifest).unwrap().missing, [2], "what is here stays");
    assert!(again.keep(&id, &manifest, 2, &part(2).unwrap()).unwrap());
    again.finish(&id, &manifest).unwrap();
    assert_eq!(again.get(&id).unwrap(), Some(bytes));
    assert_eq!(again.bytes(&id).unwrap(), from.bytes(&id).unwrap());
}

proptest! {
    #[test]
    fn manifests_decode_or_are_refused(bytes: Vec<u8>, chunks in 0_u64..4) {
        if let Ok(manifest) = Manifest::decode(&bytes) {
            prop_assert_eq!(manifest.encode(), bytes);
        }
        let hashes = (0..chunks).map(|n| Digest([n as u8; 32])).collect();
        let manifest = Manifest { bytes: chunks * CHUNK_BYTES as u64, chunks: hashes };
        prop_assert_eq!(Manifest::decode(&manifest.encode()).unwrap(), manifest);
    }
}
