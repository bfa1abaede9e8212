//! Moments as event logs write them: `2011-10-11 13:45:40.276000+02:00`, read strictly.
//!
//! Between date and time stands a space or a `T`; a fraction is optional and cut to milliseconds; the
//! offset is `Z` or `±hh:mm` and must be there, because a moment without one is none.

const DAY_MS: i64 = 86_400_000;
/// Digits of a fraction at most.
const FRACTION_DIGITS_MAX: usize = 9;

/// Unix milliseconds; nothing for what is no moment, or lies before 1970 or after 9999.
#[must_use]
pub(super) fn parse_ms(text: &str) -> Option<u64> {
    let (date, time) = text.split_once([' ', 'T'])?;
    let (time, offset_ms) = match time.strip_suffix('Z') {
        Some(time) => (time, 0),
        None => {
            let (time, offset) = time.split_at_checked(time.len().checked_sub(6)?)?;
            (time, offset_ms(offset)?)
        }
    };
    let days = days(date)?;
    let (clock, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let [hours, minutes, seconds] = numbers(clock, ':', [2, 2, 2])?;
    let fits = hours < 24 && minutes < 60 && seconds < 60;
    let ms = ((hours * 60 + minutes) * 60 + seconds) * 1_000 + fraction_ms(fraction)?;
    u64::try_from(days * DAY_MS + ms - offset_ms).ok().filter(|_| fits)
}

/// Days since 1970 (civil calendar after Hinnant, `days_from_civil`).
fn days(date: &str) -> Option<i64> {
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

fn offset_ms(offset: &str) -> Option<i64> {
    let (sign, clock) = match offset.split_at_checked(1)? {
        ("+", clock) => (1, clock),
        ("-", clock) => (-1, clock),
        _ => return None,
    };
    let [hours, minutes] = numbers(clock, ':', [2, 2])?;
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes) * 60_000)
}

fn fraction_ms(fraction: &str) -> Option<i64> {
    let fits = !fraction.is_empty() && fraction.len() <= FRACTION_DIGITS_MAX;
    let digits = fits && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let padded = format!("{fraction:0<3}");
    padded.get(..3)?.parse().ok().filter(|_| digits)
}

/// Numbers of exactly so many digits.
fn numbers<const N: usize>(text: &str, by: char, digits: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(by);
    let mut found = [0; N];
    for (number, digits) in found.iter_mut().zip(digits) {
        let part = parts.next()?;
        let fits = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        *number = part.parse().ok().filter(|_| fits)?;
    }
    parts.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests;
