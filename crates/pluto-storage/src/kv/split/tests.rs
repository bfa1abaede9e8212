//! Values in files: the contract, what a crash leaves, and that files go.

use pluto_testkit::kv_contract;

use super::*;
use crate::MemoryKv;
use crate::disk::{MemoryDisk, Survival};

/// Keeps its content when the store over it is gone, as after a crash that lost nothing of it.
struct Shared(Arc<MemoryKv>);

impl KvStore for Shared {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.0.get(key)
    }

    fn apply(&self, batch: &KvBatch) -> Result<()> {
        self.0.apply(batch)
    }

    fn scan(&self, prefix: &[u8], visit: &mut VisitEntry<'_>) -> Result<()> {
        self.0.scan(prefix, visit)
    }

    fn flush(&self) -> Result<()> {
        self.0.flush()
    }
}

fn over(small: &Arc<MemoryKv>, disk: &Arc<MemoryDisk>) -> SplitKv {
    let disk: Arc<dyn Disk> = Arc::clone(disk) as _;
    SplitKv::over(Box::new(Shared(Arc::clone(small))), disk).unwrap().unwrap()
}

fn put(kv: &SplitKv, key: &[u8], value: Option<Vec<u8>>) {
    kv.apply(&KvBatch { writes: vec![(key.to_vec(), value)] }).unwrap();
}

/// A value that a file holds, and no other one is like it.
fn value(number: u64, bytes: usize) -> Vec<u8> {
    number.to_be_bytes().iter().copied().cycle().take(bytes).collect()
}

#[test]
fn it_keeps_the_contract() {
    kv_contract(|| over(&Arc::default(), &Arc::new(MemoryDisk::new())));
    let dir = tempfile::tempdir().unwrap();
    let number = std::cell::Cell::new(0);
    kv_contract(|| {
        number.set(number.get() + 1);
        SplitKv::open(&dir.path().join(number.get().to_string())).unwrap().unwrap()
    });
}

#[test]
fn large_values_come_back() {
    let (small, disk) = (Arc::default(), Arc::new(MemoryDisk::new()));
    let kv = over(&small, &disk);
    let sizes = [0, 1, INLINE_BYTES_MAX, INLINE_BYTES_MAX + 1, 65_536, 3 << 20];
    for (number, bytes) in (0_u64..).zip(sizes) {
        put(&kv, &number.to_be_bytes(), Some(value(number, bytes)));
    }
    let check = |kv: &SplitKv| {
        let mut seen = 0;
        kv.scan(&[], &mut |key, found| {
            let number = u64::from_be_bytes(key.try_into().unwrap());
            assert_eq!(found, value(number, sizes[usize::try_from(number).unwrap()]));
            seen += 1;
            ControlFlow::Continue(())
        })
        .unwrap();
        assert_eq!(seen, sizes.len());
    };
    check(&kv);
    kv.flush().unwrap();
    drop(kv);
    check(&over(&small, &disk));
}

#[test]
fn files_that_are_in_use_by_little_go() {
    let (small, disk) = (Arc::default(), Arc::new(MemoryDisk::new()));
    let kv = over(&small, &disk);
    const BYTES: usize = 1 << 20;
    // Sixteen to a file; of each sixteen one stays.
    for round in 0..8 {
        for number in 0..16_u64 {
            let key = if number == 0 { round } else { 1000 + number };
            put(&kv, &key.to_be_bytes(), Some(value(round * 100 + number, BYTES)));
        }
        kv.flush().unwrap();
        kv.flush().unwrap();
    }
    let files = disk.list().unwrap().len();
    assert!(files <= 3, "{files} files for 23 MiB");
    let check = |kv: &SplitKv| {
        for round in 0..8_u64 {
            let found = kv.get(&round.to_be_bytes()).unwrap();
            assert_eq!(found, Some(value(round * 100, BYTES)));
        }
        let found = kv.get(&1001_u64.to_be_bytes()).unwrap();
        assert_eq!(found, Some(value(701, BYTES)));
    };
    check(&kv);
    drop(kv);
    check(&over(&small, &disk));
}

#[test]
fn a_value_that_a_crash_took_is_not_there() {
    let (small, disk) = (Arc::default(), Arc::new(MemoryDisk::new()));
    let kv = over(&small, &disk);
    put(&kv, b"synced", Some(value(1, 5000)));
    kv.flush().unwrap();
    put(&kv, b"lost", Some(value(2, 5000)));
    drop(kv);
    let disk = Arc::new(disk.after_power_cut(Survival::Nothing));
    let kv = over(&small, &disk);
    assert_eq!(kv.get(b"synced").unwrap(), Some(value(1, 5000)));
    assert_eq!(kv.get(b"lost").unwrap(), None);
    put(&kv, b"lost", Some(value(3, 5000)));
    assert_eq!(kv.get(b"lost").unwrap(), Some(value(3, 5000)));
    kv.flush().unwrap();
    assert_eq!(kv.get(b"synced").unwrap(), Some(value(1, 5000)));
}

#[test]
fn a_store_of_another_layout_is_not_opened() {
    let small = MemoryKv::new();
    small.apply(&KvBatch { writes: vec![(b"m".to_vec(), Some(vec![2]))] }).unwrap();
    let disk = Arc::new(MemoryDisk::new());
    assert!(SplitKv::over(Box::new(small), disk).unwrap().is_none());
}

#[test]
fn the_golden_file_is_what_is_written() {
    let golden = std::fs::read("../../docs/formats/golden/values-v1.bin").unwrap();
    let (small, disk): (Arc<MemoryKv>, _) = (Arc::default(), Arc::new(MemoryDisk::new()));
    let kv = over(&small, &disk);
    put(&kv, b"here", Some(vec![7; 3]));
    put(&kv, b"first", Some(vec![1; 200]));
    put(&kv, b"second", Some(vec![2; 300]));
    let mut all = Vec::new();
    small
        .scan(&[], &mut |key, slot| {
            for part in [key, slot] {
                all.extend_from_slice(&u32::try_from(part.len()).unwrap().to_be_bytes());
                all.extend_from_slice(part);
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(all, golden);
}
