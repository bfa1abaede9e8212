//! Questions about texts: one definition for every engine.
//!
//! `glob` runs a set of positions of the pattern over the text (the Shift-And algorithm of Baeza-Yates
//! and Gonnet, with loops for the wildcards), so its cost is the length of the text times the words
//! the pattern fills: no pattern makes it slower. It works on bytes; a character that takes several
//! is matched by `?` as a whole, because its later bytes keep the position behind the `?`.

use crate::code::TextTest;

/// The answer to `test` about `a` and `b`, in the order the source has them: for glob the pattern
/// comes first, for the others the text.
#[must_use]
pub fn test(test: TextTest, a: &str, b: &str) -> bool {
    match test {
        TextTest::Glob => glob(a, b),
        TextTest::StartsWith => a.starts_with(b),
        TextTest::EndsWith => a.ends_with(b),
        TextTest::Contains => a.contains(b),
    }
}

/// Whether the pattern matches the whole text.
///
/// `*` stands for any characters but the separators `/` and `:`, `**` for any characters, `?` for one
/// character that is no separator; everything else for itself. Nothing is escaped.
#[must_use]
pub fn glob(pattern: &str, text: &str) -> bool {
    let Some(first) = pattern.find(['*', '?']) else { return pattern == text };
    let last = pattern.rfind(['*', '?']).unwrap_or(first);
    let (head, rest) = pattern.split_at(first);
    let (middle, tail) = rest.split_at(last - first + 1);
    // What stands before the first and behind the last wildcard is fixed, and often all there is.
    let Some(text) = text.strip_prefix(head) else { return false };
    let Some(text) = text.strip_suffix(tail) else { return false };
    match middle {
        "*" => !text.bytes().any(separates),
        "**" => true,
        _ => Positions::new(middle).matches(text),
    }
}

const fn separates(byte: u8) -> bool {
    matches!(byte, b'/' | b':')
}

const fn continues(byte: u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}

/// A pattern as sets of positions, 64 to a word. Position `i` lies behind `i` bytes or `?` of the
/// pattern.
struct Positions {
    /// For each byte the positions it leads on from, one set after the other.
    bytes: Vec<u64>,
    /// Where a `*` stands: any byte that does not separate stays there.
    within: Vec<u64>,
    /// Where a `**` stands: any byte stays there.
    across: Vec<u64>,
    /// Where a `?` leads on from.
    ones: Vec<u64>,
    /// Behind a `?`: the later bytes of its character stay there.
    behind: Vec<u64>,
    /// The last position.
    end: usize,
}

impl Positions {
    fn new(pattern: &str) -> Self {
        let words = pattern.len() / 64 + 1;
        let empty = || vec![0; words];
        let mut this = Self {
            bytes: vec![0; 256 * words],
            within: empty(),
            across: empty(),
            ones: empty(),
            behind: empty(),
            end: 0,
        };
        let mut bytes = pattern.bytes().peekable();
        while let Some(byte) = bytes.next() {
            match byte {
                b'*' if bytes.next_if_eq(&b'*').is_some() => set(&mut this.across, this.end),
                b'*' => set(&mut this.within, this.end),
                b'?' => {
                    set(&mut this.ones, this.end);
                    this.end += 1;
                    set(&mut this.behind, this.end);
                }
                other => {
                    let from = usize::from(other) * words;
                    set(this.bytes.get_mut(from..).unwrap_or_default(), this.end);
                    this.end += 1;
                }
            }
        }
        this
    }

    fn matches(&self, text: &str) -> bool {
        let words = self.within.len();
        let mut now = vec![0_u64; words];
        set(&mut now, 0);
        for byte in text.bytes() {
            let from = usize::from(byte) * words;
            let leads = self.bytes.get(from..from + words).unwrap_or_default();
            let within = all_if(!separates(byte));
            let one = all_if(!separates(byte) && !continues(byte));
            let behind = all_if(continues(byte));
            let mut carry = 0;
            let mut stays = self.across.iter().zip(&self.within).zip(&self.behind);
            for ((word, lead), ones) in now.iter_mut().zip(leads).zip(&self.ones) {
                let Some(((a, w), b)) = stays.next() else { break };
                let moved = *word & (lead | (ones & one));
                *word = moved << 1 | carry | (*word & (a | (w & within) | (b & behind)));
                carry = moved >> 63;
            }
        }
        now.get(self.end / 64).is_some_and(|word| word >> (self.end % 64) & 1 == 1)
    }
}

const fn all_if(condition: bool) -> u64 {
    if condition { u64::MAX } else { 0 }
}

fn set(words: &mut [u64], place: usize) {
    if let Some(word) = words.get_mut(place / 64) {
        *word |= 1 << (place % 64);
    }
}

#[cfg(test)]
mod tests;
