//! Votes cost their square, and only those who stood at the opening have any.

use super::*;
use crate::testing::did;

#[test]
fn credits_buy_their_root() {
    assert_eq!((votes(CREDITS), cost(10), cost(11)), (10, 100, 121));
    assert_eq!(cost(u64::MAX), u64::MAX);
}

#[test]
fn a_matter_from_opening_to_deadline() {
    let mut matter = Matter::open(1_000, (0..20).map(did));
    assert_eq!(matter.vote(did(99), 1, 1_000), Err(Refused::NotElector));
    assert_eq!(matter.vote(did(1), 11, 1_000), Err(Refused::TooDear));
    matter.vote(did(1), 10, 1_000).unwrap();
    assert!(!matter.tally(1_000).quorum, "one of twenty is no quorum");
    matter.vote(did(2), -10, 2_000).unwrap();
    let tied = matter.tally(2_000);
    assert_eq!((tied.yes, tied.no, tied.voters), (10, 10, 2));
    assert!(tied.quorum && !tied.passes);
    matter.vote(did(2), -9, 3_000).unwrap();
    assert!(matter.tally(3_000).passes);
    assert_eq!(matter.vote(did(3), -5, 1_000 + OPEN_MS), Err(Refused::TooLate));
    let end = matter.tally(1_000 + OPEN_MS);
    assert!(end.passes && end.closed);
    matter.vote(did(2), 0, 4_000).unwrap();
    assert!(!matter.tally(4_000).quorum, "a ballot taken back is no ballot");
}

#[test]
fn fresh_keys_are_worth_nothing() {
    let mut matter = Matter::open(0, [did(1)]);
    (100..1_000).for_each(|sybil| {
        assert_eq!(matter.vote(did(sybil), 10, 0), Err(Refused::NotElector));
    });
    assert_eq!(matter.tally(0).voters, 0);
    assert!(!Matter::open(0, []).tally(0).quorum);
}
