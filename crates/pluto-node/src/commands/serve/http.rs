//! The HTTP face of a node that is served, on threads of its own, until it is dropped.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;

use pluto_api::http::{Bounds, Link, listen, router, with_link};
use pluto_api::serve::{Stop, run};
use pluto_error::Result;

use super::super::door::NodeDoor;
use super::super::{Context, Session};
use crate::describe::hex;
use crate::error::NodeError;

/// A face that is served.
pub(super) struct HttpFace {
    address: SocketAddr,
    token: String,
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
        let door = NodeDoor::new(node.shared(), &context.data, context.mode, keys);
        let stop = Stop::new();
        let token = token()?;
        let router = router(Arc::new(door), Bounds::default(), stop.clone());
        let router = with_link(router, Link::new(&token));
        let (tell, told) = sync_channel(1);
        let stopping = stop.clone();
        let serve = async move {
            let listening = match listen(address, false).await {
                Ok(listening) => listening,
                Err(error) => {
                    let _ = tell.send(Err(error));
                    return Ok(());
                }
            };
            let _ = tell.send(Ok(listening.address()));
            listening.serve(router, stopping).await
        };
        let ended = |error| tracing::error!(%error, "the HTTP face ended");
        let thread = std::thread::Builder::new()
            .name("pluto-http".into())
            .spawn(move || run(serve).unwrap_or_else(ended))
            .map_err(|error| NodeError::file("start", "pluto-http", error))?;
        let lost = |_| NodeError::Unanswered("the address of the HTTP face".to_owned());
        let address = told.recv().map_err(lost)??;
        Ok(Self { address, token, stop, thread: Some(thread) })
    }

    /// Where it is found.
    pub(super) fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The dashboard, for whoever is given this link: it lets them read until the node stops.
    pub(super) fn dashboard(&self) -> String {
        format!("http://{}/#token={}", self.address, self.token)
    }
}

/// 32 random bytes in hexadecimal.
fn token() -> Result<String> {
    let mut bytes = [0; 32];
    let failed = |error| NodeError::file("read", "random bytes", std::io::Error::other(error));
    getrandom::fill(&mut bytes).map_err(failed)?;
    Ok(hex(&bytes))
}

impl Drop for HttpFace {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
