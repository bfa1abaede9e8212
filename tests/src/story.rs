//! Seeded stories: what happens in one is decided by its numbers alone.

use pluto_core::{Did, Kind, Run};

use crate::people::{Person, Shuffle, Writer, person};

const STEPS: usize = 40;

/// Five people who write concurrently on three branches that see each other now and then.
#[must_use]
pub fn story(seed: u64) -> (Writer, Vec<Run>) {
    story_of(1, seed)
}

/// The story of the five people from number `first` on, in the realm of the first.
#[must_use]
pub fn story_of(first: u8, seed: u64) -> (Writer, Vec<Run>) {
    let [a, b, c, d, e] =
        std::array::from_fn(|n| person(first + u8::try_from(n).unwrap_or_default()));
    let mut random = Shuffle(seed);
    let (mut root, genesis) = Writer::open(&a);
    let mut runs = vec![genesis];
    runs.extend([&b, &c, &d, &e].map(|somebody| root.join(somebody)));
    let dids = [a.did(), b.did(), c.did(), d.did(), e.did()];
    // An author writes on one branch only: writing on two would be a fork.
    let authors = [vec![a, d], vec![b, e], vec![c]];
    let mut branches = authors.map(|authors| (root.clone(), authors));
    for _ in 0..STEPS {
        let at = random.below(branches.len());
        let other = branches.get(random.below(3)).map(|(writer, _)| writer.clone());
        let Some((branch, authors)) = branches.get_mut(at) else { continue };
        let Some(author) = authors.get(random.below(authors.len())) else { continue };
        runs.push(step(branch, author, &dids, &mut random));
        if let Some(other) = other.filter(|_| random.below(3) == 0) {
            branch.merge(&other);
        }
    }
    (root, runs)
}

fn step(branch: &mut Writer, author: &Person, dids: &[Did], random: &mut Shuffle) -> Run {
    let subject = dids.get(random.below(dids.len())).copied().unwrap_or_else(|| author.did());
    match random.below(4) {
        0 => {
            let value = i8::try_from(random.below(21)).unwrap_or_default() - 10;
            branch.attest(author, subject, value)
        }
        1 => {
            let event = branch.event(author, Kind::RecordPut, b"no record at all");
            author.sign(vec![event])
        }
        _ => branch.records(author, 1 + u32::try_from(random.below(5)).unwrap_or_default()),
    }
}
