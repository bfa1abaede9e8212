//! Forks in words: payloads, and entries of component `Event`.

use pluto_core::{Canonical, Did, Reader};
use pluto_decision::forks::{Equivocation, FreezeLifted, FreezeRecord, ProvenRecord};

use super::Description;

pub(super) fn proven(payload: &[u8]) -> Option<Description> {
    let proof = Equivocation::decode(payload).ok()?;
    let [first, second] = proof.ids();
    let about = Description::new("proof of a fork").text("author", proof.author());
    let about = about.number("author_seq", proof.seq());
    Some(about.text("first", first).text("second", second))
}

pub(super) fn lifted(payload: &[u8]) -> Option<Description> {
    let FreezeLifted { subject, proof } = FreezeLifted::decode(payload).ok()?;
    Some(Description::new("end of a freeze").text("subject", subject).text("proof", proof))
}

pub(super) fn entry(key: &[u8], value: Option<&[u8]>) -> Option<Description> {
    let mut place = Reader::new(key);
    let tag = place.u8().ok()?;
    let author = Did::decode_from(&mut place).ok()?;
    match tag {
        b'f' => {
            place.finish().ok()?;
            let about = Description::new("frozen author").text("author", author);
            let Some(value) = value else { return Some(about) };
            let freeze = FreezeRecord::decode(value).ok()?;
            Some(about.text("proof", freeze.event).number("author_seq", freeze.seq))
        }
        b'p' => {
            let seq = place.u64().ok()?;
            place.finish().ok()?;
            let about = Description::new("proven fork").text("author", author);
            let about = about.number("author_seq", seq);
            let Some(value) = value else { return Some(about) };
            let ProvenRecord { event, first, second } = ProvenRecord::decode(value).ok()?;
            Some(about.text("first", first).text("second", second).text("proof", event))
        }
        _ => None,
    }
}
