//! Text from elsewhere: identifiers, and the file of ratings.

use std::fmt::Display;
use std::str::FromStr;

use pluto_core::{Did, RealmId};
use pluto_identity::DidKey;
use pluto_node::trust_study::{LINE_BYTES_MAX, Rating, parse_ratings};

pub(super) fn did(bytes: &[u8]) {
    round_trip::<Did>(bytes);
}

pub(super) fn did_key(bytes: &[u8]) {
    round_trip::<DidKey>(bytes);
}

pub(super) fn id(bytes: &[u8]) {
    round_trip::<RealmId>(bytes);
}

/// Ratings that can be read stand in order of time, and writing them down again says the same.
pub(super) fn ratings(bytes: &[u8]) {
    let Ok(ratings) = parse_ratings(bytes) else { return };
    assert!(ratings.is_sorted_by_key(|rating| rating.time_s));
    let again: String = ratings.iter().map(line).collect();
    assert!(again.lines().all(|line| line.len() < LINE_BYTES_MAX));
    assert!(parse_ratings(again.as_bytes()).is_ok_and(|same| same == ratings));
}

fn line(rating: &Rating) -> String {
    let Rating { attester, subject, value, time_s } = rating;
    format!("{attester},{subject},{value},{time_s}\n")
}

/// Text that names something is the one text that does.
fn round_trip<T: FromStr + Display>(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(value) = text.parse::<T>() {
        assert_eq!(value.to_string(), text);
    }
}
