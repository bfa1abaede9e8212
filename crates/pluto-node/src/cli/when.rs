//! Times as people type them: spans, dates, Unix milliseconds.

use std::time::{SystemTime, UNIX_EPOCH};

const DAY_MS: u64 = 86_400_000;

/// Unix milliseconds, or a span back from now.
pub(super) fn past(text: &str) -> Result<u64, &'static str> {
    if let Ok(ms) = text.parse() {
        return Ok(ms);
    }
    let span = span_ms(text)
        .ok_or("expected Unix milliseconds, or a span in ms, s, m, h or d such as `24h`")?;
    Ok(now_ms().saturating_sub(span))
}

/// A date (its first moment in UTC), or a span on from now.
pub(super) fn future(text: &str) -> Result<u64, &'static str> {
    const EXPECTED: &str =
        "expected a span in ms, s, m, h or d such as `24h`, or a date such as `2027-01-31`";
    match span_ms(text) {
        Some(span) => Ok(now_ms().saturating_add(span)),
        None => date_ms(text).ok_or(EXPECTED),
    }
}

/// A span, in milliseconds.
pub(super) fn span(text: &str) -> Result<u64, &'static str> {
    span_ms(text).ok_or("expected a span in ms, s, m, h or d such as `24h`")
}

/// A span in milliseconds.
pub(super) fn span_ms(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let unit_ms: u64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => DAY_MS,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit_ms)
}

/// The first moment of a day `YYYY-MM-DD` from 1970 on (civil calendar after Hinnant,
/// `days_from_civil`).
fn date_ms(text: &str) -> Option<u64> {
    let mut parts = text.split('-');
    let mut part = |digits: usize| -> Option<u64> {
        let part = parts.next()?;
        let fits = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        if fits { part.parse().ok() } else { None }
    };
    let (year, month, day) = (part(4)?, part(2)?, part(2)?);
    if parts.next().is_some() || year < 1970 || !(1..=12).contains(&month) {
        return None;
    }
    let shifted = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (shifted / 400, shifted % 400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day.checked_sub(1)?;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = (era * 146_097 + day_of_era).checked_sub(719_468)?;
    // A day that the month does not have comes out as one of the next month.
    (crate::output::date(days) == text).then_some(days * DAY_MS)
}

fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
