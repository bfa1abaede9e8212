//! What an agent asks to do.
//!
//! The author of the event that carries a request is who acts; so a request needs no signature of its
//! own. Its digest names it: an approval is for one request and no other.

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader, put_bytes};
use pluto_core::policy::Value;
use pluto_core::{Did, Digest};

/// Longest name of an action in bytes.
pub const ACTION_BYTES_MAX: usize = 128;
/// Longest name of a resource in bytes.
pub const RESOURCE_BYTES_MAX: usize = 512;
/// Most values of a context.
pub const CONTEXT_VALUES_MAX: usize = 32;
/// Longest name of a value of a context in bytes; that of a parameter in a policy.
pub const CONTEXT_NAME_BYTES_MAX: usize = 64;
/// Longest text in a context in bytes.
pub const CONTEXT_TEXT_BYTES_MAX: usize = 4_096;

pluto_core::domains! {
    REQUEST = "pluto action request v1";
}

/// A question: may this be done?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionRequest {
    /// What is to be done, such as `deploy`; 1 to 128 bytes.
    pub action: String,
    /// What it is done to, such as `repo:web/main`; 1 to 512 bytes.
    pub resource: String,
    /// What it takes from the budgets of the grants; 0 where nobody counts.
    pub amount: u64,
    /// What else the policy may read, by name: ascending, unique.
    pub context: Vec<(String, ContextValue)>,
}

/// A value of a context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContextValue {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A decimal number in millionths.
    Fixed(i64),
    /// A moment in Unix milliseconds.
    Time(i64),
    /// A word from an open vocabulary.
    Symbol(String),
    /// Free text.
    Text(String),
    /// An identity.
    Did(Did),
}

impl ActionRequest {
    /// A request without context.
    #[must_use]
    pub fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        let (action, resource) = (action.into(), resource.into());
        Self { action, resource, amount: 0, context: Vec::new() }
    }

    /// Sets a value of the context, in its place.
    pub fn set(&mut self, name: impl Into<String>, value: ContextValue) {
        let name = name.into();
        match self.context.binary_search_by(|(known, _)| known.as_str().cmp(&name)) {
            Ok(at) => {
                if let Some(entry) = self.context.get_mut(at) {
                    entry.1 = value;
                }
            }
            Err(at) => self.context.insert(at, (name, value)),
        }
    }

    /// The value of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&ContextValue> {
        let at = self.context.binary_search_by(|(known, _)| known.as_str().cmp(name)).ok()?;
        self.context.get(at).map(|(_, value)| value)
    }

    /// Names the request: equal for equal requests.
    #[must_use]
    pub fn digest(&self) -> Digest {
        REQUEST.hash(&self.encode())
    }

    /// Refuses what would not be read back: empty or overlong parts, names out of order.
    ///
    /// # Errors
    /// `COR-0002`, `COR-0006` or `COR-0008`, as the decoder.
    pub fn check(&self) -> Decoded<()> {
        Self::decode(&self.encode()).map(|_| ())
    }
}

impl ContextValue {
    /// The value that a word looks like; a text where it looks like nothing else. Numbers are those
    /// written the one way they are printed: `007` is a text.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        if let Ok(truth) = word.parse() {
            return Self::Bool(truth);
        }
        if let Some(number) = word.parse::<i64>().ok().filter(|number| number.to_string() == word) {
            return Self::Int(number);
        }
        if let Ok(did) = word.parse() {
            return Self::Did(did);
        }
        millionths(word).map_or_else(|| Self::Text(word.to_owned()), Self::Fixed)
    }

    /// The value as a policy reads it.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Fixed(value) => Value::Fixed(*value),
            Self::Time(value) => Value::Time(*value),
            Self::Symbol(value) => Value::Symbol(value.clone()),
            Self::Text(value) => Value::Text(value.clone()),
            Self::Did(value) => Value::Did(*value),
        }
    }
}

impl Canonical for ActionRequest {
    fn encode_into(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.action.as_bytes());
        put_bytes(out, self.resource.as_bytes());
        out.extend_from_slice(&self.amount.to_be_bytes());
        out.push(u8::try_from(self.context.len()).unwrap_or(u8::MAX));
        for (name, value) in &self.context {
            put_bytes(out, name.as_bytes());
            value.encode_into(out);
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let action = named(input, "action", ACTION_BYTES_MAX)?;
        let resource = named(input, "resource", RESOURCE_BYTES_MAX)?;
        let amount = input.u64()?;
        let count = usize::from(input.u8()?);
        if count > CONTEXT_VALUES_MAX {
            let max = CONTEXT_VALUES_MAX;
            return Err(CodecError::TooLarge { what: "context", found: count, max });
        }
        let mut context: Vec<(String, ContextValue)> = Vec::with_capacity(count);
        for _ in 0..count {
            let name = named(input, "name in a context", CONTEXT_NAME_BYTES_MAX)?;
            if context.last().is_some_and(|(last, _)| *last >= name) {
                return Err(CodecError::NotCanonical("context"));
            }
            context.push((name, ContextValue::decode_from(input)?));
        }
        Ok(Self { action, resource, amount, context })
    }
}

fn named(input: &mut Reader<'_>, what: &'static str, max: usize) -> Decoded<String> {
    let text = input.text(what, max)?;
    if text.is_empty() {
        return Err(CodecError::BadValue { what, found: 0 });
    }
    Ok(text.to_owned())
}

impl Canonical for ContextValue {
    fn encode_into(&self, out: &mut Vec<u8>) {
        let mut number = |kind: u8, value: i64| {
            out.push(kind);
            out.extend_from_slice(&value.to_be_bytes());
        };
        match self {
            Self::Bool(value) => out.extend_from_slice(&[0, u8::from(*value)]),
            Self::Int(value) => number(1, *value),
            Self::Fixed(value) => number(2, *value),
            Self::Time(value) => number(3, *value),
            Self::Symbol(value) => {
                out.push(4);
                put_bytes(out, value.as_bytes());
            }
            Self::Text(value) => {
                out.push(5);
                put_bytes(out, value.as_bytes());
            }
            Self::Did(value) => {
                out.push(6);
                value.encode_into(out);
            }
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(match input.u8()? {
            0 => Self::Bool(input.flag("value in a context")?),
            1 => Self::Int(input.i64()?),
            2 => Self::Fixed(input.i64()?),
            3 => Self::Time(input.i64()?),
            4 => Self::Symbol(input.text("symbol", CONTEXT_TEXT_BYTES_MAX)?.to_owned()),
            5 => Self::Text(input.text("text", CONTEXT_TEXT_BYTES_MAX)?.to_owned()),
            6 => Self::Did(Did::decode_from(input)?),
            kind => {
                let found = u64::from(kind);
                return Err(CodecError::BadValue { what: "kind of a context value", found });
            }
        })
    }
}

/// A decimal number of at most six places, in millionths.
fn millionths(text: &str) -> Option<i64> {
    let (whole, places) = text.split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = whole.strip_prefix('-').unwrap_or(whole);
    if !digits(unsigned) || !digits(places) || places.len() > 6 {
        return None;
    }
    let part: i64 = format!("{places:0<6}").parse().ok()?;
    let size = unsigned.parse::<i64>().ok()?.checked_mul(1_000_000)?.checked_add(part)?;
    Some(if whole.starts_with('-') { -size } else { size })
}

#[cfg(test)]
pub(crate) mod tests;
