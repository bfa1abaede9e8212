//! Records have one encoding.

use pluto_core::Namespace;
use proptest::prelude::*;

use super::*;

const AUTHOR: Did = Did { namespace: Namespace::Guild, id: [1; 32] };

proptest! {
    #[test]
    fn records_have_one_encoding(ids: [[u8; 32]; 3], seq: u64) {
        let [event, first, second] = ids.map(EventId);
        let proven = ProvenRecord { event, first, second };
        prop_assert_eq!(ProvenRecord::decode(&proven.encode()), Ok(proven));
        let freeze = FreezeRecord { event, seq };
        prop_assert_eq!(FreezeRecord::decode(&freeze.encode()), Ok(freeze));
        let lifted = FreezeLifted { subject: AUTHOR, proof: event };
        prop_assert_eq!(FreezeLifted::decode(&lifted.encode()), Ok(lifted));
    }
}
