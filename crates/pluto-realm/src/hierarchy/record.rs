//! The payload of `RealmLifecycle`, and what the state keeps of rules, children and parents.

use pluto_core::RealmId;
use pluto_core::codec::{Canonical, CodecError, Decoded, Reader};

use crate::final_state::{put_proof, take_proof};
use crate::rule_set::RuleSet;

/// Key of the [`Lineage`] in component `Realm`: what children prove about their parent.
pub const LINEAGE_KEY: &[u8] = b"lineage";
/// Key of the declared [`RuleSet`] in component `Realm`.
pub const DECLARED_KEY: &[u8] = b"declared";
/// Key of the [`ParentRecord`] in component `Realm`.
pub const PARENT_KEY: &[u8] = b"parent";

/// The value under [`child_key`].
pub const ADOPTED: [u8; 1] = [1];

/// How deep a realm lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    /// Below nothing.
    #[default]
    Root = 0,
    /// Below a root.
    Virtual = 1,
    /// Below a virtual realm.
    Partition = 2,
}

/// By what a realm lives, in component `Realm` under [`LINEAGE_KEY`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lineage {
    /// How deep it lies.
    pub level: Level,
    /// The meet of what it declared and what it inherited.
    pub rules: RuleSet,
}

/// What a child knows of its parent, in component `Realm` under [`PARENT_KEY`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParentRecord {
    /// The parent.
    pub parent: RealmId,
    /// How deep that puts the child.
    pub level: Level,
    /// The number of the parent's checkpoint that showed it.
    pub number: u64,
    /// By what the parent lived then.
    pub rules: RuleSet,
}

/// The payload of `RealmLifecycle`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RealmLifecycle {
    /// The realm declares its rules, in place of what it declared before.
    Rules(RuleSet),
    /// The realm takes another one as its child.
    Adopt(RealmId),
    /// The realm shows by what its parent lives.
    Inherit {
        /// The parent.
        parent: RealmId,
        /// By what it lives.
        lineage: Lineage,
        /// Shows the lineage and the adoption under a final root of the parent.
        proof: Vec<u8>,
    },
}

impl Level {
    /// The level of a child; none below a partition.
    #[must_use]
    pub const fn below(self) -> Option<Self> {
        match self {
            Self::Root => Some(Self::Virtual),
            Self::Virtual => Some(Self::Partition),
            Self::Partition => None,
        }
    }

    /// The name, as printed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Virtual => "virtual",
            Self::Partition => "partition",
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        match input.u8()? {
            0 => Ok(Self::Root),
            1 => Ok(Self::Virtual),
            2 => Ok(Self::Partition),
            other => Err(CodecError::BadValue { what: "level of a realm", found: other.into() }),
        }
    }
}

/// The key under which a parent knows a child: `c` ‖ realm. Its value is [`ADOPTED`].
#[must_use]
pub fn child_key(child: &RealmId) -> [u8; 33] {
    let mut key = [b'c'; 33];
    for (to, from) in key.iter_mut().skip(1).zip(child.0) {
        *to = from;
    }
    key
}

impl Canonical for Lineage {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(self.level as u8);
        self.rules.encode_into(out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self { level: Level::decode_from(input)?, rules: RuleSet::decode_from(input)? })
    }
}

impl Canonical for ParentRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.parent.0);
        out.push(self.level as u8);
        out.extend_from_slice(&self.number.to_be_bytes());
        self.rules.encode_into(out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self {
            parent: RealmId(input.array()?),
            level: Level::decode_from(input)?,
            number: input.u64()?,
            rules: RuleSet::decode_from(input)?,
        })
    }
}

impl Canonical for RealmLifecycle {
    fn encode_into(&self, out: &mut Vec<u8>) {
        match self {
            Self::Rules(rules) => {
                out.push(0);
                rules.encode_into(out);
            }
            Self::Adopt(child) => {
                out.push(1);
                out.extend_from_slice(&child.0);
            }
            Self::Inherit { parent, lineage, proof } => {
                out.push(2);
                out.extend_from_slice(&parent.0);
                lineage.encode_into(out);
                put_proof(out, proof);
            }
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        match input.u8()? {
            0 => RuleSet::decode_from(input).map(Self::Rules),
            1 => Ok(Self::Adopt(RealmId(input.array()?))),
            2 => Ok(Self::Inherit {
                parent: RealmId(input.array()?),
                lineage: Lineage::decode_from(input)?,
                proof: take_proof(input)?,
            }),
            other => Err(CodecError::BadValue { what: "word about a realm", found: other.into() }),
        }
    }
}
