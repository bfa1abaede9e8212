//! The batch entry agrees with BLAKE3's stable one, for every length and batch size in use.

use super::{Digest, Domain};

const CONTEXT: &str = "pluto test v1";

fn stable(message: &[u8]) -> Digest {
    Digest(blake3::derive_key(CONTEXT, message))
}

fn check<const N: usize>(count: usize) {
    let domain = Domain::new(CONTEXT);
    let messages: Vec<[u8; N]> =
        (0..count).map(|i| std::array::from_fn(|j| (i * 31 + j * 7) as u8)).collect();
    let mut out = Vec::new();
    domain.hash_many(&messages.iter().collect::<Vec<_>>(), &mut out);
    let expected: Vec<_> = messages.iter().map(|m| stable(m)).collect();
    assert_eq!(out, expected, "{count} messages of {N} bytes");
    if let Some(first) = messages.first() {
        assert_eq!(domain.hash_one(first), stable(first));
    }
}

#[test]
fn batches_equal_the_stable_entry() {
    for count in [0, 1, 2, 3, 7, 8, 15, 16, 17, 63, 64, 65, 200] {
        check::<64>(count);
        check::<128>(count);
        check::<256>(count);
        check::<320>(count);
        check::<768>(count);
        check::<1024>(count);
    }
}

#[test]
fn single_messages_equal_the_stable_entry() {
    let domain = Domain::new(CONTEXT);
    for length in [0, 1, 63, 64, 65, 1023, 1024, 1025, 70_000] {
        let message = vec![7_u8; length];
        assert_eq!(domain.hash(&message), stable(&message));
        let (a, b) = message.split_at(length / 3);
        assert_eq!(domain.hash_parts(&[a, b]), stable(&message));
    }
}

#[test]
fn filling_up_hashes_alike_alone_and_in_company() {
    let domain = Domain::new(CONTEXT);
    let messages: Vec<Vec<u8>> = (0..300_usize)
        .map(|i| vec![i as u8; i * 37 % 1_300])
        .chain([vec![], vec![1; 9_000]])
        .collect();
    let slices: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    let together = domain.hash_padded_many(&slices);
    for (message, digest) in messages.iter().zip(together) {
        let mut filled = message.clone();
        filled.resize(message.len().next_multiple_of(64), 0);
        assert_eq!(digest, stable(&filled), "{} bytes", message.len());
        assert_eq!(domain.hash_padded(message), digest);
    }
}

#[test]
fn climbing_equals_hashing_pair_by_pair() {
    let domain = Domain::new(CONTEXT);
    let start = stable(b"start");
    for length in 0..200_u32 {
        let siblings: Vec<Digest> = (0..length).map(|i| stable(&i.to_be_bytes())).collect();
        let steps = || siblings.iter().map(|sibling| (sibling.0[0] & 1 == 1, sibling));
        let expected = steps().fold(start, |own, (sibling_left, sibling)| {
            let (left, right) = if sibling_left { (sibling, &own) } else { (&own, sibling) };
            stable(&[left.0, right.0].concat())
        });
        assert_eq!(domain.climb(&start, steps()), expected, "{length} steps");
    }
}
