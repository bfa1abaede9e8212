//! Cursors there and back.

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn a_cursor_gives_its_place_back_and_only_where_it_came_from(
        at in proptest::collection::vec(any::<u8>(), 0..PLACE_BYTES_MAX),
        text in ".{0,64}",
    ) {
        let given = cursor("/v1/realms", &at);
        prop_assert_eq!(place("/v1/realms", &given).unwrap(), at);
        prop_assert!(place("/v1/blobs", &given).is_err());
        let _ = place("/v1/realms", &text);
    }
}

#[test]
fn a_long_one_is_refused() {
    assert!(place("/v1/realms", &cursor("/v1/realms", &[0; PLACE_BYTES_MAX + 1])).is_err());
}
