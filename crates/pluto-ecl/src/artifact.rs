//! `.eclc`: a compiled bundle with the source it was made from.
//!
//! The source is part of it, so that whoever is asked to trust a policy can read it and compile it
//! again; the code is what is run, after [`crate::verify`]. `docs/formats/eclc.md` has the layout.
//! Decoding checks form only: one encoding, no recursion beyond a bound, no length believed before it
//! is checked.

mod tables;
mod wire;

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader, put_bytes};
use pluto_core::format::Format;
use pluto_core::hash::{DIGEST_BYTES, Digest};
use pluto_error::{Code, Coded};
use thiserror::Error;

use crate::code::{History, Module};
use crate::codes;
use crate::limits::{ARTIFACT_BYTES_MAX, SOURCE_BYTES_MAX};
use wire::Wire;

/// The format of artifacts.
pub const ECLC_FORMAT: Format = Format::new("eclc", 2);
/// The format without histories of stores: that of every artifact without stores.
pub const ECLC_PLAIN_FORMAT: Format = Format::new("eclc", 1);
/// The first bytes of every artifact.
pub const MAGIC: [u8; 8] = *b"PLUTOECL";

pluto_core::domains! {
    /// The id of an artifact: over all its bytes.
    ARTIFACT = "pluto ecl artifact v1";
    /// The hash of a source.
    SOURCE = "pluto ecl source v1";
}

/// A compiled bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// The edition of the language.
    pub edition: u16,
    /// The source; its hash stands in the encoding.
    pub source: String,
    /// The code.
    pub module: Module,
    /// The hash of the WASM module that this compiler emits for the code, if it was emitted.
    pub wasm: Option<Digest>,
}

/// Why there is no artifact.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ArtifactError {
    /// The artifact would not fit its bound.
    #[error("the artifact has `{found}` bytes, the bound is `{ARTIFACT_BYTES_MAX}`")]
    TooLarge {
        /// Its size.
        found: usize,
    },
}

impl Coded for ArtifactError {
    fn code(&self) -> Code {
        codes::ARTIFACT_TOO_LARGE
    }
}

impl Artifact {
    /// The bytes, if they fit the bound.
    ///
    /// # Errors
    /// `ECL-0011` when they do not.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ArtifactError> {
        let bytes = self.encode();
        match bytes.len() {
            0..=ARTIFACT_BYTES_MAX => Ok(bytes),
            found => Err(ArtifactError::TooLarge { found }),
        }
    }

    /// The artifact with these bytes. Its code is not verified yet.
    ///
    /// # Errors
    /// `COR-0001` to `COR-0006` when the bytes are not an artifact.
    pub fn from_bytes(bytes: &[u8]) -> Decoded<Self> {
        if bytes.len() > ARTIFACT_BYTES_MAX {
            let (found, max) = (bytes.len(), ARTIFACT_BYTES_MAX);
            return Err(CodecError::TooLarge { what: "artifact", found, max });
        }
        Self::decode(bytes)
    }

    /// The id of the artifact with these bytes.
    #[must_use]
    pub fn id(bytes: &[u8]) -> Digest {
        ARTIFACT.hash(bytes)
    }

    /// The hash of a source.
    #[must_use]
    pub fn source_hash(source: &str) -> Digest {
        SOURCE.hash(source.as_bytes())
    }
}

impl Canonical for Artifact {
    fn encode_into(&self, out: &mut Vec<u8>) {
        let histories: Option<Vec<&History>> =
            self.module.stores.iter().map(|store| store.history.as_ref()).collect();
        let histories = histories.filter(|all| !all.is_empty());
        out.extend_from_slice(&MAGIC);
        out.push(if histories.is_some() { ECLC_FORMAT.version } else { ECLC_PLAIN_FORMAT.version });
        out.extend_from_slice(&self.edition.to_be_bytes());
        put_bytes(out, self.source.as_bytes());
        out.extend_from_slice(Self::source_hash(&self.source).as_bytes());
        self.module.put(out);
        histories.unwrap_or_default().into_iter().for_each(|history| history.put(out));
        out.push(u8::from(self.wasm.is_some()));
        if let Some(wasm) = &self.wasm {
            out.extend_from_slice(wasm.as_bytes());
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        if input.array()? != MAGIC {
            return Err(CodecError::BadText { what: "the magic of an artifact" });
        }
        let (what, known) = (ECLC_FORMAT.name, ECLC_FORMAT.version);
        let found = input.u8()?;
        if found != known && found != ECLC_PLAIN_FORMAT.version {
            return Err(CodecError::UnknownVersion { what, found, known });
        }
        let edition = input.u16()?;
        let source = input.text("source", SOURCE_BYTES_MAX)?.to_owned();
        if input.array::<DIGEST_BYTES>()? != *Self::source_hash(&source).as_bytes() {
            return Err(CodecError::NotCanonical("source hash"));
        }
        let mut module = Module::take(input, 0)?;
        if found == known {
            if module.stores.is_empty() {
                return Err(CodecError::NotCanonical("version"));
            }
            for store in &mut module.stores {
                store.history = Some(History::take(input, 0)?);
            }
        }
        let wasm = match input.flag("wasm")? {
            true => Some(Digest(input.array()?)),
            false => None,
        };
        Ok(Self { edition, source, module, wasm })
    }
}

#[cfg(test)]
mod tests;
