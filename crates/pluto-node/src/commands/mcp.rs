//! `pluto mcp`: what an agent reaches over MCP.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use pluto_api::proxy::config::ProxyConfig;
use pluto_api::serve::http::{HttpFace, HttpOptions};
use pluto_api::serve::{Stop, run as run_face, serve_stdio};
use pluto_api::{Desk, DeskServer, Proxy};
use pluto_error::Result;

use super::{Context, Session};
use crate::cli::{Acting, McpCommand};
use crate::error::NodeError;
use crate::interrupt::Interrupt;
use crate::node::AgentDesk;

/// The variable that holds the bearer token of the HTTP face.
const TOKEN_VARIABLE: &str = "PLUTO_MCP_TOKEN";
/// How often Ctrl-C is looked for.
const WATCH: Duration = Duration::from_millis(250);

pub(super) fn run(context: &Context, command: &McpCommand) -> Result<()> {
    let acting = match command {
        McpCommand::Serve { acting, .. } | McpCommand::Proxy { acting, .. } => acting,
    };
    let interrupt = Interrupt::listen()?;
    let node = context.node()?;
    let socket = super::listen(node.shared(), &context.data, context.mode)?;
    let desk = desk(context, &node, acting)?;
    let stop = Stop::new();
    let watching = stop.clone();
    let watcher = std::thread::Builder::new()
        .name("pluto-interrupt".into())
        .spawn(move || {
            while !watching.is_cancelled() {
                if interrupt.wait(WATCH) {
                    watching.cancel();
                }
            }
        })
        .map_err(|error| NodeError::file("start", "pluto-interrupt", error))?;
    let served = match command {
        McpCommand::Serve { http: None, .. } => {
            run_face(serve_stdio(DeskServer::new(desk), stop.clone()))
        }
        McpCommand::Serve { http: Some(address), .. } => http(*address, desk, &stop),
        McpCommand::Proxy { config, argv, .. } => proxy(config.as_deref(), argv, desk, &stop),
    };
    stop.cancel();
    let _ = watcher.join();
    drop(socket);
    served.and(node.stop())
}

fn desk(context: &Context, node: &Session, acting: &Acting) -> Result<Arc<dyn Desk>> {
    let keys = context.keys.open()?;
    let realm = node.realm(acting.realm.as_deref())?;
    let desk = AgentDesk::new(Arc::clone(node.shared()), realm, keys, &acting.identity)?;
    Ok(Arc::new(desk))
}

fn http(address: SocketAddr, desk: Arc<dyn Desk>, stop: &Stop) -> Result<()> {
    let token = std::env::var(TOKEN_VARIABLE).map_err(|_| {
        NodeError::BadArgument(format!("expected a bearer token in `{TOKEN_VARIABLE}`"))
    })?;
    run_face(async {
        let face = HttpFace::bind(HttpOptions::new(address, token)).await?;
        tracing::info!(address = %face.address()?, "serving MCP over HTTP");
        face.serve(DeskServer::new(desk), stop.clone()).await
    })
}

fn proxy(config: Option<&Path>, argv: &[String], desk: Arc<dyn Desk>, stop: &Stop) -> Result<()> {
    let config = match config {
        Some(path) => {
            let text = std::fs::read_to_string(path);
            ProxyConfig::parse(&text.map_err(|error| NodeError::file("read", path, error))?)?
        }
        None => ProxyConfig::for_command(argv.to_vec())?,
    };
    run_face(async {
        let proxy = Proxy::start(desk, config).await?;
        let served = serve_stdio(proxy.face(), stop.clone()).await;
        proxy.stop().await;
        served
    })
}
