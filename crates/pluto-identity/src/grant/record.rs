//! What the state says about grants, in component `Controller`.

use std::sync::Arc;

use pluto_core::codec::{Canonical, Decoded, Reader};
use pluto_core::traits::StateView;
use pluto_core::{Component, Did, EventId};

use super::id::{GrantId, key};
use super::payload::{Grant, GrantRef, put_event};

/// A grant, under [`grant_key`](super::grant_key).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantRecord {
    /// Who gave it.
    pub issuer: Did,
    /// The event that made it.
    pub event: EventId,
    /// How many grants stand above it, 0 to 7.
    pub depth: u8,
    /// The event that revoked it.
    pub revoked: Option<EventId>,
    /// The grant.
    pub grant: Grant,
}

/// A [`GrantRecord`] read in place.
#[derive(Clone, Copy, Debug)]
pub struct GrantRecordRef<'a> {
    /// Who gave it.
    pub issuer: Did,
    /// The event that made it.
    pub event: EventId,
    /// How many grants stand above it.
    pub depth: u8,
    /// The event that revoked it.
    pub revoked: Option<EventId>,
    /// The grant.
    pub grant: GrantRef<'a>,
}

/// What a grant with a rate or a budget was used for, under [`usage_key`](super::usage_key).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsageRecord {
    /// The window of realm time it counts: realm time divided by the length of a window.
    pub window: u64,
    /// Uses in that window.
    pub count: u32,
    /// Sum of the amounts of all uses.
    pub spent: u64,
}

impl<'a> GrantRecordRef<'a> {
    /// Reads a record that fills `bytes` exactly.
    ///
    /// # Errors
    /// As the decoder of [`GrantRecord`].
    pub fn decode(bytes: &'a [u8]) -> Decoded<Self> {
        let mut input = Reader::new(bytes);
        let record = Self::read(&mut input)?;
        input.finish()?;
        Ok(record)
    }

    fn read(input: &mut Reader<'a>) -> Decoded<Self> {
        Ok(Self {
            issuer: Did::decode_from(input)?,
            event: EventId(input.array()?),
            depth: input.u8()?,
            revoked: if input.flag("revoked flag")? { Some(EventId(input.array()?)) } else { None },
            grant: GrantRef::read(input)?,
        })
    }

    /// The owned form.
    #[must_use]
    pub fn to_record(&self) -> GrantRecord {
        GrantRecord {
            issuer: self.issuer,
            event: self.event,
            depth: self.depth,
            revoked: self.revoked,
            grant: self.grant.to_grant(),
        }
    }
}

impl Canonical for GrantRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        self.issuer.encode_into(out);
        out.extend_from_slice(&self.event.0);
        out.push(self.depth);
        put_event(out, self.revoked);
        self.grant.encode_into(out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        GrantRecordRef::read(input).map(|record| record.to_record())
    }
}

impl Canonical for UsageRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.window.to_be_bytes());
        out.extend_from_slice(&self.count.to_be_bytes());
        out.extend_from_slice(&self.spent.to_be_bytes());
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self { window: input.u64()?, count: input.u32()?, spent: input.u64()? })
    }
}

/// The bytes of a grant's record.
pub(super) fn record_bytes(view: &dyn StateView, id: &GrantId) -> Option<Arc<[u8]>> {
    view.get(Component::Controller, &key(b'g', id))
}

/// How far a grant is used up; nothing is stored before the first use.
pub(super) fn usage(view: &dyn StateView, id: &GrantId) -> UsageRecord {
    let entry = view.get(Component::Controller, &key(b'u', id));
    entry.and_then(|bytes| UsageRecord::decode(&bytes).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
