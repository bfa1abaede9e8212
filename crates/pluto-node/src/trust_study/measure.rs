//! Measures: area under the ROC curve, percentiles, and the two simple reputations compared with.

use std::collections::BTreeMap;

use super::Rating;

/// What was said about one subject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) praise: usize,
    pub(super) complaints: usize,
    sum: i64,
}

impl Said {
    /// The plain mean of the ratings.
    pub(super) fn mean(&self) -> f64 {
        self.sum as f64 / ((self.praise + self.complaints).max(1) as f64)
    }

    /// The expectation of the Beta reputation.
    pub(super) fn beta(&self) -> f64 {
        (self.praise + 1) as f64 / (self.praise + self.complaints + 2) as f64
    }
}

/// What was said about each subject. Ratings of 0 say nothing.
pub(super) struct History(BTreeMap<u32, Said>);

impl History {
    pub(super) fn of(ratings: &[Rating]) -> Self {
        let mut said: BTreeMap<u32, Said> = BTreeMap::new();
        for rating in ratings.iter().filter(|rating| rating.value != 0) {
            let entry = said.entry(rating.subject).or_default();
            entry.praise += usize::from(rating.value > 0);
            entry.complaints += usize::from(rating.value < 0);
            entry.sum += i64::from(rating.value);
        }
        Self(said)
    }

    pub(super) fn get(&self, subject: u32) -> Option<Said> {
        self.0.get(&subject).copied()
    }
}

/// The chance that a positive has a higher score than a negative, ties counting half: the
/// Mann–Whitney statistic. `None` unless there are both.
pub(super) fn auc(mut scored: Vec<(f64, bool)>) -> Option<f64> {
    scored.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut positives, mut wins) = (0_usize, 0_usize, 0.0);
    for tied in scored.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let praised = tied.iter().filter(|(_, positive)| *positive).count();
        let others = tied.len() - praised;
        wins += praised as f64 * (below as f64 + others as f64 / 2.0);
        below += others;
        positives += praised;
    }
    (positives > 0 && below > 0).then(|| wins / (positives as f64 * below as f64))
}

/// The mean percentile (0 to 100) of `of` among `all`; ties count half.
pub(super) fn mean_percentile(mut all: Vec<u32>, of: &[u32]) -> f64 {
    all.sort_unstable();
    let places = of.iter().map(|value| {
        let below = all.partition_point(|other| other < value);
        let up_to = all.partition_point(|other| other <= value);
        (below + up_to) as f64 / 2.0
    });
    100.0 * places.sum::<f64>() / (of.len().max(1) * all.len().max(1)) as f64
}

/// `part` of `whole`; 0 of nothing.
pub(super) fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}
