//! The creator as the only witness of a root: the realm's genesis, and a checkpoint that the realm's creator signed.
//!
//! Of the run that holds the checkpoint only that event is shown, with its path to the signature, so
//! a proof says nothing about other events and has no byte that the signature does not cover.

use pluto_core::codec::{Decoded, put_bytes};
use pluto_core::event::{HEADER_BYTES_MAX, payload_hash};
use pluto_core::limits::{PAYLOAD_BYTES_MAX, RUN_PATH_MAX};
use pluto_core::payload::{CheckpointSigned, PAYLOAD_VERSION, RealmGenesis, inception_of};
use pluto_core::run::{SIGNATURE_BYTES, run_path, run_root_from_path, signing_message};
use pluto_core::traits::{PublicKey, SignatureVerifier, SignedMessage};
use pluto_core::{
    Canonical, CodecError, Did, Digest, Event, EventId, Header, Kind, Reader, Run, Signature,
};
use pluto_decision::witnessing::Attested;
use pluto_error::{Error, Result};
use pluto_merkle::state_proof::StateProof;

use crate::error::NodeError;

/// Who signed a root, and what shows that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alone {
    /// The event that opened the realm: its id is the realm's.
    genesis: Event,
    /// The event that carries the root.
    checkpoint: Event,
    /// Place of the checkpoint in its run.
    index: u8,
    /// Number of events in the run, less one.
    last: u8,
    /// From the checkpoint to the root of the run.
    path: Vec<Digest>,
    signature: Signature,
}

/// A checkpoint whose signature holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The creator of the realm; who signed, when it declared no witnesses.
    pub creator: Did,
    /// The name the creator gave the realm.
    pub realm_name: String,
    /// What was signed.
    pub checkpoint: CheckpointSigned,
    /// The event that carries it, the first of them when several do.
    pub event: EventId,
    /// The witnesses, where the realm declared some.
    pub attested: Option<Attested>,
}

impl Alone {
    /// The witness in the last event of `run`. Says nothing yet about whether it holds.
    ///
    /// # Errors
    /// `NOD-0006` for an empty run.
    pub(super) fn new(genesis: Event, run: &Run) -> Result<Self> {
        let checkpoint = run.events.last().cloned().ok_or_else(|| bad("the run is empty"))?;
        let ids: Vec<EventId> = run.events.iter().map(|event| event.id).collect();
        let last = ids.len() - 1;
        let path = run_path(&ids, last);
        let last = u8::try_from(last).map_err(|_| bad("the run is too long"))?;
        Ok(Self { genesis, checkpoint, index: last, last, path, signature: run.signature })
    }

    pub(super) fn encode_into(&self, out: &mut Vec<u8>) {
        put_event(out, &self.genesis);
        put_event(out, &self.checkpoint);
        out.push(self.index);
        out.push(self.last);
        out.push(u8::try_from(self.path.len()).unwrap_or(u8::MAX));
        self.path.iter().for_each(|digest| out.extend_from_slice(&digest.0));
        out.extend_from_slice(&self.signature.0);
    }

    pub(super) fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let genesis = decode_event(input, 0)?;
        let checkpoint = decode_event(input, 1)?;
        let (index, last) = (input.u8()?, input.u8()?);
        let hashes = usize::from(input.u8()?);
        if hashes > RUN_PATH_MAX {
            let max = RUN_PATH_MAX;
            return Err(CodecError::TooLarge { what: "run path", found: hashes, max });
        }
        let mut path = Vec::with_capacity(hashes);
        for _ in 0..hashes {
            path.push(Digest(input.array()?));
        }
        let signature = Signature(input.array::<SIGNATURE_BYTES>()?);
        Ok(Self { genesis, checkpoint, index, last, path, signature })
    }

    /// Checks that the creator of the proof's realm signed `root` over the proof's log and position.
    pub(super) fn verify(
        &self,
        proof: &StateProof,
        root: &Digest,
        verifier: &dyn SignatureVerifier,
    ) -> Result<Signed> {
        let (creator, key, realm_name) = self.creator(proof, verifier)?;
        let checkpoint = self.signed(proof, creator)?;
        self.check_signature(key, verifier)?;
        let same = checkpoint.size == proof.position
            && checkpoint.log_root == proof.log_root
            && checkpoint.state_root == *root;
        if !same {
            return Err(bad("the checkpoint is about another position, log or state"));
        }
        let event = self.checkpoint.id;
        Ok(Signed { creator, realm_name, checkpoint, event, attested: None })
    }

    /// The creator of the realm, the key its DID commits to, and the realm's name.
    fn creator(
        &self,
        proof: &StateProof,
        verifier: &dyn SignatureVerifier,
    ) -> Result<(Did, PublicKey, String)> {
        let Event { id, header, payload } = &self.genesis;
        let payload = payload.as_deref().unwrap_or_default();
        let opens = header.is_genesis() && header.kind.known() == Some(Kind::RealmGenesis);
        if !opens || header.payload_version != PAYLOAD_VERSION {
            return Err(bad("the first event does not open a realm"));
        }
        if id.0 != proof.realm {
            return Err(bad("the genesis is that of another realm"));
        }
        let name = RealmGenesis::decode(payload)?.name;
        let inception = inception_of(&self.genesis);
        let inception = inception.ok_or_else(|| bad("the creator's inception is not its own"))?;
        if !verifier.accepts_key(&inception.key) {
            return Err(bad("the creator's key is not acceptable"));
        }
        Ok((header.author, inception.key, name))
    }

    fn signed(&self, proof: &StateProof, creator: Did) -> Result<CheckpointSigned> {
        let header = &self.checkpoint.header;
        if header.kind.known() != Some(Kind::CheckpointSigned)
            || header.payload_version != PAYLOAD_VERSION
        {
            return Err(bad("the second event is no checkpoint"));
        }
        if header.realm.0 != proof.realm {
            return Err(bad("the checkpoint belongs to another realm"));
        }
        if header.author != creator {
            return Err(bad("the checkpoint is not by the creator of the realm"));
        }
        // This version of the format shows no change of key.
        if header.key_ref != self.genesis.id {
            return Err(bad("it is signed with a later key than the genesis shows"));
        }
        let payload = self.checkpoint.payload.as_deref().unwrap_or_default();
        Ok(CheckpointSigned::decode(payload)?)
    }

    fn check_signature(&self, key: PublicKey, verifier: &dyn SignatureVerifier) -> Result<()> {
        let message = self.message().ok_or_else(|| bad("the path does not fit the run"))?;
        let signed = SignedMessage { key, message, signature: self.signature };
        let holds = verifier.verify(&[signed]) == [true];
        if holds { Ok(()) } else { Err(bad("the signature does not hold")) }
    }

    /// What the signature must cover: the run's first sequence number follows from the index.
    fn message(&self) -> Option<Vec<u8>> {
        let count = u16::from(self.last) + 1;
        let (index, id) = (usize::from(self.index), self.checkpoint.id);
        let root = run_root_from_path(id, index, usize::from(count), &self.path)?;
        let mut first: Header = self.checkpoint.header.clone();
        first.author_seq = first.author_seq.checked_sub(u64::from(self.index))?;
        Some(signing_message(&first, count, root))
    }
}

fn put_event(out: &mut Vec<u8>, event: &Event) {
    put_bytes(out, &event.header.encode());
    put_bytes(out, event.payload.as_deref().unwrap_or_default());
}

fn decode_event(input: &mut Reader<'_>, index: usize) -> Decoded<Event> {
    let header = Header::decode(input.bytes("header", HEADER_BYTES_MAX)?)?;
    let payload = input.bytes("payload", PAYLOAD_BYTES_MAX)?;
    if payload.len() != header.payload_len as usize {
        return Err(CodecError::PayloadMismatch { index, what: "length" });
    }
    if payload_hash(payload) != header.payload_hash {
        return Err(CodecError::PayloadMismatch { index, what: "hash" });
    }
    Ok(Event { id: header.id(), header, payload: Some(payload.into()) })
}

pub(super) fn bad(why: &str) -> Error {
    NodeError::BadProof(format!("the witness does not hold: {why}")).into()
}
