//! The payload of `BlueprintAction`, and what the state keeps of blueprints.

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader, put_bytes};
use pluto_core::limits::NAME_BYTES_MAX;
use pluto_core::{BlobId, Did, EventId};

use crate::archive::take_text;

/// Longest name of a blueprint in bytes.
pub const BLUEPRINT_NAME_BYTES_MAX: usize = 64;

/// The payload of `BlueprintAction`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlueprintAction {
    /// A blueprint is there for the realm.
    Publish(Publish),
    /// The author vouches for it, as a holder of a credential.
    Attest {
        /// Which.
        blueprint: BlobId,
        /// The schema of the credential, 1 to 128 bytes.
        schema: String,
    },
    /// The author no longer does.
    Withdraw {
        /// Which.
        blueprint: BlobId,
        /// The schema.
        schema: String,
    },
    /// It is put to use: what is in it follows as ordinary events.
    Deploy {
        /// Which.
        blueprint: BlobId,
    },
}

/// What is said of a blueprint that is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publish {
    /// The hash of its bytes.
    pub blueprint: BlobId,
    /// Its name, 1 to 64 bytes.
    pub name: String,
    /// Its version, at least 1.
    pub version: u32,
    /// What it was forked from.
    pub parent: Option<BlobId>,
}

/// A blueprint in component `Blueprint`, under [`blueprint_key`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlueprintRecord {
    /// The event that published it.
    pub event: EventId,
    /// Who did.
    pub publisher: Did,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// What it was forked from.
    pub parent: Option<BlobId>,
}

/// The newest version of a name in component `Blueprint`, under [`name_key`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameRecord {
    /// The version.
    pub version: u32,
    /// The blueprint.
    pub blueprint: BlobId,
    /// Who published the first version.
    pub owner: Did,
}

/// An attestation in component `Blueprint`, under [`attestation_key`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttestationRecord {
    /// Who vouches.
    pub attester: Did,
    /// The event that says so.
    pub event: EventId,
}

/// What is deployed, in component `EclBlueprint`, under [`deployment_key`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeploymentRecord {
    /// The event that deployed it.
    pub event: EventId,
    /// The blueprint.
    pub blueprint: BlobId,
}

/// The key of a blueprint: `b` ‖ id.
#[must_use]
pub fn blueprint_key(blueprint: &BlobId) -> Vec<u8> {
    [&b"b"[..], &blueprint.0].concat()
}

/// The key of a name: `n` ‖ name.
#[must_use]
pub fn name_key(name: &str) -> Vec<u8> {
    [b"n", name.as_bytes()].concat()
}

/// The key of an attestation: `a` ‖ id ‖ schema.
#[must_use]
pub fn attestation_key(blueprint: &BlobId, schema: &str) -> Vec<u8> {
    [b"a", &blueprint.0[..], schema.as_bytes()].concat()
}

/// The key of a deployment: `d` ‖ name.
#[must_use]
pub fn deployment_key(name: &str) -> Vec<u8> {
    [b"d", name.as_bytes()].concat()
}

fn put_parent(out: &mut Vec<u8>, parent: Option<BlobId>) {
    out.push(u8::from(parent.is_some()));
    parent.iter().for_each(|parent| out.extend_from_slice(&parent.0));
}

fn take_parent(input: &mut Reader<'_>) -> Decoded<Option<BlobId>> {
    let forked = input.flag("parent of a blueprint")?;
    Ok(if forked { Some(BlobId(input.array()?)) } else { None })
}

fn take_version(input: &mut Reader<'_>) -> Decoded<u32> {
    match input.u32()? {
        0 => Err(CodecError::BadValue { what: "version of a blueprint", found: 0 }),
        version => Ok(version),
    }
}

fn take_name(input: &mut Reader<'_>) -> Decoded<String> {
    take_text(input, "name of a blueprint", BLUEPRINT_NAME_BYTES_MAX)
}

impl Canonical for BlueprintAction {
    fn encode_into(&self, out: &mut Vec<u8>) {
        let (tag, blueprint) = match self {
            Self::Publish(publish) => (0, publish.blueprint),
            Self::Attest { blueprint, .. } => (1, *blueprint),
            Self::Withdraw { blueprint, .. } => (2, *blueprint),
            Self::Deploy { blueprint } => (3, *blueprint),
        };
        out.push(tag);
        out.extend_from_slice(&blueprint.0);
        match self {
            Self::Publish(publish) => {
                put_bytes(out, publish.name.as_bytes());
                out.extend_from_slice(&publish.version.to_be_bytes());
                put_parent(out, publish.parent);
            }
            Self::Attest { schema, .. } | Self::Withdraw { schema, .. } => {
                put_bytes(out, schema.as_bytes());
            }
            Self::Deploy { .. } => {}
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let tag = input.u8()?;
        let blueprint = BlobId(input.array()?);
        let schema = |input: &mut Reader<'_>| take_text(input, "schema", NAME_BYTES_MAX);
        match tag {
            0 => Ok(Self::Publish(Publish {
                blueprint,
                name: take_name(input)?,
                version: take_version(input)?,
                parent: take_parent(input)?,
            })),
            1 => Ok(Self::Attest { blueprint, schema: schema(input)? }),
            2 => Ok(Self::Withdraw { blueprint, schema: schema(input)? }),
            3 => Ok(Self::Deploy { blueprint }),
            other => Err(CodecError::BadValue { what: "blueprint action", found: other.into() }),
        }
    }
}

impl Canonical for BlueprintRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.event.0);
        self.publisher.encode_into(out);
        put_bytes(out, self.name.as_bytes());
        out.extend_from_slice(&self.version.to_be_bytes());
        put_parent(out, self.parent);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self {
            event: EventId(input.array()?),
            publisher: Did::decode_from(input)?,
            name: take_name(input)?,
            version: take_version(input)?,
            parent: take_parent(input)?,
        })
    }
}

impl Canonical for NameRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.version.to_be_bytes());
        out.extend_from_slice(&self.blueprint.0);
        self.owner.encode_into(out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let version = take_version(input)?;
        let blueprint = BlobId(input.array()?);
        Ok(Self { version, blueprint, owner: Did::decode_from(input)? })
    }
}

impl Canonical for AttestationRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        self.attester.encode_into(out);
        out.extend_from_slice(&self.event.0);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let attester = Did::decode_from(input)?;
        Ok(Self { attester, event: EventId(input.array()?) })
    }
}

impl Canonical for DeploymentRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.event.0);
        out.extend_from_slice(&self.blueprint.0);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self { event: EventId(input.array()?), blueprint: BlobId(input.array()?) })
    }
}
