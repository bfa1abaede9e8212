//! Lengths that lie, and what is written and read.

use futures::executor::block_on;
use futures::io::Cursor;

use super::*;

#[test]
fn a_length_above_the_bound_is_refused_before_anything_is_read() {
    let claims = |length: u32, rest: &[u8]| {
        let bytes = [&length.to_be_bytes()[..], rest].concat();
        block_on(read(&mut Cursor::new(bytes), 16)).map_err(|error| error.kind())
    };
    assert_eq!(claims(3, b"abc"), Ok(b"abc".to_vec()));
    assert_eq!(claims(0, b""), Ok(Vec::new()));
    assert_eq!(claims(17, b"abc"), Err(ErrorKind::FileTooLarge));
    assert_eq!(claims(u32::MAX, b""), Err(ErrorKind::FileTooLarge));
    assert_eq!(claims(4, b"abc"), Err(ErrorKind::UnexpectedEof));
}

#[test]
fn what_is_written_is_read() {
    let mut out = Cursor::new(Vec::new());
    block_on(write(&mut out, b"frame")).expect("memory");
    assert_eq!(block_on(read(&mut Cursor::new(out.into_inner()), 5)).expect("whole"), b"frame");
}
