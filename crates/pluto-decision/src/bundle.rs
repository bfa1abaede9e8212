//! The decision bundle: one file from which a stranger runs a decision again.
//!
//! It holds what was asked and by whom, the grants with their signatures, every entry of the state
//! that the judgement read with its proof, and a checkpoint that the realm's witness signed over the
//! log in which the decision stands. [`verify`] believes none of it: it runs the rules again on the
//! entries shown and must get the very leaf that the witness signed.
//!
//! `docs/formats/decision-bundle.md` lays out every byte and every check in order.

mod make;
mod party;
mod report;
mod shown;
mod state;
mod verify;

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader};
use pluto_core::format::Format;
use pluto_core::hash::Domain;
use pluto_core::{Digest, Event};
use pluto_error::Result;
use pluto_merkle::log_tree::PATH_HASHES_MAX;

use crate::error::DecisionError;
use crate::witnessing::Witnessing;
use shown::read_digests;

pub(crate) use party::{Keys, keys_of};
pub(crate) use shown::{put_event, read_event};

pub use make::{Judged, Place, judge_again};
pub use party::{Party, ROTATIONS_MAX};
pub use report::{Check, Delegation, Report, Step, Summary};
pub use shown::Shown;
pub use state::{ENTRIES_MAX, Entry, Provable, ProvenState, SCHEMA_VERSION};
pub use verify::verify;
pub(crate) use verify::verify_decoded;

/// A decision bundle on disk.
pub const BUNDLE_FORMAT: Format = Format::new("decision-bundle", 2);
/// A decision bundle in which the creator of the realm signs alone.
pub const BUNDLE_ALONE_FORMAT: Format = Format::new("decision-bundle", 1);
/// Largest bundle in bytes.
pub const BUNDLE_BYTES_MAX: usize = 512 * 1024;
/// Most parties of a file in which the creator signs alone.
pub const PARTIES_MAX: usize = 64;
/// Most parties of a file that shows witnesses.
pub const WITNESSED_PARTIES_MAX: usize = u8::MAX as usize;
/// Most signed events beside the decision, its end and the checkpoint.
pub const EVIDENCE_MAX: usize = 16;

const MAGIC: &[u8; 8] = b"PLUTOBDL";
/// Bytes of the seal at the end.
pub const SEAL_BYTES: usize = 32;

pluto_core::domains! {
    SEAL = "pluto decision bundle v1";
}

/// An event in the log of a checkpoint: its place, and the path from there to the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InLog {
    /// The event.
    pub shown: Shown,
    /// Its place in canonical order.
    pub position: u64,
    /// From its leaf to the root of the log.
    pub path: Vec<Digest>,
}

/// Everything a stranger needs to run a decision again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// The event that opened the realm: its id is the realm's.
    pub genesis: Event,
    /// Whose signatures are shown; the first is the creator of the realm.
    pub parties: Vec<Party>,
    /// The checkpoint that covers the decision, and who signed it.
    pub witnessing: Witnessing,
    /// The decision, in the log of that checkpoint.
    pub decision: InLog,
    /// From the log just before the decision to that of the checkpoint.
    pub consistency: Vec<Digest>,
    /// What the judgement read.
    pub state: ProvenState,
    /// The grants it stands on, leaf first, then the approval that it used.
    pub evidence: Vec<Shown>,
    /// What came of it, if that is in the log already.
    pub completion: Option<InLog>,
}

impl Bundle {
    /// The bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        self.encode_into(&mut out);
        sealed(out)
    }

    /// Reads the bytes. Nothing is proven by that; see [`verify`].
    ///
    /// # Errors
    /// `DCN-0001` when they are no whole bundle of this version, `COR-0001` to `COR-0009` when a part
    /// is not in canonical form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let body = unsealed(bytes, BUNDLE_BYTES_MAX, MAGIC, BUNDLE_FORMAT, &SEAL)?;
        Ok(<Self as Canonical>::decode(body)?)
    }
}

/// Content with the seal that fits it. The seal finds accidents; whoever changes a bundle on purpose
/// writes a new one, and proves as little.
#[must_use]
pub fn sealed(content: Vec<u8>) -> Vec<u8> {
    sealed_by(&SEAL, content)
}

/// Content with a seal that fits it.
pub(crate) fn sealed_by(seal: &Domain, mut content: Vec<u8>) -> Vec<u8> {
    let seal = seal.hash(&content);
    content.extend_from_slice(&seal.0);
    content
}

/// What stands in a file between its magic and its seal, which fits. `format` has the newest version that
/// is read.
pub(crate) fn unsealed<'a>(
    bytes: &'a [u8],
    bytes_max: usize,
    magic: &[u8; 8],
    format: Format,
    seal: &Domain,
) -> Result<&'a [u8]> {
    let Format { name, version: known } = format;
    let bad = |why| DecisionError::NoFile { format: name, why };
    if bytes.len() > bytes_max {
        return Err(bad("it is too large").into());
    }
    let body = bytes.strip_prefix(magic.as_slice()).ok_or_else(|| bad("it begins otherwise"))?;
    let found = *body.first().ok_or_else(|| bad("it is cut off"))?;
    if found == 0 || found > known {
        return Err(CodecError::UnknownVersion { what: name, found, known }.into());
    }
    let split = bytes.len().checked_sub(SEAL_BYTES).and_then(|at| bytes.split_at_checked(at));
    let (content, found) = split.ok_or_else(|| bad("it is cut off"))?;
    if seal.hash(content).0 != *found {
        return Err(bad("its bytes were changed: the seal at its end does not fit").into());
    }
    Ok(content.get(magic.len()..).ok_or_else(|| bad("it is cut off"))?)
}

impl Canonical for Bundle {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(self.witnessing.version());
        put_event(out, &self.genesis);
        put_list(out, &self.parties);
        self.witnessing.encode_into(out);
        self.decision.encode_into(out);
        put_path(out, &self.consistency);
        self.state.encode_into(out);
        put_list(out, &self.evidence);
        out.push(u8::from(self.completion.is_some()));
        self.completion.iter().for_each(|completion| completion.encode_into(out));
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let version = input.u8()?;
        let genesis = read_event(input)?;
        let parties = read_parties(input, version)?;
        Ok(Self {
            genesis,
            parties,
            witnessing: Witnessing::decode_from(input, version)?,
            decision: InLog::decode_from(input)?,
            consistency: read_digests(input, "consistency proof", PATH_HASHES_MAX)?,
            state: ProvenState::decode_from(input)?,
            evidence: read_list(input, "evidence", EVIDENCE_MAX)?,
            completion: input
                .flag("completion flag")?
                .then(|| InLog::decode_from(input))
                .transpose()?,
        })
    }
}

impl Canonical for InLog {
    fn encode_into(&self, out: &mut Vec<u8>) {
        self.shown.encode_into(out);
        out.extend_from_slice(&self.position.to_be_bytes());
        put_path(out, &self.path);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self {
            shown: Shown::decode_from(input)?,
            position: input.u64()?,
            path: read_digests(input, "inclusion proof", PATH_HASHES_MAX)?,
        })
    }
}

fn put_path(out: &mut Vec<u8>, path: &[Digest]) {
    out.push(u8::try_from(path.len()).unwrap_or(u8::MAX));
    path.iter().for_each(|digest| out.extend_from_slice(&digest.0));
}

pub(crate) fn put_list<T: Canonical>(out: &mut Vec<u8>, list: &[T]) {
    out.push(u8::try_from(list.len()).unwrap_or(u8::MAX));
    list.iter().for_each(|item| item.encode_into(out));
}

/// Reads the parties of a file of that version.
pub(crate) fn read_parties(input: &mut Reader<'_>, version: u8) -> Decoded<Vec<Party>> {
    let max =
        if version == BUNDLE_ALONE_FORMAT.version { PARTIES_MAX } else { WITNESSED_PARTIES_MAX };
    read_list(input, "parties", max)
}

fn read_list<T: Canonical>(
    input: &mut Reader<'_>,
    what: &'static str,
    max: usize,
) -> Decoded<Vec<T>> {
    let count = usize::from(input.u8()?);
    if count > max {
        return Err(CodecError::TooLarge { what, found: count, max });
    }
    (0..count).map(|_| T::decode_from(input)).collect()
}

#[cfg(test)]
pub(crate) mod tests;
