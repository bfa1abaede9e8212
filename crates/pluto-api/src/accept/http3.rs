//! HTTP/3: the same router over QUIC, within the same bounds as over TCP.
//!
//! - Nobody has a place before the address answered: whoever comes for the first time is sent back once
//!   with a token (RFC 9000, section 8.1.2), so places cannot be filled from addresses that are made up.
//! - Connections keep their address: what counts for an address at the beginning counts until the end.
//! - Nothing is taken before the handshake is done: requests that come early could be sent again.
//! - Whoever says nothing is asked, and must answer; each head of a request has its time.

mod exchange;
mod quic;

use std::io;
use std::net::UdpSocket;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use h3::server::builder;
use pluto_error::Result;
use quinn::crypto::rustls::QuicServerConfig;
use quinn::{
    Endpoint, EndpointConfig, Incoming, ServerConfig, TokioRuntime, TransportConfig, VarInt,
};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use self::exchange::exchange;
use self::quic::Quic;
use super::{Bounds, HEAD_LIST_BYTES_MAX, Peer, Place, Places, STREAMS_MAX};
use crate::error::ApiError;
use crate::serve::Stop;
use crate::tls::Tls;

/// Streams of one connection that carry no request: a control stream, two for compressed heads, and
/// what a client opens so that servers do not count on these.
const UNI_STREAMS_MAX: u32 = 8;
/// What a client may send on one stream, and on one connection, before it was read, in bytes.
const STREAM_WINDOW: u32 = 256 * 1024;
const WINDOW: u32 = 1024 * 1024;
/// What a client gets to acknowledge at once, in bytes.
const SEND_WINDOW: u64 = 1024 * 1024;
/// Packets of those who are not accepted yet, of one and of all, in bytes.
const EARLY_BYTES_MAX: u64 = 16 * 1024;
const ALL_EARLY_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Streams without a head, of one connection: `h3` remembers each until the connection ends.
const HEADLESS_MAX: usize = 64;

/// A socket that takes connections.
pub(crate) struct Http3 {
    endpoint: Endpoint,
    certified: Certified,
    bounds: Bounds,
}

impl Http3 {
    /// Takes a socket; inside of a runtime.
    ///
    /// # Errors
    /// `API-0009` when it cannot be used.
    pub(crate) fn open(socket: UdpSocket, tls: Arc<Tls>, bounds: Bounds) -> Result<Self> {
        let failed = |source| ApiError::NotServed { place: "HTTP/3".to_owned(), source };
        let certified = Certified::of(tls, &bounds).map_err(failed)?;
        let (config, runtime) = (EndpointConfig::default(), Arc::new(TokioRuntime));
        let first = Some((*certified.now().map_err(failed)?).clone());
        let endpoint = Endpoint::new(config, first, socket, runtime).map_err(failed)?;
        Ok(Self { endpoint, certified, bounds })
    }

    /// Serves until `stop` is cancelled, then lets what is being answered end within its bound.
    pub(crate) async fn serve(self, router: Router, stop: Stop) {
        let Self { endpoint, certified, bounds } = self;
        let (places, ends) = (Arc::new(Places::default()), Stop::new());
        // Nothing is ever sent: it ends when the last connection has.
        let (open, mut all_ended) = mpsc::channel::<()>(1);
        while let Some(Some(incoming)) = stop.run_until_cancelled(endpoint.accept()).await {
            if !incoming.remote_address_validated() {
                let _ = incoming.retry();
                continue;
            }
            let address = Some(incoming.remote_address().ip());
            let Some(place) = Place::take(&places, address, &bounds) else {
                incoming.refuse();
                continue;
            };
            let Ok(config) = certified.now() else { continue };
            let (router, open) = (router.clone(), open.clone());
            let (ends, stop) = (ends.clone(), stop.clone());
            tokio::spawn(async move {
                ends.run_until_cancelled(talk(incoming, config, router, bounds, stop)).await;
                drop((place, open));
            });
        }
        endpoint.set_server_config(None);
        drop(open);
        let _ = tokio::time::timeout(bounds.drain, all_ended.recv()).await;
        ends.cancel();
        endpoint.close(VarInt::from_u32(0), b"");
        let _ = tokio::time::timeout(bounds.drain, endpoint.wait_idle()).await;
    }
}

/// The settings of a connection with the certificate of the moment.
struct Certified {
    tls: Arc<Tls>,
    /// What they were made of, and they: made anew when the certificate is another.
    made: Mutex<(Arc<rustls::ServerConfig>, Arc<ServerConfig>)>,
}

impl Certified {
    fn of(tls: Arc<Tls>, bounds: &Bounds) -> io::Result<Self> {
        let of = tls.config();
        let mut config = ServerConfig::with_crypto(Arc::new(crypto(&of)?));
        config
            .transport_config(Arc::new(transport(bounds)?))
            .migration(false)
            .max_incoming(bounds.connections_max)
            .incoming_buffer_size(EARLY_BYTES_MAX)
            .incoming_buffer_size_total(ALL_EARLY_BYTES_MAX);
        let made = Mutex::new((of, Arc::new(config)));
        Ok(Self { tls, made })
    }

    fn now(&self) -> io::Result<Arc<ServerConfig>> {
        let of = self.tls.config();
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(&made.0, &of) {
            // Everything else stays, above all the key of the tokens.
            let mut config = (*made.1).clone();
            config.crypto = Arc::new(crypto(&of)?);
            *made = (of, Arc::new(config));
        }
        Ok(Arc::clone(&made.1))
    }
}

fn crypto(tls: &rustls::ServerConfig) -> io::Result<QuicServerConfig> {
    let mut config = tls.clone();
    config.alpn_protocols = vec![b"h3".to_vec()];
    config.max_early_data_size = 0;
    QuicServerConfig::try_from(config).map_err(io::Error::other)
}

fn transport(bounds: &Bounds) -> io::Result<TransportConfig> {
    let mut config = TransportConfig::default();
    let idle = bounds.head.saturating_mul(2).try_into().map_err(io::Error::other)?;
    config
        .max_concurrent_bidi_streams(VarInt::from_u32(STREAMS_MAX))
        .max_concurrent_uni_streams(VarInt::from_u32(UNI_STREAMS_MAX))
        .stream_receive_window(VarInt::from_u32(STREAM_WINDOW))
        .receive_window(VarInt::from_u32(WINDOW))
        .send_window(SEND_WINDOW)
        .keep_alive_interval(Some(bounds.head))
        .max_idle_timeout(Some(idle))
        .datagram_receive_buffer_size(None);
    Ok(config)
}

async fn talk(
    incoming: Incoming,
    config: Arc<ServerConfig>,
    router: Router,
    bounds: Bounds,
    stop: Stop,
) {
    let shaking = async {
        let connection = incoming.accept_with(config)?.await?;
        let address = connection.remote_address();
        let quic = Quic::new(connection);
        let latest = quic.latest();
        let mut settings = builder();
        settings.max_field_section_size(HEAD_LIST_BYTES_MAX.into()).send_grease(false);
        let talking = settings.build::<_, Bytes>(quic).await.map_err(io::Error::other)?;
        Ok::<_, io::Error>((talking, latest, Peer::Network { address, is_encrypted: true }))
    };
    let Ok(Ok((mut talking, latest, peer))) = tokio::time::timeout(bounds.head, shaking).await
    else {
        return;
    };
    let (mut exchanges, mut headless, mut is_ending) = (JoinSet::new(), 0, false);
    while !(is_ending && exchanges.is_empty()) && headless <= HEADLESS_MAX {
        tokio::select! {
            () = stop.cancelled(), if !is_ending => {
                is_ending = true;
                if talking.shutdown(0).await.is_err() {
                    return;
                }
            }
            Some(ended) = exchanges.join_next() => {
                headless += usize::from(!ended.unwrap_or(false));
            }
            accepted = talking.accept() => {
                let coming = match accepted {
                    Ok(Some(coming)) => coming,
                    Ok(None) => return,
                    Err(error) => return tracing::debug!(%error, "a connection ended"),
                };
                let share = latest.share();
                exchanges.spawn(exchange(coming, share, router.clone(), peer, bounds.head));
            }
        }
    }
}

#[cfg(test)]
mod tests;
