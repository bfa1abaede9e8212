//! Ranges as clients write them.

use super::*;

#[test]
fn ranges_are_read_as_the_rfc_has_them() {
    let check = |header: &str, expected: Option<Option<Range<u64>>>| {
        assert_eq!(wanted(Some(header), 10).ok(), expected, "{header}");
    };
    check("bytes=0-3", Some(Some(0..4)));
    check("bytes=4-", Some(Some(4..10)));
    check("bytes=-3", Some(Some(7..10)));
    check("bytes=-30", Some(Some(0..10)));
    check("bytes=8-99", Some(Some(8..10)));
    check("bytes=10-", None);
    check("bytes=-0", None);
    check("bytes=3-2", Some(None));
    check("bytes=0-1,3-4", Some(None));
    check("bytes=x-y", Some(None));
    check("lines=0-1", Some(None));
    assert!(wanted(None, 10).unwrap().is_none());
}
