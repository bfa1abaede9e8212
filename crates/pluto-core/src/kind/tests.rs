//! The table of kinds keeps its numbers and its promises.

use std::collections::BTreeSet;

use super::{Class, Kind, KindNumber};

#[test]
fn numbers_round_trip_and_are_unique() {
    let numbers: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.number()).collect();
    assert_eq!(numbers.len(), Kind::ALL.len());
    for kind in Kind::ALL {
        assert_eq!(kind.number().known(), Some(*kind));
        assert_eq!(kind.number().to_string(), kind.as_str());
    }
    assert_eq!(KindNumber(48).known(), None, "merged into MembershipChange");
    assert_eq!(KindNumber(9999).to_string(), "unknown(9999)");
}

#[test]
fn the_earlier_vocabulary_is_complete() {
    assert_eq!((1..=47).filter(|n| KindNumber(*n).known().is_some()).count(), 47);
}

#[test]
fn nothing_about_conversations_can_be_logged() {
    for kind in [Kind::PrivacyMessageSent, Kind::PrivacyCircuitCreated, Kind::PeerConnectionChange]
    {
        assert_eq!(kind.class(), Class::Telemetry);
    }
}
