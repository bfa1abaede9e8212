//! What a batch was answered.
//!
//! Most records of a batch leave a policy by a handful of exits, and every exit has one verdict, so an
//! answer is a place in a table: a record costs one byte, however much a verdict says.

use pluto_ecl::interpreter::Verdict;

/// A verdict for each record of a batch, in the order of the records.
#[derive(Clone, Debug, Default)]
pub struct Verdicts {
    /// The verdict of each record, by its place in `table`.
    places: Vec<u8>,
    table: Vec<Verdict>,
}

impl Verdicts {
    /// No verdicts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many records were answered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The verdict on a record.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<&Verdict> {
        self.table.get(usize::from(*self.places.get(at)?))
    }

    /// The verdicts in order.
    pub fn iter(&self) -> impl Iterator<Item = &Verdict> {
        self.places.iter().filter_map(|place| self.table.get(usize::from(*place)))
    }

    /// Forgets what was answered; keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.places.clear();
        self.table.clear();
    }

    /// The next record has a verdict of its own. A batch has fewer records than a byte has values.
    pub(crate) fn push(&mut self, verdict: Verdict) {
        self.places.push(u8::try_from(self.table.len()).unwrap_or(u8::MAX));
        self.table.push(verdict);
    }

    /// Puts the verdicts of all records, each by its exit, in place of what was answered; none when a
    /// record left by no exit.
    #[cfg_attr(not(feature = "native"), expect(dead_code, reason = "only native code has exits"))]
    pub(crate) fn set(&mut self, places: &[u8], exits: &[Verdict]) -> Option<()> {
        // A maximum is found many places at a time.
        let known =
            places.iter().copied().max().is_none_or(|place| usize::from(place) < exits.len());
        self.clear();
        self.places.extend_from_slice(places);
        self.table.extend_from_slice(exits);
        known.then_some(())
    }
}
