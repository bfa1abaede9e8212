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
            assert!(part_at(&bytes, slot as u8).unwrap().is(id));
        }
        let after = part_at(&bytes, count as u8);
        assert_eq!(after.is_some(), count == 256);
        assert!(after.is_none_or(|part| part.is(&expected[0])));
        assert_eq!(ids(&bytes[..bytes.len() - 1]), None);
    }
}

#[test]
fn a_hollow_run_is_that_of_the_encoder() {
    let mut author = RunBuilder::new(3);
    for count in [1, 2, 17, 256] {
        let mut run = author.run(count, b"some payload");
        let bytes = run.encode();
        let is_gone = |slot: u8| slot.is_multiple_of(3);
        for event in run.events.iter_mut().step_by(3) {
            event.payload = None;
        }
        let short = hollow(&bytes, is_gone).unwrap();
        assert_eq!(short, run.encode());
        assert_eq!(hollow(&short, is_gone).as_ref(), Some(&short));
        let padded = [&*short, &[0; 40]].concat();
        assert_eq!(length(&padded), Some(short.len()));
    }
}

proptest! {
    #[test]
    fn any_bytes_are_walked_or_refused(bytes: Vec<u8>, slot: u8) {
        let walked = ids(&bytes);
        prop_assert!(walked.is_none_or(|ids| ids.len() == event_count(&bytes)));
        let _ = (part_at(&bytes, slot), length(&bytes), hollow(&bytes, |at| at == slot));
    }

    #[test]
    fn a_flipped_run_never_panics(at in 0_usize..600, flip in 1_u8..=255, slot: u8) {
        let mut bytes = RunBuilder::new(3).run(2, b"payload").encode();
        let at = at % bytes.len();
        bytes[at] ^= flip;
        let _ = (ids(&bytes), part_at(&bytes, slot), hollow(&bytes, |at| at == slot));
    }
}
