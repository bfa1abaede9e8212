//! Genesis of a realm, and membership in it.

use super::identity::{Inception, decode_dids};
use crate::codec::{Canonical, CodecError, Decoded, Reader, put_bytes};
use crate::did::Did;
use crate::limits::NAME_BYTES_MAX;

/// Most trust roots of a realm.
pub const TRUST_ROOTS_MAX: usize = 64;

/// How identities become members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Admission {
    /// Whoever writes an inception into the realm is a member.
    Open = 0,
    /// An administrator adds members.
    Invite = 1,
}

impl Admission {
    /// The way with that number.
    ///
    /// # Errors
    /// `COR-0006` for a number above 1.
    pub fn from_number(number: u8) -> Decoded<Self> {
        match number {
            0 => Ok(Self::Open),
            1 => Ok(Self::Invite),
            _ => Err(CodecError::BadValue { what: "admission", found: u64::from(number) }),
        }
    }
}

/// What a member may do about other members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Role {
    /// Takes part.
    Member = 0,
    /// May add members.
    Moderator = 1,
    /// May add members and moderators.
    Admin = 2,
    /// May assign any role.
    Owner = 3,
}

impl Role {
    /// The role with that number.
    ///
    /// # Errors
    /// `COR-0006` for a number above 3.
    pub fn from_number(number: u8) -> Decoded<Self> {
        match number {
            0 => Ok(Self::Member),
            1 => Ok(Self::Moderator),
            2 => Ok(Self::Admin),
            3 => Ok(Self::Owner),
            _ => Err(CodecError::BadValue { what: "role", found: u64::from(number) }),
        }
    }

    /// The name, as printed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Moderator => "moderator",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

/// The payload of `RealmGenesis`: the realm's first rules, and the creator's inception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RealmGenesis {
    /// A name for people; ids name realms for programs.
    pub name: String,
    /// How identities become members.
    pub admission: Admission,
    /// Identities trust flows from: ascending, unique; empty means the creator alone.
    pub trust_roots: Vec<Did>,
    /// The creator's identity; the author of the genesis.
    pub creator: Inception,
}

impl Canonical for RealmGenesis {
    fn encode_into(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.name.as_bytes());
        out.push(self.admission as u8);
        out.push(u8::try_from(self.trust_roots.len()).unwrap_or(u8::MAX));
        self.trust_roots.iter().for_each(|root| root.encode_into(out));
        self.creator.encode_into(out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let name = input.text("realm name", NAME_BYTES_MAX)?.to_owned();
        let admission = Admission::from_number(input.u8()?)?;
        let trust_roots = decode_dids(input, "trust roots", TRUST_ROOTS_MAX)?;
        let creator = Inception::decode_from(input)?;
        Ok(Self { name, admission, trust_roots, creator })
    }
}

/// What happens to a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum MembershipAction {
    /// Becomes a member, or changes role.
    Assign = 0,
    /// Is no longer a member.
    Remove = 1,
    /// Is no longer a member and cannot become one.
    Ban = 2,
}

/// The payload of `MembershipChange`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MembershipChange {
    /// Whom it concerns.
    pub subject: Did,
    /// What happens.
    pub action: MembershipAction,
    /// The role after `Assign`; `Member` otherwise.
    pub role: Role,
}

impl Canonical for MembershipChange {
    fn encode_into(&self, out: &mut Vec<u8>) {
        self.subject.encode_into(out);
        out.push(self.action as u8);
        out.push(self.role as u8);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let subject = Did::decode_from(input)?;
        let action = match input.u8()? {
            0 => MembershipAction::Assign,
            1 => MembershipAction::Remove,
            2 => MembershipAction::Ban,
            other => {
                let found = u64::from(other);
                return Err(CodecError::BadValue { what: "membership action", found });
            }
        };
        let role = Role::from_number(input.u8()?)?;
        if action != MembershipAction::Assign && role != Role::Member {
            return Err(CodecError::NotCanonical("role"));
        }
        Ok(Self { subject, action, role })
    }
}
