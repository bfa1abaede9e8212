//! Of many grants those are found that are worth asking about.

use super::super::test_world::{END_MS, OWNER, World, asked, did, grant};
use super::super::{Grant, authorise};
use super::*;

#[test]
fn the_shortest_chain_and_the_longest_time_come_first() {
    let mut world = World::new();
    let to = |nonce| Grant { nonce: [nonce; 16], ..grant(None, did(20)) };
    let handed_on = world.give(OWNER, &grant(None, did(5))).unwrap();
    let child = Grant { hops: 0, ..grant(Some(handed_on), did(20)) };
    let child = world.give(did(5), &child).unwrap();
    let soon = world.give(OWNER, &Grant { expires_ms: END_MS - 1, ..to(1) }).unwrap();
    let late = world.give(OWNER, &to(2)).unwrap();
    let revoked = world.give(OWNER, &to(3)).unwrap();
    world.revoke(OWNER, revoked).unwrap();
    let actions = vec!["mail:*".parse().unwrap()];
    world.give(OWNER, &Grant { actions, ..to(4) }).unwrap();
    let resources = vec!["dev/*".parse().unwrap()];
    world.give(OWNER, &Grant { resources, ..to(5) }).unwrap();
    let ask = asked(did(20));
    assert_eq!(covering(world.grants(), &ask), [late, soon, child]);
    for id in [late, soon, child] {
        assert!(authorise(&world, &id, &ask).is_ok());
    }
    let at_the_end = Asked { at_ms: END_MS - 1, ..ask };
    assert_eq!(covering(world.grants(), &at_the_end), [late, child]);
    assert!(covering(world.grants(), &asked(did(21))).is_empty());
}

#[test]
fn other_entries_are_passed_over() {
    let entries: [(&[u8], &[u8]); 4] =
        [(b"", b""), (b"g", b"x"), (&[b'u'; 33], b""), (&[b'g'; 33], b"?")];
    assert!(covering(entries, &asked(did(1))).is_empty());
}
