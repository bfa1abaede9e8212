//! Who vouches for a checkpoint, in words and for programs.

use pluto_api::http::shape::{AttestedShown, CosignedShown};
use pluto_decision::witnessing::{Attested, Cosigned};

use crate::output::{row, time};

/// The creator, or how many of which witnesses, and how the set came from the creator to them.
pub(crate) fn rows(attested: &Attested) -> Vec<Vec<String>> {
    if !attested.declared {
        return vec![row("witness", attested)];
    }
    let last = &attested.last;
    let mut rows = vec![row("signed by", last)];
    rows.extend(last.signers.iter().map(|signer| row("", signer)));
    rows.extend(attested.handovers.iter().map(|one| {
        let (number, at) = (one.checkpoint.number, time(one.checkpoint.time_ms));
        row("handed over", format!("in checkpoint {number} at {at}, by {one}"))
    }));
    rows
}

/// The same for programs.
pub(crate) fn data(attested: &Attested) -> AttestedShown {
    AttestedShown {
        declared: attested.declared,
        last: cosigned(&attested.last),
        handovers: attested.handovers.iter().map(cosigned).collect(),
    }
}

/// The creator, when nobody was declared.
pub(crate) fn creator(attested: &Attested) -> Option<String> {
    let signer = attested.last.signers.first().filter(|_| !attested.declared);
    signer.map(ToString::to_string)
}

fn cosigned(one: &Cosigned) -> CosignedShown {
    let names = |dids: &[pluto_core::Did]| -> Vec<String> {
        dids.iter().map(ToString::to_string).collect()
    };
    CosignedShown {
        checkpoint: one.checkpoint.number,
        time_ms: one.checkpoint.time_ms,
        signed_by: names(&one.signers),
        witnesses: names(one.set.witnesses()),
        threshold: one.set.threshold(),
    }
}
