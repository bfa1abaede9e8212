//! On which protocol a node asks a peer: with its context, or without.

use libp2p::identify;
use libp2p::swarm::NetworkBehaviour;
use libp2p::swarm::behaviour::toggle::Toggle;
use pluto_core::Canonical;

use super::*;
use crate::hello::HELLO_BYTES_MAX;
use crate::message::{FRAME_BYTES_MAX, Message, Refusal};
use crate::traced;
use codec::Capped;

/// Exchanges that begin until it counts as never; that of the first may come before the node knows what
/// its peer speaks.
const OPENED: usize = 3;

/// A peer that greets, and refuses whatever it is asked.
#[derive(NetworkBehaviour)]
struct Ear {
    hello: request_response::Behaviour<Capped>,
    frames: request_response::Behaviour<Capped>,
    traced: Toggle<request_response::Behaviour<Capped>>,
    identify: identify::Behaviour,
}

type Carried = request_response::Event<Vec<u8>, Vec<u8>>;

fn speaking(protocol: &'static str, bytes_max: usize) -> request_response::Behaviour<Capped> {
    let codec = Capped { request_bytes_max: bytes_max, response_bytes_max: HELLO_BYTES_MAX };
    let protocols = [(StreamProtocol::new(protocol), ProtocolSupport::Full)];
    request_response::Behaviour::with_codec(codec, protocols, request_response::Config::default())
}

fn ear(keys: &Keypair, speaks: bool) -> Ear {
    let traced = speaks.then(|| speaking("/pluto/traced-sync/1", FRAME_BYTES_MAX + 55));
    Ear {
        hello: speaking("/pluto/hello/1", HELLO_BYTES_MAX),
        frames: speaking("/pluto/sync/1", FRAME_BYTES_MAX),
        traced: traced.into(),
        identify: identify::Behaviour::new(identify::Config::new("t".to_owned(), keys.public())),
    }
}

/// The request of an event, acknowledged.
fn request(from: &mut request_response::Behaviour<Capped>, event: Carried) -> Option<Vec<u8>> {
    let request_response::Event::Message { message, .. } = event else { return None };
    let request_response::Message::Request { request, channel, .. } = message else { return None };
    from.send_response(channel, Vec::new()).expect("a connection");
    Some(request)
}

/// Whether a node that names its peer, or does not, ever asks it with a context.
fn asks_with_a_context(names: bool, speaks: bool) -> bool {
    let keys = Keypair::ed25519_from_bytes([9; 32]).expect("32 bytes");
    let peer = node_of([9; 32]).expect("a node");
    let named = if names { vec![peer] } else { vec![node_of([8; 32]).expect("a node")] };
    let (_network, address) = victim_of(Settings { traced: named, ..Settings::default() });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let mut swarm = SwarmBuilder::with_existing_identity(keys)
            .with_tokio()
            .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)
            .expect("Noise")
            .with_behaviour(|keys| ear(keys, speaks))
            .expect("a behaviour")
            .with_swarm_config(|config| config.with_idle_connection_timeout(PATIENCE))
            .build();
        swarm.dial(address).expect("an address");
        let asked = async {
            let mut opened = 0;
            while opened < OPENED {
                let event = swarm.select_next_some().await;
                let ear = swarm.behaviour_mut();
                let frame = match event {
                    SwarmEvent::ConnectionEstablished { peer_id, .. } => {
                        ear.hello.send_request(&peer_id, Hello::default().encode());
                        continue;
                    }
                    SwarmEvent::Behaviour(EarEvent::Traced(event)) => {
                        let from = ear.traced.as_mut().expect("it is spoken");
                        let Some(request) = request(from, event) else { continue };
                        let (context, frame) = traced::split(&request).expect("long enough");
                        assert_eq!(context.text(), Some(CONTEXT));
                        let asked = Message::from_frame(frame).expect("a frame as any other");
                        assert!(matches!(asked, Message::Open { .. }), "{asked:?}");
                        return true;
                    }
                    SwarmEvent::Behaviour(EarEvent::Frames(event)) => {
                        let to = event_peer(&event);
                        request(&mut ear.frames, event).map(|frame| (to, frame))
                    }
                    _ => None,
                };
                let Some((to, frame)) = frame else { continue };
                if let Ok(Message::Open { session, .. }) = Message::from_frame(&frame) {
                    opened += 1;
                    let refused = Message::Refused { session, why: Refusal::Busy }.encode();
                    swarm.behaviour_mut().frames.send_request(&to, refused);
                }
            }
            false
        };
        tokio::time::timeout(PATIENCE, asked).await.expect("it asks")
    })
}

fn event_peer(event: &Carried) -> libp2p::PeerId {
    match event {
        request_response::Event::Message { peer, .. }
        | request_response::Event::OutboundFailure { peer, .. }
        | request_response::Event::InboundFailure { peer, .. }
        | request_response::Event::ResponseSent { peer, .. } => *peer,
    }
}

#[test]
fn a_peer_that_is_named_and_speaks_it_is_asked_with_a_context() {
    assert!(asks_with_a_context(true, true));
}

#[test]
fn a_peer_that_is_not_named_is_asked_without() {
    assert!(!asks_with_a_context(false, true));
}

#[test]
fn a_peer_that_does_not_speak_it_is_asked_without() {
    assert!(!asks_with_a_context(true, false));
}
