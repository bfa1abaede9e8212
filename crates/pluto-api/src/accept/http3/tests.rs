//! A real client over QUIC: what it is answered, what it may not do, and how serving ends.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode};
use axum::routing::get;
use h3::client::{RequestStream, SendRequest};
use h3_quinn::{BidiStream, OpenStreams};
use hyper::body::Buf;
use quinn::crypto::rustls::QuicClientConfig;
use quinn::{ClientConfig, Connection, ConnectionError, WriteError};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::quic::HELD_BYTES_MAX;
use super::*;
use crate::accept::tests::{SOON, brisk, certificate, dribble, takes_a_body, who};

struct Served {
    address: SocketAddr,
    stop: Stop,
    task: JoinHandle<()>,
    trusting: rustls::ClientConfig,
    tls: Arc<Tls>,
    folder: tempfile::TempDir,
}

impl Served {
    async fn new(bounds: Bounds, router: Router) -> Self {
        let (folder, tls, mut trusting) = certificate();
        trusting.alpn_protocols = vec![b"h3".to_vec()];
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let (address, stop) = (socket.local_addr().unwrap(), Stop::new());
        let face = Http3::open(socket, Arc::clone(&tls), bounds).unwrap();
        let task = tokio::spawn(face.serve(router, stop.clone()));
        Self { address, stop, task, trusting, tls, folder }
    }

    async fn connect(&self) -> Result<Connection, ConnectionError> {
        let crypto = QuicClientConfig::try_from(self.trusting.clone()).unwrap();
        let mut endpoint = Endpoint::client((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        endpoint.set_default_client_config(ClientConfig::new(Arc::new(crypto)));
        endpoint.connect(self.address, "localhost").unwrap().await
    }

    async fn client(&self) -> Client {
        let connection = self.connect().await.unwrap();
        let quic = h3_quinn::Connection::new(connection.clone());
        let (mut driver, asking) = h3::client::new(quic).await.unwrap();
        let driving =
            tokio::spawn(async move { std::future::poll_fn(|cx| driver.poll_close(cx)).await });
        Client { asking, connection, driving }
    }

    async fn ended(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

type Asked = RequestStream<BidiStream<Bytes>, Bytes>;

struct Client {
    asking: SendRequest<OpenStreams, Bytes>,
    connection: Connection,
    driving: JoinHandle<h3::error::ConnectionError>,
}

impl Client {
    async fn begin(&mut self, request: Request<()>) -> Asked {
        self.asking.send_request(request).await.unwrap()
    }

    async fn ask(&mut self, request: Request<()>, body: &[u8]) -> (Response<()>, String) {
        let mut asked = self.begin(request).await;
        // Whoever is refused need not send all.
        let _ = asked.send_data(Bytes::copy_from_slice(body)).await;
        let _ = asked.finish().await;
        answer(&mut asked).await
    }
}

async fn answer(asked: &mut Asked) -> (Response<()>, String) {
    let response = asked.recv_response().await.unwrap();
    let mut text = Vec::new();
    while let Some(mut data) = asked.recv_data().await.unwrap() {
        text.extend_from_slice(&data.copy_to_bytes(data.remaining()));
    }
    (response, String::from_utf8(text).unwrap())
}

fn to(method: Method) -> Request<()> {
    Request::builder().method(method).uri("https://localhost/").body(()).unwrap()
}

#[tokio::test]
async fn the_same_routes_are_there() {
    let served = Served::new(Bounds::default(), who()).await;
    let mut client = served.client().await;
    let (response, text) = client.ask(to(Method::GET), b"").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.headers().contains_key("date"));
    assert!(text.contains("is_encrypted: true") && text.contains("127.0.0.1"), "{text}");
    let (response, _) = client.ask(to(Method::PUT), b"").await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    served.ended().await;
}

#[tokio::test]
async fn bodies_arrive_whole_and_within_their_bounds() {
    let served = Served::new(Bounds::default(), takes_a_body(Duration::from_secs(30))).await;
    let mut client = served.client().await;
    let says = |length: &str| {
        let mut request = to(Method::POST);
        request.headers_mut().insert("content-length", length.parse().unwrap());
        request
    };
    let (fits, too_long) = ([b'x'; 1024], [b'x'; 1025]);
    for (request, body, expected) in [
        (to(Method::POST), &fits[..], StatusCode::OK),
        (says("1024"), &fits[..], StatusCode::OK),
        (to(Method::POST), &too_long[..], StatusCode::PAYLOAD_TOO_LARGE),
        (says("1025"), &too_long[..], StatusCode::PAYLOAD_TOO_LARGE),
        // Longer and shorter than it says: no body at all.
        (says("1023"), &fits[..], StatusCode::PAYLOAD_TOO_LARGE),
        (says("1025"), &fits[..], StatusCode::PAYLOAD_TOO_LARGE),
        (says("1024"), &fits[1..], StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let (response, text) = client.ask(request, body).await;
        assert_eq!(response.status(), expected, "{} {text}", body.len());
        assert_eq!(text.len() == 1024, expected == StatusCode::OK);
    }
    // In pieces, empty requests between them, and much larger than any window.
    let large = Router::new().route("/", get(async || vec![b'x'; 4 << 20]).post(echo));
    let other = Served::new(Bounds::default(), large).await;
    let mut client = other.client().await;
    let mut asked = client.begin(to(Method::POST)).await;
    let (mut sending, mut receiving) = asked.split();
    let sent = tokio::spawn(async move {
        for number in 0..4096_u32 {
            sending.send_data(Bytes::from(number.to_be_bytes().repeat(256))).await.unwrap();
        }
        sending.finish().await.unwrap();
    });
    assert_eq!(receiving.recv_response().await.unwrap().status(), StatusCode::OK);
    let mut all = Vec::new();
    while let Some(mut data) = receiving.recv_data().await.unwrap() {
        all.extend_from_slice(&data.copy_to_bytes(data.remaining()));
    }
    sent.await.unwrap();
    let wanted: Vec<u8> = (0..4096_u32).flat_map(|n| n.to_be_bytes().repeat(256)).collect();
    assert!(all == wanted, "{} bytes", all.len());
    asked = client.begin(to(Method::GET)).await;
    asked.finish().await.unwrap();
    assert_eq!(answer(&mut asked).await.1.len(), 4 << 20);
    served.ended().await;
    other.ended().await;
}

async fn echo(body: Body) -> Body {
    body
}

#[tokio::test]
async fn heads_and_bodies_that_dribble_are_let_go() {
    let served = Served::new(brisk(), takes_a_body(SOON)).await;
    let mut client = served.client().await;
    // A head of 8 KiB, byte after byte.
    let (mut sending, _receiving) = client.connection.open_bi().await.unwrap();
    sending.write_all(&[0x01, 0x60, 0x00]).await.unwrap();
    let sending = tokio::sync::Mutex::new(sending);
    dribble(async || sending.lock().await.write_all(&[0]).await.is_ok()).await;
    // A body, byte after byte.
    let asked = client.begin(to(Method::POST)).await;
    let (sending, mut receiving) = asked.split();
    let sending = tokio::sync::Mutex::new(sending);
    let writing = dribble(async || sending.lock().await.send_data("a".into()).await.is_ok());
    let (response, ()) = tokio::join!(receiving.recv_response(), writing);
    assert_eq!(response.unwrap().status(), StatusCode::REQUEST_TIMEOUT);
    // The connection is none the worse for it.
    let (response, _) = client.ask(to(Method::GET), b"").await;
    assert_eq!(response.status(), StatusCode::OK);
    served.ended().await;
}

/// Writes until the server wants no more; how much that was.
async fn poured(connection: &Connection, head: &[u8], piece: &[u8]) -> u64 {
    let (mut sending, _receiving) = connection.open_bi().await.unwrap();
    let mut poured = 0;
    sending.write_all(head).await.unwrap();
    loop {
        match sending.write(piece).await {
            Ok(bytes) => poured += bytes as u64,
            Err(WriteError::Stopped(_) | WriteError::ConnectionLost(_)) => return poured,
            Err(other) => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn what_is_too_long_is_not_held() {
    let served = Served::new(brisk(), takes_a_body(SOON)).await;
    let mut client = served.client().await;
    let mut request = to(Method::GET);
    request.headers_mut().insert("x-long", "x".repeat(40_000).parse().unwrap());
    // A client that knows the bound by now does not send it.
    if let Ok(mut asked) = client.asking.send_request(request).await {
        let told = asked.recv_response().await.unwrap();
        assert_eq!(told.status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    }
    // Frames of 1 GiB: a head, one that nobody knows, and small ones without end behind a head.
    let long = [0xc0, 0x00, 0x00, 0x00, 0x40, 0x00, 0x00, 0x00];
    let bound = HELD_BYTES_MAX + u64::from(STREAM_WINDOW) + 64 * 1024;
    for kind in [0x01, 0x21] {
        let head = [&[kind][..], &long].concat();
        let poured = poured(&client.connection, &head, &[0; 4096]).await;
        assert!(poured <= bound, "{kind}: {poured}");
    }
    // `POST https://localhost/`, then frames of one byte with lengths of eight.
    let mut head = vec![0x00, 0x00, 0xd4, 0xd7, 0xc1, 0x50, 0x09];
    head.extend_from_slice(b"localhost");
    let head = [&[0x01, u8::try_from(head.len()).unwrap()][..], &head].concat();
    let small = [0x00, 0xc0, 0, 0, 0, 0, 0, 0, 1, b'a'].repeat(400);
    let poured = poured(&client.connection, &head, &small).await;
    assert!(poured <= bound + 10 * 1024, "{poured}");
    let (response, _) = client.ask(to(Method::GET), b"").await;
    assert_eq!(response.status(), StatusCode::OK);
    served.ended().await;
}

#[tokio::test]
async fn whoever_opens_requests_and_says_nothing_is_sent_away() {
    let served = Served::new(brisk(), who()).await;
    let client = served.client().await;
    loop {
        let Ok((mut sending, _)) = client.connection.open_bi().await else { break };
        if sending.finish().is_err() {
            break;
        }
    }
    assert!(client.connection.close_reason().is_some());
    served.ended().await;
}

#[tokio::test]
async fn there_are_as_many_connections_as_there_may_be() {
    let bounds = Bounds { of_address_max: 2, ..Bounds::default() };
    let served = Served::new(bounds, who()).await;
    let first = served.client().await;
    let mut second = served.client().await;
    let third = served.connect().await;
    assert!(matches!(third, Err(ConnectionError::ConnectionClosed(_))), "{third:?}");
    first.connection.close(VarInt::from_u32(0x100), b"");
    // The place is free when the server has seen the end.
    while served.connect().await.is_err() {}
    let (response, _) = second.ask(to(Method::GET), b"").await;
    assert_eq!(response.status(), StatusCode::OK);
    served.ended().await;
}

#[tokio::test]
async fn what_is_under_way_is_finished_when_serving_ends() {
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (Arc::clone(&begun), Arc::clone(&go_on));
    let slow = async move || {
        tell.notify_one();
        wait.notified().await;
        "x".repeat(2 << 20)
    };
    let served = Served::new(Bounds::default(), Router::new().route("/", get(slow))).await;
    let mut client = served.client().await;
    let mut asked = client.begin(to(Method::GET)).await;
    asked.finish().await.unwrap();
    begun.notified().await;
    served.stop.cancel();
    // The client is told that nothing else will be answered, and nobody else comes in.
    while client.asking.send_request(to(Method::GET)).await.is_ok() {
        tokio::task::yield_now().await;
    }
    go_on.notify_one();
    let (response, text) = answer(&mut asked).await;
    assert_eq!((response.status(), text.len()), (StatusCode::OK, 2 << 20));
    served.task.await.unwrap();
}

#[tokio::test]
async fn what_never_ends_is_ended_and_does_not_count_as_whole() {
    let endless = async || {
        let first = futures::stream::once(async { Ok::<_, Infallible>(Bytes::from("begun")) });
        let then = futures::stream::pending();
        Body::from_stream(futures::StreamExt::chain(first, then))
    };
    let served = Served::new(brisk(), Router::new().route("/", get(endless))).await;
    let mut client = served.client().await;
    let mut asked = client.begin(to(Method::GET)).await;
    asked.finish().await.unwrap();
    asked.recv_response().await.unwrap();
    assert!(asked.recv_data().await.unwrap().is_some());
    served.ended().await;
    assert!(asked.recv_data().await.is_err());
    client.driving.await.unwrap();
}

#[tokio::test]
async fn a_certificate_that_is_replaced_counts_for_whoever_comes_then() {
    let mut served = Served::new(Bounds::default(), who()).await;
    let mut before = served.client().await;
    let (folder, _, mut trusting) = certificate();
    for name in ["key.pem", "cert.pem"] {
        std::fs::rename(folder.path().join(name), served.folder.path().join(name)).unwrap();
    }
    assert!(served.tls.reload().unwrap());
    assert!(served.connect().await.is_err(), "the certificate before is served no longer");
    trusting.alpn_protocols = vec![b"h3".to_vec()];
    served.trusting = trusting;
    let mut after = served.client().await;
    for client in [&mut before, &mut after] {
        let (response, _) = client.ask(to(Method::GET), b"").await;
        assert_eq!(response.status(), StatusCode::OK);
    }
    served.ended().await;
}

#[tokio::test]
async fn whoever_vanishes_gives_the_place_back() {
    let bounds =
        Bounds { of_address_max: 1, head: Duration::from_millis(500), ..Bounds::default() };
    let served = Served::new(bounds, who()).await;
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (address, trusting) = (served.address, served.trusting.clone());
    let gone = runtime.spawn(async move {
        let crypto = QuicClientConfig::try_from(trusting).unwrap();
        let mut endpoint = Endpoint::client((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        endpoint.set_default_client_config(ClientConfig::new(Arc::new(crypto)));
        std::mem::forget(endpoint.connect(address, "localhost").unwrap().await.unwrap());
    });
    gone.await.unwrap();
    // Nothing of it runs any more, and nobody was told.
    runtime.shutdown_background();
    while served.connect().await.is_err() {}
    served.ended().await;
}
