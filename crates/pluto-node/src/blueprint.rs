//! The bytes of a blueprint: what it is called, what it came from, and its parts.
//!
//! A part is the kind and the payload of an event that a deployment writes, nothing else: policies with
//! the schemas of their stores, rules, rooms, records, and sagas that begin. So there is no second
//! language for what a realm can be told, and every part is judged like any other event.

mod description;

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader, put_bytes};
use pluto_core::format::Format;
use pluto_core::limits::PAYLOAD_BYTES_MAX;
use pluto_core::payload::RecordPut;
use pluto_core::{BlobId, Kind};
use pluto_eclvm::PolicyInstalled;
use pluto_realm::blueprint::BLUEPRINT_NAME_BYTES_MAX;
use pluto_realm::hierarchy::RealmLifecycle;
use pluto_realm::room::RoomChange;
use pluto_realm::saga::SagaProgress;

pub use description::{Compile, described};

/// A blueprint.
pub const BLUEPRINT_FORMAT: Format = Format::new("blueprint", 1);
/// Largest blueprint in bytes.
pub const BLUEPRINT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most parts of a blueprint.
pub const PARTS_MAX: usize = 64;

/// A bundle of what a realm is told when it is deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blueprint {
    /// Its name, 1 to 64 bytes.
    pub name: String,
    /// Its version, at least 1.
    pub version: u32,
    /// What it was forked from.
    pub parent: Option<BlobId>,
    /// Its parts, in the order in which they are written; 1 to 64.
    pub parts: Vec<Part>,
}

/// One thing a deployment says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Policies for a slot, with the schemas of their stores.
    Policy(PolicyInstalled),
    /// Rules of the realm.
    Rules(RealmLifecycle),
    /// A room or a partition of one.
    Room(RoomChange),
    /// A record.
    Record(RecordPut),
    /// A saga that begins.
    Saga(SagaProgress),
}

impl Part {
    /// The kind of its event.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Policy(_) => Kind::PolicyInstalled,
            Self::Rules(_) => Kind::RealmLifecycle,
            Self::Room(_) => Kind::RoomChange,
            Self::Record(_) => Kind::RecordPut,
            Self::Saga(_) => Kind::SagaProgress,
        }
    }

    /// The payload of its event.
    #[must_use]
    pub fn payload(&self) -> Vec<u8> {
        match self {
            Self::Policy(policy) => policy.encode(),
            Self::Rules(rules) => rules.encode(),
            Self::Room(room) => room.encode(),
            Self::Record(record) => record.encode(),
            Self::Saga(saga) => saga.encode(),
        }
    }

    /// What it is, in a few words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Policy(policy) => {
                format!("policies for slot {}, {} bytes", policy.slot, policy.artifact.len())
            }
            Self::Rules(_) => "rules of the realm".to_owned(),
            Self::Room(RoomChange::Open { place, .. }) => format!("room {place}"),
            Self::Room(_) => "a room".to_owned(),
            Self::Record(record) => {
                let key = String::from_utf8_lossy(&record.key);
                format!("record {} in {}", key, record.collection)
            }
            Self::Saga(_) => "a saga that begins".to_owned(),
        }
    }

    fn of(number: u16, payload: &[u8]) -> Decoded<Self> {
        let bad = CodecError::BadValue { what: "kind of a part", found: number.into() };
        let part = match Kind::from_number(number) {
            Some(Kind::PolicyInstalled) => Self::Policy(PolicyInstalled::decode(payload)?),
            Some(Kind::RealmLifecycle) => Self::Rules(RealmLifecycle::decode(payload)?),
            Some(Kind::RoomChange) => Self::Room(RoomChange::decode(payload)?),
            Some(Kind::RecordPut) => Self::Record(RecordPut::decode(payload)?),
            Some(Kind::SagaProgress) => Self::Saga(SagaProgress::decode(payload)?),
            _ => return Err(bad),
        };
        // Nothing that speaks about one realm, or about what is there already.
        match &part {
            Self::Policy(policy) if !policy.artifact.is_empty() => Ok(part),
            Self::Rules(RealmLifecycle::Rules(_))
            | Self::Room(RoomChange::Open { .. })
            | Self::Record(_) => Ok(part),
            // A part has no version of its own: what it says is said in version 1.
            Self::Saga(begin @ SagaProgress::Begin { .. }) if !begin.is_late() => Ok(part),
            _ => Err(bad),
        }
    }
}

impl Canonical for Blueprint {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(BLUEPRINT_FORMAT.version);
        put_bytes(out, self.name.as_bytes());
        out.extend_from_slice(&self.version.to_be_bytes());
        out.push(u8::from(self.parent.is_some()));
        self.parent.iter().for_each(|parent| out.extend_from_slice(&parent.0));
        out.push(u8::try_from(self.parts.len()).unwrap_or(u8::MAX));
        for part in &self.parts {
            out.extend_from_slice(&part.kind().number().0.to_be_bytes());
            put_bytes(out, &part.payload());
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let (found, known) = (input.u8()?, BLUEPRINT_FORMAT.version);
        if found != known {
            return Err(CodecError::UnknownVersion { what: "blueprint", found, known });
        }
        let name = input.text("name of a blueprint", BLUEPRINT_NAME_BYTES_MAX)?.to_owned();
        let version = input.u32()?;
        if name.is_empty() || version == 0 {
            return Err(CodecError::BadValue { what: "name and version", found: version.into() });
        }
        let forked = input.flag("parent of a blueprint")?;
        let parent = if forked { Some(BlobId(input.array()?)) } else { None };
        let count = usize::from(input.u8()?);
        if count == 0 || count > PARTS_MAX {
            return Err(CodecError::TooLarge { what: "parts", found: count, max: PARTS_MAX });
        }
        let mut parts = Vec::with_capacity(count);
        for _ in 0..count {
            let number = input.u16()?;
            parts.push(Part::of(number, input.bytes("part", PAYLOAD_BYTES_MAX)?)?);
        }
        Ok(Self { name, version, parent, parts })
    }
}

#[cfg(test)]
mod tests;
