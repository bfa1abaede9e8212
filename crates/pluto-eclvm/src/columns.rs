//! Inputs of many records, column by column: what a batch is asked.

use pluto_ecl::wasm::BATCH_MAX;

const WORD_BYTES: usize = 8;
const COLUMN_BYTES: usize = BATCH_MAX * WORD_BYTES;

/// Up to [`BATCH_MAX`] records. Each has a word for every input of the policy, in their order, as
/// [`pluto_ecl::interpreter::Program::run`] takes them.
#[derive(Clone, Debug)]
pub struct Columns {
    /// Columns of [`BATCH_MAX`] words, little-endian.
    bytes: Vec<u8>,
    records: usize,
}

impl Columns {
    /// No records of a policy with so many inputs.
    #[must_use]
    pub fn new(inputs: usize) -> Self {
        Self { bytes: vec![0; inputs * COLUMN_BYTES], records: 0 }
    }

    /// How many inputs a record has.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.bytes.len() / COLUMN_BYTES
    }

    /// How many records there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.records
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.records == 0
    }

    /// Forgets the records; keeps the memory.
    pub const fn clear(&mut self) {
        self.records = 0;
    }

    /// Adds a record; whether there was room for it. Words it lacks are 0, more than there are inputs
    /// are left out.
    pub fn push(&mut self, inputs: &[i64]) -> bool {
        if self.records == BATCH_MAX {
            return false;
        }
        let columns = self.bytes.chunks_exact_mut(COLUMN_BYTES);
        for (column, word) in columns.zip(inputs.iter().copied().chain(std::iter::repeat(0))) {
            if let Some(place) = column.as_chunks_mut().0.get_mut(self.records) {
                *place = word.to_le_bytes();
            }
        }
        self.records += 1;
        true
    }

    /// The words of a record, in the order of the inputs; none beyond the last record.
    pub fn record(&self, at: usize) -> impl Iterator<Item = i64> {
        let inputs = if at < self.records { self.inputs() } else { 0 };
        let words = self.bytes.as_chunks().0.iter().skip(at).step_by(BATCH_MAX);
        words.take(inputs).map(|word| i64::from_le_bytes(*word))
    }

    #[cfg_attr(not(feature = "native"), expect(dead_code, reason = "only native code takes them"))]
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}
