//! The laws by which two values of one rule are merged: the stricter of both, whatever the order.
//!
//! A rule is an element of a lattice: [`Law::meet`] is associative, commutative and idempotent, and its
//! default, which restricts nothing, is neutral. A value is at least as strict as another when meeting
//! the other does not change it. So "a child may extend the rules of its parent and never weaken them"
//! can be decided, rule by rule.
//!
//! | law | rules | what is stricter |
//! |---|---|---|
//! | [`AtLeast`] | `min_*`, flags | the larger |
//! | [`AtMost`] | `max_*` | the smaller, in every part; no bound at all is the loosest |
//! | [`All`] | `required_*`, `denied_*` | the union |
//! | [`Only`] | `allowed_*` | the intersection; no list at all is the loosest |

use std::collections::BTreeSet;

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader, put_bytes};
use pluto_core::limits::NAME_BYTES_MAX;
use pluto_core::{Did, RealmId};

/// Most entries of one list of a rule.
pub const LIST_MAX: usize = 96;

/// How two values of one rule are merged.
pub trait Law: Canonical + Clone + Default + PartialEq {
    /// The loosest value that is as strict as both.
    #[must_use]
    fn meet(&self, other: &Self) -> Self;

    /// Whether it is at least as strict as `other`.
    fn extends(&self, other: &Self) -> bool {
        self.meet(other) == *self
    }

    /// Whether it can be written down: merging lists can make them too long.
    fn fits(&self) -> bool {
        true
    }
}

/// A floor: the larger is stricter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AtLeast<T>(pub T);

/// A ceiling: the smaller is stricter, none is the loosest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AtMost<T>(pub Option<T>);

/// All of these: the union is stricter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct All<T>(pub BTreeSet<T>);

/// Only these: the intersection is stricter, none is the loosest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Only<T>(pub Option<BTreeSet<T>>);

impl<T> Default for AtMost<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Default for All<T> {
    fn default() -> Self {
        Self(BTreeSet::new())
    }
}

impl<T> Default for Only<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Ord> All<T> {
    /// Whether `item` is one of them.
    #[must_use]
    pub fn contains(&self, item: &T) -> bool {
        self.0.contains(item)
    }
}

impl<T: Ord> Only<T> {
    /// Whether `item` is allowed.
    #[must_use]
    pub fn allows(&self, item: &T) -> bool {
        self.0.as_ref().is_none_or(|list| list.contains(item))
    }
}

/// A value with a ceiling: the smaller in every part.
pub trait Ceiling: Item {
    /// The smaller of both, in every part.
    #[must_use]
    fn lower(self, other: Self) -> Self;
}

/// What rules are about: it has one encoding.
pub trait Item: Clone + PartialEq {
    /// Appends the encoding.
    fn put(&self, out: &mut Vec<u8>);

    /// Reads one.
    ///
    /// # Errors
    /// As [`Canonical::decode_from`].
    fn take(input: &mut Reader<'_>) -> Decoded<Self>;
}

impl<T: Item + Ord + Copy + Default> Law for AtLeast<T> {
    fn meet(&self, other: &Self) -> Self {
        Self(self.0.max(other.0))
    }
}

impl<T: Ceiling + Copy> Law for AtMost<T> {
    fn meet(&self, other: &Self) -> Self {
        match (self.0, other.0) {
            (Some(a), Some(b)) => Self(Some(a.lower(b))),
            (a, b) => Self(a.or(b)),
        }
    }
}

impl<T: Item + Ord> Law for All<T> {
    fn meet(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).cloned().collect())
    }

    fn fits(&self) -> bool {
        self.0.len() <= LIST_MAX
    }
}

impl<T: Item + Ord> Law for Only<T> {
    fn meet(&self, other: &Self) -> Self {
        match (&self.0, &other.0) {
            (Some(a), Some(b)) => Self(Some(a.intersection(b).cloned().collect())),
            (a, b) => Self(a.clone().or_else(|| b.clone())),
        }
    }

    fn fits(&self) -> bool {
        self.0.as_ref().is_none_or(|list| list.len() <= LIST_MAX)
    }
}

impl<T: Item + Ord + Copy + Default> Canonical for AtLeast<T> {
    fn encode_into(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        T::take(input).map(Self)
    }
}

impl<T: Item> Canonical for AtMost<T> {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.0.is_some()));
        self.0.iter().for_each(|value| value.put(out));
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let bounded = input.flag("bound of a rule")?;
        Ok(Self(if bounded { Some(T::take(input)?) } else { None }))
    }
}

impl<T: Item + Ord> Canonical for All<T> {
    fn encode_into(&self, out: &mut Vec<u8>) {
        put_list(&self.0, out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        take_list(input).map(Self)
    }
}

impl<T: Item + Ord> Canonical for Only<T> {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.0.is_some()));
        self.0.iter().for_each(|list| put_list(list, out));
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let listed = input.flag("list of a rule")?;
        Ok(Self(if listed { Some(take_list(input)?) } else { None }))
    }
}

fn put_list<T: Item>(list: &BTreeSet<T>, out: &mut Vec<u8>) {
    out.push(u8::try_from(list.len()).unwrap_or(u8::MAX));
    list.iter().for_each(|item| item.put(out));
}

fn take_list<T: Item + Ord>(input: &mut Reader<'_>) -> Decoded<BTreeSet<T>> {
    let count = usize::from(input.u8()?);
    if count > LIST_MAX {
        return Err(CodecError::TooLarge { what: "list of a rule", found: count, max: LIST_MAX });
    }
    let items = (0..count).map(|_| T::take(input)).collect::<Decoded<Vec<T>>>()?;
    if !items.is_sorted_by(|a, b| a < b) {
        return Err(CodecError::NotCanonical("list of a rule"));
    }
    Ok(items.into_iter().collect())
}

impl Item for bool {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn take(input: &mut Reader<'_>) -> Decoded<Self> {
        input.flag("rule")
    }
}

impl Item for u16 {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_be_bytes());
    }

    fn take(input: &mut Reader<'_>) -> Decoded<Self> {
        input.u16()
    }
}

impl Item for u32 {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_be_bytes());
    }

    fn take(input: &mut Reader<'_>) -> Decoded<Self> {
        input.u32()
    }
}

impl Item for u64 {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_be_bytes());
    }

    fn take(input: &mut Reader<'_>) -> Decoded<Self> {
        input.u64()
    }
}

impl Ceiling for u32 {
    fn lower(self, other: Self) -> Self {
        self.min(other)
    }
}

impl Item for RealmId {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }

    fn take(input: &mut Reader<'_>) -> Decoded<Self> {
        input.array().map(Self)
    }
}

impl Item for Did {
    fn put(&self, out: &mut Vec<u8>) {
        self.encode_into(out);
    }

    fn take(input: &mut Reader<'_>) -> Decoded<Self> {
        Self::decode_from(input)
    }
}

impl Item for String {
    fn put(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.as_bytes());
    }

    fn take(input: &mut Reader<'_>) -> Decoded<Self> {
        input.text("name in a rule", NAME_BYTES_MAX).map(str::to_owned)
    }
}
