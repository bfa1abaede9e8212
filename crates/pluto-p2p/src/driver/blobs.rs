//! Blobs between peers: carries questions and parts, and what the blob machine wants of the shelf.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use libp2p::request_response::{self, Message as Carried, OutboundFailure, ResponseChannel};
use libp2p::{PeerId as NodeId, kad};
use pluto_core::{BlobId, Canonical};
use pluto_error::Result;

use super::address;
use super::host::{Host, Told};
use super::run::Driver;
use crate::blob::{
    AGAIN_MS, Answer, AskPart, BlobMachine, BlobShelf, Checked, Heard, Input, Outcome, Output,
    PART_BYTES_MAX, PartMessage,
};
use crate::peer::{Millis, PeerId};
use crate::score::{self, Deed};

/// Parts that are read for peers at once.
const SERVED_MAX: usize = 8;
/// Blobs that this node tells others of in the table of Kademlia.
const PROVIDED_MAX: usize = 512;

pluto_core::domains! {
    PROVIDER = "pluto blob provider record v1";
}

type Exchanged = request_response::Event<Vec<u8>, Vec<u8>>;

/// What a thread that waited for the disk comes back with.
pub(super) enum Done {
    Checked(BlobId, u16, Checked),
    Read(ResponseChannel<Vec<u8>>, PartMessage),
}

/// What the driver keeps for blobs.
pub(super) struct Blobs {
    machine: BlobMachine,
    shelf: Arc<dyn BlobShelf>,
    asked: BTreeMap<request_response::OutboundRequestId, (PeerId, BlobId, u16)>,
    pub(super) work: FuturesUnordered<BoxFuture<'static, Option<Done>>>,
    served: usize,
    looked_at: Millis,
}

impl Blobs {
    pub(super) fn new(shelf: Arc<dyn BlobShelf>) -> Self {
        Self {
            machine: BlobMachine::default(),
            shelf,
            asked: BTreeMap::new(),
            work: FuturesUnordered::new(),
            served: 0,
            looked_at: 0,
        }
    }

    fn spawn(&mut self, wait: impl FnOnce(&dyn BlobShelf) -> Done + Send + 'static) {
        let shelf = Arc::clone(&self.shelf);
        let work = tokio::task::spawn_blocking(move || wait(&*shelf));
        self.work.push(Box::pin(async move { work.await.ok() }));
    }
}

fn check(
    shelf: &dyn BlobShelf,
    id: &BlobId,
    part: u16,
    bytes: &[u8],
    manifest: Option<&[u8]>,
) -> Result<Checked> {
    Ok(match manifest {
        None => shelf.plan(id, bytes)?.map_or(Checked::Wrong, Checked::Plan),
        Some(manifest) if shelf.keep(id, manifest, part, bytes)? => Checked::Kept,
        Some(_) => Checked::Wrong,
    })
}

fn or_failed(checked: Result<Checked>) -> Checked {
    checked.unwrap_or_else(|error| {
        tracing::warn!(%error, "a blob cannot be kept");
        Checked::Failed
    })
}

impl<H: Host> Driver<H> {
    /// Lets the machine step and does what it says.
    pub(super) fn blob_step(&mut self, input: Input) {
        let now = self.now();
        for output in self.blobs.machine.step(input, now) {
            match output {
                Output::Ask(peer, blob, part) => {
                    let Some(id) = address::id_of(peer) else { continue };
                    let ask = AskPart { blob, part }.encode();
                    let request = self.swarm.behaviour_mut().blobs.send_request(&id, ask);
                    self.blobs.asked.insert(request, (peer, blob, part));
                }
                Output::Check(id, part, bytes, manifest) => self.blobs.spawn(move |shelf| {
                    let checked = check(shelf, &id, part, &bytes, manifest.as_deref());
                    Done::Checked(id, part, or_failed(checked))
                }),
                Output::Finish(id, manifest) => self.blobs.spawn(move |shelf| {
                    let finished = shelf.finish(&id, &manifest).map(|()| Checked::Whole);
                    Done::Checked(id, 0, or_failed(finished))
                }),
                Output::Did(peer, deed) => self.did(peer, deed),
                Output::Ended(id, outcome) => {
                    if outcome == Outcome::Here {
                        self.provide(&id);
                    }
                    self.host.told(Told::Blob(id, outcome));
                }
            }
        }
    }

    /// A blob is wanted: those who are connected are asked, and who has it is looked for.
    pub(super) fn want(&mut self, id: BlobId, bytes_max: u64) {
        self.look_for_blob(&id);
        self.blob_step(Input::Want(id, bytes_max));
    }

    fn look_for_blob(&mut self, id: &BlobId) {
        if let Some(kad) = self.swarm.behaviour_mut().kad.as_mut() {
            kad.get_providers(key(id));
        }
    }

    pub(super) fn blob_tick(&mut self) {
        let now = self.now();
        if now.saturating_sub(self.blobs.looked_at) >= AGAIN_MS {
            self.blobs.looked_at = now;
            let wanted: Vec<BlobId> = self.blobs.machine.wanted().copied().collect();
            wanted.iter().for_each(|id| self.look_for_blob(id));
        }
        self.blob_step(Input::Tick);
    }

    /// Tells in the table of Kademlia that the blob is here: whoever knows its id finds it.
    pub(super) fn provide(&mut self, id: &BlobId) {
        if let Some(kad) = self.swarm.behaviour_mut().kad.as_mut() {
            // A full table serves others as well as it can.
            let _ = kad.start_providing(key(id));
        }
    }

    /// The same of all blobs that are here.
    pub(super) fn provide_all(&mut self) {
        if self.swarm.behaviour().kad.is_enabled() {
            let here = self.blobs.shelf.ids(PROVIDED_MAX).unwrap_or_default();
            here.iter().for_each(|id| self.provide(id));
        }
    }

    /// A thread has read, checked or written.
    pub(super) fn blob_done(&mut self, done: Option<Done>) {
        match done {
            Some(Done::Checked(id, part, checked)) => {
                self.blob_step(Input::Checked(id, part, checked));
            }
            Some(Done::Read(channel, answer)) => {
                self.blobs.served = self.blobs.served.saturating_sub(1);
                // Whoever asked may be gone.
                let _ = self.swarm.behaviour_mut().blobs.send_response(channel, answer.encode());
            }
            None => {}
        }
    }

    pub(super) fn on_blob(&mut self, event: Exchanged) {
        match event {
            Exchanged::Message {
                peer, message: Carried::Request { request, channel, .. }, ..
            } => self.blob_asked(&peer, &request, channel),
            Exchanged::Message { message: Carried::Response { request_id, response }, .. } => {
                let Some((peer, id, part)) = self.blobs.asked.remove(&request_id) else { return };
                let heard = match PartMessage::decode(&response) {
                    Ok(PartMessage { answer: Answer::Here, bytes }) => Heard::Part(bytes.into()),
                    Ok(PartMessage { answer: Answer::Absent, .. }) => Heard::Absent,
                    Ok(PartMessage { answer: Answer::Busy, .. }) => Heard::Busy,
                    Err(_) => Heard::Garbage,
                };
                self.blob_step(Input::Answered(peer, id, part, heard));
            }
            Exchanged::OutboundFailure { request_id, error, .. } => {
                let Some((peer, id, part)) = self.blobs.asked.remove(&request_id) else { return };
                let heard = match error {
                    // It knows nothing of blobs, or left.
                    OutboundFailure::UnsupportedProtocols
                    | OutboundFailure::ConnectionClosed
                    | OutboundFailure::DialFailure => Heard::Absent,
                    OutboundFailure::Timeout | OutboundFailure::Io(_) => Heard::Silent,
                };
                self.blob_step(Input::Answered(peer, id, part, heard));
            }
            Exchanged::InboundFailure { .. } | Exchanged::ResponseSent { .. } => {}
        }
    }

    /// Whoever has greeted and knows the id of a blob may have it.
    fn blob_asked(&mut self, from: &NodeId, request: &[u8], channel: ResponseChannel<Vec<u8>>) {
        let Some(peer) = address::peer_of(from) else { return };
        let Ok(AskPart { blob, part }) = AskPart::decode(request) else {
            let deed = if request.is_empty() { Deed::Oversize } else { Deed::Garbage };
            self.did(peer, deed);
            return;
        };
        let now = self.now();
        let has_greeted = self.peers.get(&peer).is_some_and(|peer| peer.hello.is_some());
        let traffic = score::Input::Traffic(peer, PART_BYTES_MAX as u64);
        let outputs = self.scores.step(traffic, now);
        let is_over = !outputs.is_empty() || self.blobs.served >= SERVED_MAX;
        self.heed(outputs);
        if is_over || !has_greeted {
            let answer = if is_over { Answer::Busy } else { Answer::Absent };
            let answer = PartMessage::without(answer).encode();
            let _ = self.swarm.behaviour_mut().blobs.send_response(channel, answer);
            return;
        }
        self.blobs.served += 1;
        self.blobs.spawn(move |shelf| {
            let answer = match shelf.part(&blob, part) {
                Ok(Some(bytes)) => PartMessage { answer: Answer::Here, bytes },
                Ok(None) => PartMessage::without(Answer::Absent),
                Err(error) => {
                    tracing::warn!(%error, "a part of a blob cannot be read");
                    PartMessage::without(Answer::Absent)
                }
            };
            Done::Read(channel, answer)
        });
    }
}

fn key(id: &BlobId) -> kad::RecordKey {
    kad::RecordKey::new(&PROVIDER.hash(&id.0).0)
}
