//! What an operator set about telemetry: `<data>/observe.toml`, and the flags of `pluto serve`.

use std::path::{Path, PathBuf};

use pluto_error::Result;
use pluto_p2p::PeerId;
use pluto_p2p::driver::parse_peer;
use serde::Deserialize;
use tracing_subscriber::EnvFilter;

use crate::cli::ServeArgs;
use crate::error::NodeError;
use crate::settings::load;

/// The longest settings in bytes.
const SETTINGS_BYTES_MAX: usize = 64 * 1024;
/// Most nodes that trace context is exchanged with.
const PEERS_MAX: usize = 64;

/// `observe.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ObserveConfig {
    /// Which spans and lines are told: directives as in `RUST_LOG`.
    pub filter: String,
    /// `service.name`.
    pub service: String,
    /// How often figures are told, in seconds.
    pub interval_s: u64,
    /// The collector, such as `http://127.0.0.1:4318`.
    pub otlp: Option<String>,
    /// A file for lines of JSON, relative to the data directory.
    pub file: Option<PathBuf>,
    /// When the file is full, in bytes.
    pub file_bytes_max: u64,
    /// Files that are kept, the present one among them.
    pub files_max: u32,
    /// The ids of the nodes that trace context is exchanged with, both ways.
    pub peers: Vec<String>,
}

impl Default for ObserveConfig {
    fn default() -> Self {
        Self {
            filter: "info".to_owned(),
            service: "pluto".to_owned(),
            interval_s: 15,
            otlp: None,
            file: None,
            file_bytes_max: 16 * 1024 * 1024,
            files_max: 4,
            peers: Vec::new(),
        }
    }
}

impl ObserveConfig {
    /// What is set in `data`, and over it what the command line says.
    ///
    /// # Errors
    /// `NOD-0004` for a file that cannot be read, `NOD-0007` for one that says something else.
    pub fn load(data: &Path, args: &ServeArgs) -> Result<Self> {
        let mut config: Self = load(&data.join("observe.toml"), SETTINGS_BYTES_MAX)?;
        config.file = config.file.map(|file| data.join(file));
        if args.otlp.is_some() {
            config.otlp.clone_from(&args.otlp);
        }
        if args.trace_file.is_some() {
            config.file.clone_from(&args.trace_file);
        }
        config.interval_s = config.interval_s.clamp(1, 3_600);
        Ok(config)
    }

    /// The nodes that trace context is exchanged with.
    ///
    /// # Errors
    /// `NOD-0007` for an id that is none, and for too many.
    pub fn peers(&self) -> Result<Vec<PeerId>> {
        let bad = |found: String| {
            NodeError::BadArgument(format!(
                "expected ids of nodes to exchange traces with: {found}"
            ))
        };
        if self.peers.len() > PEERS_MAX {
            return Err(bad(format!("{} are more than {PEERS_MAX}", self.peers.len())).into());
        }
        let parse = |id: &String| parse_peer(id).map_err(|error| bad(error.to_string()));
        Ok(self.peers.iter().map(parse).collect::<Result<_, _>>()?)
    }

    /// The filter.
    ///
    /// # Errors
    /// `NOD-0007` for directives that are none.
    pub fn filter(&self) -> Result<EnvFilter> {
        let bad = |error: tracing_subscriber::filter::ParseError| {
            NodeError::BadArgument(format!("expected a filter for telemetry: {error}"))
        };
        Ok(EnvFilter::try_new(&self.filter).map_err(bad)?)
    }
}

#[cfg(test)]
mod tests;
