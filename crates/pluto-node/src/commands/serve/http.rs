//! The HTTP face of a node that is served, on threads of its own, until it is dropped.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use pluto_api::accept;
use pluto_api::auth::Wish;
use pluto_api::front::{Places, guarded, serve, take, take_quic};
use pluto_api::http::{Bounds, need, router};
use pluto_api::principal::Role;
use pluto_api::serve::{Stop, run};
use pluto_core::traits::Clock;
use pluto_error::Result;

use super::super::door::NodeDoor;
use super::super::{Context, Session};
use crate::error::NodeError;
use crate::node::SystemClock;
use crate::node::gate::{FrontGate, local_issuer, local_socket, local_socket_path, token_id};

/// How long the printed link lets somebody read, in seconds.
const LINK_S: u64 = 12 * 3600;

/// A face that is served.
pub(super) struct HttpFace {
    url: String,
    link: String,
    gate: FrontGate,
    socket: PathBuf,
    stop: Stop,
    thread: Option<JoinHandle<()>>,
}

impl HttpFace {
    /// Takes the address and serves. Keys are held open where the passphrase is at hand.
    pub(super) fn start(context: &Context, node: &Session, address: SocketAddr) -> Result<Self> {
        let keys = match context.keys.unprompted()? {
            Some(_) => Some(context.keys.open()?),
            None => None,
        };
        let gate = FrontGate::open(Arc::clone(node.shared()), &context.data, Box::new(need))?;
        gate.check_address(address)?;
        let redirect = gate.redirect()?.map(take).transpose()?;
        let face = take(address)?;
        let failed = |error| NodeError::file("serve at", address.to_string(), error);
        let address = face.local_addr().map_err(failed)?;
        let quic = gate.http3()?.then(|| take_quic(address)).transpose()?;
        let local = Some(local_socket(&context.data)?);
        let places = Places { face, tls: gate.tls(), quic, local, redirect };
        let door = NodeDoor::new(node.shared(), &context.data, context.mode, keys);
        let (stop, pages) = (Stop::new(), gate.browsers(address));
        let routes = router(Arc::new(door), Bounds::default(), stop.clone());
        let routes = guarded(routes, gate.gate(), Arc::clone(&pages));
        let serving = serve(places, routes, pages, accept::Bounds::default(), stop.clone());
        let ended = |error| tracing::error!(%error, "the HTTP face ended");
        let thread = std::thread::Builder::new()
            .name("pluto-http".into())
            .spawn(move || run(serving).unwrap_or_else(ended))
            .map_err(|error| NodeError::file("start", "pluto-http", error))?;
        let url = gate.url(address);
        let link = format!("{url}/#token={}", token(context)?);
        let socket = local_socket_path(&context.data);
        Ok(Self { url, link, gate, socket, stop, thread: Some(thread) })
    }

    /// Where it is found.
    pub(super) fn url(&self) -> String {
        format!("{}/v1", self.url)
    }

    /// The dashboard, for whoever is given this link: it lets them read for some hours.
    pub(super) fn link(&self) -> &str {
        &self.link
    }

    /// Reads again what has changed: keys, tokens that were taken back, the certificate.
    pub(super) fn look(&self) {
        if let Err(error) = self.gate.refresh() {
            tracing::warn!(%error, "keys, tokens and certificate stay as they were");
        }
    }
}

/// A token that reads, for a page: it is shown once and written down nowhere.
fn token(context: &Context) -> Result<String> {
    let wish = Wish {
        subject: "dashboard".to_owned(),
        role: Role::Reader,
        scopes: Vec::new(),
        life_s: LINK_S,
        id: token_id()?,
    };
    Ok(local_issuer(&context.data)?.mint(&wish, SystemClock.now_ms() / 1000)?)
}

impl Drop for HttpFace {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let _ = std::fs::remove_file(&self.socket);
    }
}
