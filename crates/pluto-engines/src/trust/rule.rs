//! The rule: what one attestation does to the three records it touches.
//!
//! 1. A word of the other sign, or none, takes the attester's earlier contribution back; anything but
//!    praise also takes the vouching back. What the attester has spent stays spent.
//! 2. Praise contributes up to the attester's weight, within the subject's gain of the day, and
//!    vouches a tenth of the weight, within half of what the attester was vouched for.
//! 3. A complaint contributes up to λ times the weight.
//!
//! Proven misconduct contributes λ times the weight of a root, each time.
//!
//! Only the sign of an attestation counts: on real ratings the magnitude carried no information that
//! the sign did not, and it is a free parameter for whoever attacks. All amounts are non-negative
//! integers in parts per million, every division rounds down.

use pluto_core::trust::{Dimension, NEWCOMER_PPM, PPM};

use super::record::{Edge, Standing};

/// Part of its weight that an attester vouches for a subject.
pub const VOUCH_PPM: u64 = 100_000;
/// Part of its own flow that an attester other than a root can pass on, in all.
pub const PASS_ON_PPM: u64 = 500_000;
/// Evidence at which a value is half way between a newcomer's and certainty.
pub const PRIOR_PPM: u64 = 200_000;
/// Most praise a subject gains in a day.
pub const DAY_GAIN_PPM: u64 = 50_000;
/// Days in which praise and complaints lose half.
pub const HALF_LIFE_DAYS: u64 = 180;

const ONE: u64 = PPM as u64;
const NEWCOMER: u64 = NEWCOMER_PPM as u64;

/// λ: how much more a complaint counts than praise; 1.5, and 2 for vigilance and omega.
#[must_use]
pub const fn complaint_factor_ppm(dimension: Dimension) -> u64 {
    match dimension {
        Dimension::Vigilance | Dimension::Omega => 2 * ONE,
        _ => ONE + ONE / 2,
    }
}

/// One attestation, as far as the rule looks at it.
pub(super) struct Word {
    /// 1 praise, −1 complaint, 0 withdrawal.
    pub(super) sign: i8,
    /// λ of the dimension.
    pub(super) complaint_factor_ppm: u64,
    /// Whether a root of the realm says it.
    pub(super) by_root: bool,
}

impl Word {
    /// Applies the word; the records are of the same day.
    pub(super) fn apply(&self, attester: &mut Standing, subject: &mut Standing, edge: &mut Edge) {
        let weight = attester.weight_ppm(self.by_root);
        self.take_back(subject, edge);
        if self.sign > 0 {
            praise(weight, subject, edge);
            self.vouch(weight, attester, subject, edge);
        } else if self.sign < 0 {
            complain(part(self.complaint_factor_ppm, weight), subject, edge);
        }
    }

    fn take_back(&self, subject: &mut Standing, edge: &mut Edge) {
        let earlier = edge.contribution.unsigned_abs();
        if edge.contribution > 0 && self.sign <= 0 {
            subject.pos = subject.pos.saturating_sub(earlier);
            edge.contribution = 0;
        }
        if edge.contribution < 0 && self.sign >= 0 {
            subject.neg = subject.neg.saturating_sub(earlier);
            edge.contribution = 0;
        }
        if self.sign <= 0 {
            subject.flow = subject.flow.saturating_sub(edge.vouched);
            edge.vouched = 0;
        }
    }

    fn vouch(&self, weight: u64, from: &mut Standing, subject: &mut Standing, edge: &mut Edge) {
        let mut amount = part(VOUCH_PPM, weight).saturating_sub(edge.vouched);
        if !self.by_root {
            amount = amount.min(part(PASS_ON_PPM, from.flow).saturating_sub(from.spent));
        }
        from.spent = from.spent.saturating_add(amount);
        subject.flow = subject.flow.saturating_add(amount);
        edge.vouched = edge.vouched.saturating_add(amount);
    }
}

fn praise(up_to: u64, subject: &mut Standing, edge: &mut Edge) {
    let missing = up_to.saturating_sub(edge.contribution.unsigned_abs());
    let gain = missing.min(DAY_GAIN_PPM.saturating_sub(subject.gain));
    subject.pos = subject.pos.saturating_add(gain);
    subject.gain = subject.gain.saturating_add(gain);
    edge.contribution = edge.contribution.saturating_add_unsigned(gain);
}

fn complain(up_to: u64, subject: &mut Standing, edge: &mut Edge) {
    let missing = up_to.saturating_sub(edge.contribution.unsigned_abs());
    subject.neg = subject.neg.saturating_add(missing);
    edge.contribution = edge.contribution.saturating_sub_unsigned(missing);
}

/// A complaint of full weight, beside those before.
pub(super) fn convict(complaint_factor_ppm: u64, subject: &mut Standing, edge: &mut Edge) {
    subject.neg = subject.neg.saturating_add(complaint_factor_ppm);
    edge.contribution = edge.contribution.saturating_sub_unsigned(complaint_factor_ppm);
}

impl Standing {
    /// Praise against complaints, −1,000,000 to 1,000,000; 0 for a newcomer:
    /// (pos − neg) / (pos + neg + prior).
    #[must_use]
    pub fn balance_ppm(&self) -> i64 {
        let all = self.pos.saturating_add(self.neg).saturating_add(PRIOR_PPM);
        let size = mul_div(self.pos.abs_diff(self.neg), ONE, all);
        let size = i64::try_from(size).unwrap_or_default();
        if self.pos >= self.neg { size } else { -size }
    }

    /// The value shown: 100,000 for a newcomer, towards 1,000,000 with praise, towards 0 with
    /// complaints.
    #[must_use]
    pub fn value_ppm(&self) -> u32 {
        let balance = self.balance_ppm();
        let size = balance.unsigned_abs();
        let value = if balance >= 0 {
            NEWCOMER + part(size, ONE - NEWCOMER)
        } else {
            NEWCOMER.saturating_sub(part(size, NEWCOMER))
        };
        u32::try_from(value).unwrap_or(PPM)
    }

    /// How much a word of this identity weighs: one whole for a root; for anybody else its flow, at
    /// most one whole, times a positive balance.
    #[must_use]
    pub fn weight_ppm(&self, is_root: bool) -> u64 {
        if is_root {
            return ONE;
        }
        let balance = u64::try_from(self.balance_ppm()).unwrap_or_default();
        part(self.flow.min(ONE), balance)
    }
}

/// `share_ppm` parts per million of `amount`, rounded down.
fn part(share_ppm: u64, amount: u64) -> u64 {
    mul_div(share_ppm, amount, ONE)
}

/// a · b / c rounded down, `c` not 0. Only amounts that no realm reaches need 128 bits.
fn mul_div(a: u64, b: u64, c: u64) -> u64 {
    match a.checked_mul(b) {
        Some(product) => product / c,
        None => {
            let wide = u128::from(a) * u128::from(b) / u128::from(c);
            u64::try_from(wide).unwrap_or(u64::MAX)
        }
    }
}
