//! `pluto policy`: what can be asked about the policies of a realm.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Subcommand;

use super::{Acting, Reading};

/// `pluto policy`.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Install a policy in a slot of a realm; what was there is replaced.
    Install {
        /// A source, or an artifact (`.eclc`).
        file: PathBuf,
        /// The slot; the policies in `admission` judge every event.
        #[arg(long, default_value = "admission")]
        slot: String,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// Empty a slot.
    Remove {
        /// The slot.
        #[arg(long, default_value = "admission")]
        slot: String,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// List the policies of a realm.
    List(Reading),
    /// Say which events of the past a policy would have judged otherwise; writes nothing.
    Simulate {
        /// A source, or an artifact (`.eclc`).
        file: PathBuf,
        /// Only events from then on: a span back from now (`90m`, `24h`, `7d`), or Unix milliseconds.
        #[arg(long = "since", default_value = "0", value_parser = moment)]
        from: u64,
        /// Where.
        #[command(flatten)]
        reading: Reading,
    },
}

/// Unix milliseconds, or a span back from now.
fn moment(text: &str) -> Result<u64, &'static str> {
    const EXPECTED: &str =
        "expected Unix milliseconds, or a span in ms, s, m, h or d such as `24h`";
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| EXPECTED)?;
    let unit_ms: u64 = match unit {
        "" => return Ok(number),
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(EXPECTED),
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let span = number.saturating_mul(unit_ms);
    Ok(u64::try_from(now).unwrap_or(u64::MAX).saturating_sub(span))
}
