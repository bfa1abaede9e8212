//! Entries of component `EclPolicy`, and the accounts that judgements are charged to.

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader};
use pluto_core::policy::Gas;
use pluto_core::{Digest, EventId};

/// The slot whose policy judges every event of the realm.
pub const ADMISSION_SLOT: &str = "admission";

/// What a slot holds, under [`slot_key`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotRecord {
    /// The id of the artifact; its bytes are under [`artifact_key`].
    pub artifact: Digest,
    /// The event that installed it.
    pub event: EventId,
}

/// How an event was judged, under [`judgement_key`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JudgementRecord {
    /// 0 deny, 1 allow, 2 escalate, 3 indeterminate.
    pub outcome: u8,
    /// The number of the fault; 0 without one.
    pub fault: u8,
    /// The rule that decided.
    pub rule: u16,
    /// What it cost.
    pub gas: Gas,
    /// The artifact that judged.
    pub artifact: Digest,
}

/// A mana account in component `Mana`, under the 33 bytes of a DID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ManaRecord {
    /// What is left, in thousandths.
    pub level_milli: u64,
    /// The realm time it is of, in Unix milliseconds.
    pub at_ms: u64,
}

/// A gas account in component `Gas`, under the 33 bytes of a DID.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GasRecord {
    /// The checkpoint since which `used` counts.
    pub window: u64,
    /// What has been used in this window, all layers together.
    pub used: u64,
    /// What has been used ever, by layer: network, compute, storage, realm.
    pub total: [u64; 4],
}

/// The key of a slot: `p` ‖ name.
#[must_use]
pub fn slot_key(slot: &str) -> Vec<u8> {
    keyed(b'p', slot.as_bytes())
}

/// The key of an artifact's bytes: `a` ‖ id.
#[must_use]
pub fn artifact_key(id: &Digest) -> Vec<u8> {
    keyed(b'a', &id.0)
}

/// The key of a judgement: `j` ‖ event id.
#[must_use]
pub fn judgement_key(event: &EventId) -> Vec<u8> {
    keyed(b'j', &event.0)
}

/// The key of the judgement of a store's own policy: `s` ‖ event id.
#[must_use]
pub fn store_judgement_key(event: &EventId) -> Vec<u8> {
    keyed(b's', &event.0)
}

fn keyed(prefix: u8, rest: &[u8]) -> Vec<u8> {
    let mut key = Vec::with_capacity(1 + rest.len());
    key.push(prefix);
    key.extend_from_slice(rest);
    key
}

impl Canonical for SlotRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.artifact.0);
        out.extend_from_slice(&self.event.0);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self { artifact: Digest(input.array()?), event: EventId(input.array()?) })
    }
}

impl Canonical for JudgementRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(self.outcome);
        out.push(self.fault);
        out.extend_from_slice(&self.rule.to_be_bytes());
        self.gas.encode_into(out);
        out.extend_from_slice(&self.artifact.0);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let outcome = input.u8()?;
        if outcome > 3 {
            return Err(CodecError::BadValue { what: "outcome", found: u64::from(outcome) });
        }
        Ok(Self {
            outcome,
            fault: input.u8()?,
            rule: input.u16()?,
            gas: Gas::decode_from(input)?,
            artifact: Digest(input.array()?),
        })
    }
}

impl Canonical for ManaRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.level_milli.to_be_bytes());
        out.extend_from_slice(&self.at_ms.to_be_bytes());
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self { level_milli: input.u64()?, at_ms: input.u64()? })
    }
}

impl Canonical for GasRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        for value in [self.window, self.used].into_iter().chain(self.total) {
            out.extend_from_slice(&value.to_be_bytes());
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let mut record = Self { window: input.u64()?, used: input.u64()?, total: [0; 4] };
        for value in &mut record.total {
            *value = input.u64()?;
        }
        Ok(record)
    }
}
