//! The proof file: one state entry, or its absence, the root it leads to, and who signed that root.
//!
//! Nothing else is needed to check it: no node, no network, no account. `docs/formats/proof-file.md`
//! lays out every byte and every check in order. The witness part rests on one fact: a realm's id is
//! the hash of its genesis header, and that header names the creator. So whoever knows the realm's id
//! knows whose signature counts: the creator's (version 1), or those of the witnesses that a chain of
//! sets leads to from there (version 2).
//!
//! The hash at the end finds accidents, not forgers: one path shows the absence of many keys, so
//! without it a damaged key could turn a proof of absence into one about another key, also absent.

mod chain;
mod witness;

pub use witness::{Alone, Signed};

use pluto_core::codec::put_bytes;
use pluto_core::format::Format;
use pluto_core::traits::SignatureVerifier;
use pluto_core::{Canonical, CodecError, Digest, Event, Reader, Run};
use pluto_decision::witnessing::Vouched;
use pluto_error::Result;
use pluto_merkle::state_proof::StateProof;

use crate::error::NodeError;

/// A proof on disk.
pub const PROOF_FILE_FORMAT: Format = Format::new("proof-file", 2);
/// Largest proof file in bytes: the largest entry with its path, and two events.
pub const PROOF_FILE_BYTES_MAX: usize = 256 * 1024;
const STATE_PROOF_BYTES_MAX: usize = 96 * 1024;
const MAGIC: &[u8; 8] = b"PLUTOPRF";
const SEAL_BYTES: usize = 32;

pluto_core::domains! {
    SEAL = "pluto proof file v1";
}

/// A proof whose root the creator signs alone, or nobody does.
const PROOF_FILE_ALONE_FORMAT: Format = Format::new("proof-file", 1);

/// Who signed a root, and what shows that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Witness {
    /// The creator of the realm.
    Alone(Box<Alone>),
    /// A quorum of its witnesses.
    Chain(Box<Vouched>),
}

impl Witness {
    /// The creator's signature in the last event of `run`. Says nothing yet about whether it holds.
    ///
    /// # Errors
    /// `NOD-0006` for an empty run.
    pub fn new(genesis: Event, run: &Run) -> Result<Self> {
        Ok(Self::Alone(Box::new(Alone::new(genesis, run)?)))
    }
}

/// A proof that needs nothing but itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofFile {
    /// The state root.
    pub root: Digest,
    /// The entry and its path to the root.
    pub state: StateProof,
    /// Who signed the root, if anybody.
    pub witness: Option<Witness>,
}

/// What a verified proof shows.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The entry.
    pub proof: StateProof,
    /// The root.
    pub root: Digest,
    /// Who signed it, and what they signed.
    pub signed: Option<Signed>,
}

impl ProofFile {
    /// The bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        let version = match &self.witness {
            Some(Witness::Chain(_)) => PROOF_FILE_FORMAT.version,
            _ => PROOF_FILE_ALONE_FORMAT.version,
        };
        out.push(version);
        out.extend_from_slice(&self.root.0);
        put_bytes(&mut out, &self.state.encode());
        match &self.witness {
            None => out.push(0),
            Some(Witness::Alone(alone)) => {
                out.push(1);
                alone.encode_into(&mut out);
            }
            Some(Witness::Chain(vouched)) => vouched.encode_into(&mut out),
        }
        let seal = SEAL.hash(&out);
        out.extend_from_slice(&seal.0);
        out
    }

    /// Reads the bytes. Nothing is proven by that; see [`ProofFile::verify`].
    ///
    /// # Errors
    /// `NOD-0006` when they are no proof file, `COR-0001` to `COR-0009` or `MRK-0001` to `MRK-0003`
    /// when a part is not in canonical form.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let length = bytes.len();
        if length > PROOF_FILE_BYTES_MAX {
            let why = format!("expected at most `{PROOF_FILE_BYTES_MAX}` bytes, found `{length}`");
            return Err(NodeError::BadProof(why).into());
        }
        let Some(rest) = bytes.strip_prefix(MAGIC.as_slice()) else {
            let why = "expected a proof file, found something else".to_owned();
            return Err(NodeError::BadProof(why).into());
        };
        let (found, known) = (Reader::new(rest).u8()?, PROOF_FILE_FORMAT.version);
        if found == 0 || found > known {
            return Err(CodecError::UnknownVersion { what: "proof file", found, known }.into());
        }
        let mut input = Reader::new(unsealed(bytes)?);
        input.take(MAGIC.len() + 1)?;
        let root = Digest(input.array()?);
        let state = StateProof::decode(input.bytes("state proof", STATE_PROOF_BYTES_MAX)?)?;
        let witness = witness(&mut input, found)?;
        input.finish()?;
        Ok(Self { root, state, witness })
    }

    /// Checks everything.
    ///
    /// # Errors
    /// `MRK-0002` to `MRK-0007` when the entry does not lead to the root, `NOD-0006` when the witness
    /// did not sign it.
    pub fn verify(self, verifier: &dyn SignatureVerifier) -> Result<Shown> {
        self.state.verify(&self.root)?;
        let signed = match &self.witness {
            Some(Witness::Alone(one)) => Some(one.verify(&self.state, &self.root, verifier)?),
            Some(Witness::Chain(all)) => {
                Some(chain::verify(all, &self.state, &self.root, verifier)?)
            }
            None => None,
        };
        Ok(Shown { proof: self.state, root: self.root, signed })
    }
}

fn witness(input: &mut Reader<'_>, version: u8) -> Result<Option<Witness>> {
    if version != PROOF_FILE_ALONE_FORMAT.version {
        return Ok(Some(Witness::Chain(Box::new(Vouched::decode_from(input)?))));
    }
    Ok(match input.flag("witness flag")? {
        true => Some(Witness::Alone(Box::new(Alone::decode_from(input)?))),
        false => None,
    })
}

/// The file before its seal, if the seal is right.
fn unsealed(bytes: &[u8]) -> Result<&[u8]> {
    let sealed = bytes.split_last_chunk::<SEAL_BYTES>();
    let sealed = sealed.filter(|(body, seal)| SEAL.hash(body).0 == **seal);
    let broken = || NodeError::BadProof("the file was cut or changed after it was written".into());
    Ok(sealed.map(|(body, _)| body).ok_or_else(broken)?)
}

#[cfg(test)]
mod tests;
