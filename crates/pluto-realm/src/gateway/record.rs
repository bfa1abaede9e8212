//! Crossings between realms: payloads, and the receipts each side keeps.

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader};
use pluto_core::payload::Role;
use pluto_core::trust::TrustVector;
use pluto_core::{Did, EventId, RealmId};

use crate::final_state::{put_proof, take_proof};

/// The payload of `CrossingOpened`. The id of its event names the crossing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrossingOpened {
    /// The realm to be entered.
    pub to: RealmId,
    /// Unix milliseconds, by the clock of the realm to be entered, from which it is over.
    pub expires_ms: u64,
}

/// What the realm that is left says: in its component `Gateway`, under [`exit_key`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExitReceipt {
    /// Who crosses.
    pub party: Did,
    /// The realm to be entered.
    pub to: RealmId,
    /// The role the party has there.
    pub role: Role,
    /// The trust it has there.
    pub trust: TrustVector,
    /// When it is over.
    pub expires_ms: u64,
}

/// What the realm that is entered says: in its component `Gateway`, under [`entry_key`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryReceipt {
    /// Who crossed.
    pub party: Did,
    /// The realm that was left.
    pub from: RealmId,
    /// What the trust counts for here.
    pub trust: TrustVector,
    /// The event that brought the exit receipt.
    pub event: EventId,
}

/// The payload of `CrossingEvaluated`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CrossingEvaluated {
    /// Said in the realm that is entered: here is the exit receipt.
    Enter {
        /// The realm that was left.
        from: RealmId,
        /// The crossing: the event that opened it there.
        crossing: EventId,
        /// The receipt.
        exit: ExitReceipt,
        /// Shows the receipt under a final root of that realm.
        proof: Vec<u8>,
    },
    /// Said in the realm that was left: here is the entry receipt.
    Confirm {
        /// The crossing: the event that opened it here.
        crossing: EventId,
        /// The receipt.
        entry: EntryReceipt,
        /// Shows the receipt under a final root of the realm that was entered.
        proof: Vec<u8>,
    },
}

/// The key of an exit receipt: `x` ‖ id of the crossing.
#[must_use]
pub fn exit_key(crossing: &EventId) -> Vec<u8> {
    [&b"x"[..], &crossing.0].concat()
}

/// The key of an entry receipt: `e` ‖ id of the crossing.
#[must_use]
pub fn entry_key(crossing: &EventId) -> Vec<u8> {
    [&b"e"[..], &crossing.0].concat()
}

/// The key of an entry receipt in the realm that was left: `c` ‖ id of the crossing.
#[must_use]
pub fn confirmation_key(crossing: &EventId) -> Vec<u8> {
    [&b"c"[..], &crossing.0].concat()
}

impl Canonical for CrossingOpened {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to.0);
        out.extend_from_slice(&self.expires_ms.to_be_bytes());
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self { to: RealmId(input.array()?), expires_ms: input.u64()? })
    }
}

impl Canonical for ExitReceipt {
    fn encode_into(&self, out: &mut Vec<u8>) {
        self.party.encode_into(out);
        out.extend_from_slice(&self.to.0);
        out.push(self.role as u8);
        self.trust.encode_into(out);
        out.extend_from_slice(&self.expires_ms.to_be_bytes());
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self {
            party: Did::decode_from(input)?,
            to: RealmId(input.array()?),
            role: Role::from_number(input.u8()?)?,
            trust: TrustVector::decode_from(input)?,
            expires_ms: input.u64()?,
        })
    }
}

impl Canonical for EntryReceipt {
    fn encode_into(&self, out: &mut Vec<u8>) {
        self.party.encode_into(out);
        out.extend_from_slice(&self.from.0);
        self.trust.encode_into(out);
        out.extend_from_slice(&self.event.0);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self {
            party: Did::decode_from(input)?,
            from: RealmId(input.array()?),
            trust: TrustVector::decode_from(input)?,
            event: EventId(input.array()?),
        })
    }
}

impl Canonical for CrossingEvaluated {
    fn encode_into(&self, out: &mut Vec<u8>) {
        match self {
            Self::Enter { from, crossing, exit, proof } => {
                out.push(0);
                out.extend_from_slice(&from.0);
                out.extend_from_slice(&crossing.0);
                exit.encode_into(out);
                put_proof(out, proof);
            }
            Self::Confirm { crossing, entry, proof } => {
                out.push(1);
                out.extend_from_slice(&crossing.0);
                entry.encode_into(out);
                put_proof(out, proof);
            }
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        match input.u8()? {
            0 => Ok(Self::Enter {
                from: RealmId(input.array()?),
                crossing: EventId(input.array()?),
                exit: ExitReceipt::decode_from(input)?,
                proof: take_proof(input)?,
            }),
            1 => Ok(Self::Confirm {
                crossing: EventId(input.array()?),
                entry: EntryReceipt::decode_from(input)?,
                proof: take_proof(input)?,
            }),
            other => Err(CodecError::BadValue { what: "crossing", found: other.into() }),
        }
    }
}
