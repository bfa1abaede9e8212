//! The proof that an author signed two events for one place.
//!
//! Two headers of one author, realm and sequence number, both under the same key, both signed, with
//! different ids. It needs nothing else: whoever knows the author's key checks it offline. Refused is
//! whatever proves nothing: one event named twice, two signatures over the same header, events of
//! different keys (a stolen old key cannot frame its owner, `docs/formats/event.md`).

use pluto_core::codec::Decoded;
use pluto_core::format::Format;
use pluto_core::limits::{RUN_EVENTS_MAX, RUN_PATH_MAX};
use pluto_core::run::{run_path, run_root_from_path, signing_message};
use pluto_core::traits::{PublicKey, SignatureVerifier, SignedMessage};
use pluto_core::{
    Canonical, CodecError, Did, Digest, EventId, Header, Reader, RealmId, Run, Signature,
};

use crate::error::P2pError;

/// An encoded proof.
pub const EQUIVOCATION_FORMAT: Format = Format::new("equivocation", 1);

/// A header with the signature of its run and the path that leads there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHeader {
    /// The header.
    pub header: Header,
    /// The signature over the run.
    pub signature: Signature,
    /// Whether the run begins with a genesis: its signature then covers no realm.
    pub opens_realm: bool,
    /// Index of the event in its run.
    pub index: u8,
    /// Events in the run, less one.
    pub others: u8,
    /// From the event up to the root of the run.
    pub path: Vec<Digest>,
}

impl SignedHeader {
    /// The event at `index` of a run, shown alone.
    #[must_use]
    pub fn of(run: &Run, index: usize) -> Option<Self> {
        let ids: Vec<EventId> = run.events.iter().map(|event| event.id).collect();
        Some(Self {
            header: run.events.get(index)?.header.clone(),
            signature: run.signature,
            opens_realm: run.events.first()?.header.is_genesis(),
            index: u8::try_from(index).ok()?,
            others: u8::try_from(ids.len().checked_sub(1)?).ok()?,
            path: run_path(&ids, index),
        })
    }

    /// What its signature covers; none when path or index do not fit.
    #[must_use]
    pub fn signed_message(&self) -> Option<Vec<u8>> {
        let count = usize::from(self.others) + 1;
        let root =
            run_root_from_path(self.header.id(), usize::from(self.index), count, &self.path)?;
        let mut first = self.header.clone();
        first.author_seq = first.author_seq.checked_sub(u64::from(self.index))?;
        if self.opens_realm {
            first.realm = RealmId::ZERO;
        }
        Some(signing_message(&first, u16::try_from(count).ok()?, root))
    }
}

impl Canonical for SignedHeader {
    fn encode_into(&self, out: &mut Vec<u8>) {
        self.header.encode_into(out);
        out.extend_from_slice(&self.signature.0);
        out.extend_from_slice(&[u8::from(self.opens_realm), self.index, self.others]);
        out.push(u8::try_from(self.path.len()).unwrap_or(u8::MAX));
        self.path.iter().for_each(|digest| out.extend_from_slice(&digest.0));
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let header = Header::decode_from(input)?;
        let signature = Signature(input.array()?);
        let opens_realm = input.flag("genesis flag")?;
        let (index, others) = (input.u8()?, input.u8()?);
        if index > others || usize::from(others) >= RUN_EVENTS_MAX {
            return Err(CodecError::BadValue { what: "index in a run", found: u64::from(index) });
        }
        let count = usize::from(input.u8()?);
        if count > RUN_PATH_MAX {
            let max = RUN_PATH_MAX;
            return Err(CodecError::TooLarge { what: "path", found: count, max });
        }
        let path = (0..count).map(|_| input.array().map(Digest)).collect::<Decoded<_>>()?;
        Ok(Self { header, signature, opens_realm, index, others, path })
    }
}

/// Two events for one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Equivocation {
    /// The one with the smaller id.
    pub first: SignedHeader,
    /// The other.
    pub second: SignedHeader,
}

impl Equivocation {
    /// The first place at which two runs of one author contradict each other.
    ///
    /// # Errors
    /// `P2P-0005` when they do not.
    pub fn between(a: &Run, b: &Run) -> Result<Self, P2pError> {
        let none = P2pError::NoEquivocation("the runs do not contradict each other");
        for (index, event) in a.events.iter().enumerate() {
            let other = b
                .events
                .iter()
                .position(|other| other.header.author_seq == event.header.author_seq);
            let Some(other) = other else { continue };
            if b.events.get(other).is_some_and(|other| other.id == event.id) {
                continue;
            }
            let (Some(a), Some(b)) = (SignedHeader::of(a, index), SignedHeader::of(b, other))
            else {
                return Err(none);
            };
            let (first, second) = if a.header.id() < b.header.id() { (a, b) } else { (b, a) };
            let proof = Self { first, second };
            proof.check_shape()?;
            return Ok(proof);
        }
        Err(none)
    }

    /// The author.
    #[must_use]
    pub const fn author(&self) -> Did {
        self.first.header.author
    }

    /// The place.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.first.header.author_seq
    }

    /// The two events, ascending.
    #[must_use]
    pub fn ids(&self) -> [EventId; 2] {
        [self.first.header.id(), self.second.header.id()]
    }

    /// Whether the two headers contradict each other, whoever signed them.
    ///
    /// # Errors
    /// `P2P-0005` with the rule that is broken.
    pub fn check_shape(&self) -> Result<(), P2pError> {
        let (a, b) = (&self.first.header, &self.second.header);
        let [id, other] = self.ids();
        let rules = [
            (id < other, "the same event twice, or not in order"),
            (a.author == b.author, "two authors"),
            (a.realm_of(id) == b.realm_of(other), "two realms"),
            (a.author_seq == b.author_seq, "two places"),
            (a.key_ref == b.key_ref, "two keys"),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            Some((_, rule)) => Err(P2pError::NoEquivocation(rule)),
            None => Ok(()),
        }
    }

    /// Whether it proves that the holder of `key`, the one both headers name, signed both.
    ///
    /// # Errors
    /// `P2P-0005` with the rule that is broken.
    pub fn verify(&self, key: PublicKey, verifier: &dyn SignatureVerifier) -> Result<(), P2pError> {
        self.check_shape()?;
        let signed = |one: &SignedHeader| {
            let message = one.signed_message()?;
            Some(SignedMessage { key, message, signature: one.signature })
        };
        let batch: Option<Vec<SignedMessage>> =
            [&self.first, &self.second].into_iter().map(signed).collect();
        let batch = batch.ok_or(P2pError::NoEquivocation("a path that leads nowhere"))?;
        match verifier.verify(&batch).iter().all(|holds| *holds) {
            true => Ok(()),
            false => Err(P2pError::NoEquivocation("a signature that does not hold")),
        }
    }
}

impl Canonical for Equivocation {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(EQUIVOCATION_FORMAT.version);
        self.first.encode_into(out);
        self.second.encode_into(out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let version = input.u8()?;
        if version != EQUIVOCATION_FORMAT.version {
            let known = EQUIVOCATION_FORMAT.version;
            return Err(CodecError::UnknownVersion { what: "equivocation", found: version, known });
        }
        let (first, second) =
            (SignedHeader::decode_from(input)?, SignedHeader::decode_from(input)?);
        Ok(Self { first, second })
    }
}

#[cfg(test)]
mod tests;
