//! The world formula, version 1: an advisory measure of what parties contribute to a realm.
//!
//! 𝔼 = Σ A · (2σ(x) − 1) · Ĥ · w over the parties, with
//!
//! - A = n / (n + κ), κ = 10: activity, n effective events within τ = 90 days;
//! - x = ‖W‖ · ln(|ℂ| + 1) · 𝒮 / 15, σ the logistic curve: ‖W‖ the norm of the trust vector, |ℂ| the
//!   effective events of the party that are counted at all, 𝒮 = ‖W‖² · I its surprisal damped by trust;
//! - Ĥ = 1.0, 1.2 or 1.5: nothing known, a person, a person with a credential;
//! - w = 1 / (1 + λΔt), λ = 0.01 a day, and 0 after 365 days: Δt days of realm time since the last event.
//!
//! The source states three equations that contradict each other. This one has its factor 15 and its
//! hyperbolic w, and 2σ − 1 in place of σ: with σ(0) = ½ somebody without any trust would be rewarded.

use super::fixed::{ONE_PPM, ln_ppm, logistic_rise_ppm, scaled};

/// The version of the formula; another one is another number.
pub const VERSION: u16 = 1;
/// κ: events at which activity is one half.
pub const KAPPA: u64 = 10;
/// τ: days in which events count as activity.
pub const ACTIVE_DAYS: u64 = 90;
/// Days without an event after which nothing counts.
pub const IDLE_DAYS_MAX: u64 = 365;
const SCALE: u64 = 15;
/// 1 / λ.
const FADE_DAYS: u64 = 100;

/// What is known of somebody as a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Humanity {
    /// Nothing, or that it is none.
    #[default]
    Unknown,
    /// It says so itself: its namespace is that of people.
    Claimed,
    /// Somebody else vouches with a credential.
    Vouched,
}

impl Humanity {
    /// Ĥ in millionths.
    #[must_use]
    pub const fn factor_ppm(self) -> u64 {
        match self {
            Self::Unknown => 1_000_000,
            Self::Claimed => 1_200_000,
            Self::Vouched => 1_500_000,
        }
    }
}

/// One party, as the formula looks at it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contributor {
    /// ‖W‖ in parts per million.
    pub norm_ppm: u32,
    /// n: effective events within [`ACTIVE_DAYS`].
    pub active: u64,
    /// |ℂ|: effective events counted.
    pub events: u64,
    /// I: surprisal of its last event in millionths of a bit.
    pub surprisal_ppm: u64,
    /// Ĥ.
    pub humanity: Humanity,
    /// Δt: days of realm time since its last event.
    pub idle_days: u64,
}

/// What a party contributes, in millionths; at most 1,500,000.
#[must_use]
pub fn contribution_ppm(party: &Contributor) -> u64 {
    if party.idle_days > IDLE_DAYS_MAX {
        return 0;
    }
    let norm = u64::from(party.norm_ppm).min(ONE_PPM);
    let activity = scaled(party.active, ONE_PPM, party.active.saturating_add(KAPPA));
    let damped = scaled(scaled(norm, norm, ONE_PPM), party.surprisal_ppm, ONE_PPM);
    let context = scaled(norm, ln_ppm(party.events.saturating_add(1)), ONE_PPM);
    let rise = logistic_rise_ppm(scaled(context, damped, SCALE * ONE_PPM));
    let fresh = scaled(ONE_PPM, FADE_DAYS, FADE_DAYS + party.idle_days);
    let weighed = scaled(scaled(activity, rise, ONE_PPM), party.humanity.factor_ppm(), ONE_PPM);
    scaled(weighed, fresh, ONE_PPM)
}

/// 𝔼 over all parties, in millionths.
#[must_use]
pub fn world_ppm<'a>(parties: impl IntoIterator<Item = &'a Contributor>) -> u64 {
    parties.into_iter().map(contribution_ppm).fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests;
