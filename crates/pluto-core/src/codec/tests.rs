//! The reader refuses what is short, long or above a bound.

use super::{CodecError, Reader, put_bytes};

#[test]
fn lengths_are_capped_before_anything_is_taken() {
    let mut out = Vec::new();
    put_bytes(&mut out, b"hello");
    assert_eq!(Reader::new(&out).bytes("word", 5), Ok(&b"hello"[..]));
    assert_eq!(
        Reader::new(&out).bytes("word", 4),
        Err(CodecError::TooLarge { what: "word", found: 5, max: 4 })
    );
    let huge = u32::MAX.to_be_bytes();
    assert_eq!(
        Reader::new(&huge).bytes("word", usize::MAX),
        Err(CodecError::Truncated { wanted: u32::MAX as usize, found: 0 })
    );
}

#[test]
fn the_end_is_exact() {
    let mut reader = Reader::new(&[0, 7, 9]);
    assert_eq!(reader.u16(), Ok(7));
    assert_eq!(reader.finish(), Err(CodecError::Trailing(1)));
    assert_eq!(reader.u16(), Err(CodecError::Truncated { wanted: 2, found: 1 }));
    assert_eq!(reader.u8(), Ok(9));
    assert_eq!(reader.finish(), Ok(()));
}

#[test]
fn flags_and_text_have_one_form() {
    assert_eq!(Reader::new(&[1]).flag("f"), Ok(true));
    assert!(Reader::new(&[2]).flag("f").is_err());
    assert_eq!(
        Reader::new(&[0, 0, 0, 1, 0xff]).text("name", 9),
        Err(CodecError::NotCanonical("name"))
    );
}
