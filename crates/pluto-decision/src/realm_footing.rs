//! A footing on its way to a node that joins after payloads were erased: the state of a realm at a border, with
//! what shows who signed it.
//!
//! The manifest of the epoch that ends there carries the genesis, the chain of witness sets and the checkpoint
//! with its signatures ([`crate::epoch::verify`]). The footing is only carried here: whoever takes it over
//! compares it with that checkpoint and with its own log.

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader, put_bytes};
use pluto_core::format::Format;
use pluto_error::Result;

use crate::bundle::{sealed_by, unsealed};
use crate::epoch::EPOCH_BYTES_MAX;

/// A footing that is handed over.
pub const REALM_FOOTING_FORMAT: Format = Format::new("realm-footing", 1);
/// Largest file in bytes.
pub const REALM_FOOTING_BYTES_MAX: usize = 1 << 30;

const MAGIC: &[u8; 8] = b"PLUTOFOO";

pluto_core::domains! {
    SEAL = "pluto realm footing v1";
}

/// A footing with what shows who signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RealmFooting {
    /// The manifest of the epoch whose end is the place of the footing.
    pub manifest: Vec<u8>,
    /// The footing, as the node keeps it.
    pub footing: Vec<u8>,
}

impl RealmFooting {
    /// The bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        self.encode_into(&mut out);
        sealed_by(&SEAL, out)
    }

    /// Reads the bytes. Nothing is proven by that.
    ///
    /// # Errors
    /// `DCN-0001` when they are no whole file of this version, `COR-0001` to `COR-0009` for a part that is too
    /// large, or cut off.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let body = unsealed(bytes, REALM_FOOTING_BYTES_MAX, MAGIC, REALM_FOOTING_FORMAT, &SEAL)?;
        Ok(<Self as Canonical>::decode(body)?)
    }
}

impl Canonical for RealmFooting {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(REALM_FOOTING_FORMAT.version);
        put_bytes(out, &self.manifest);
        put_bytes(out, &self.footing);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let (found, known) = (input.u8()?, REALM_FOOTING_FORMAT.version);
        if found != known {
            return Err(CodecError::UnknownVersion { what: "realm footing", found, known });
        }
        let manifest = input.bytes("manifest", EPOCH_BYTES_MAX)?.to_vec();
        let footing = input.bytes("footing", REALM_FOOTING_BYTES_MAX)?.to_vec();
        Ok(Self { manifest, footing })
    }
}

#[cfg(test)]
mod tests;
