//! The bytes of a file in memory: what readers see, what is durable, and what a power cut leaves.

/// Unit in which a write is torn: the smallest that disks promise to write whole.
const SECTOR_BYTES: usize = 512;

/// What is left of unsynced changes after a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Survival {
    /// Nothing.
    Nothing,
    /// Everything.
    Everything,
    /// Chosen per write and per sector by this seed.
    Torn(u64),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Content {
    pub(super) live: Vec<u8>,
    pub(super) durable: Vec<u8>,
    pub(super) pending: Vec<Change>,
}

#[derive(Clone, Debug)]
pub(super) enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Length(usize),
}

impl Content {
    /// What a power cut leaves.
    pub(super) fn left_over(&self, dice: &mut Dice) -> Vec<u8> {
        let mut left = self.durable.clone();
        for change in &self.pending {
            match change {
                Change::Length(length) if dice.keeps() => left.resize(*length, 0),
                Change::Length(_) => {}
                Change::Write { offset, bytes } => dice.write(&mut left, *offset, bytes),
            }
        }
        left
    }
}

/// Writes into bytes that grow as a file does.
pub(super) fn put(into: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    if into.len() < offset + bytes.len() {
        into.resize(offset + bytes.len(), 0);
    }
    if let Some(place) = into.get_mut(offset..offset + bytes.len()) {
        place.copy_from_slice(bytes);
    }
}

/// What a failing write leaves: the sectors before its middle.
pub(super) fn first_sectors(offset: usize, bytes: &[u8]) -> &[u8] {
    let middle = (offset + bytes.len() / 2) / SECTOR_BYTES * SECTOR_BYTES;
    bytes.get(..middle.saturating_sub(offset)).unwrap_or_default()
}

/// Decides what survives; SplitMix64 (Steele, Lea, Flood 2014).
pub(super) struct Dice {
    survival: Survival,
    state: u64,
}

impl Dice {
    pub(super) const fn new(survival: Survival) -> Self {
        let state = if let Survival::Torn(seed) = survival { seed } else { 0 };
        Self { survival, state }
    }

    const fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    const fn keeps(&mut self) -> bool {
        match self.survival {
            Survival::Nothing => false,
            Survival::Everything => true,
            Survival::Torn(_) => self.next().is_multiple_of(2),
        }
    }

    /// How many of `count` changes, from the first, survive.
    pub(super) fn prefix(&mut self, count: usize) -> usize {
        match self.survival {
            Survival::Nothing => 0,
            Survival::Everything => count,
            Survival::Torn(_) => (self.next() % (count as u64 + 1)) as usize,
        }
    }

    fn write(&mut self, into: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
        let shape = if matches!(self.survival, Survival::Torn(_)) { self.next() % 4 } else { 4 };
        let sectors = (offset % SECTOR_BYTES + bytes.len()).div_ceil(SECTOR_BYTES);
        let cut = self.prefix(sectors);
        let mut at = 0;
        for sector in 0..sectors {
            let end = ((offset + at) / SECTOR_BYTES + 1) * SECTOR_BYTES - offset;
            let piece = bytes.get(at..end.min(bytes.len())).unwrap_or_default();
            let kept = match shape {
                0 => true,
                1 => false,
                2 => sector < cut,
                _ => self.keeps(),
            };
            if kept {
                put(into, offset + at, piece);
            }
            at += piece.len();
        }
    }
}
