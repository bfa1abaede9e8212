//! Votes in every order make the same checkpoints final; what is kept has one encoding.

use pluto_core::payload::CheckpointSigned;
use pluto_core::{Canonical, Namespace, Reader};
use proptest::prelude::*;

use super::*;

fn did(number: u8) -> Did {
    Did { namespace: Namespace::Person, id: [number; 32] }
}

fn hash(number: u8) -> Digest {
    if number == 0 { Digest::ZERO } else { Digest([number; 32]) }
}

/// `witness` signs checkpoint `number`, which extends `extends`; all of them propose.
fn vote(witness: u8, number: u8, extends: u8) -> Vote {
    let zero = Digest::ZERO;
    let checkpoint = CheckpointSigned {
        number: number.into(),
        time_ms: number.into(),
        size: 1,
        event_set_root: zero,
        log_root: zero,
        state_root: zero,
    };
    Vote {
        witness: did(witness),
        event: EventId([witness ^ number.rotate_left(4); 32]),
        checkpoint: hash(number),
        said: RoundVote {
            chained: ChainedCheckpoint { checkpoint, extends: hash(extends) },
            round: 0,
            commits: true,
        },
        proposes: true,
    }
}

/// The same, as a word in a round.
fn word(witness: u8, number: u8, round: u64, commits: bool) -> Vote {
    let mut word = vote(witness, number, 0);
    (word.said.round, word.said.commits) = (round, commits);
    word
}

fn begin() -> Borders {
    Borders::begin(Arc::new(Quorum { witnesses: vec![did(1), did(2), did(3)], threshold: 2 }))
}

/// Takes a vote and closes what it makes final, as a realm without declarations does.
fn take(borders: &mut Borders, vote: Vote) {
    let checkpoint = vote.checkpoint();
    let opens = borders.note(vote);
    let mut open = borders.supported(checkpoint, opens);
    while let Some(one) = open.pop() {
        let Some(found) = borders.found(one) else { continue };
        if borders.rival().is_some() {
            continue;
        }
        if found.above < borders.list().len() {
            borders.contradict(one);
            continue;
        }
        for checkpoint in found.path {
            let number = borders.candidate(&checkpoint).unwrap().signed.checkpoint.number;
            let quorum = Arc::clone(&borders.root);
            let (proposal, time_ms) = (EventId::ZERO, number);
            let (position, lamports) = (number, (1, number));
            let border =
                Border { checkpoint, proposal, number, time_ms, position, lamports, quorum };
            borders.close(border);
            let behind: Vec<Digest> = borders.extending(&checkpoint).collect();
            open.extend(behind.into_iter().flat_map(|one| borders.supported(one, true)));
        }
    }
}

fn take_all(borders: &mut Borders, votes: &[(u8, u8, u8)]) {
    votes.iter().for_each(|(who, number, extends)| take(borders, vote(*who, *number, *extends)));
}

fn chain(borders: &Borders) -> Vec<u64> {
    borders.list().iter().map(|border| border.number).collect()
}

fn encoded(borders: &Borders) -> Vec<u8> {
    let mut bytes = Vec::new();
    put_borders(&mut bytes, borders, true);
    bytes
}

#[test]
fn commits_count_by_the_round() {
    let mut borders = begin();
    for witness in 1..4 {
        take(&mut borders, word(witness, 1, 5, false));
        // Each in a round of its own.
        take(&mut borders, word(witness, 1, witness.into(), true));
    }
    take(&mut borders, word(9, 1, 1, true));
    assert!(chain(&borders).is_empty());
    let again = read_borders(&mut Reader::new(&encoded(&borders)), true).unwrap();
    assert_eq!(again.candidates(), borders.candidates());
    take(&mut borders, word(2, 1, 1, true));
    assert_eq!(chain(&borders), [1]);
    let deciding = borders.candidates()[0].deciding(&borders.root).unwrap();
    assert_eq!(deciding.keys().copied().collect::<Vec<_>>(), [did(1), did(2), did(9)]);
}

#[test]
fn what_one_author_signs_without_end_is_forgotten_and_hurts_nobody_else() {
    let mut borders = begin();
    let spam = |who: u8, number: u64| {
        let mut spam = word(who, 7, 3, true);
        spam.said.chained.checkpoint.number = number;
        spam.checkpoint = spam.said.chained.hash();
        spam
    };
    take(&mut borders, word(2, 1, 2, false));
    // A stranger and a witness; what another witness spoke of stays.
    let liked = spam(9, 5_000);
    let kept = liked.checkpoint();
    take(&mut borders, liked);
    take(&mut borders, spam(3, 5_000));
    for number in 0..3_000 {
        take(&mut borders, spam(9, 10_000 + number));
        take(&mut borders, spam(1, 20_000 + number));
    }
    assert_eq!(borders.candidates().len(), 2 * bound::OPENED_MAX + 2);
    assert!(borders.candidate(&kept).is_some() && borders.candidate(&hash(1)).is_some());
    let again = read_borders(&mut Reader::new(&encoded(&borders)), true).unwrap();
    assert_eq!(again.candidates(), borders.candidates());
    for witness in 1..3 {
        take(&mut borders, word(witness, 1, 2, true));
    }
    assert_eq!(chain(&borders), [1]);
}

#[test]
fn what_was_said_before_there_were_rounds_is_kept_as_it_was() {
    let mut borders = begin();
    take_all(&mut borders, &[(1, 1, 0), (2, 1, 0), (3, 2, 1)]);
    assert!(!borders.has_rounds());
    let mut bytes = Vec::new();
    put_borders(&mut bytes, &borders, false);
    let again = read_borders(&mut Reader::new(&bytes), false).unwrap();
    assert_eq!(again.candidates(), borders.candidates());
    take(&mut borders, word(1, 4, 9, false));
    assert!(borders.has_rounds());
}

#[test]
fn a_final_checkpoint_makes_what_it_extends_final() {
    let mut borders = begin();
    take(&mut borders, vote(1, 1, 0));
    take(&mut borders, vote(2, 3, 1));
    assert!(chain(&borders).is_empty());
    take(&mut borders, vote(3, 3, 1));
    assert_eq!(chain(&borders), [1, 3]);
    take(&mut borders, vote(2, 1, 0));
    assert_eq!(chain(&borders), [1, 3], "late words change nothing");
    assert_eq!(borders.rival(), None);
}

#[test]
fn strangers_and_repetitions_count_nothing() {
    let mut borders = begin();
    (0..4).for_each(|_| take(&mut borders, vote(1, 1, 0)));
    (4..20).for_each(|stranger| take(&mut borders, vote(stranger, 1, 0)));
    assert!(chain(&borders).is_empty());
    take(&mut borders, vote(3, 1, 0));
    assert_eq!(chain(&borders), [1]);
}

#[test]
fn a_rival_is_noticed_whatever_it_stands_on() {
    let mut borders = begin();
    take_all(&mut borders, &[(1, 1, 0), (2, 1, 0), (1, 2, 1), (2, 2, 1)]);
    assert_eq!(chain(&borders), [1, 2]);
    take(&mut borders, vote(3, 5, 0));
    assert_eq!(borders.rival(), None);
    take(&mut borders, vote(1, 5, 0));
    assert_eq!(borders.rival(), Some(hash(5)));
    take_all(&mut borders, &[(1, 6, 2), (2, 6, 2)]);
    assert_eq!(chain(&borders), [1, 2], "nothing more is final");
}

#[test]
fn numbers_and_time_go_up_along_a_chain() {
    let mut borders = begin();
    take_all(&mut borders, &[(1, 4, 0), (2, 4, 0), (1, 3, 4), (2, 3, 4)]);
    assert_eq!(chain(&borders), [4]);
}

proptest! {
    /// Checkpoint n extends one below it, the same in every case: a tree on which the votes of honest
    /// witnesses, who stay in one branch, never make two chains.
    #[test]
    fn the_order_of_votes_decides_nothing(
        said in prop::collection::vec((1_u8..5, 1_u8..12), 0..40).prop_flat_map(|said| {
            (Just(said.clone()), Just(said).prop_shuffle())
        }),
    ) {
        let (said, other) = said;
        let after = |said: &[(u8, u8)]| {
            let mut borders = begin();
            said.iter().for_each(|(who, number)| take(&mut borders, vote(*who, *number, number - 1)));
            borders
        };
        let (one, two) = (after(&said), after(&other));
        prop_assert_eq!(chain(&one), chain(&two));
        prop_assert_eq!((one.rival(), two.rival()), (None, None));
        let bytes = encoded(&one);
        let mut input = Reader::new(&bytes);
        let again = read_borders(&mut input, true).unwrap();
        prop_assert!(input.rest().is_empty());
        prop_assert_eq!(encoded(&again), bytes);
    }

    #[test]
    fn damaged_borders_are_refused_or_other_ones(at in any::<prop::sample::Index>(), flip in 1_u8..) {
        let mut borders = begin();
        take_all(&mut borders, &[(1, 1, 0), (2, 1, 0), (3, 2, 1)]);
        let bytes = encoded(&borders);
        let mut other = bytes.clone();
        let at = at.index(other.len());
        other[at] ^= flip;
        if let Ok(read) = read_borders(&mut Reader::new(&other), true) {
            prop_assert!(encoded(&read) != bytes);
        }
    }
}

#[test]
fn a_vote_is_a_chained_checkpoint() {
    let signed = vote(1, 1, 0).said.chained;
    assert_eq!(ChainedCheckpoint::decode(&signed.encode()), Ok(signed));
}
