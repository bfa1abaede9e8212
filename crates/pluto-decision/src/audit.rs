//! The audit file: every decision of a stretch of the log with its proof, and the stretch itself, so
//! that a missing one would show.
//!
//! The leaf of a decision is hashed in a domain of its own, so a file cannot pass a decision off as
//! something else. It lists every leaf of the stretch, shows with one proof that these are exactly the
//! leaves of the signed log, and must then hold a bundle for each leaf that is a decision somebody
//! judged: the verdict in the leaf says so.

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader, put_bytes};
use pluto_core::format::Format;
use pluto_core::payload::{RealmGenesis, payload_of};
use pluto_core::traits::SignatureVerifier;
use pluto_core::verdict::{decision_leaf, leaf_digest};
use pluto_core::{Digest, Event, EventId, RealmId, Verdict};
use pluto_error::Result;
use pluto_merkle::log_tree::{Blake3Log, RangeProof, verify_range};

use crate::answer::Said;
use crate::bundle::{
    BUNDLE_BYTES_MAX, Bundle, Party, Summary, put_event, put_list, read_event, read_parties,
    sealed_by, unsealed, verify_decoded,
};
use crate::error::DecisionError;
use crate::witnessing::{Attested, Witnessing, attested};

/// An audit file on disk.
pub const AUDIT_FORMAT: Format = Format::new("audit", 2);
/// An audit file in which the creator of the realm signs alone.
pub const AUDIT_ALONE_FORMAT: Format = Format::new("audit", 1);
/// Largest audit file in bytes.
pub const AUDIT_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Most events of a stretch.
pub const LEAVES_MAX: usize = 1 << 20;
/// Most decisions of a stretch.
pub const DECISIONS_MAX: usize = 1 << 16;

const MAGIC: &[u8; 8] = b"PLUTOAUD";
pub(crate) const RANGE_BYTES_MAX: usize = 16 * 1024;

pluto_core::domains! {
    SEAL = "pluto audit v1";
}

/// One event of the stretch as the log tree has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The event.
    pub id: EventId,
    /// Its verdict.
    pub verdict: Verdict,
    /// The state root it was judged on; for decisions, and for nothing else.
    pub judged_on: Option<Digest>,
}

impl Leaf {
    /// Whether the judge had its word on it. A key, a missing membership or a malformed payload can
    /// keep an event from it; what nobody judged decides nothing.
    #[must_use]
    pub fn is_judged(&self) -> bool {
        let said = [Said::Deny, Said::Allow, Said::Escalate, Said::Indeterminate];
        self.judged_on.is_some() && said.iter().any(|said| said.verdict() == self.verdict)
    }

    pub(crate) fn digest(&self) -> Digest {
        match &self.judged_on {
            Some(root) => decision_leaf(&self.id, self.verdict, root),
            None => leaf_digest(&self.id, self.verdict),
        }
    }
}

/// A stretch of a realm's log with everything that was decided in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// The event that opened the realm.
    pub genesis: Event,
    /// Who signed the checkpoint, the creator of the realm first.
    pub parties: Vec<Party>,
    /// The checkpoint, and who signed it.
    pub witnessing: Witnessing,
    /// The place of the first event of the stretch.
    pub first: u64,
    /// Every event from there to the end of the checkpoint.
    pub leaves: Vec<Leaf>,
    /// Shows that these are the leaves of the checkpoint's log.
    pub range: RangeProof,
    /// The decisions among them, in order.
    pub bundles: Vec<Bundle>,
}

/// What a verified audit file shows.
#[derive(Clone, Debug)]
pub struct Audited {
    /// The realm.
    pub realm: RealmId,
    /// Its name.
    pub realm_name: String,
    /// The checkpoint, and who signed it.
    pub attested: Attested,
    /// The place of the first event.
    pub first: u64,
    /// The place behind the last event.
    pub end: u64,
    /// Every decision of the stretch, run again.
    pub decisions: Vec<Summary>,
    /// Events beside them that were to decide and that nobody judged.
    pub unjudged: usize,
}

impl Audit {
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
    /// `DCN-0001` when they are no whole audit file of this version, `COR-0001` to `COR-0009` when a
    /// part is not in canonical form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let body = unsealed(bytes, AUDIT_BYTES_MAX, MAGIC, AUDIT_FORMAT, &SEAL)?;
        Ok(<Self as Canonical>::decode(body)?)
    }
}

/// Checks an audit file: the witness, the stretch, then every decision of it, run again.
///
/// # Errors
/// `DCN-0001` when it is none, `DCN-0002` for the first check that fails, `MRK-0005` or `MRK-0006`
/// when the leaves are not those of the signed log.
pub fn verify(bytes: &[u8], verifier: &dyn SignatureVerifier) -> Result<Audited> {
    let audit = Audit::from_bytes(bytes)?;
    let failed = |why: &str| DecisionError::Check { number: 0, name: "audit", why: why.to_owned() };
    let realm = RealmId(audit.genesis.id.0);
    let genesis: RealmGenesis =
        payload_of(&audit.genesis).map_err(|_| failed("the genesis is malformed"))?;
    let attested = attested(&audit.genesis, &audit.parties, &audit.witnessing, verifier);
    let attested = attested.map_err(|why| failed(&why))?;
    let checkpoint = &attested.last.checkpoint;
    let end = audit.first.checked_add(audit.leaves.len() as u64);
    if end != Some(checkpoint.size) {
        return Err(failed("the stretch does not reach the end of the checkpoint").into());
    }
    let digests: Vec<Digest> = audit.leaves.iter().map(Leaf::digest).collect();
    let (root, size) = (&checkpoint.log_root, checkpoint.size);
    verify_range::<Blake3Log>(root, size, audit.first, &digests, &audit.range)?;
    let decisions = decisions(&audit, verifier)?;
    let unjudged = |leaf: &&Leaf| leaf.judged_on.is_some() && !leaf.is_judged();
    Ok(Audited {
        unjudged: audit.leaves.iter().filter(unjudged).count(),
        realm,
        realm_name: genesis.name,
        first: audit.first,
        end: checkpoint.size,
        attested,
        decisions,
    })
}

/// Every leaf that is a judged decision has its bundle, in order, under the same checkpoint.
fn decisions(audit: &Audit, verifier: &dyn SignatureVerifier) -> Result<Vec<Summary>> {
    let missing = |position: u64, why: &str| DecisionError::Check {
        number: 0,
        name: "audit",
        why: format!("the decision at {position}: {why}"),
    };
    let mut bundles = audit.bundles.iter();
    let mut shown = Vec::with_capacity(audit.bundles.len());
    for (position, leaf) in (audit.first..).zip(&audit.leaves) {
        if !leaf.is_judged() {
            continue;
        }
        let bundle = bundles.next().ok_or_else(|| missing(position, "is not shown"))?;
        let report = verify_decoded(bundle, 0, verifier);
        if let Some((check, why)) = report.failure() {
            return Err(missing(position, &format!("{}: {why}", check.as_str())).into());
        }
        let same = report.shown.filter(|one| {
            one.decision == leaf.id
                && one.position == position
                && Some(one.judged_on) == leaf.judged_on
                && bundle.witnessing == audit.witnessing
        });
        shown.push(same.ok_or_else(|| missing(position, "another one is shown in its place"))?);
    }
    match bundles.next() {
        None => Ok(shown),
        Some(_) => Err(missing(audit.first, "more is shown than the stretch holds").into()),
    }
}

impl Canonical for Audit {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(self.witnessing.version());
        put_event(out, &self.genesis);
        match &self.witnessing {
            Witnessing::Creator(_) => {
                self.parties.iter().take(1).for_each(|creator| creator.encode_into(out))
            }
            _ => put_list(out, &self.parties),
        }
        self.witnessing.encode_into(out);
        out.extend_from_slice(&self.first.to_be_bytes());
        put_count(out, self.leaves.len());
        self.leaves.iter().for_each(|leaf| leaf.encode_into(out));
        put_bytes(out, &self.range.encode());
        put_count(out, self.bundles.len());
        self.bundles.iter().for_each(|bundle| put_bytes(out, &bundle.encode()));
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let version = input.u8()?;
        let genesis = read_event(input)?;
        let parties = match version {
            _ if version == AUDIT_ALONE_FORMAT.version => vec![Party::decode_from(input)?],
            _ => read_parties(input, version)?,
        };
        let witnessing = Witnessing::decode_from(input, version)?;
        let first = input.u64()?;
        let count = read_count(input, "leaves", LEAVES_MAX)?;
        let leaves = (0..count).map(|_| Leaf::decode_from(input)).collect::<Decoded<_>>()?;
        let range = RangeProof::decode(input.bytes("range proof", RANGE_BYTES_MAX)?)
            .map_err(|_| CodecError::NotCanonical("range proof"))?;
        let count = read_count(input, "decisions", DECISIONS_MAX)?;
        let bundle = |input: &mut Reader<'_>| {
            let bytes = input.bytes("decision bundle", BUNDLE_BYTES_MAX)?;
            Bundle::from_bytes(bytes).map_err(|_| CodecError::NotCanonical("decision bundle"))
        };
        let bundles = (0..count).map(|_| bundle(input)).collect::<Decoded<_>>()?;
        Ok(Self { genesis, parties, witnessing, first, leaves, range, bundles })
    }
}

impl Canonical for Leaf {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.id.0);
        out.extend_from_slice(&self.verdict.code().to_be_bytes());
        crate::payload::put_optional(out, self.judged_on.map(|root| root.0));
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let id = EventId(input.array()?);
        let code = input.u16()?;
        let bad = CodecError::BadValue { what: "verdict", found: u64::from(code) };
        let verdict = Verdict::from_code(code).ok_or(bad)?;
        let judged_on = crate::payload::optional(input, "decision flag")?.map(Digest);
        Ok(Self { id, verdict, judged_on })
    }
}

pub(crate) fn put_count(out: &mut Vec<u8>, count: usize) {
    out.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes());
}

pub(crate) fn read_count(input: &mut Reader<'_>, what: &'static str, max: usize) -> Decoded<usize> {
    let found = input.u32()? as usize;
    if found > max {
        return Err(CodecError::TooLarge { what, found, max });
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
