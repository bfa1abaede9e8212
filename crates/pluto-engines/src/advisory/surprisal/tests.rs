//! What repeats surprises less; a sketch never counts too little.

use proptest::prelude::*;

use super::*;
use crate::testing::did;

#[test]
fn a_golden_sketch() {
    let mut sketch = Surprisal::default();
    assert_eq!(sketch.of_ppm(did(1), KindNumber(65)), 1_000_000);
    for author in 0..1_000 {
        sketch.count(did(author % 10), KindNumber(65));
    }
    // log₂(1002 / 101) and log₂(1002 / 1).
    assert_eq!(sketch.of_ppm(did(1), KindNumber(65)), 3_310_455);
    assert_eq!(sketch.of_ppm(did(1), KindNumber(66)), 9_968_666);
}

#[test]
fn counts_fade() {
    let mut sketch = Surprisal::default();
    (0..AGED_AT).for_each(|_| sketch.count(did(1), KindNumber(1)));
    sketch.count(did(2), KindNumber(1));
    assert_eq!(sketch.counted, AGED_AT / 2 + 1);
    assert!(sketch.of_ppm(did(2), KindNumber(1)) > sketch.of_ppm(did(1), KindNumber(1)));
}

proptest! {
    #[test]
    fn never_too_little(authors in prop::collection::vec(0..500_u64, 1..600)) {
        let mut sketch = Surprisal::default();
        authors.iter().for_each(|author| sketch.count(did(*author), KindNumber(1)));
        for author in &authors {
            let often = authors.iter().filter(|other| *other == author).count() as u64;
            let most = bits_ppm(often, authors.len() as u64);
            prop_assert!(sketch.of_ppm(did(*author), KindNumber(1)) <= most);
        }
    }
}
