//! How concentrated the voice of attesters is, and what two kinds of decay make of it.

use std::fmt;

use pluto_engines::advisory::protection::anti_calcification::{
    TOP_PPM, is_calcified, relaxed, uniformly_decayed,
};
use pluto_engines::advisory::protection::concentration::{gini_ppm, top_share_ppm};

use super::world::World;

/// Days of decay that are compared.
const DAYS: [u64; 4] = [30, 90, 180, 365];

/// Weights are compared in finer units than they have, so that rounding does not pass for decay.
const SCALE: u64 = 1_000_000;

/// How the voice of all who have any is spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// Gini in millionths.
    pub gini_ppm: u64,
    /// Share of the top 3 % in millionths.
    pub top_ppm: u64,
    /// Whether that gives the alarm.
    pub calcified: bool,
}

/// After so many days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Faded {
    /// The days.
    pub days: u64,
    /// With everybody's voice fading alike.
    pub uniform: Spread,
    /// With what is above the cap fading.
    pub progressive: Spread,
}

/// The spread at the end of the ratings, and later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concentration {
    /// People whose word weighs anything.
    pub holders: usize,
    /// At the end.
    pub now: Spread,
    /// And later.
    pub later: Vec<Faded>,
}

/// Measures the weights of `attesters`; none when nobody's word weighs anything.
pub(super) fn measure(world: &World<'_>, attesters: &[u32]) -> Option<Concentration> {
    let weight = |attester: &u32| world.weight_ppm(*attester).saturating_mul(SCALE);
    let weights = attesters.iter().map(weight);
    let weights: Vec<u64> = weights.filter(|weight| *weight > 0).collect();
    let later = DAYS.into_iter().map(|days| {
        let uniform = spread(&uniformly_decayed(&weights, days))?;
        Some(Faded { days, uniform, progressive: spread(&relaxed(&weights, days))? })
    });
    Some(Concentration {
        holders: weights.len(),
        now: spread(&weights)?,
        later: later.collect::<Option<_>>()?,
    })
}

fn spread(weights: &[u64]) -> Option<Spread> {
    Some(Spread {
        gini_ppm: gini_ppm(weights)?,
        top_ppm: top_share_ppm(weights, TOP_PPM)?,
        calcified: is_calcified(weights),
    })
}

impl fmt::Display for Concentration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nvoice of {} attesters        uniform            progressive", self.holders)?;
        writeln!(f, "days of decay    Gini  top 3 %        Gini  top 3 %")?;
        let now = Faded { days: 0, uniform: self.now, progressive: self.now };
        for Faded { days, uniform, progressive } in std::iter::once(&now).chain(&self.later) {
            writeln!(f, "{days:>13} {uniform}      {progressive}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gini = self.gini_ppm as f64 / 1e6;
        write!(f, "{gini:>7.4} {:>6.2} %", self.top_ppm as f64 / 1e4)
    }
}
