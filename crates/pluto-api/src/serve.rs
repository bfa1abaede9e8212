//! Serves a face to agents: over the standard streams, any other pair of streams, or HTTP.
//!
//! A message longer than [`MESSAGE_BYTES_MAX`] is never held in memory: over streams it is skipped,
//! over HTTP refused.

pub mod http;

use std::time::Duration;

use pluto_error::Result;
use rmcp::service::{QuitReason, RoleServer};
use rmcp::transport::async_rw::AsyncRwTransport;
use rmcp::{ServerHandler, ServiceExt};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::error::ApiError;

/// Ends what is being served, from any thread.
pub use tokio_util::sync::CancellationToken as Stop;

/// Longest message of an agent in bytes.
pub const MESSAGE_BYTES_MAX: usize = 1024 * 1024;
const WORKERS: usize = 2;
/// How long work that was begun may go on when serving ends.
const SHUTDOWN_MAX: Duration = Duration::from_secs(5);

/// Serves one agent over stdin and stdout, until it hangs up or `stop` is cancelled.
///
/// # Errors
/// `API-0009` when the agent does not speak MCP.
pub async fn serve_stdio<S: ServerHandler>(face: S, stop: Stop) -> Result<()> {
    serve_streams(face, tokio::io::stdin(), tokio::io::stdout(), stop).await
}

/// Serves one agent over two streams, until it hangs up or `stop` is cancelled.
///
/// # Errors
/// `API-0009` when the agent does not speak MCP.
pub async fn serve_streams<S, R, W>(face: S, read: R, write: W, stop: Stop) -> Result<()>
where
    S: ServerHandler,
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let transport = AsyncRwTransport::<RoleServer, _, _>::new_server(read, write)
        .with_max_line_length(MESSAGE_BYTES_MAX);
    let served = match face.serve_with_ct(transport, stop.clone()).await {
        Ok(served) => served,
        Err(_) if stop.is_cancelled() => return Ok(()),
        Err(error) => return Err(not_served(error).into()),
    };
    match served.waiting().await {
        Ok(QuitReason::JoinError(error)) | Err(error) => Err(not_served(error).into()),
        Ok(_) => Ok(()),
    }
}

/// Runs a face to its end on threads of its own, for callers that are not async.
///
/// # Errors
/// `API-0009` when there can be no such threads, and those of what is run.
pub fn run<T>(served: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .thread_name("pluto-api")
        .enable_all()
        .build()
        .map_err(|source| ApiError::NotServed { place: "threads".to_owned(), source })?;
    let ended = runtime.block_on(served);
    // A thread that still waits for stdin would hold an ordinary drop for ever.
    runtime.shutdown_timeout(SHUTDOWN_MAX);
    ended
}

fn not_served(error: impl std::error::Error + Send + Sync + 'static) -> ApiError {
    ApiError::NotServed {
        place: "the agent's streams".to_owned(),
        source: std::io::Error::other(error),
    }
}
