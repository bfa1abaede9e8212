//! Peels a stream of symbols until the difference lies open.
//!
//! The stream comes from somebody who may lie. A stream that no set can have made is refused: a tuple
//! peeled twice, one that is said to be missing there and is not here, or more tuples than symbols. Each
//! symbol can be peeled once, so the work is bounded by the symbols received.

use std::collections::{BTreeSet, VecDeque};

use super::{Encoder, Entry, SYMBOLS_MAX, Symbol};
use crate::error::P2pError;
use crate::head::{HeadTuple, SessionKey};

/// What two sets do not share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Only in the other set, ascending.
    pub remote: Vec<HeadTuple>,
    /// Only in this one, ascending.
    pub local: Vec<HeadTuple>,
}

/// Decodes the symbols of another set against one's own.
#[derive(Clone, Debug)]
pub struct Decoder {
    key: SessionKey,
    own: Encoder,
    /// The other side's symbols less one's own less what was peeled.
    symbols: Vec<Symbol>,
    peeled: Vec<(Entry, i64)>,
    pub(super) found: BTreeSet<HeadTuple>,
}

impl Decoder {
    /// A decoder for somebody who has the tuples of `own`, of which no symbol was made yet.
    #[must_use]
    pub const fn new(key: SessionKey, own: Encoder) -> Self {
        Self { key, own, symbols: Vec::new(), peeled: Vec::new(), found: BTreeSet::new() }
    }

    /// Symbols received.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.symbols.len()
    }

    /// Whether none came yet.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.symbols.is_empty()
    }

    /// Whether the set here has that tuple.
    #[must_use]
    pub fn has(&self, tuple: HeadTuple) -> bool {
        self.own.contains(tuple)
    }

    /// Takes the next symbols; gives the difference once it lies open.
    ///
    /// # Errors
    /// `P2P-0003` for a stream that no set can have made, or a longer one than [`SYMBOLS_MAX`].
    pub fn push(&mut self, batch: &[Symbol]) -> Result<Option<Difference>, P2pError> {
        let from = self.symbols.len();
        if batch.len() > SYMBOLS_MAX.saturating_sub(from) {
            return Err(P2pError::BadSketch("more symbols than the bound"));
        }
        let own = self.own.symbols(batch.len());
        self.symbols.extend(batch.iter().zip(own).map(|(theirs, own)| theirs.minus(own)));
        for (entry, times) in &mut self.peeled {
            remove(&mut self.symbols, entry, *times, |_| {});
        }
        let mut pure: VecDeque<usize> = (from..self.symbols.len()).collect();
        while let Some(index) = pure.pop_front() {
            self.peel(index, &mut pure)?;
        }
        Ok(self.is_open().then(|| self.difference()))
    }

    fn peel(&mut self, index: usize, pure: &mut VecDeque<usize>) -> Result<(), P2pError> {
        let Some(symbol) = self.symbols.get(index).copied() else { return Ok(()) };
        if symbol.count.unsigned_abs() != 1 {
            return Ok(());
        }
        let mut entry = Entry::new(&self.key, symbol.sum);
        if entry.check != symbol.check {
            return Ok(());
        }
        let is_local = symbol.count < 0;
        if is_local != self.own.contains(entry.tuple) {
            return Err(P2pError::BadSketch("a tuple on the wrong side"));
        }
        if !self.found.insert(entry.tuple) {
            return Err(P2pError::BadSketch("a tuple twice"));
        }
        remove(&mut self.symbols, &mut entry, symbol.count, |at| pure.push_back(at));
        self.peeled.push((entry, symbol.count));
        Ok(())
    }

    /// Every tuple is in symbol 0: when that is empty, nothing is left.
    fn is_open(&self) -> bool {
        self.symbols.first().is_some_and(Symbol::is_empty)
    }

    fn difference(&self) -> Difference {
        let mut difference = Difference::default();
        for (entry, times) in &self.peeled {
            let side = if *times < 0 { &mut difference.local } else { &mut difference.remote };
            side.push(entry.tuple);
        }
        difference.local.sort_unstable();
        difference.remote.sort_unstable();
        difference
    }
}

/// Takes a tuple out of every symbol it is in, as far as there are symbols.
fn remove(symbols: &mut [Symbol], entry: &mut Entry, times: i64, mut changed: impl FnMut(usize)) {
    while let Ok(at) = usize::try_from(entry.places.at())
        && let Some(symbol) = symbols.get_mut(at)
    {
        symbol.add(entry, times.wrapping_neg());
        changed(at);
        entry.places.advance();
    }
}
