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

#[test]
fn each_use_is_news_once() {
    let [a, b] = [1, 2].map(|byte| RealmId([byte; 32]));
    let mut lru = Lru::default();
    assert_eq!(lru.since(0).count(), 0);
    [a, b, a].into_iter().for_each(|realm| lru.put(realm));
    assert_eq!(lru.since(0).collect::<Vec<_>>(), [b, a]);
    let seen = lru.next();
    assert_eq!(lru.since(seen).count(), 0);
    lru.put(b);
    assert_eq!(lru.since(seen).collect::<Vec<_>>(), [b]);
}
