//! The study as plain text.

use std::fmt;

use super::{AttackResult, Buyers, Prediction, Ranked, SEEDS, Study};

impl fmt::Display for Buyers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Random => "random",
            Self::Top => "top 200",
        })
    }
}

impl fmt::Display for Study {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} ratings ({} void) of {} people: {} attesters, {} subjects",
            self.ratings, self.void, self.people, self.attesters, self.subjects
        )?;
        writeln!(f, "roots of trust: {:?}\n", self.roots)?;
        self.prediction.fmt(f)?;
        writeln!(f, "\n200 Sybils for the 20 worst subjects, mean percentile over {SEEDS} seeds")?;
        writeln!(f, "bought from  edges   before    after     gain     best gain")?;
        self.attacks.iter().try_for_each(|attack| attack.fmt(f))?;
        self.concentration.iter().try_for_each(|found| found.fmt(f))?;
        writeln!(f, "\nhighest values")?;
        self.top.iter().try_for_each(|ranked| ranked.fmt(f))?;
        writeln!(f, "\nlowest values")?;
        self.bottom.iter().try_for_each(|ranked| ranked.fmt(f))
    }
}

impl fmt::Display for Prediction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let auc = |value: Option<f64>| value.map_or("none".to_owned(), |auc| format!("{auc:.3}"));
        writeln!(
            f,
            "sign of {} later ratings ({} praise) from the first {}",
            self.predicted, self.praise, self.trained_on
        )?;
        writeln!(f, "AUC  this engine  {}", auc(self.auc))?;
        writeln!(f, "     Beta         {}", auc(self.auc_beta))?;
        writeln!(f, "     plain mean   {}", auc(self.auc_mean))?;
        let (predicted, subjects) = (self.coverage_predicted, self.coverage_subjects);
        let (predicted, subjects) = (100.0 * predicted, 100.0 * subjects);
        writeln!(f, "covered: {predicted:.1} % of those ratings, {subjects:.1} % of subjects")
    }
}

impl fmt::Display for AttackResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, after) = (self.before, self.after);
        let (gain, best) = (no_minus_zero(self.gain()), no_minus_zero(self.after_max - before));
        write!(f, "{:<11} {:>6} {before:>8.3} {after:>8.3}", self.buyers, self.edges)?;
        writeln!(f, " {gain:>+8.3} {best:>+13.3}")
    }
}

/// Three decimals; what rounds to zero has no sign.
fn no_minus_zero(points: f64) -> f64 {
    (points * 1_000.0).round() / 1_000.0 + 0.0
}

impl fmt::Display for Ranked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { person, value_ppm, praise, complaints } = self;
        writeln!(f, "{person:>8}  {value_ppm:>7} ppm  +{praise} -{complaints}")
    }
}
