//! The walk over a run agrees with the full decoder, and survives any bytes.

use pluto_testkit::RunBuilder;
use proptest::prelude::*;

use super::*;

#[test]
fn ids_are_those_of_the_decoder() {
    let mut author = RunBuilder::new(3);
    for count in [1, 2, 17, 256] {
        let mut run = author.run(count, b"some payload");
        run.events[count / 2].payload = None;
        let bytes = run.encode();
        let expected: Vec<EventId> = run.events.iter().map(|event| event.id).collect();
        assert!(decodes(&bytes));
        assert_eq!(event_count(&bytes), count);
        assert_eq!(ids(&bytes).unwrap(), expected);
        for (slot, id) in expected.iter().enumerate() {
            assert_eq!(id_at(&bytes, slot as u8), Some(*id));
        }
        assert_eq!(id_at(&bytes, count as u8), (count == 256).then(|| expected[0]));
        assert_eq!(ids(&bytes[..bytes.len() - 1]), None);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_walked_or_refused(bytes: Vec<u8>, slot: u8) {
        let walked = ids(&bytes);
        prop_assert!(walked.is_none_or(|ids| ids.len() == event_count(&bytes)));
        let _ = id_at(&bytes, slot);
    }

    #[test]
    fn a_flipped_run_never_panics(at in 0_usize..600, flip in 1_u8..=255, slot: u8) {
        let mut bytes = RunBuilder::new(3).run(2, b"payload").encode();
        let at = at % bytes.len();
        bytes[at] ^= flip;
        let _ = (ids(&bytes), id_at(&bytes, slot));
    }
}
