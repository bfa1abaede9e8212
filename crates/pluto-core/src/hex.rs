//! Lower-case hexadecimal, the text form of every 32-byte id.

/// The hexadecimal digits of `bytes`.
#[must_use]
pub fn text(bytes: &[u8]) -> String {
    let digit = |of: u8| char::from(if of < 10 { b'0' + of } else { b'a' + of - 10 });
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Parses exactly `N` bytes of lower-case hexadecimal digits.
#[must_use]
pub fn parse<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut out = [0; N];
    let digits = text.as_bytes();
    if digits.len() != N * 2 {
        return None;
    }
    for (byte, pair) in out.iter_mut().zip(digits.as_chunks::<2>().0) {
        let [high, low] = pair.map(digit);
        *byte = high? << 4 | low?;
    }
    Some(out)
}

fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}
