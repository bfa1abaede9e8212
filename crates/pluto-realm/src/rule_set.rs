//! All rules of a realm, each with its law; what a realm declares, inherits and lives by.
//!
//! [`RuleSet::meet`] merges rule by rule, [`RuleSet::extends`] says whether a child weakens its parent
//! and by which rule: pure, so that whoever composes an event can ask before it is signed what the fold
//! will say. Rules not declared restrict nothing.

use std::fmt;

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader};
use pluto_core::{Did, RealmId};
use pluto_error::{Code, Coded};
use thiserror::Error;

use crate::codes;
use crate::lattice::{All, AtLeast, AtMost, Ceiling, Item, Law, Only};

macro_rules! rules {
    ($($name:ident, $variant:ident: $law:ty, $doc:literal;)+) => {
        /// One rule of a realm.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $(#[doc = $doc] $variant,)+
        }

        impl Rule {
            /// All rules, in the order of their encoding.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name, as printed.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => stringify!($name),)+ }
            }
        }

        /// The rules of a realm; the default restricts nothing.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct RuleSet {
            $(#[doc = $doc] pub $name: $law,)+
        }

        impl RuleSet {
            /// The loosest rules that are as strict as both.
            #[must_use]
            pub fn meet(&self, other: &Self) -> Self {
                Self { $($name: self.$name.meet(&other.$name),)+ }
            }

            /// Whether these rules may stand below those of `parent`.
            ///
            /// # Errors
            /// `RLM-0001` with the first rule that is weaker.
            pub fn extends(&self, parent: &Self) -> Result<(), Weakened> {
                $(if !self.$name.extends(&parent.$name) {
                    return Err(Weakened { rule: Rule::$variant });
                })+
                Ok(())
            }

            /// Whether they can be written down: merging lists can make them too long.
            #[must_use]
            pub fn fits(&self) -> bool {
                true $(&& self.$name.fits())+
            }
        }

    };
}

/// The encoding: a byte of flags that holds the isolation, the rules that were there from the beginning,
/// and behind them the later ones, if one of those restricts anything.
macro_rules! encoding {
    ($($name:ident)+; $($late:ident)+) => {
        impl Canonical for RuleSet {
            fn encode_into(&self, out: &mut Vec<u8>) {
                let late = $(self.$late != Default::default())||+;
                out.push(self.min_isolation.0 as u8 | if late { LATE } else { 0 });
                $(self.$name.encode_into(out);)+
                if late {
                    $(self.$late.encode_into(out);)+
                }
            }

            fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
                let flags = input.u8()?;
                if flags > LATE | 1 {
                    return Err(CodecError::BadValue { what: "rule flags", found: flags.into() });
                }
                let isolation = if flags & 1 == 0 { Isolation::Public } else { Isolation::Members };
                let mut rules = Self { min_isolation: AtLeast(isolation), ..Self::default() };
                $(rules.$name = Canonical::decode_from(input)?;)+
                if flags & LATE != 0 {
                    $(rules.$late = Canonical::decode_from(input)?;)+
                    if $(rules.$late == Default::default())&&+ {
                        return Err(CodecError::NotCanonical("later rules"));
                    }
                }
                Ok(rules)
            }
        }
    };
}

rules! {
    min_isolation, MinIsolation: AtLeast<Isolation>, "Who may read the realm.";
    min_trust, MinTrust: AtLeast<u32>, "Norm of trust, in parts per million, with which somebody may enter.";
    min_quorum, MinQuorum: AtLeast<u32>, "Votes that a proposal needs to be decided at all.";
    governed, Governed: AtLeast<bool>, "Whether rules change by vote alone.";
    max_payload, MaxPayload: AtMost<u32>, "Bytes of one payload.";
    max_gas, MaxGas: AtMost<Limit>, "Gas of one party.";
    max_mana, MaxMana: AtMost<Limit>, "Mana of one party.";
    max_events, MaxEvents: AtMost<Limit>, "Events of one party.";
    max_storage, MaxStorage: AtMost<Limit>, "Bytes of payloads of one party.";
    max_crossings, MaxCrossings: AtMost<Limit>, "Crossings of one party.";
    required_credentials, RequiredCredentials: All<String>, "Schemas of credentials that whoever enters holds.";
    allowed_kinds, AllowedKinds: Only<u16>, "Kinds of events that have effect.";
    allowed_methods, AllowedMethods: Only<u16>, "Ways of counting votes that proposals may choose.";
    allowed_realms, AllowedRealms: Only<RealmId>, "Realms that can be entered from.";
    denied_realms, DeniedRealms: All<RealmId>, "Realms that nobody crosses from or to, allowed or not.";
    denied_parties, DeniedParties: All<Did>, "Parties without a voice, members or not.";
    min_retention_ms, MinRetentionMs: AtLeast<u64>, "Milliseconds of realm time that what was archived is kept.";
    required_attestations, RequiredAttestations: All<String>, "Schemas of credentials whose holders attest a blueprint before it is deployed.";
}

encoding! {
    min_trust min_quorum governed max_payload max_gas max_mana max_events max_storage max_crossings
    required_credentials allowed_kinds allowed_methods allowed_realms denied_realms denied_parties;
    min_retention_ms required_attestations
}

/// The flag of rules that came later.
const LATE: u8 = 2;

/// Who may read a realm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Isolation {
    /// Whoever knows its id, if it admits everybody.
    #[default]
    Public = 0,
    /// Its members.
    Members = 1,
}

/// A quota: a bucket of tokens that fills up in realm time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Most tokens at a time; a bucket starts full.
    pub capacity: u64,
    /// Tokens that come back in a day of realm time.
    pub per_day: u64,
}

/// A rule that would be weaker than that of the parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the rule `{rule}` is weaker than that of the parent")]
pub struct Weakened {
    /// Which rule.
    pub rule: Rule,
}

impl Coded for Weakened {
    fn code(&self) -> Code {
        codes::WEAKENED
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Item for Isolation {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(*self as u8);
    }

    fn take(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(if input.flag("isolation")? { Self::Members } else { Self::Public })
    }
}

impl Item for Limit {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.capacity.to_be_bytes());
        out.extend_from_slice(&self.per_day.to_be_bytes());
    }

    fn take(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self { capacity: input.u64()?, per_day: input.u64()? })
    }
}

impl Ceiling for Limit {
    fn lower(self, other: Self) -> Self {
        Self {
            capacity: self.capacity.min(other.capacity),
            per_day: self.per_day.min(other.per_day),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
