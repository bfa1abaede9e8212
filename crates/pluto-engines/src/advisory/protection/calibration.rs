//! Calibration: proposes parameters of protection from what a realm looks like, within hard bounds.
//!
//! Two PID controllers on exponentially smoothed measures (weight 0.2): Gini, target 0.35, moves the
//! exponent of caps; churn, target 0.05, moves the daily decay. Low entropy strengthens a step that
//! *raises* protection and never one that lowers it. Integral and output are bounded, so no history can
//! carry a parameter out of its bounds or leave it stuck there. Nothing is applied: people read it.

/// Weight of the newest sample.
pub const SMOOTHING_PPM: i64 = 200_000;
/// Samples kept in mind, a week of hours.
pub const HISTORY_MAX: u64 = 168;
/// Least realm time between samples in milliseconds.
pub const INTERVAL_MS: u64 = 3_600_000;
/// Parties from which a sample counts.
pub const PARTIES_MIN: u64 = 100;
/// Confidence from which anything is proposed.
pub const CONFIDENCE_MIN_PPM: i64 = 300_000;
/// Bounds of the exponent of caps.
pub const EXPONENT_PPM: [i64; 2] = [150_000, 350_000];
/// Bounds of the decay a day.
pub const DECAY_PPM: [i64; 2] = [2_000, 15_000];
/// Bounds of the share of the top that gives the alarm.
pub const ALARM_PPM: [i64; 2] = [300_000, 600_000];

const ONE: i64 = 1_000_000;
const GINI_TARGET_PPM: i64 = 350_000;
const CHURN_TARGET_PPM: i64 = 50_000;
const ENTROPY_TARGET_PPM: i64 = 2_000_000;
/// Proportional, integral, differential.
const GINI_GAINS_PPM: [i64; 3] = [150_000, 50_000, 20_000];
const CHURN_GAINS_PPM: [i64; 3] = [-20_000, -10_000, -5_000];

/// What a realm looks like, in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Realm time in milliseconds.
    pub time_ms: u64,
    /// Parties that hold anything.
    pub parties: u64,
    /// Gini of what they hold.
    pub gini_ppm: u64,
    /// Part of the parties that came or went since the last sample.
    pub churn_ppm: u64,
    /// Entropy of kinds in millionths of a bit.
    pub entropy_ppm: u64,
    /// Part of the parties that nobody vouches for.
    pub sybil_ppm: u64,
}

/// Parameters proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Exponent of caps, within [`EXPONENT_PPM`].
    pub exponent_ppm: i64,
    /// Decay a day, within [`DECAY_PPM`].
    pub decay_ppm: i64,
    /// Share of the top that gives the alarm, within [`ALARM_PPM`].
    pub alarm_ppm: i64,
    /// How far to believe it.
    pub confidence_ppm: i64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Controller {
    integral_ppm: i64,
    error_ppm: Option<i64>,
}

impl Controller {
    fn step(&mut self, error_ppm: i64, gains_ppm: [i64; 3]) -> i64 {
        // A bounded integral: what went wrong for long is answered at once when it turns.
        self.integral_ppm = (self.integral_ppm + error_ppm).clamp(-ONE, ONE);
        let change = error_ppm - self.error_ppm.unwrap_or(error_ppm);
        self.error_ppm = Some(error_ppm);
        let [proportional, integral, differential] = gains_ppm;
        (proportional * error_ppm + integral * self.integral_ppm + differential * change) / ONE
    }
}

/// The calibration of one realm.
#[derive(Clone, Copy, Debug)]
pub struct Calibration {
    gini_ppm: i64,
    churn_ppm: i64,
    /// Smoothed distance of a sample from the smoothed Gini.
    spread_ppm: i64,
    samples: u64,
    last_ms: u64,
    gini: Controller,
    churn: Controller,
    exponent_ppm: i64,
    decay_ppm: i64,
    alarm_ppm: i64,
}

impl Default for Calibration {
    fn default() -> Self {
        Self {
            gini_ppm: GINI_TARGET_PPM,
            churn_ppm: CHURN_TARGET_PPM,
            spread_ppm: 0,
            samples: 0,
            last_ms: 0,
            gini: Controller::default(),
            churn: Controller::default(),
            exponent_ppm: 250_000,
            decay_ppm: 6_000,
            alarm_ppm: 420_000,
        }
    }
}

impl Calibration {
    /// Takes a sample in; whether it counted. Too few parties do not, nor less than an hour since the
    /// last one.
    pub fn sample(&mut self, sample: &Sample) -> bool {
        let early = self.samples > 0 && sample.time_ms < self.last_ms.saturating_add(INTERVAL_MS);
        if sample.parties < PARTIES_MIN || early {
            return false;
        }
        self.last_ms = sample.time_ms;
        self.samples = (self.samples + 1).min(HISTORY_MAX);
        let gini = part(sample.gini_ppm);
        self.spread_ppm = smoothed(self.spread_ppm, (gini - self.gini_ppm).abs());
        self.gini_ppm = smoothed(self.gini_ppm, gini);
        self.churn_ppm = smoothed(self.churn_ppm, part(sample.churn_ppm));
        let size = size_factor_ppm(sample.parties);
        let exponent = self.gini.step(self.gini_ppm - GINI_TARGET_PPM, GINI_GAINS_PPM) * size / ONE;
        let decay =
            self.churn.step(self.churn_ppm - CHURN_TARGET_PPM, CHURN_GAINS_PPM) * size / ONE;
        // More decay protects more; so does a larger exponent.
        let urgent = |step: i64| match step > 0 {
            true => step * urgency_ppm(sample.entropy_ppm) / ONE,
            false => step,
        };
        self.exponent_ppm = bounded(self.exponent_ppm + urgent(exponent), EXPONENT_PPM);
        self.decay_ppm = bounded(self.decay_ppm + urgent(decay), DECAY_PPM);
        let wary = ONE - 300_000 * part(sample.sybil_ppm) / ONE;
        self.alarm_ppm = bounded(420_000 * wary / ONE, ALARM_PPM);
        true
    }

    /// 0.6 · fill + 0.4 · (1 − 2 · spread), in millionths.
    #[must_use]
    pub fn confidence_ppm(&self) -> i64 {
        let fill = part(self.samples * 1_000_000 / HISTORY_MAX);
        let calm = (ONE - 2 * self.spread_ppm).max(0);
        if self.samples == 0 { 0 } else { (600_000 * fill + 400_000 * calm) / ONE }
    }

    /// What is proposed; none before there is confidence enough.
    #[must_use]
    pub fn proposal(&self) -> Option<Proposal> {
        let confidence_ppm = self.confidence_ppm();
        (confidence_ppm >= CONFIDENCE_MIN_PPM).then_some(Proposal {
            exponent_ppm: self.exponent_ppm,
            decay_ppm: self.decay_ppm,
            alarm_ppm: self.alarm_ppm,
            confidence_ppm,
        })
    }
}

/// Above 500 parties steps are smaller, above 1,000 smaller still.
const fn size_factor_ppm(parties: u64) -> i64 {
    match parties {
        ..=500 => ONE,
        501..=1_000 => 900_000,
        _ => 800_000,
    }
}

/// 1 + 0.3 · (2 − H) for an entropy below two bits.
fn urgency_ppm(entropy_ppm: u64) -> i64 {
    let entropy = i64::try_from(entropy_ppm).unwrap_or(i64::MAX);
    ONE + 300_000 * (ENTROPY_TARGET_PPM - entropy.min(ENTROPY_TARGET_PPM)) / ONE
}

fn part(ppm: u64) -> i64 {
    i64::try_from(ppm.min(1_000_000)).unwrap_or(ONE)
}

const fn smoothed(old_ppm: i64, new_ppm: i64) -> i64 {
    old_ppm + SMOOTHING_PPM * (new_ppm - old_ppm) / ONE
}

fn bounded(value: i64, [low, high]: [i64; 2]) -> i64 {
    value.clamp(low, high)
}

#[cfg(test)]
mod tests;
