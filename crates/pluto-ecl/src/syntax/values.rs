//! Values of literals: whole numbers, decimals in millionths, durations in milliseconds, text.
//!
//! Nothing here is a float: a decimal is read digit by digit.

/// Places of a decimal.
pub(crate) const PLACES: usize = 6;

/// Units of durations with their milliseconds, largest first.
pub(crate) const UNITS: &[(&str, u64)] =
    &[("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Digits with `_` between them, as a number; none when it is no such thing or too large.
pub(crate) fn digits(text: &str) -> Option<u64> {
    let mut value: Option<u64> = None;
    for digit in text.chars().filter(|c| *c != '_') {
        let digit = u64::from(digit.to_digit(10)?);
        value = Some(value.unwrap_or(0).checked_mul(10)?.checked_add(digit)?);
    }
    value
}

/// A decimal in millionths; none when it has too many places or does not fit.
pub(crate) fn millionths(text: &str) -> Option<i64> {
    let (whole, places) = text.split_once('.')?;
    let mut places: String = places.chars().filter(|c| *c != '_').collect();
    if places.len() > PLACES {
        return None;
    }
    while places.len() < PLACES {
        places.push('0');
    }
    let value = digits(whole)?.checked_mul(1_000_000)?.checked_add(digits(&places)?)?;
    i64::try_from(value).ok()
}

/// A duration in milliseconds; none when the unit is unknown or it does not fit.
pub(crate) fn milliseconds(text: &str) -> Option<i64> {
    let split = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at_checked(split)?;
    let (_, per_unit) = UNITS.iter().find(|(name, _)| *name == unit)?;
    i64::try_from(digits(number)?.checked_mul(*per_unit)?).ok()
}

/// The escape at the beginning of `text`, which begins with `\`: its length in bytes and what it
/// stands for, if it is one.
pub(crate) fn escape(text: &str) -> (usize, Option<char>) {
    let mut chars = text.chars().skip(1);
    match chars.next() {
        Some('n') => (2, Some('\n')),
        Some('t') => (2, Some('\t')),
        Some(c @ ('"' | '\\')) => (2, Some(c)),
        Some('u') if chars.next() == Some('{') => {
            let inner = text.get(3..).unwrap_or_default();
            let digits = inner.chars().take_while(char::is_ascii_hexdigit).count();
            let closed = inner.get(digits..).is_some_and(|rest| rest.starts_with('}'));
            let value = inner.get(..digits).and_then(|hex| u32::from_str_radix(hex, 16).ok());
            let short = (1..=6).contains(&digits) && closed;
            (3 + digits + usize::from(closed), value.filter(|_| short).and_then(char::from_u32))
        }
        // A text ends with its line.
        None | Some('\n') => (1, None),
        Some(c) => (1 + c.len_utf8(), None),
    }
}

/// What a quoted text says. Escapes that are none stand for themselves: they have a diagnostic.
pub(crate) fn unquote(token: &str) -> String {
    let mut chars = token.chars();
    let open = chars.next();
    let mut rest = chars.as_str();
    let mut text = String::with_capacity(rest.len());
    while let Some(c) = rest.chars().next() {
        let width = if c == '\\' {
            let (width, meaning) = escape(rest);
            match meaning {
                Some(meaning) => text.push(meaning),
                None => text.push_str(rest.get(..width).unwrap_or_default()),
            }
            width
        } else {
            if rest.len() == c.len_utf8() && closes(open, c) {
                break;
            }
            text.push(c);
            c.len_utf8()
        };
        rest = rest.get(width..).unwrap_or_default();
    }
    text
}

/// Whether `close` ends a text that `open` began; marks that are no quotes of the language included,
/// because the lexer reads on past them.
pub(crate) fn closes(open: Option<char>, close: char) -> bool {
    match open {
        Some('"') => close == '"',
        Some('\'') => close == '\'',
        Some('“' | '”' | '„' | '«') => matches!(close, '“' | '”' | '"' | '»'),
        Some('‘' | '’') => matches!(close, '‘' | '’'),
        _ => false,
    }
}
