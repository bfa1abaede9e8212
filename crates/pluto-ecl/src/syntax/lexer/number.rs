//! Numbers: how far one reaches, what it is, and what is wrong with it.
//!
//! A number takes in everything that clings to it, so that `0x1F`, `1e9` and `24hours` are each one
//! mistake and not three tokens.

use crate::codes;
use crate::diagnostic::{Diagnostic, Span};

use super::super::kind::SyntaxKind;
use super::super::values::{self, PLACES, UNITS};

/// Units people write, and what is meant: the unit of the language and how many of it.
const UNIT_NAMES: &[(&str, &str, u64)] = &[
    ("milliseconds", "ms", 1),
    ("millis", "ms", 1),
    ("sec", "s", 1),
    ("secs", "s", 1),
    ("second", "s", 1),
    ("seconds", "s", 1),
    ("min", "m", 1),
    ("mins", "m", 1),
    ("minute", "m", 1),
    ("minutes", "m", 1),
    ("hr", "h", 1),
    ("hrs", "h", 1),
    ("hour", "h", 1),
    ("hours", "h", 1),
    ("H", "h", 1),
    ("day", "d", 1),
    ("days", "d", 1),
    ("D", "d", 1),
    ("w", "d", 7),
    ("week", "d", 7),
    ("weeks", "d", 7),
];

/// How many bytes of `rest`, which begins with a digit, belong to the number.
pub(super) fn length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let at = |index: usize| bytes.get(index).copied().unwrap_or(0);
    let mut end = 0;
    loop {
        let byte = at(end);
        let exponent_sign = matches!(byte, b'+' | b'-')
            && end > 0
            && matches!(at(end - 1), b'e' | b'E')
            && at(end + 1).is_ascii_digit()
            && !rest.starts_with("0x")
            && rest.get(..end - 1).is_some_and(|before| {
                before.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'_'))
            });
        let point = byte == b'.' && at(end + 1).is_ascii_digit();
        if byte.is_ascii_alphanumeric() || byte == b'_' || point || exponent_sign {
            end += 1;
        } else {
            return end;
        }
    }
}

/// What the number is, and what is wrong with it.
pub(super) fn classify(text: &str, span: Span) -> (SyntaxKind, Option<Diagnostic>) {
    if is_grouped(text) {
        return (SyntaxKind::Int, leading_zero(text, span).or_else(|| whole_range(text, span)));
    }
    if let Some((whole, places)) = text.split_once('.')
        && is_grouped(whole)
        && is_grouped(places)
    {
        let found = leading_zero(text, span).or_else(|| decimal(text, whole, places, span));
        return (SyntaxKind::Decimal, found);
    }
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(split).unwrap_or((text, ""));
    let decimal = number.split_once('.');
    let is_number =
        is_grouped(number) || decimal.is_some_and(|(a, b)| is_grouped(a) && is_grouped(b));
    let has_unit = !unit.is_empty() && unit.bytes().all(|b| b.is_ascii_alphabetic());
    if is_number && has_unit && !matches!(unit, "e" | "E") {
        let found = if decimal.is_some() || !UNITS.iter().any(|(name, _)| *name == unit) {
            Some(duration(text, number, unit, span))
        } else {
            leading_zero(number, span).or_else(|| duration_range(text, span))
        };
        return (SyntaxKind::Duration, found);
    }
    let kind = if decimal.is_some() { SyntaxKind::Decimal } else { SyntaxKind::Int };
    (kind, Some(malformed(text, span)))
}

/// Digits, with single `_` between them.
fn is_grouped(text: &str) -> bool {
    text.split('_').all(|group| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit()))
}

fn leading_zero(text: &str, span: Span) -> Option<Diagnostic> {
    let second = text.as_bytes().get(1);
    if !text.starts_with('0') || !second.is_some_and(|b| b.is_ascii_digit() || *b == b'_') {
        return None;
    }
    let stripped = text.trim_start_matches(['0', '_']);
    let mended = if stripped.is_empty() || stripped.starts_with('.') {
        format!("0{stripped}")
    } else {
        stripped.to_owned()
    };
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let place = Span { end: span.start.saturating_add(length), ..span };
    let found = Diagnostic::error(
        codes::NUMBER_FORM,
        "expected a number without leading zeros",
        place,
        "this number begins with `0`",
    );
    Some(
        found
            .note("elsewhere a leading zero means base eight; here every number has base ten")
            .fix(format!("write `{mended}`"), place, mended),
    )
}

/// The largest `int` and one more: with `-` before it, that is the smallest.
fn whole_range(text: &str, span: Span) -> Option<Diagnostic> {
    let fits = values::digits(text).is_some_and(|value| value <= i64::MIN.unsigned_abs());
    (!fits).then(|| {
        let message = "expected a whole number of 64 bits".to_owned();
        Diagnostic::error(codes::NUMBER_RANGE, message, span, "this number does not fit `int`")
            .note("an `int` lies between -9_223_372_036_854_775_808 and 9_223_372_036_854_775_807")
    })
}

fn decimal(text: &str, whole: &str, places: &str, span: Span) -> Option<Diagnostic> {
    let count = places.bytes().filter(u8::is_ascii_digit).count();
    if count > PLACES {
        let kept: String = places.chars().filter(char::is_ascii_digit).take(PLACES).collect();
        let mended = format!("{whole}.{kept}");
        return Some(
            Diagnostic::error(
                codes::NUMBER_PLACES,
                format!("expected at most {PLACES} places, found {count}"),
                span,
                "this number is finer than a `fixed` can be",
            )
            .note("a `fixed` counts millionths; there is no floating point")
            .fix(format!("cut it to `{mended}`"), span, mended.clone()),
        );
    }
    values::millionths(text).is_none().then(|| {
        let label = "this number does not fit `fixed`";
        Diagnostic::error(codes::NUMBER_RANGE, "expected a decimal in range", span, label)
            .note("a `fixed` lies between ±9_223_372_036_854.775807")
    })
}

fn duration_range(text: &str, span: Span) -> Option<Diagnostic> {
    values::milliseconds(text).is_none().then(|| {
        let label = "this duration does not fit 64 bits of milliseconds";
        Diagnostic::error(codes::NUMBER_RANGE, "expected a duration in range", span, label)
    })
}

/// A unit that is none, or a decimal before one.
fn duration(text: &str, number: &str, unit: &str, span: Span) -> Diagnostic {
    let meant =
        UNITS.iter().find(|(name, _)| *name == unit).map(|(name, _)| (*name, 1)).or_else(|| {
            UNIT_NAMES.iter().find(|(name, ..)| *name == unit).map(|(_, to, n)| (*to, *n))
        });
    let found = Diagnostic::error(
        codes::DURATION_UNIT,
        format!("expected a whole number of `ms`, `s`, `m`, `h` or `d`, found `{text}`"),
        span,
        if meant.is_none() {
            "this unit is unknown"
        } else {
            "a duration is not written like this"
        },
    );
    match meant.and_then(|(unit, times)| whole_duration(number, unit, times)) {
        Some(mended) => found.fix(format!("write `{mended}`"), span, mended),
        None => found.note("names do not begin with a digit, and nothing else follows a number"),
    }
}

/// The same duration in the largest unit that makes it whole.
fn whole_duration(number: &str, unit: &str, times: u64) -> Option<String> {
    let (_, per_unit) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let text = if number.contains('.') { number.to_owned() } else { format!("{number}.0") };
    let millionths = u64::try_from(values::millionths(&text)?).ok()?;
    let total = millionths.checked_mul(times)?.checked_mul(*per_unit)?;
    let milliseconds = (total % 1_000_000 == 0).then_some(total / 1_000_000)?;
    let from = UNITS.iter().position(|(name, _)| *name == unit)?;
    let (name, size) =
        UNITS.iter().skip(from).find(|(_, size)| milliseconds.is_multiple_of(*size))?;
    Some(format!("{}{name}", milliseconds / size))
}

fn malformed(text: &str, span: Span) -> Diagnostic {
    let lower = text.to_ascii_lowercase();
    let based = [("0x", 16), ("0b", 2), ("0o", 8)]
        .iter()
        .find_map(|(prefix, base)| lower.strip_prefix(prefix).map(|digits| (digits, *base)));
    let error =
        |message: &str, label: &str| Diagnostic::error(codes::NUMBER_FORM, message, span, label);
    if let Some((digits, base)) = based {
        let found = error("expected a number of base ten", &format!("this number has base {base}"));
        let value = i64::from_str_radix(&digits.replace('_', ""), base).ok();
        return match value.filter(|value| *value >= 0) {
            Some(value) => found.fix(format!("write `{value}`"), span, value.to_string()),
            None => found,
        };
    }
    if let Some((mantissa, exponent)) = lower.split_once('e')
        && exponent.trim_start_matches(['+', '-']).bytes().all(|b| b.is_ascii_digit())
    {
        let found = error("expected a number without exponent", "numbers have no exponent")
            .note("there is no floating point: write all the digits");
        return match expanded(mantissa, exponent) {
            Some(mended) => found.fix(format!("write `{mended}`"), span, mended),
            None => found,
        };
    }
    if text.bytes().all(|b| b.is_ascii_digit() || b == b'_') {
        let mended: Vec<&str> = text.split('_').filter(|group| !group.is_empty()).collect();
        let mended = mended.join("_");
        return error("expected digits around each `_`", "one `_` stands between two digits").fix(
            format!("write `{mended}`"),
            span,
            mended,
        );
    }
    error(&format!("expected a number, found `{text}`"), "this is no number of the language")
        .note("numbers look like `42`, `10_000`, `0.75` and `24h`")
}

/// `1.5e3` as `1500`, `25e-2` as `0.25`; none when that is no number of the language.
fn expanded(mantissa: &str, exponent: &str) -> Option<String> {
    let exponent: i32 = exponent.parse().ok().filter(|e: &i32| e.abs() <= 18)?;
    let (whole, places) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{places}").replace('_', "");
    let point = i32::try_from(whole.replace('_', "").len()).ok()? + exponent;
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
    let length = i32::try_from(all.len()).ok()?;
    let padded = format!("{}{all}{}", zeros(-point), zeros(point - length));
    let (whole, places) = padded.split_at_checked(usize::try_from(point.max(0)).ok()?)?;
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let places = places.trim_end_matches('0');
    let text = if places.is_empty() { whole.to_owned() } else { format!("{whole}.{places}") };
    let fits = values::digits(&text).is_some_and(|value| i64::try_from(value).is_ok())
        || values::millionths(&text).is_some();
    fits.then_some(text)
}
