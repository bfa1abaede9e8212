//! Bad deeds end in a ban that ends, good ones do not pay for them, and memory is bounded.

use super::*;

fn peer(number: u16) -> PeerId {
    let mut id = [0; 32];
    id[..2].copy_from_slice(&number.to_be_bytes());
    PeerId(id)
}

#[test]
fn garbage_ends_in_a_ban_that_ends_and_comes_back_longer() {
    let mut scores = Scores::default();
    let mut now = 0;
    for round in 0..3_u64 {
        let mut banned = None;
        for _ in 0..4 {
            for output in scores.step(Input::Did(peer(1), Deed::Garbage), now) {
                assert!(banned.is_none());
                banned = Some(output);
            }
        }
        let until = now + (BAN_MS << round);
        assert_eq!(banned, Some(Output::ShutOut(peer(1), Some(until))));
        assert!(scores.is_banned(&peer(1), until - 1));
        now = until;
        assert_eq!(scores.step(Input::Tick, now), [Output::LetIn(peer(1))]);
        assert!(!scores.is_banned(&peer(1), now));
    }
}

#[test]
fn a_good_past_buys_little_and_time_heals() {
    let mut scores = Scores::default();
    for _ in 0..1_000 {
        scores.step(Input::Did(peer(1), Deed::Useful), 0);
    }
    assert_eq!(scores.points(&peer(1), 0), POINTS_MAX);
    for _ in 0..4 {
        scores.step(Input::Did(peer(1), Deed::Invalid), 0);
    }
    assert!(scores.is_banned(&peer(1), 0));
    scores.step(Input::Did(peer(2), Deed::Slow), 0);
    assert_eq!(scores.points(&peer(2), 14 * POINT_MS), -1);
    assert_eq!(scores.points(&peer(2), 99 * POINT_MS), 0);
}

#[test]
fn a_flood_is_dropped_and_a_bad_peer_gets_a_tenth() {
    let mut scores = Scores::default();
    let handled = |scores: &mut Scores, peer, now| {
        (0..1_000).take_while(|_| scores.step(Input::Traffic(peer, 100), now).is_empty()).count()
    };
    assert_eq!(handled(&mut scores, peer(1), 0), 512);
    assert_eq!(handled(&mut scores, peer(1), 1_000), 256);
    for _ in 0..3 {
        scores.step(Input::Did(peer(2), Deed::Slow), 0);
    }
    assert_eq!(handled(&mut scores, peer(2), 0), 51);
    assert_eq!(scores.step(Input::Traffic(peer(3), 65 << 20), 0), [Output::Drop(peer(3))]);
}

#[test]
fn peers_are_bounded_and_the_banned_are_remembered() {
    let mut scores = Scores::default();
    scores.step(Input::Banned(peer(0), true), 0);
    for number in 1..=6_000 {
        scores.step(Input::Did(peer(number), Deed::Silent), 0);
    }
    assert_eq!(scores.len(), PEERS_MAX);
    assert!(scores.is_banned(&peer(0), u64::MAX));
    assert_eq!(scores.step(Input::Banned(peer(0), false), 0), [Output::LetIn(peer(0))]);
}
