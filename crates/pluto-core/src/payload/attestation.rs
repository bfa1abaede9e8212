//! Attestation: one party's word about another.

use crate::codec::{Canonical, CodecError, Decoded, Reader};
use crate::did::Did;
use crate::trust::Dimension;

/// Largest absolute value of an attestation.
pub const ATTESTATION_VALUE_MAX: i8 = 10;

/// The payload of `Attestation`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    /// Whom it is about; never the author.
    pub subject: Did,
    /// Which dimension of trust.
    pub dimension: Dimension,
    /// −10 (worst) to 10 (best); 0 takes an earlier word back.
    pub value: i8,
}

impl Canonical for Attestation {
    fn encode_into(&self, out: &mut Vec<u8>) {
        self.subject.encode_into(out);
        out.push(self.dimension as u8);
        out.extend_from_slice(&self.value.to_be_bytes());
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let subject = Did::decode_from(input)?;
        let dimension = Dimension::from_number(input.u8()?)?;
        let value = i8::from_be_bytes(input.array()?);
        if value.unsigned_abs() > ATTESTATION_VALUE_MAX.unsigned_abs() {
            let found = u64::from(value.unsigned_abs());
            return Err(CodecError::BadValue { what: "attestation value", found });
        }
        Ok(Self { subject, dimension, value })
    }
}
