//! Frames and headers: one encoding, bound to their place, golden bytes, no panic on any input.

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;

const SEGMENT: SegmentHeader = SegmentHeader {
    version: PLAIN_LOG_FORMAT.version,
    base: 4096,
    first_sequence: 7,
    salt: 0x0123_4567,
};

const ERASED_IN: SegmentHeader = SegmentHeader { version: 2, ..SEGMENT };

fn golden_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/golden").join(name)
}

fn golden(name: &str, bytes: &[u8]) {
    let path = golden_path(name);
    if std::env::var_os("PLUTO_BLESS").is_some() {
        std::fs::write(&path, bytes).unwrap();
    }
    assert_eq!(std::fs::read(&path).unwrap(), bytes, "{name}");
}

#[test]
fn golden_segment() {
    let mut bytes = SEGMENT.encode().to_vec();
    let records: [&[u8]; 2] = [b"first record", b"second"];
    let sums = SEGMENT.sums();
    let offsets = encode_frame(records.into_iter(), 7, &sums, 64, &mut bytes);
    assert_eq!(offsets, [92, 112]);
    let last: [&[u8]; 1] = [b"third"];
    let offset = bytes.len() as u64;
    encode_frame(last.into_iter(), 8, &sums, offset, &mut bytes);
    golden("log-v1.seg", &bytes);
}

/// The run of the golden file, with all payloads it has.
fn run() -> Vec<u8> {
    std::fs::read(golden_path("run-v1.bin")).unwrap()
}

#[test]
fn golden_segment_with_an_erased_record() {
    let mut bytes = ERASED_IN.encode().to_vec();
    let short = runs::hollow(&run(), |slot| slot == 0).unwrap();
    let mut frame = FrameBuilder::new(ERASED_IN.sums(), 64, &mut bytes);
    assert_eq!(frame.push(b"first record"), 92);
    frame.push_erased(&short, run().len() as u32);
    assert_eq!(frame.push(b"third"), 120 + run().len() as u64);
    frame.finish(7);
    golden("log-v2.seg", &bytes);
}

#[test]
fn an_erased_record_is_a_shorter_run_and_only_zeros_follow() {
    let sums = ERASED_IN.sums();
    let short = runs::hollow(&run(), |slot| slot == 0).unwrap();
    let of = |tail: &[u8]| {
        let bytes = [&*short, tail].concat();
        (RecordHeader::of(&bytes, true, &sums, 92), bytes)
    };
    for room in [0, 1, 100] {
        let (header, bytes) = of(&vec![0; room]);
        assert_eq!(header.length as usize, short.len() + room);
        assert_eq!(RecordHeader::decode(&header.encode(), &sums), Some(header));
        assert_eq!(header.content(&bytes, &sums, 92), Some(&*short));
        assert_eq!(header.content(&bytes, &sums, 93), None);
        let plain = RecordHeader { erased: false, ..header };
        assert_eq!(plain.content(&bytes, &sums, 92), None, "the mark is in the checksum");
        assert_eq!(RecordHeader::decode(&header.encode(), &SEGMENT.sums()), None, "version 1");
    }
    let (header, bytes) = of(&[0, 0, 1]);
    assert_eq!(header.content(&bytes, &sums, 92), None, "something is hidden after the run");
    let no_run = [1, 0, 3];
    let header = RecordHeader::of(&no_run, true, &sums, 92);
    assert_eq!(header.content(&no_run, &sums, 92), None);
}

#[test]
fn a_header_of_another_version_says_so() {
    let mut bytes = SEGMENT.encode();
    bytes[8] = 9;
    let crc = crc32fast::hash(&bytes[..60]);
    bytes[60..].copy_from_slice(&crc.to_be_bytes());
    assert_eq!(SegmentHeader::decode(&bytes), Err(BadHeader::Version(9)));
}

#[test]
fn a_frame_is_none_at_another_place_or_in_another_segment() {
    let header = FrameHeader { body_len: 20, count: 2, sequence: 3, body_crc: 4 };
    let sums = SEGMENT.sums();
    let bytes = header.encode(&sums, 64);
    assert_eq!(FrameHeader::decode(&bytes, &sums, 64), Some(header));
    assert_eq!(FrameHeader::decode(&bytes, &sums, 65), None);
    let other = SegmentHeader { salt: 1, ..SEGMENT };
    assert_eq!(FrameHeader::decode(&bytes, &other.sums(), 64), None);
    let record = |sums: &Sums, offset| sums.record(offset, 1, b"x");
    assert_ne!(record(&sums, 64), record(&sums, 72));
    assert_ne!(record(&sums, 64), record(&other.sums(), 64));
}

proptest! {
    #[test]
    fn headers_round_trip_and_any_flip_is_refused(
        version in 1_u8..=2, base: u64, first_sequence: u64, salt: u64, at in 0_usize..64, flip in 1_u8..=255,
    ) {
        let header = SegmentHeader { version, base, first_sequence, salt };
        let mut bytes = header.encode();
        prop_assert_eq!(SegmentHeader::decode(&bytes), Ok(header));
        bytes[at] ^= flip;
        prop_assert!(SegmentHeader::decode(&bytes).is_err());
    }

    #[test]
    fn frame_headers_round_trip_and_any_flip_is_refused(
        body_len: u32, count in 1_u32.., sequence: u64, body_crc: u32,
        at in 0_usize..28, flip in 1_u8..=255,
    ) {
        let header = FrameHeader { body_len, count, sequence, body_crc };
        let sums = SEGMENT.sums();
        let mut bytes = header.encode(&sums, 640);
        prop_assert_eq!(FrameHeader::decode(&bytes, &sums, 640), Some(header));
        bytes[at] ^= flip;
        prop_assert_eq!(FrameHeader::decode(&bytes, &sums, 640), None);
    }

    #[test]
    fn any_bytes_are_decoded_or_refused(bytes: Vec<u8>, offset: u32) {
        let _ = FrameHeader::decode(&bytes, &SEGMENT.sums(), u64::from(offset));
        for segment in [SEGMENT, ERASED_IN] {
            let Some(header) = RecordHeader::decode(&bytes, &segment.sums()) else { continue };
            let _ = header.content(&bytes[8..], &segment.sums(), u64::from(offset));
        }
        if let Some(header) = bytes.first_chunk::<64>() {
            let _ = SegmentHeader::decode(header);
        }
    }
}
