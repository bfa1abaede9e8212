//! The order of use.

use super::*;

#[test]
fn the_one_not_used_for_longest_goes_first_and_the_last_one_stays() {
    let [a, b, c] = [1, 2, 3].map(|byte| RealmId([byte; 32]));
    let mut lru = Lru::default();
    [a, b, c].into_iter().for_each(|realm| lru.put(realm));
    lru.touch(a);
    assert_eq!(lru.take_oldest(), Some(b));
    lru.touch(b);
    lru.take_out(c);
    assert_eq!((lru.take_oldest(), lru.can_give()), (None, false));
    lru.put(c);
    assert_eq!(lru.take_oldest(), Some(a));
}
