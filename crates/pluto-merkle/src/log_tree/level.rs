//! The nodes of one level, in chunks: growing copies nothing, forgetting frees whole chunks.

use std::collections::VecDeque;

use pluto_core::hash::Digest;

use crate::pair::PAIR_BYTES;

/// Nodes in a full chunk; even, so that no pair of siblings is torn apart.
const CHUNK: u64 = 256;

/// The digests of one level, from node number `first` on.
#[derive(Clone, Debug, Default)]
pub(super) struct Level {
    first: u64,
    end: u64,
    /// Chunks from the one that holds `first` on; all but the last are full.
    chunks: VecDeque<Vec<[u8; 32]>>,
}

impl Level {
    /// A level without nodes, the next one being number `first`.
    pub(super) fn starting_at(first: u64) -> Self {
        let mut level = Self { first, end: first / CHUNK * CHUNK, chunks: VecDeque::new() };
        // What lies in the same chunk before `first` is never read.
        level.extend(&vec![Digest::ZERO; (first % CHUNK) as usize]);
        level
    }

    /// Number of the first node kept.
    pub(super) fn first(&self) -> u64 {
        self.first
    }

    /// One past the number of the last node.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    pub(super) fn get(&self, index: u64) -> Option<Digest> {
        if index < self.first {
            return None;
        }
        let chunk = self.chunks.get(self.chunk_of(index))?;
        chunk.get((index % CHUNK) as usize).copied().map(Digest)
    }

    /// Appends nodes, in order.
    pub(super) fn extend(&mut self, nodes: &[Digest]) {
        let mut rest = nodes;
        while !rest.is_empty() {
            let room = CHUNK - self.end % CHUNK;
            if room == CHUNK {
                // The first chunk grows by need: most trees are small.
                let capacity = if self.chunks.is_empty() { 0 } else { CHUNK as usize };
                self.chunks.push_back(Vec::with_capacity(capacity));
            }
            let (fitting, later) = rest.split_at(rest.len().min(room as usize));
            if let Some(last) = self.chunks.back_mut() {
                last.extend(fitting.iter().map(|node| node.0));
            }
            self.end += fitting.len() as u64;
            rest = later;
        }
    }

    /// The complete pairs of siblings from node `start` (even) on, chunk by chunk.
    pub(super) fn pairs(&self, start: u64) -> impl Iterator<Item = &[[u8; PAIR_BYTES]]> {
        let from = self.chunk_of(start);
        let within = (start % CHUNK) as usize;
        self.chunks.iter().skip(from).enumerate().map(move |(at, chunk)| {
            let skip = if at == 0 { within } else { 0 };
            chunk.get(skip..).unwrap_or_default().as_flattened().as_chunks().0
        })
    }

    /// Cuts the level back to the nodes before `end`.
    pub(super) fn truncate(&mut self, end: u64) {
        if end < self.first {
            *self = Self::starting_at(end);
        } else if end < self.end {
            let chunk = self.chunk_of(end);
            self.chunks.truncate(chunk + 1);
            if let Some(last) = self.chunks.back_mut() {
                last.truncate((end % CHUNK) as usize);
                if last.is_empty() {
                    self.chunks.pop_back();
                }
            }
            self.end = end;
        }
    }

    /// Forgets the nodes before `first`.
    pub(super) fn forget(&mut self, first: u64) {
        let first = first.clamp(self.first, self.end);
        let whole = self.chunk_of(first).min(self.chunks.len());
        self.chunks.drain(..whole);
        self.first = first;
    }

    fn chunk_of(&self, index: u64) -> usize {
        usize::try_from((index / CHUNK).saturating_sub(self.first / CHUNK)).unwrap_or(usize::MAX)
    }
}
