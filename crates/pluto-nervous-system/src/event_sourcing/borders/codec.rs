//! Borders and votes as a checkpoint blob keeps them (`docs/formats/checkpoint.md`).

use std::collections::BTreeMap;
use std::sync::Arc;

use pluto_core::codec::{CodecError, Decoded};
use pluto_core::payload::ChainedCheckpoint;
use pluto_core::{Canonical, Did, Digest, EventId, Reader};

use super::{Border, Borders, Candidate, Quorum, Round};

/// Appends the borders, the checkpoints that were signed, and the rival; `rounds` says whether any vote
/// may be of a round, or all are of round 0.
pub(crate) fn put_borders(out: &mut Vec<u8>, borders: &Borders, rounds: bool) {
    put_quorum(out, &borders.root);
    put_count(out, borders.list.len());
    let mut before = &borders.root;
    for border in &borders.list {
        out.extend_from_slice(&border.checkpoint.0);
        out.extend_from_slice(&border.proposal.0);
        let (lowest, highest) = border.lamports;
        for number in [border.number, border.time_ms, border.position, lowest, highest] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        let changes = border.quorum != *before;
        out.push(u8::from(changes));
        if changes {
            put_quorum(out, &border.quorum);
        }
        before = &border.quorum;
    }
    put_count(out, borders.candidates.len());
    borders.candidates.iter().for_each(|candidate| put_candidate(out, candidate, rounds));
    put_option(out, borders.rival.map(|rival| rival.0));
}

fn put_count(out: &mut Vec<u8>, count: usize) {
    out.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes());
}

fn put_option(out: &mut Vec<u8>, value: Option<[u8; 32]>) {
    out.push(u8::from(value.is_some()));
    out.extend(value.into_iter().flatten());
}

fn put_quorum(out: &mut Vec<u8>, quorum: &Quorum) {
    let counts = [quorum.witnesses.len(), quorum.threshold];
    out.extend(counts.map(|count| u8::try_from(count).unwrap_or(u8::MAX)));
    quorum.witnesses.iter().for_each(|witness| witness.encode_into(out));
}

fn put_candidate(out: &mut Vec<u8>, candidate: &Candidate, rounds: bool) {
    out.extend_from_slice(&candidate.checkpoint.0);
    candidate.signed.encode_into(out);
    put_option(out, candidate.proposal.map(|proposal| proposal.0));
    if !rounds {
        let first = candidate.rounds.get(&0).map(|round| &round.committed);
        return put_words(out, first.unwrap_or(&BTreeMap::new()));
    }
    put_count(out, candidate.rounds.len());
    for (number, Round { prepared, committed }) in &candidate.rounds {
        out.extend_from_slice(&number.to_be_bytes());
        put_words(out, prepared);
        put_words(out, committed);
    }
}

fn put_words(out: &mut Vec<u8>, words: &BTreeMap<Did, EventId>) {
    put_count(out, words.len());
    for (witness, event) in words {
        witness.encode_into(out);
        out.extend_from_slice(&event.0);
    }
}

/// Reads what [`put_borders`] wrote. Memory grows with the bytes read, never with a count claimed.
pub(crate) fn read_borders(input: &mut Reader<'_>, rounds: bool) -> Decoded<Borders> {
    let mut borders = Borders::begin(Arc::new(read_quorum(input)?));
    let mut before = Arc::clone(&borders.root);
    for _ in 0..input.u32()? {
        let border = read_border(input, &before)?;
        if border.position < borders.position() {
            return Err(CodecError::NotCanonical("order of borders"));
        }
        before = Arc::clone(&border.quorum);
        borders.close(border);
    }
    for _ in 0..input.u32()? {
        let candidate = read_candidate(input, rounds)?;
        let (checkpoint, at) = (candidate.checkpoint, borders.candidates.len());
        if borders.known.insert(checkpoint, at).is_some() {
            return Err(CodecError::NotCanonical("checkpoint named twice"));
        }
        borders.children.entry(candidate.signed.extends).or_default().push(checkpoint);
        // Who opened it is not kept: any of those who said something about it.
        let words = candidate.rounds.values();
        let mut words = words.flat_map(|round| round.prepared.keys().chain(round.committed.keys()));
        if let Some(who) = words.next().copied() {
            borders.opened.entry(who).or_default().push_back(checkpoint);
        }
        borders.candidates.push(candidate);
    }
    borders.rival = read_option(input)?.map(Digest);
    Ok(borders)
}

fn read_border(input: &mut Reader<'_>, before: &Arc<Quorum>) -> Decoded<Border> {
    Ok(Border {
        checkpoint: Digest(input.array()?),
        proposal: EventId(input.array()?),
        number: input.u64()?,
        time_ms: input.u64()?,
        position: input.u64()?,
        lamports: (input.u64()?, input.u64()?),
        quorum: match input.flag("change of witnesses")? {
            true => Arc::new(read_quorum(input)?),
            false => Arc::clone(before),
        },
    })
}

fn read_quorum(input: &mut Reader<'_>) -> Decoded<Quorum> {
    let (count, threshold) = (input.u8()?, usize::from(input.u8()?));
    let witnesses = (0..count).map(|_| Did::decode_from(input)).collect::<Decoded<Vec<_>>>()?;
    if !witnesses.is_sorted_by(|a, b| a < b) {
        return Err(CodecError::NotCanonical("order of witnesses"));
    }
    Ok(Quorum { witnesses, threshold })
}

fn read_option(input: &mut Reader<'_>) -> Decoded<Option<[u8; 32]>> {
    Ok(if input.flag("presence")? { Some(input.array()?) } else { None })
}

fn read_candidate(input: &mut Reader<'_>, rounds: bool) -> Decoded<Candidate> {
    let checkpoint = Digest(input.array()?);
    let signed = ChainedCheckpoint::decode_from(input)?;
    let proposal = read_option(input)?.map(EventId);
    let mut words = BTreeMap::new();
    if rounds {
        for _ in 0..input.u32()? {
            let number = input.u64()?;
            let (prepared, committed) = (read_words(input)?, read_words(input)?);
            words.insert(number, Round { prepared, committed });
        }
    } else {
        let committed = read_words(input)?;
        words.insert(0, Round { committed, ..Round::default() });
    }
    Ok(Candidate { checkpoint, signed, proposal, rounds: words })
}

fn read_words(input: &mut Reader<'_>) -> Decoded<BTreeMap<Did, EventId>> {
    let mut words = BTreeMap::new();
    for _ in 0..input.u32()? {
        words.insert(Did::decode_from(input)?, EventId(input.array()?));
    }
    Ok(words)
}
