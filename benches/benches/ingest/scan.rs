//! Reading a log without folding it: what a replay cannot go below.

use std::ops::ControlFlow;

use pluto_core::event::{event_ids, payload_hashes};
use pluto_core::traits::EventLog as _;
use pluto_core::{LogPosition, Reader};
use pluto_storage::Store;

/// Bytes of `version u8 · count−1 u8 · signature 64`, the front of a run.
const PREFIX_BYTES: usize = 66;

/// Reads every record with its checksum; gives the sum of what `visit` makes of them.
pub(crate) fn records(store: &Store, mut visit: impl FnMut(&[u8]) -> usize) -> usize {
    let mut sum = 0;
    let scanned = store.log.reader().scan(LogPosition(0), &mut |_, record| {
        sum += visit(record);
        ControlFlow::Continue(())
    });
    scanned.unwrap();
    sum
}

/// Hashes all headers and payloads of an encoded run, side by side, and compares the payloads with
/// their headers; nothing is decoded or kept.
pub(crate) fn hash(run: &[u8]) -> usize {
    let count = usize::from(run[1]) + 1;
    let (mut headers, mut payloads) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let mut input = Reader::new(run);
    input.take(PREFIX_BYTES).unwrap();
    for _ in 0..count {
        let length = usize::from(input.u16().unwrap());
        let header = input.take(length).unwrap();
        assert!(input.flag("payload flag").unwrap(), "payloads are there");
        let tail = &header[length - 36..];
        let payload_bytes = u32::from_be_bytes(*tail.first_chunk().unwrap());
        payloads.push(input.take(payload_bytes as usize).unwrap());
        headers.push(header);
    }
    let hashes = payload_hashes(&payloads);
    let named = headers.iter().map(|header| &header[header.len() - 32..]);
    assert!(hashes.iter().zip(named).all(|(hash, named)| hash.0 == named), "payloads match");
    event_ids(&headers).iter().map(|id| usize::from(id.0[0])).sum()
}
