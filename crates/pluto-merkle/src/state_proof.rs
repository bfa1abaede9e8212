//! One entry of the state, or its absence, shown against a state root.
//!
//! The bundle holds everything between the entry and the root, so its verifier needs nothing else.

use pluto_core::format::Format;
use pluto_core::hash::Digest;
use pluto_error::Result;

use crate::codec::{Reader, put_digests, put_string};
use crate::component_tree::{COMPONENT_PATH_HASHES, ComponentProof, state_root};
use crate::log_tree::same;
use crate::map::{KEY_BYTES_MAX, MapProof, VALUE_BYTES_MAX};

/// The format of encoded state proofs.
pub const STATE_PROOF_FORMAT: Format = Format::new("state-proof", 1);

const ABSENT: u8 = 0;
const PRESENT: u8 = 1;

/// Shows that at a position of a realm a component's key has a value, or has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateProof {
    /// The realm.
    pub realm: [u8; 32],
    /// Number of events folded.
    pub position: u64,
    /// Root of the log tree at that position.
    pub log_root: Digest,
    /// The component.
    pub component: u16,
    /// Its schema version.
    pub schema: u16,
    /// The key.
    pub key: Vec<u8>,
    /// Its value, or `None` for absence.
    pub value: Option<Vec<u8>>,
    /// From the entry to the root of the component's map.
    pub map: MapProof,
    /// From there to the root of the component tree.
    pub path: ComponentProof,
}

impl StateProof {
    /// The state root this proof leads to.
    ///
    /// # Errors
    /// `MRK-0002`, `MRK-0004`, `MRK-0005` or `MRK-0007` if it leads nowhere.
    pub fn root(&self) -> Result<Digest> {
        let map_root = self.map.root(&self.key, self.value.as_deref())?;
        let components = self.path.root(self.component, self.schema, &map_root)?;
        Ok(state_root(&self.realm, self.position, &components, &self.log_root))
    }

    /// Checks the proof against a state root.
    ///
    /// # Errors
    /// `MRK-0006` if it leads to another root, else as [`Self::root`].
    pub fn verify(&self, root: &Digest) -> Result<()> {
        same("state root", root, &self.root()?)
    }

    /// The canonical bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![STATE_PROOF_FORMAT.version];
        out.extend_from_slice(&self.realm);
        out.extend_from_slice(&self.position.to_be_bytes());
        out.extend_from_slice(&self.log_root.0);
        out.extend_from_slice(&self.component.to_be_bytes());
        out.extend_from_slice(&self.schema.to_be_bytes());
        put_string(&mut out, &self.key);
        put_value(&mut out, self.value.as_deref());
        self.map.write(&mut out);
        put_digests(&mut out, &self.path.path);
        out
    }

    /// Reads the canonical bytes.
    ///
    /// # Errors
    /// `MRK-0001`, `MRK-0002` or `MRK-0003` for any bytes that `encode` does not write.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("state proof", bytes);
        reader.version(STATE_PROOF_FORMAT)?;
        let proof = Self {
            realm: reader.array()?,
            position: reader.u64()?,
            log_root: reader.digest()?,
            component: reader.u16()?,
            schema: reader.u16()?,
            key: reader.string("map key", KEY_BYTES_MAX)?.to_vec(),
            value: read_value(&mut reader)?,
            map: MapProof::read(&mut reader)?,
            path: ComponentProof { path: read_path(&mut reader)? },
        };
        reader.finish()?;
        Ok(proof)
    }
}

/// A value behind a byte that tells it from absence.
pub(crate) fn put_value(out: &mut Vec<u8>, value: Option<&[u8]>) {
    match value {
        None => out.push(ABSENT),
        Some(value) => {
            out.push(PRESENT);
            put_string(out, value);
        }
    }
}

pub(crate) fn read_value(reader: &mut Reader<'_>) -> Result<Option<Vec<u8>>> {
    match reader.u8()? {
        ABSENT => Ok(None),
        PRESENT => Ok(Some(reader.string("map value", VALUE_BYTES_MAX)?.to_vec())),
        _ => Err(reader.malformed("a value is neither present nor absent")),
    }
}

fn read_path(reader: &mut Reader<'_>) -> Result<[Digest; COMPONENT_PATH_HASHES]> {
    let mut path = [Digest::ZERO; COMPONENT_PATH_HASHES];
    for digest in &mut path {
        *digest = reader.digest()?;
    }
    Ok(path)
}

#[cfg(test)]
mod tests;
