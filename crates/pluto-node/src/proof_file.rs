//! The proof file: one state entry, or its absence, the root it leads to, and who signed that root.
//!
//! Layout: `magic "PLUTOPRF" · version u8 · state root 32 · state proof (u32 length) · witness flag
//! u8 [· inception (u32 length) · run (u32 length)]`. The witness is the run whose last event is a
//! signed checkpoint over the same position and root, with the inception that gives its key. Checked
//! in order: layout, state proof against the root, inception against the DID, signature, checkpoint
//! against position and both roots. Nothing else is needed: no node, no network.

use pluto_core::codec::{Decoded, put_bytes};
use pluto_core::format::Format;
use pluto_core::limits::{PAYLOAD_BYTES_MAX, RUN_BYTES_MAX};
use pluto_core::payload::{CheckpointSigned, Inception};
use pluto_core::traits::{SignatureVerifier, SignedMessage};
use pluto_core::{Canonical, CodecError, Did, Digest, Kind, Reader, Run};
use pluto_error::Result;
use pluto_merkle::state_proof::StateProof;

use crate::error::NodeError;

/// A proof on disk.
pub const PROOF_FILE_FORMAT: Format = Format::new("proof-file", 1);
/// Largest proof file in bytes.
pub const PROOF_FILE_BYTES_MAX: usize = 4 * 1024 * 1024;
const STATE_PROOF_BYTES_MAX: usize = 2 * 1024 * 1024;
const MAGIC: &[u8; 8] = b"PLUTOPRF";

/// Who signed a root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Gives the witness its DID and its key.
    pub inception: Inception,
    /// Ends with a checkpoint over the root.
    pub run: Run,
}

/// A proof that needs nothing but itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofFile {
    /// The state root.
    pub root: Digest,
    /// The entry and its path to the root.
    pub state: Vec<u8>,
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
    /// Who signed it, and the checkpoint.
    pub witness: Option<(Did, CheckpointSigned)>,
}

impl Canonical for ProofFile {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(MAGIC);
        out.push(PROOF_FILE_FORMAT.version);
        out.extend_from_slice(&self.root.0);
        put_bytes(out, &self.state);
        out.push(u8::from(self.witness.is_some()));
        if let Some(witness) = &self.witness {
            put_bytes(out, &witness.inception.encode());
            put_bytes(out, &witness.run.encode());
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        if &input.array::<8>()? != MAGIC {
            return Err(CodecError::BadText { what: "a proof file" });
        }
        let version = input.u8()?;
        if version != PROOF_FILE_FORMAT.version {
            let known = PROOF_FILE_FORMAT.version;
            return Err(CodecError::UnknownVersion { what: "proof file", found: version, known });
        }
        let root = Digest(input.array()?);
        let state = input.bytes("state proof", STATE_PROOF_BYTES_MAX)?.to_vec();
        let witness = if input.flag("witness flag")? {
            let inception = Inception::decode(input.bytes("inception", PAYLOAD_BYTES_MAX)?)?;
            let run = Run::decode(input.bytes("run", RUN_BYTES_MAX)?)?;
            Some(Witness { inception, run })
        } else {
            None
        };
        Ok(Self { root, state, witness })
    }
}

impl ProofFile {
    /// Checks everything.
    ///
    /// # Errors
    /// `NOD-0006` with the check that failed, or the code of the part.
    pub fn verify(&self, verifier: &dyn SignatureVerifier) -> Result<Shown> {
        let proof = StateProof::decode(&self.state)?;
        proof.verify(&self.root)?;
        let witness = match &self.witness {
            Some(witness) => Some(self.check_witness(&proof, witness, verifier)?),
            None => None,
        };
        Ok(Shown { proof, root: self.root, witness })
    }

    fn check_witness(
        &self,
        proof: &StateProof,
        witness: &Witness,
        verifier: &dyn SignatureVerifier,
    ) -> Result<(Did, CheckpointSigned)> {
        let bad = |why: &str| NodeError::BadProof(format!("witness: {why}"));
        let did = witness.inception.did();
        let run = &witness.run;
        if run.author() != Some(did) {
            return Err(bad("the inception is not that of the signer").into());
        }
        let message = Run::signing_message(&run.events).ok_or_else(|| bad("the run is empty"))?;
        let key = witness.inception.key;
        let signed = SignedMessage { key, message, signature: run.signature };
        if !verifier.accepts_key(&key) || verifier.verify(&[signed]) != [true] {
            return Err(bad("the signature does not hold").into());
        }
        let event = run.events.last().ok_or_else(|| bad("the run is empty"))?;
        if event.header.kind.known() != Some(Kind::CheckpointSigned) {
            return Err(bad("the run does not end with a checkpoint").into());
        }
        let payload = event.payload.as_deref().ok_or_else(|| bad("the checkpoint is empty"))?;
        let checkpoint = CheckpointSigned::decode(payload)?;
        let same = checkpoint.state_root == self.root
            && checkpoint.log_root == proof.log_root
            && checkpoint.size == proof.position
            && event.header.realm.0 == proof.realm;
        if same { Ok((did, checkpoint)) } else { Err(bad("it signed something else").into()) }
    }
}
