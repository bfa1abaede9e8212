//! Nobody goes back on a word, whatever happens; small worlds of witnesses, all of them to a depth and
//! many at random, are in `world`.

mod world;

use pluto_core::Namespace;
use pluto_core::payload::CheckpointSigned;

use super::*;

fn did(number: usize) -> Did {
    Did { namespace: Namespace::Guild, id: [u8::try_from(number).unwrap(); 32] }
}

fn set(count: usize) -> WitnessSet {
    WitnessSet::of((1..=count).map(did)).unwrap()
}

fn checkpoint(number: u64, content: u64, extends: Digest) -> ChainedCheckpoint {
    let mut root = Digest([7; 32]);
    root.0[..8].copy_from_slice(&content.to_be_bytes());
    let checkpoint = CheckpointSigned {
        number,
        time_ms: 1_000 + number,
        size: number * 10,
        event_set_root: root,
        log_root: root,
        state_root: root,
    };
    ChainedCheckpoint { checkpoint, extends }
}

fn event(number: u8) -> EventId {
    EventId([number; 32])
}

fn word(content: u64, round: u64, commits: bool) -> RoundVote {
    RoundVote { chained: checkpoint(1, content, Digest::ZERO), round, commits }
}

#[test]
fn sets_that_cannot_decide_are_refused() {
    use pluto_core::Canonical as _;
    assert_eq!((1..=7).map(|n| set(n).threshold()).collect::<Vec<_>>(), [1, 2, 2, 3, 4, 4, 5]);
    assert!(WitnessSet::new([], 0).is_err());
    assert!(WitnessSet::new([did(1), did(2)], 1).is_err());
    assert!(WitnessSet::new([did(1)], 2).is_err());
    assert!(WitnessSet::of((1..=65).map(did)).is_err());
    let bytes = set(4).encode();
    assert_eq!(WitnessSet::decode(&bytes).unwrap(), set(4));
}

#[test]
fn a_word_leaves_after_the_memory_is_written() {
    let own = set(1).witnesses()[0];
    let mut witness = Witness::new(own, set(1), Memory::default(), None, 0);
    assert!(witness.step(Input::Tick, 0).unwrap().is_empty(), "nothing is wanted");
    witness.step(Input::Wanted, 0).unwrap();
    assert_eq!(witness.step(Input::Tick, 1).unwrap(), [Output::Draft { number: 1 }]);
    let first = Memory { round: 1, commits: false };
    let out = witness.step(Input::Drafted(word(1, 1, false).chained), 1).unwrap();
    assert_eq!(out, [Output::Remember(first)]);
    assert!(witness.step(Input::Remembered(Memory::default()), 1).unwrap().is_empty());
    let out = witness.step(Input::Remembered(first), 1).unwrap();
    assert_eq!(out, [Output::Sign(word(1, 1, false))]);
    // Alone it is the threshold: the second word follows when the first is in the log.
    let second = Memory { round: 1, commits: true };
    let heard = Input::Signed(own, word(1, 1, false), event(1));
    assert!(witness.step(heard, 2).unwrap().is_empty());
    assert_eq!(witness.step(Input::Tick, 2).unwrap(), [Output::Remember(second)]);
    let out = witness.step(Input::Remembered(second), 2).unwrap();
    assert_eq!(out, [Output::Sign(word(1, 1, true))]);
    let own_commit = Input::Signed(own, word(1, 1, true), event(2));
    assert!(witness.step(own_commit, 2).unwrap().is_empty());
    let last = word(1, 1, true).chained;
    witness.step(Input::Final(last.clone()), 2).unwrap();
    assert_eq!(witness.last_final(), Some(&last));
    witness.step(Input::Wanted, 3).unwrap();
    assert!(witness.step(Input::Tick, 3).unwrap().is_empty(), "it rests");
    let out = witness.step(Input::Tick, 2 + REST_MS).unwrap();
    assert_eq!(out, [Output::Draft { number: 2 }]);
}

#[test]
fn a_witness_that_says_two_things_is_shown() {
    let own = set(3).witnesses()[0];
    let mut seen = Witness::new(own, set(3), Memory::default(), None, 0);
    let [_, second, third] = [0, 1, 2].map(|n| set(3).witnesses()[n]);
    let mut step = |who, word, id| seen.step(Input::Signed(who, word, event(id)), 0).unwrap();
    assert!(step(third, word(1, 1, false), 1).is_empty());
    assert!(step(third, word(1, 1, true), 2).is_empty());
    let events = [event(2), event(3)];
    let shown = step(third, word(2, 1, false), 3);
    assert_eq!(shown, [Output::Contradiction { witness: third, events }]);
    assert!(step(third, word(2, 1, false), 4).is_empty(), "once");
    assert!(step(did(99), word(3, 1, false), 5).is_empty(), "a stranger");
    assert!(step(second, word(3, 1, false), 6).is_empty());
    let asked = seen.step(Input::Tick, 0).unwrap();
    assert_eq!(asked, [Output::Check(word(3, 1, false).chained)], "whose turn it is");
}

#[test]
fn a_lock_is_given_up_when_the_threshold_prepared_something_else_later() {
    // Three of four must sign.
    let who = set(4).witnesses().to_vec();
    let own = who[0];
    for (said, moved_on) in [(1, false), (3, true)] {
        let memory = Memory { round: said, commits: true };
        let mut witness = Witness::new(own, set(4), memory, None, 0);
        let mut step = |who, word, id| {
            witness.step(Input::Signed(who, word, event(id)), 0).unwrap();
            let out = witness.step(Input::Tick, 0).unwrap();
            match &out[..] {
                [Output::Check(one)] => {
                    let checked = Input::Checked(one.hash(), true);
                    witness.step(checked, 0).unwrap()
                }
                _ => out,
            }
        };
        assert!(step(own, word(1, 1, true), 1).is_empty());
        // The witness of round 2 proposes another one, and that of round 5 too: the lock holds.
        assert!(step(who[2], word(2, 2, false), 2).is_empty());
        assert!(step(who[1], word(2, 2, false), 3).is_empty());
        assert!(step(who[1], word(2, 5, false), 4).is_empty());
        // With the third the whole round prepared it: it may be committed, or prepared where a later
        // word was said already.
        let out = step(who[3], word(2, 2, false), 5);
        let (round, commits) = if moved_on { (5, false) } else { (2, true) };
        assert_eq!(out, [Output::Remember(Memory { round, commits })]);
    }
}

#[test]
fn no_word_is_said_twice_and_none_before_the_last() {
    let mut memory = Memory::default();
    assert!(memory.sign(0, false).is_err());
    memory.sign(3, false).unwrap();
    assert!(memory.sign(3, false).is_err());
    assert!(memory.sign(2, true).is_err());
    memory.sign(3, true).unwrap();
    assert!(memory.sign(3, false).is_err());
    memory.sign(5, true).unwrap();
    assert!(memory.sign(5, false).is_err());
}

#[test]
fn what_anybody_says_does_not_fill_the_memory() {
    let [own, liar] = [0, 1].map(|n| set(3).witnesses()[n]);
    let mut witness = Witness::new(own, set(3), Memory::default(), None, 0);
    for round in 1..3 * ROUNDS_MAX as u64 {
        let said = Input::Signed(liar, word(round, round, true), event(1));
        witness.step(said, 0).unwrap();
    }
    for content in 0..4 * WORDS_MAX as u64 {
        let said = Input::Signed(liar, word(content, 7, false), event(1));
        witness.step(said, 0).unwrap();
    }
    let (rounds, words) = witness.ballots.sizes();
    assert!(rounds <= ROUNDS_MAX && words <= WORDS_MAX, "{rounds}, {words}");
    // A round that only one has reached, with nobody in between, moves nobody but the next.
    assert!(witness.round() <= 3 * ROUNDS_MAX as u64);
}
