//! Serves a router on a TCP address, until told to stop: what is under way is finished first.

use std::net::SocketAddr;

use axum::Router;
use pluto_error::Result;
use tokio::net::TcpListener;

use crate::error::ApiError;
use crate::serve::Stop;

/// An address that is taken and not yet served.
pub struct Listening {
    listener: TcpListener,
    address: SocketAddr,
}

/// Takes an address; only a loopback one, unless `wider` says otherwise.
///
/// # Errors
/// `API-0009` when it is not safe or cannot be had.
pub async fn listen(address: SocketAddr, wider: bool) -> Result<Listening> {
    if !wider && !address.ip().is_loopback() {
        let why = "expected a loopback address; anything wider must be asked for";
        return Err(ApiError::NotSafe { place: address.to_string(), why }.into());
    }
    let failed = |source| ApiError::NotServed { place: address.to_string(), source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok(Listening { listener, address })
}

impl Listening {
    /// The address with its port.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The listener, for who accepts by themselves.
    #[must_use]
    pub fn into_listener(self) -> TcpListener {
        self.listener
    }

    /// Serves until `stop` is cancelled.
    ///
    /// # Errors
    /// `API-0009` when the address fails.
    pub async fn serve(self, router: Router, stop: Stop) -> Result<()> {
        let failed = |source| ApiError::NotServed { place: self.address.to_string(), source };
        let served = axum::serve(self.listener, router);
        let served = served.with_graceful_shutdown(stop.cancelled_owned()).await;
        Ok(served.map_err(failed)?)
    }
}
