//! The model of a power cut keeps what was synced, and nothing that was not is promised.

use super::*;

fn disk_with(name: &str, content: &[u8]) -> MemoryDisk {
    let disk = MemoryDisk::new();
    replace(&disk, name, content).unwrap();
    disk
}

fn content(disk: &MemoryDisk, name: &str) -> Vec<u8> {
    read_all(disk, name, u64::MAX).unwrap()
}

#[test]
fn synced_data_survives_and_unsynced_data_may_not() {
    let disk = disk_with("a", b"old");
    let file = disk.open("a", Open::Write).unwrap();
    file.write_at(0, b"new and longer").unwrap();
    assert_eq!(content(&disk.after_power_cut(Survival::Nothing), "a"), b"old");
    assert_eq!(content(&disk.after_power_cut(Survival::Everything), "a"), b"new and longer");
    file.sync_data().unwrap();
    assert_eq!(content(&disk.after_power_cut(Survival::Nothing), "a"), b"new and longer");
}

#[test]
fn writes_are_torn_between_sectors_only() {
    let disk = disk_with("a", &[0; 2048]);
    disk.open("a", Open::Write).unwrap().write_at(100, &[1; 1800]).unwrap();
    let mut shapes = std::collections::BTreeSet::new();
    for seed in 0..200 {
        let left = content(&disk.after_power_cut(Survival::Torn(seed)), "a");
        for sector in left.chunks(512) {
            let written = sector.iter().filter(|byte| **byte == 1).count();
            assert!([0, 412, 512, 364].contains(&written), "seed {seed}: {written}");
        }
        shapes.insert(left);
    }
    assert!(shapes.len() > 8, "{} shapes", shapes.len());
}

#[test]
fn names_are_durable_after_the_directory_is_synced() {
    let disk = disk_with("a", b"1");
    disk.open("b", Open::Create).unwrap().sync_data().unwrap();
    disk.rename("a", "c").unwrap();
    let names = |disk: &MemoryDisk| disk.list().unwrap();
    assert_eq!(names(&disk.after_power_cut(Survival::Nothing)), ["a"]);
    assert_eq!(names(&disk.after_power_cut(Survival::Everything)), ["b", "c"]);
    disk.sync_dir().unwrap();
    assert_eq!(names(&disk.after_power_cut(Survival::Nothing)), ["b", "c"]);
}

#[test]
fn a_failed_sync_loses_the_data_even_if_the_next_one_succeeds() {
    let disk = disk_with("a", b"old");
    let file = disk.open("a", Open::Write).unwrap();
    file.write_at(0, b"new").unwrap();
    disk.set_fault(Fault::Fails { at: 0, kind: io::ErrorKind::Other, again: false });
    assert!(file.sync_data().is_err());
    file.sync_data().unwrap();
    assert_eq!(content(&disk, "a"), b"new");
    assert_eq!(content(&disk.after_power_cut(Survival::Everything), "a"), b"old");
}

#[test]
fn a_killed_process_leaves_its_writes_in_the_cache() {
    let disk = disk_with("a", b"old");
    disk.open("a", Open::Write).unwrap().write_at(0, b"new").unwrap();
    let after = disk.after_kill();
    assert_eq!(content(&after, "a"), b"new");
    assert_eq!(content(&after.after_power_cut(Survival::Nothing), "a"), b"old");
}

#[test]
fn a_real_directory_does_what_the_model_does() {
    let dir = tempfile::tempdir().unwrap();
    let real = RealDisk::create(dir.path().join("deep/er")).unwrap();
    let check = |disk: &dyn Disk| {
        assert!(disk.open("a", Open::Read).is_err());
        replace(disk, "a", b"0123456789").unwrap();
        let file = disk.open("a", Open::Write).unwrap();
        file.write_at(12, b"xy").unwrap();
        file.set_len(13).unwrap();
        let mut bytes = [9; 20];
        assert_eq!(file.read_at(8, &mut bytes).unwrap(), 5);
        assert_eq!(&bytes[..5], b"89\0\0x");
        assert_eq!(file.size().unwrap(), 13);
        disk.rename("a", "b").unwrap();
        assert_eq!(disk.open("b", Open::Create).unwrap().size().unwrap(), 0);
        disk.remove("b").unwrap();
        assert!(disk.remove("b").is_err());
        let lock = disk.lock("l").unwrap();
        assert!(
            matches!(disk.lock("l").unwrap(), Lock::Taken { pid } if pid == Some(std::process::id()))
        );
        drop(lock);
        assert!(matches!(disk.lock("l").unwrap(), Lock::Held(_)));
    };
    check(&real);
    check(&MemoryDisk::new());
    assert!(RealDisk::existing(dir.path().join("nowhere")).is_err());
}
