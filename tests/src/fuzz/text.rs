//! Text from elsewhere: identifiers, patterns of grants, and the file of ratings.

use std::fmt::Display;
use std::str::FromStr;

use pluto_core::{Did, RealmId};
use pluto_ecl::text::glob;
use pluto_identity::DidKey;
use pluto_identity::grant::Pattern;
use pluto_node::node::Invite;
use pluto_node::trust_study::{LINE_BYTES_MAX, Rating, parse_ratings};

pub(super) fn did(bytes: &[u8]) {
    round_trip::<Did>(bytes);
}

pub(super) fn did_key(bytes: &[u8]) {
    round_trip::<DidKey>(bytes);
}

pub(super) fn invite(bytes: &[u8]) {
    round_trip::<Invite>(bytes);
}

pub(super) fn id(bytes: &[u8]) {
    round_trip::<RealmId>(bytes);
}

/// A pattern and, behind a line break, a text: it matches as in a policy. A pattern that it covers
/// matches nothing else.
pub(super) fn pattern(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (pattern, text) = text.split_once('\n').unwrap_or((text, text));
    round_trip::<Pattern>(pattern.as_bytes());
    let Ok(pattern) = pattern.parse::<Pattern>() else { return };
    assert_eq!(pattern.matches(text), glob(pattern.as_str(), text));
    if let Ok(other) = text.parse::<Pattern>()
        && pattern.covers(&other)
    {
        let one = text.replace("**", "a/b:c").replace('*', "a");
        assert!(other.matches(&one) && pattern.matches(&one));
    }
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
