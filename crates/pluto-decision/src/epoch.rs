//! The manifest of a sealed epoch: a stretch of a realm's log up to a signed checkpoint, with what
//! belongs to it.
//!
//! It lists every leaf of the stretch, shows with one proof that these are exactly the leaves of the
//! signed log, and names the blobs of the epoch and the manifest before it. The manifest is a blob
//! itself, so its id covers all of that: epochs are a chain from the realm's first event on. Leaves hold
//! ids and verdicts and no payload: an erased blob takes nothing away from what is proven here.

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader, put_bytes};
use pluto_core::format::Format;
use pluto_core::payload::{RealmGenesis, payload_of};
use pluto_core::traits::SignatureVerifier;
use pluto_core::{BlobId, Digest, Event, RealmId};
use pluto_error::Result;
use pluto_merkle::log_tree::{Blake3Log, RangeProof, verify_range};
use pluto_realm::archive::{put_blobs, take_blobs};

use crate::audit::{LEAVES_MAX, Leaf, RANGE_BYTES_MAX, put_count, read_count};
use crate::bundle::{Party, put_event, put_list, read_event, read_parties, sealed_by, unsealed};
use crate::error::DecisionError;
use crate::witnessing::{Attested, CHAINED, Witnessing, attested};

/// The manifest of an epoch.
pub const EPOCH_FORMAT: Format = Format::new("archive-epoch", 1);
/// Largest manifest in bytes.
pub const EPOCH_BYTES_MAX: usize = 96 * 1024 * 1024;

const MAGIC: &[u8; 8] = b"PLUTOEPO";

pluto_core::domains! {
    SEAL = "pluto archive epoch v1";
}

/// A stretch of a realm's log that was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Epoch {
    /// Its number, counted from 1.
    pub number: u32,
    /// The manifest of the epoch before; none before the first.
    pub previous: Option<BlobId>,
    /// The blobs that belong to it, ascending.
    pub blobs: Vec<BlobId>,
    /// The event that opened the realm.
    pub genesis: Event,
    /// Who signed the checkpoint, the creator of the realm first.
    pub parties: Vec<Party>,
    /// The checkpoint, and who signed it.
    pub witnessing: Witnessing,
    /// The place of its first event.
    pub first: u64,
    /// Every event from there to the end of the checkpoint.
    pub leaves: Vec<Leaf>,
    /// Shows that these are the leaves of the checkpoint's log.
    pub range: RangeProof,
}

/// What a verified manifest shows.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// The realm.
    pub realm: RealmId,
    /// Its name.
    pub realm_name: String,
    /// The number of the epoch.
    pub number: u32,
    /// The manifest before it.
    pub previous: Option<BlobId>,
    /// The place of its first event.
    pub first: u64,
    /// The place behind its last event.
    pub end: u64,
    /// The root of the log there.
    pub log_root: Digest,
    /// Its blobs.
    pub blobs: Vec<BlobId>,
    /// The checkpoint, and who signed it.
    pub attested: Attested,
}

impl Epoch {
    /// The bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        self.encode_into(&mut out);
        sealed_by(&SEAL, out)
    }

    /// Reads the bytes. Nothing is proven by that; see [`verify`].
    ///
    /// # Errors
    /// `DCN-0001` when they are no whole manifest of this version, `COR-0001` to `COR-0009` when a part is
    /// not in canonical form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let body = unsealed(bytes, EPOCH_BYTES_MAX, MAGIC, EPOCH_FORMAT, &SEAL)?;
        Ok(<Self as Canonical>::decode(body)?)
    }
}

/// Checks a manifest: the witness, then that the stretch is that of the signed log.
///
/// # Errors
/// `DCN-0001` when it is none, `DCN-0002` for the check that fails, `MRK-0005` or `MRK-0006` when the
/// leaves are not those of the signed log.
pub fn verify(bytes: &[u8], verifier: &dyn SignatureVerifier) -> Result<Sealed> {
    let epoch = Epoch::from_bytes(bytes)?;
    let failed = |why: &str| DecisionError::Check { number: 0, name: "epoch", why: why.to_owned() };
    let genesis: RealmGenesis =
        payload_of(&epoch.genesis).map_err(|_| failed("the genesis is malformed"))?;
    let attested = attested(&epoch.genesis, &epoch.parties, &epoch.witnessing, verifier);
    let attested = attested.map_err(|why| failed(&why))?;
    let (log_root, end) = (attested.last.checkpoint.log_root, attested.last.checkpoint.size);
    if epoch.leaves.is_empty() || epoch.first.checked_add(epoch.leaves.len() as u64) != Some(end) {
        return Err(failed("the stretch does not reach the end of the checkpoint").into());
    }
    let is_first = epoch.number == 1;
    if is_first != (epoch.first == 0) || is_first != epoch.previous.is_none() {
        return Err(failed("only the first epoch begins with the realm").into());
    }
    let digests: Vec<Digest> = epoch.leaves.iter().map(Leaf::digest).collect();
    verify_range::<Blake3Log>(&log_root, end, epoch.first, &digests, &epoch.range)?;
    Ok(Sealed {
        realm: RealmId(epoch.genesis.id.0),
        realm_name: genesis.name,
        number: epoch.number,
        previous: epoch.previous,
        first: epoch.first,
        end,
        log_root,
        blobs: epoch.blobs,
        attested,
    })
}

impl Canonical for Epoch {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(EPOCH_FORMAT.version);
        out.extend_from_slice(&self.number.to_be_bytes());
        crate::payload::put_optional(out, self.previous.map(|id| id.0));
        put_blobs(out, &self.blobs);
        put_event(out, &self.genesis);
        put_list(out, &self.parties);
        out.push(self.witnessing.version());
        self.witnessing.encode_into(out);
        out.extend_from_slice(&self.first.to_be_bytes());
        put_count(out, self.leaves.len());
        self.leaves.iter().for_each(|leaf| leaf.encode_into(out));
        put_bytes(out, &self.range.encode());
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let (found, known) = (input.u8()?, EPOCH_FORMAT.version);
        if found != known {
            return Err(CodecError::UnknownVersion { what: "archive epoch", found, known });
        }
        let number = input.u32()?;
        let previous = crate::payload::optional(input, "epoch before")?.map(BlobId);
        let blobs = take_blobs(input)?;
        let genesis = read_event(input)?;
        let parties = read_parties(input, CHAINED)?;
        let version = input.u8()?;
        let witnessing = Witnessing::decode_from(input, version)?;
        if witnessing.version() != version {
            return Err(CodecError::NotCanonical("witnesses of an epoch"));
        }
        let first = input.u64()?;
        let count = read_count(input, "leaves", LEAVES_MAX)?;
        let leaves = (0..count).map(|_| Leaf::decode_from(input)).collect::<Decoded<_>>()?;
        let range = RangeProof::decode(input.bytes("range proof", RANGE_BYTES_MAX)?)
            .map_err(|_| CodecError::NotCanonical("range proof"))?;
        Ok(Self { number, previous, blobs, genesis, parties, witnessing, first, leaves, range })
    }
}

#[cfg(test)]
mod tests;
