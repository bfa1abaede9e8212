//! The index finds exactly what was put in, whatever the distribution of ids, and notices every flip.

use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::codes;
use crate::disk::MemoryDisk;
use pluto_error::Coded;

const PREFIX_BITS: u32 = 40;
const HEADER: IndexHeader =
    IndexHeader { base: 4096, salt: 77, covered: 9000, next_sequence: 3, count: 0 };

fn entry(prefix: u64, offset: u32) -> Entry {
    Entry { prefix: Prefix(prefix), offset, slot: (offset % 256) as u8 }
}

fn written(entries: Vec<Entry>) -> (MemoryDisk, IndexFile) {
    let disk = MemoryDisk::new();
    let index = write(&disk, "a.idx", &HEADER, None, entries).unwrap();
    (disk, index)
}

fn check(entries: &[Entry], strangers: impl Iterator<Item = u64>) {
    let (disk, fresh) = written(entries.to_vec());
    let plain = IndexFile::open(&disk, "a.idx").unwrap();
    assert_eq!(plain.header().count, entries.len() as u64);
    for index in [&fresh, &plain] {
        for prefix in entries.iter().map(|entry| entry.prefix.0).step_by(7) {
            let mut expected: Vec<Entry> =
                entries.iter().filter(|entry| entry.prefix.0 == prefix).copied().collect();
            expected.sort_unstable();
            assert_eq!(index.candidates(Prefix(prefix)).unwrap(), expected);
        }
    }
    for stranger in strangers.filter(|s| entries.iter().all(|entry| entry.prefix.0 != *s)) {
        assert_eq!(plain.candidates(Prefix(stranger)).unwrap(), vec![]);
    }
}

#[test]
fn ids_that_are_not_spread_evenly_are_found_too() {
    let max = (1 << PREFIX_BITS) - 1;
    check(&[], [0, 1, max].into_iter());
    check(&[entry(0, 1), entry(max, 2)], [1, max - 1].into_iter());
    let same: Vec<Entry> = (0..2000).map(|n| entry(5, n)).collect();
    check(&same, [4, 6, max].into_iter());
    let low: Vec<Entry> = (0..3000).map(|n| entry(u64::from(n), n)).collect();
    check(&low, [3000, max].into_iter());
    let high: Vec<Entry> = (0..3000).map(|n| entry(max - u64::from(n) * 2, n)).collect();
    check(&high, [0, max - 1, max - 4001].into_iter());
    let even: Vec<Entry> = (0..3000).map(|n| entry(u64::from(n) * (max / 3000), n)).collect();
    check(&even, (0..50).map(|n| n * 1_000_003));
}

#[test]
fn what_is_merged_is_what_was_in_either() {
    let (disk, old) = written((0..1000).map(|n| entry(u64::from(n) * 77, n)).collect());
    let new: Vec<Entry> = (1000..1500).map(|n| entry(u64::from(n) * 31, n)).collect();
    let merged = write(&disk, "a.idx", &HEADER, Some(&old), new).unwrap();
    let mut all = Vec::new();
    merged.visit(|entry| all.push(entry)).unwrap();
    assert_eq!(all.len(), 1500);
    assert!(all.is_sorted());
}

#[test]
fn every_flipped_byte_is_noticed() {
    let (disk, _) = written((0..500).map(|n| entry(u64::from(n) << 30, n)).collect());
    let size = disk.open("a.idx", Open::Read).unwrap().size().unwrap() as usize;
    for offset in 0..size {
        assert!(disk.flip("a.idx", offset, 1 << (offset % 8)));
        let outcome = IndexFile::open(&disk, "a.idx").and_then(|index| index.visit(|_| {}));
        assert_eq!(outcome.unwrap_err().code(), codes::INDEX_DAMAGED, "offset {offset}");
        assert!(disk.flip("a.idx", offset, 1 << (offset % 8)));
    }
}

#[test]
fn golden_index() {
    let entries: Vec<Entry> = (0..3).map(|n| entry(0x01_2345_6789 * (n + 1), n as u32)).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/golden/index-v1.idx");
    let bytes = encode(&HEADER, &entries);
    if std::env::var_os("PLUTO_BLESS").is_some() {
        std::fs::write(&path, &bytes).unwrap();
    }
    assert_eq!(std::fs::read(path).unwrap(), bytes);
}

#[test]
fn the_summary_passes_few_strangers_and_every_member() {
    let spread = |n: u64| Prefix(n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 24);
    let mut members: Vec<Prefix> = (0..10_000).map(spread).collect();
    members.sort_unstable();
    let mut summary = Summary::for_entries(10_000);
    members.iter().for_each(|member| summary.push(*member));
    for (place, member) in members.iter().enumerate() {
        assert!(summary.pages_with(*member).contains(&((place / PAGE_ENTRIES) as u64)));
    }
    let passed = (10_000..20_000).filter(|n| !summary.pages_with(spread(*n)).is_empty()).count();
    assert!(passed < 600, "{passed} of 10000 strangers pass");
}

proptest! {
    #[test]
    fn finds_what_a_list_finds(prefixes in prop::collection::vec(0_u64..1 << 40, 0..900)) {
        let entries: Vec<Entry> =
            prefixes.iter().zip(0..).map(|(prefix, n)| entry(*prefix, n)).collect();
        check(&entries, prefixes.iter().map(|prefix| prefix ^ 1));
    }

    #[test]
    fn any_bytes_are_an_index_or_refused(bytes: Vec<u8>) {
        let disk = MemoryDisk::new();
        replace(&disk, "a.idx", &bytes).unwrap();
        prop_assert!(IndexFile::open(&disk, "a.idx").is_err());
    }
}
