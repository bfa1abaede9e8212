//! The face as it is served: browsers and gate before the routes, on all of its listeners at once.

use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixListener;
use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use futures::future::join_all;
use pluto_error::Result;

use crate::accept::{Bounds, Listener, serve as serve_one};
use crate::auth::{Gate, gate};
use crate::browsers::{Browsers, ToHttps, browsers, to_https};
use crate::error::ApiError;
use crate::http::trace::traced;
use crate::serve::Stop;
use crate::tls::Tls;

/// Where a face is served.
pub struct Places {
    /// For everybody.
    pub face: TcpListener,
    /// What it is encrypted with.
    pub tls: Option<Arc<Tls>>,
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

/// The routes with everything before them, in the sight of whoever observes.
pub fn guarded(router: Router, who: Arc<Gate>, pages: Arc<Browsers>) -> Router {
    let router = router.layer(from_fn_with_state(who, gate));
    router.layer(from_fn_with_state(pages, browsers)).layer(from_fn(traced))
}

/// Serves until `stop` is cancelled: what is under way is finished within its bound.
///
/// # Errors
/// `API-0009` when a listener cannot be used.
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
    let face = tokio(places.face)?;
    let face = match places.tls {
        Some(tls) => Listener::Tls(face, tls),
        None => Listener::Tcp(face),
    };
    let mut all = vec![(face, router.clone())];
    if let Some(local) = places.local {
        let local = tokio::net::UnixListener::from_std(local).map_err(failed)?;
        all.push((Listener::Local(local), router));
    }
    if let Some(redirect) = places.redirect {
        let elsewhere = Arc::new(ToHttps { browsers: pages, port });
        let router = Router::new().fallback(to_https).with_state(elsewhere);
        all.push((Listener::Tcp(tokio(redirect)?), router));
    }
    let serving = |(listener, router)| serve_one(listener, router, bounds, stop.clone());
    join_all(all.into_iter().map(serving)).await;
    Ok(())
}
