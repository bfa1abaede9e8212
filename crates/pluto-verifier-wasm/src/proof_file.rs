//! Proof files (`docs/formats/proof-file.md`): the seal, and the way from the entry to the root.
//!
//! Version 2 shows a quorum of the realm's witnesses, which is checked. The creator's signature of
//! version 1 is left open: `pluto verify` checks it.

use pluto_core::hash::Domain;
use pluto_core::{Canonical, CodecError, Component, Digest, Reader, hex};
use pluto_decision::witnessing::{Attested, Vouched};
use pluto_error::Error;
use pluto_identity::Zip215Verifier;
use pluto_merkle::state_proof::StateProof;

use crate::bundle::witnesses;
use crate::report::Report;

pub(crate) const MAGIC: &[u8] = b"PLUTOPRF";
const ALONE: u8 = 1;
const WITNESSED: u8 = 2;
const FILE_BYTES_MAX: usize = 256 * 1024;
const STATE_PROOF_BYTES_MAX: usize = 96 * 1024;
const SEAL_CONTEXT: &str = "pluto proof file v1";
const SEAL_BYTES: usize = 32;

/// The parts of a file, nothing proven yet.
struct Parts {
    root: Digest,
    state: StateProof,
    signed: Signed,
}

enum Signed {
    ByNobody,
    ByCreator,
    ByWitnesses(Box<Vouched>),
}

pub(crate) fn verify(bytes: &[u8]) -> Report {
    let mut report = Report::new(format!("proof-file, version {}", version(bytes)));
    // A refusal ends the checks; the report holds it.
    let _ = checks(bytes, &mut report);
    report
}

fn checks(bytes: &[u8], report: &mut Report) -> Option<()> {
    let sized = |_: &&[u8]| format!("{} bytes, the seal is right", bytes.len());
    let body = report.check("the file is whole", unsealed(bytes), sized)?;
    let canonical = |_: &Parts| "every part is in the one form its page allows".to_owned();
    let Parts { root, state, signed } =
        report.check("the file is well formed", parts(body).map_err(why), canonical)?;
    let hashes = |_: &()| format!("every hash from the entry leads to {root}");
    report.check("the entry is under the root", state.verify(&root).map_err(why), hashes)?;
    let creator = "the root is signed by the creator of the realm";
    let mut attested = None;
    match signed {
        Signed::ByCreator => {
            report.leave_open(creator, "a signature is there; `pluto verify` checks it");
        }
        Signed::ByNobody => {
            report.leave_open(creator, "nobody signed: compare the root with one you trust");
        }
        Signed::ByWitnesses(vouched) => {
            let found = witnessed(&vouched, &state, &root);
            let asked = "the root is signed by the witnesses of the realm";
            attested = Some(report.check(asked, found, ToString::to_string)?);
        }
    }
    summarise(report, &root, &state);
    attested.iter().for_each(|attested| witnesses(report, attested));
    Some(())
}

/// Checks the chain, and that what it leads to is about this root.
fn witnessed(vouched: &Vouched, state: &StateProof, root: &Digest) -> Result<Attested, String> {
    let (_, attested) = vouched.verify(&Zip215Verifier).map_err(why)?;
    let said = &attested.last.checkpoint;
    let same = vouched.genesis.id.0 == state.realm
        && said.size == state.position
        && said.log_root == state.log_root
        && said.state_root == *root;
    match same {
        true => Ok(attested),
        false => Err("the checkpoint is about another realm, position, log or state".to_owned()),
    }
}

fn version(bytes: &[u8]) -> u8 {
    bytes.get(MAGIC.len()).copied().unwrap_or_default()
}

fn summarise(report: &mut Report, root: &Digest, state: &StateProof) {
    let component = Component::from_number(state.component);
    let component = component.map_or_else(|| state.component.to_string(), |it| it.to_string());
    report.fact(
        "claim",
        match state.value {
            Some(_) => "the entry is in the state under this root",
            None => "the entry is NOT in the state under this root",
        },
    );
    report.fact("root", root);
    report.fact("realm", Digest(state.realm));
    report.fact("position", state.position);
    report.fact("component", component);
    report.fact("key", hex::text(&state.key));
    report.fact("value", state.value.as_deref().map_or_else(|| "absent".to_owned(), hex::text));
}

/// The file before its seal, if the seal is right.
fn unsealed(bytes: &[u8]) -> Result<&[u8], String> {
    let found = bytes.len();
    if found > FILE_BYTES_MAX {
        return Err(format!("expected at most `{FILE_BYTES_MAX}` bytes, found `{found}`"));
    }
    let domain = Domain::new(SEAL_CONTEXT);
    let sealed = bytes.split_last_chunk::<SEAL_BYTES>();
    let sealed = sealed.filter(|(body, seal)| domain.hash(body).0 == **seal);
    let broken = || "the file was cut or changed after it was written".to_owned();
    sealed.map(|(body, _)| body).ok_or_else(broken)
}

fn parts(body: &[u8]) -> pluto_error::Result<Parts> {
    let mut input = Reader::new(body);
    input.take(MAGIC.len())?;
    let (found, known) = (input.u8()?, WITNESSED);
    if found == 0 || found > known {
        return Err(CodecError::UnknownVersion { what: "proof file", found, known }.into());
    }
    let root = Digest(input.array()?);
    let state = StateProof::decode(input.bytes("state proof", STATE_PROOF_BYTES_MAX)?)?;
    if found > ALONE {
        let signed = Signed::ByWitnesses(Box::new(Vouched::decode_from(&mut input)?));
        input.finish()?;
        return Ok(Parts { root, state, signed });
    }
    if input.flag("witness flag")? {
        return Ok(Parts { root, state, signed: Signed::ByCreator });
    }
    input.finish()?;
    Ok(Parts { root, state, signed: Signed::ByNobody })
}

fn why(error: Error) -> String {
    error.chain()
}
