//! What a node tells about itself: spans, lines of the log, and figures.
//!
//! ```text
//! tracing ──> filter ──> Telemetry ──┐                ┌─ queue ─> Otlp   ─> a collector
//!                                    ├──> Outlets ────┤
//! figures of the node, by the clock ─┘                └─ queue ─> Lines  ─> a file
//! ```
//!
//! Off unless it is asked for. Nothing waits for an outlet: queues are bounded, and what does not fit is
//! counted. Names, keys and contents are never told, only what the source says in words: routes with
//! their parameters in braces, codes, ids of realms.

pub mod context;
pub mod deliver;
pub mod figures;
pub mod layer;
pub mod lines;
pub mod otlp;
pub mod post;
pub mod record;
pub mod settings;
mod wire;

use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use pluto_error::Result;
use pluto_p2p::PeerId;
use pluto_p2p::traced::Traceparent;
use tracing_subscriber::filter::Filtered;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::cli::{Cli, Command};
use crate::error::NodeError;
use crate::node::Node;
use deliver::{Deliveries, Outlets};
use layer::Telemetry;
use lines::Lines;
use otlp::Otlp;
use post::Collector;
use record::{Figures, Record};
use settings::ObserveConfig;

/// What this process tells, once [`begin`] said so.
static TELLING: OnceLock<Telling> = OnceLock::new();

struct Telling {
    /// Where figures go, and how often.
    outlets: Outlets,
    interval: Duration,
    /// With whom trace context is exchanged.
    peers: Vec<PeerId>,
}

/// The layer behind its filter.
pub type Filter = Filtered<Telemetry, EnvFilter, Registry>;

/// Begins what the command asks for: a layer for the subscriber, and the threads behind it, which
/// deliver what waits when they are dropped. Only `pluto serve` tells anything.
///
/// # Errors
/// `NOD-0004` and `NOD-0007` for settings that cannot be followed.
pub fn begin(cli: &Cli) -> Result<(Option<Filter>, Deliveries)> {
    let mut deliveries = Deliveries::default();
    let Command::Serve(args) = &cli.command else { return Ok((None, deliveries)) };
    let config = ObserveConfig::load(&cli.data, args)?;
    let peers = config.peers()?;
    let outlets = open(&config, &mut deliveries)?;
    let Some(outlets) = outlets else { return Ok((None, deliveries)) };
    let filter = config.filter()?;
    let interval = Duration::from_secs(config.interval_s);
    let _ = TELLING.set(Telling { outlets: outlets.clone(), interval, peers });
    Ok((Some(Telemetry::new(outlets).with_filter(filter)), deliveries))
}

/// The nodes that trace context is exchanged with, both ways; none where nothing is told.
#[must_use]
pub fn peers() -> &'static [PeerId] {
    TELLING.get().map_or(&[], |telling| &telling.peers)
}

/// What a span is called in trace context; none for one that is not told.
#[must_use]
pub fn traceparent(span: &tracing::Span) -> Option<Traceparent> {
    Traceparent::new(&layer::context_of(span)?.traceparent())
}

/// The outlets that are set; none where none is.
///
/// # Errors
/// As [`begin`].
pub fn open(config: &ObserveConfig, deliveries: &mut Deliveries) -> Result<Option<Outlets>> {
    let mut outlets = Outlets::default();
    if let Some(address) = &config.otlp {
        let collector = Collector::parse(address)?;
        deliveries.add(&mut outlets, Otlp::new(collector, config.service.clone()))?;
    }
    if let Some(path) = &config.file {
        let lines = Lines::open(path, config.file_bytes_max, config.files_max)?;
        deliveries.add(&mut outlets, lines)?;
    }
    let is_set = config.otlp.is_some() || config.file.is_some();
    Ok(is_set.then_some(outlets))
}

/// Tells the figures of a node from time to time, and once more when it is dropped.
#[derive(Debug)]
pub struct FigureClock {
    stop: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl FigureClock {
    /// Begins, if this process tells anything.
    ///
    /// # Errors
    /// `NOD-0004` when there can be no thread.
    pub fn start(node: &Arc<Node>) -> Result<Option<Self>> {
        let Some(Telling { outlets, interval, .. }) = TELLING.get() else { return Ok(None) };
        Self::every(*interval, node, outlets.clone()).map(Some)
    }

    /// Tells these outlets in this interval.
    ///
    /// # Errors
    /// As [`FigureClock::start`].
    pub fn every(interval: Duration, node: &Arc<Node>, outlets: Outlets) -> Result<Self> {
        let (node, since_ns) = (Arc::clone(node), layer::now_ns());
        let (stop, stopped) = sync_channel(1);
        let tell = move || {
            loop {
                let waited = stopped.recv_timeout(interval);
                let figures = figures::figures(&node);
                outlets.tell(Record::Figures(Figures {
                    since_ns,
                    at_ns: layer::now_ns(),
                    figures,
                }));
                if waited != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new()
            .name("pluto-figures".into())
            .spawn(tell)
            .map_err(|error| NodeError::file("start", "pluto-figures", error))?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for FigureClock {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
