//! The face as it is served: browsers and gate before the routes, on all of its listeners at once.

use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::unix::net::UnixListener;
use std::sync::Arc;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::ALT_SVC;
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::response::Response;
use futures::future::{BoxFuture, FutureExt, join_all};
use pluto_error::Result;

use crate::accept::{Bounds, Listener, serve as serve_one};
use crate::auth::{Gate, gate};
use crate::browsers::{Browsers, ToHttps, browsers, to_https};
use crate::error::ApiError;
use crate::http::trace::traced;
use crate::serve::Stop;
use crate::tls::Tls;

/// Whether this build speaks HTTP/3.
pub const HAS_HTTP3: bool = cfg!(feature = "http3");
/// How long a client may remember that there is HTTP/3, in seconds.
const TOLD_S: u32 = 3600;

/// Where a face is served.
pub struct Places {
    /// For everybody.
    pub face: TcpListener,
    /// What it is encrypted with.
    pub tls: Option<Arc<Tls>>,
    /// For everybody who speaks HTTP/3; at the port of `face`, with `tls`, in a build with the feature.
    pub quic: Option<UdpSocket>,
    /// For the administrator of the machine.
    pub local: Option<UnixListener>,
    /// From where everybody is sent on to the encrypted face.
    pub redirect: Option<TcpListener>,
}

/// Takes an address.
///
/// # Errors
/// `API-0009` when it cannot be had.
pub fn take(address: SocketAddr) -> Result<TcpListener> {
    let failed = |source| ApiError::NotServed { place: address.to_string(), source };
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    Ok(listener)
}

/// Takes the same address for HTTP/3.
///
/// # Errors
/// `API-0009` when it cannot be had.
pub fn take_quic(address: SocketAddr) -> Result<UdpSocket> {
    let failed = |source| ApiError::NotServed { place: format!("{address} (UDP)"), source };
    Ok(UdpSocket::bind(address).map_err(failed)?)
}

/// The routes with everything before them, in the sight of whoever observes.
pub fn guarded(router: Router, who: Arc<Gate>, pages: Arc<Browsers>) -> Router {
    let router = router.layer(from_fn_with_state(who, gate));
    router.layer(from_fn_with_state(pages, browsers)).layer(from_fn(traced))
}

/// Serves until `stop` is cancelled: what is under way is finished within its bound.
///
/// # Errors
/// `API-0009` when a listener cannot be used, or HTTP/3 is wanted and this build does not have it.
pub async fn serve(
    places: Places,
    router: Router,
    pages: Arc<Browsers>,
    bounds: Bounds,
    stop: Stop,
) -> Result<()> {
    let failed = |source| ApiError::NotServed { place: "the listeners".to_owned(), source };
    let port = places.face.local_addr().map_err(failed)?.port();
    let tokio = |listener| tokio::net::TcpListener::from_std(listener).map_err(failed);
    let mut all: Vec<BoxFuture<'_, ()>> = Vec::new();
    let mut told = router.clone();
    if let (Some(socket), Some(tls)) = (places.quic, &places.tls) {
        all.push(over_quic(socket, tls, router.clone(), bounds, &stop)?);
        told = telling(told, port);
    }
    let face = tokio(places.face)?;
    let face = match places.tls {
        Some(tls) => Listener::Tls(face, tls),
        None => Listener::Tcp(face),
    };
    all.push(serve_one(face, told, bounds, stop.clone()).boxed());
    if let Some(local) = places.local {
        let local = Listener::Local(tokio::net::UnixListener::from_std(local).map_err(failed)?);
        all.push(serve_one(local, router, bounds, stop.clone()).boxed());
    }
    if let Some(redirect) = places.redirect {
        let elsewhere = Arc::new(ToHttps { browsers: pages, port });
        let router = Router::new().fallback(to_https).with_state(elsewhere);
        let redirect = Listener::Tcp(tokio(redirect)?);
        all.push(serve_one(redirect, router, bounds, stop).boxed());
    }
    join_all(all).await;
    Ok(())
}

#[cfg(feature = "http3")]
fn over_quic(
    socket: UdpSocket,
    tls: &Arc<Tls>,
    router: Router,
    bounds: Bounds,
    stop: &Stop,
) -> Result<BoxFuture<'static, ()>> {
    let face = crate::accept::http3::Http3::open(socket, Arc::clone(tls), bounds)?;
    Ok(face.serve(router, stop.clone()).boxed())
}

#[cfg(not(feature = "http3"))]
fn over_quic(
    _: UdpSocket,
    _: &Arc<Tls>,
    _: Router,
    _: Bounds,
    _: &Stop,
) -> Result<BoxFuture<'static, ()>> {
    let why = "this build has no HTTP/3 (feature `http3`)";
    Err(ApiError::NotSafe { place: "HTTP/3".to_owned(), why }.into())
}

/// Whoever comes over TCP is told of HTTP/3 at the same port (RFC 7838).
fn telling(router: Router, port: u16) -> Router {
    let place = HeaderValue::from_str(&format!("h3=\":{port}\"; ma={TOLD_S}")).ok();
    router.layer(map_response(move |mut response: Response| {
        if let Some(place) = &place {
            response.headers_mut().insert(ALT_SVC, place.clone());
        }
        std::future::ready(response)
    }))
}
