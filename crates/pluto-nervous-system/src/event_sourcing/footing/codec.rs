//! The bytes of a footing (`docs/formats/footing.md`).
//!
//! Layout: `version u8 · realm · checkpoint · proposal id · position, lowest and highest Lamport time u64 each ·
//! run of the proposal · places of the full tiles · checkpoint blob · digest of all before`; run and blob behind
//! a u32 length, the places behind a u32 count.

use pluto_core::codec::{CodecError, Decoded, put_bytes};
use pluto_core::limits::RUN_BYTES_MAX;
use pluto_core::{Canonical, Digest, EventId, Reader, RealmId, Run};
use pluto_merkle::log_tree::TILE_LEAVES;

use super::super::borders::Border;
use super::super::tiles::Place;
use super::{FOOTING_FORMAT, Footing};

pluto_core::domains! {
    FOOTING = "pluto footing v1";
}

/// Bytes of a blob that its length can say.
const BLOB_BYTES_MAX: usize = u32::MAX as usize;

impl Canonical for Footing {
    fn encode_into(&self, to: &mut Vec<u8>) {
        let Self { realm, border, run, tiles, blob } = self;
        let mut out = vec![FOOTING_FORMAT.version];
        out.extend_from_slice(&realm.0);
        out.extend_from_slice(&border.checkpoint.0);
        out.extend_from_slice(&border.proposal.0);
        let (lowest, highest) = border.lamports;
        for number in [border.position, lowest, highest] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        put_bytes(&mut out, &run.encode());
        out.extend_from_slice(&u32::try_from(tiles.len()).unwrap_or(u32::MAX).to_be_bytes());
        tiles.iter().for_each(|place| place.encode_into(&mut out));
        put_bytes(&mut out, blob);
        let digest: Digest = FOOTING.hash(&out);
        to.append(&mut out);
        to.extend_from_slice(&digest.0);
    }

    /// Reads a footing; whether its parts fit each other is checked when a realm stands on it.
    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let found = input.rest().len();
        let bytes = input.take(found)?;
        let short = CodecError::Truncated { wanted: 32, found };
        let (content, digest) = bytes.split_last_chunk::<32>().ok_or(short)?;
        let mut input = Reader::new(content);
        let version = input.u8()?;
        if version != FOOTING_FORMAT.version {
            let known = FOOTING_FORMAT.version;
            return Err(CodecError::UnknownVersion { what: "footing", found: version, known });
        }
        let found: Digest = FOOTING.hash(content);
        if found.0 != *digest {
            return Err(CodecError::NotCanonical("digest of a footing"));
        }
        let realm = RealmId(input.array()?);
        let checkpoint = Digest(input.array()?);
        let id = EventId(input.array()?);
        let (position, lamports) = (input.u64()?, (input.u64()?, input.u64()?));
        let run = Run::decode(input.bytes("proposal", RUN_BYTES_MAX)?)?;
        let count = input.u32()?;
        if !u64::from(count).is_multiple_of(TILE_LEAVES) {
            return Err(CodecError::NotCanonical("places of full tiles"));
        }
        let mut tiles = Vec::new();
        for _ in 0..count {
            tiles.push(Place::decode_from(&mut input)?);
        }
        let blob = input.bytes("checkpoint", BLOB_BYTES_MAX)?.to_vec();
        input.finish()?;
        let proposal = run.events.iter().find(|event| event.id == id);
        let proposal = proposal.ok_or(CodecError::NotCanonical("proposal of a footing"))?;
        let border = Border { position, lamports, ..Border::of(checkpoint, proposal) };
        Ok(Self { realm, border, run, tiles, blob })
    }
}
