//! Places in pieces.

use super::*;

fn place(sources: &Sources, start: u32, end: u32) -> (String, String) {
    let place = sources.place(Span { start, end });
    (place.name.to_owned(), place.text[place.range].to_owned())
}

#[test]
fn a_place_is_told_in_its_piece() {
    let mut sources = Sources::file("a.ecl", "first".to_owned());
    sources.push("given 1", "söcond");
    sources.push("given 2", "third");
    assert_eq!(sources.text(), "first\nsöcond\nthird");
    let told = |start, end| place(&sources, start, end);
    assert_eq!(told(0, 5), ("a.ecl".into(), "first".into()));
    assert_eq!(told(6, 13), ("given 1".into(), "söcond".into()));
    assert_eq!(told(14, 16), ("given 2".into(), "th".into()));
}

#[test]
fn a_place_beyond_its_piece_is_cut_and_never_halves_a_character() {
    let mut sources = Sources::file("a.ecl", "first".to_owned());
    sources.push("given 1", "söcond");
    assert_eq!(place(&sources, 3, 9), ("a.ecl".into(), "st".into()));
    assert_eq!(place(&sources, 8, 9), ("given 1".into(), "ö".into()), "from inside of ö");
    assert_eq!(place(&sources, 900, 901), ("given 1".into(), "".into()));
    assert_eq!(place(&Sources::default(), 0, 1), (String::new(), String::new()));
}
