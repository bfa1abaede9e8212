//! Frames and headers: one encoding, bound to their place, golden bytes, no panic on any input.

use std::path::Path;

use proptest::prelude::*;

use super::*;

const SEGMENT: SegmentHeader = SegmentHeader { base: 4096, first_sequence: 7, salt: 0x0123_4567 };

fn golden(name: &str, bytes: &[u8]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/golden").join(name);
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
    assert_ne!(sums.record(64, b"x"), sums.record(72, b"x"));
    assert_ne!(sums.record(64, b"x"), other.sums().record(64, b"x"));
}

proptest! {
    #[test]
    fn headers_round_trip_and_any_flip_is_refused(
        base: u64, first_sequence: u64, salt: u64, at in 0_usize..64, flip in 1_u8..=255,
    ) {
        let header = SegmentHeader { base, first_sequence, salt };
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
        let _ = RecordHeader::decode(&bytes);
        if let Some(header) = bytes.first_chunk::<64>() {
            let _ = SegmentHeader::decode(header);
        }
    }
}
