//! A chain of witness sets with all that its check needs: how files begin, or end, that show one.

use pluto_core::codec::{Canonical, Decoded, Reader};
use pluto_core::payload::{RealmGenesis, payload_of};
use pluto_core::traits::SignatureVerifier;
use pluto_core::{Event, Kind, RealmId};
use pluto_error::Result;

use super::{Attested, CHAINED, Witnessing};
use crate::bundle::{Party, Shown, keys_of, put_event, put_list, read_event, read_parties};
use crate::error::DecisionError;

/// Who vouches for a checkpoint, from the genesis on. Encoded it is a chain, never the creator alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched {
    /// The event that opened the realm: its id is the realm's.
    pub genesis: Event,
    /// Whose signatures are shown; the first is the creator of the realm.
    pub parties: Vec<Party>,
    /// The checkpoint, and who signed it.
    pub witnessing: Witnessing,
}

impl Vouched {
    /// Checks everything; gives the genesis as well, whose realm the caller compares with its own.
    ///
    /// # Errors
    /// `DCN-0002` with what does not hold.
    pub fn verify(&self, verifier: &dyn SignatureVerifier) -> Result<(RealmGenesis, Attested)> {
        let Self { genesis, parties, witnessing } = self;
        let failed = |why: String| DecisionError::Check { number: 4, name: "witness", why };
        let attested = attested(genesis, parties, witnessing, verifier).map_err(failed)?;
        let opening = payload_of(genesis).map_err(|why| failed(why.as_str().to_owned()))?;
        Ok((opening, attested))
    }
}

/// Checks that the parties belong to the realm that `genesis` opens, and that they vouch for a checkpoint
/// of it.
pub(crate) fn attested(
    genesis: &Event,
    parties: &[Party],
    witnessing: &Witnessing,
    verifier: &dyn SignatureVerifier,
) -> Result<Attested, String> {
    let opens = genesis.header.kind.known() == Some(Kind::RealmGenesis);
    if !opens || !genesis.header.is_genesis() {
        return Err("the first event does not open a realm".to_owned());
    }
    let shown: Vec<&Shown> = witnessing.all_shown().collect();
    let keys = keys_of(parties, genesis, &shown, verifier)?;
    witnessing.verify(RealmId(genesis.id.0), &keys, verifier)
}

impl Canonical for Vouched {
    fn encode_into(&self, out: &mut Vec<u8>) {
        put_event(out, &self.genesis);
        put_list(out, &self.parties);
        self.witnessing.encode_into(out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self {
            genesis: read_event(input)?,
            parties: read_parties(input, CHAINED)?,
            witnessing: Witnessing::decode_from(input, CHAINED)?,
        })
    }
}
