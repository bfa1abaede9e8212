//! Every fuzz target on seeded mutations of its seeds: what libFuzzer does, less of it, everywhere.
//!
//! Input n of a target is the same on every machine. `PLUTO_FUZZ_INPUTS` raises the number of inputs
//! per target; a failure prints the input, which then becomes a test of its own.

use std::fmt::Write as _;
use std::panic::catch_unwind;

use pluto_tests::Shuffle;
use pluto_tests::fuzz::{TARGETS, Target, seeds};

const INPUTS_DEFAULT: u64 = 20_000;
/// Mutations never make an input longer than this.
const INPUT_BYTES_MAX: usize = 16 * 1024;
/// What a length or count is set to, besides the numbers of the input itself.
const EDGES: [u32; 10] = [0, 1, 15, 16, 17, 255, 256, 65_535, 65_537, u32::MAX];

fn inputs() -> u64 {
    std::env::var("PLUTO_FUZZ_INPUTS").ok().and_then(|n| n.parse().ok()).unwrap_or(INPUTS_DEFAULT)
}

#[test]
fn no_decoder_panics_or_takes_a_second_encoding() {
    let inputs = inputs();
    std::thread::scope(|scope| {
        for parity in 0..2 {
            scope.spawn(move || {
                for target in TARGETS.iter().skip(parity).step_by(2) {
                    attack(*target, inputs);
                }
            });
        }
    });
}

#[test]
fn every_target_has_a_seed() {
    for (name, _) in TARGETS {
        let seeds = seeds(name).unwrap();
        assert!(!seeds.is_empty() && !seeds.iter().any(Vec::is_empty), "{name}");
    }
}

#[test]
fn mutations_are_the_same_each_time() {
    let seeds = seeds("run").unwrap();
    let all =
        |from| -> Vec<Vec<u8>> { (from..from + 50).map(|n| mutant("run", n, &seeds)).collect() };
    assert_eq!(all(7), all(7));
    assert_ne!(all(7), all(1007));
}

/// Targets that check signatures, open a log or compile: an input costs a hundred times what decoding
/// does.
const COSTLY: [&str; 6] = ["component", "ecl-engines", "index", "log", "proof-file", "signature"];

/// Runs one target.
fn attack((name, target): Target, inputs: u64) {
    let seeds = seeds(name).unwrap();
    let inputs = if COSTLY.contains(&name) { inputs / 20 } else { inputs };
    for seed in &seeds {
        check(name, target, seed);
    }
    for number in 0..inputs {
        check(name, target, &mutant(name, number, &seeds));
    }
}

fn check(name: &str, target: fn(&[u8]), input: &[u8]) {
    if catch_unwind(|| target(input)).is_err() {
        let mut hex = String::new();
        input.iter().for_each(|byte| write!(hex, "{byte:02x}").unwrap());
        panic!("target `{name}` panics on {hex}");
    }
}

/// Input `number` of a target.
fn mutant(name: &str, number: u64, seeds: &[Vec<u8>]) -> Vec<u8> {
    let stream = name.bytes().fold(number, |state, byte| Shuffle(state ^ u64::from(byte)).next());
    let mut random = Shuffle(stream);
    let mut bytes = match random.below(16) {
        0 => (0..random.below(512)).map(|_| random.next() as u8).collect(),
        _ => seeds[random.below(seeds.len())].clone(),
    };
    for _ in 0..=random.below(4) {
        mutate(&mut random, &mut bytes, seeds);
    }
    bytes.truncate(INPUT_BYTES_MAX);
    bytes
}

fn mutate(random: &mut Shuffle, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
    let at = random.below(bytes.len() + 1);
    let to = at + random.below(bytes.len() - at + 1);
    match random.below(9) {
        0 | 1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
        2 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = random.next() as u8;
            }
        }
        3 => bytes.truncate(at),
        4 => drop(bytes.drain(at..to)),
        5 => {
            let part = bytes[at..to].to_vec();
            bytes.splice(at..at, part);
        }
        6 => {
            let part: Vec<u8> = (0..random.below(40)).map(|_| random.next() as u8).collect();
            bytes.splice(at..at, part);
        }
        7 => edit_number(random, bytes, at),
        _ => {
            let other = &seeds[random.below(seeds.len())];
            bytes.truncate(at);
            bytes.extend_from_slice(&other[random.below(other.len() + 1)..]);
        }
    }
}

/// Writes an interesting number over one, two or four bytes: what lengths, counts and flags are.
fn edit_number(random: &mut Shuffle, bytes: &mut [u8], at: usize) {
    let len = bytes.len() as u32;
    let number = match random.below(EDGES.len() + 3) {
        0 => len,
        1 => len.wrapping_add(1),
        2 => len.wrapping_sub(random.below(64) as u32),
        edge => EDGES[edge - 3],
    };
    let width = [1, 2, 4][random.below(3)];
    let number = &number.to_be_bytes()[4 - width..];
    bytes.iter_mut().skip(at).zip(number).for_each(|(to, from)| *to = *from);
}
