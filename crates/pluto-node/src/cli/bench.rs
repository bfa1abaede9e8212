//! `pluto bench`.

use std::path::PathBuf;

use clap::Subcommand;

/// `pluto bench`.
#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// Durable, verified, folded events a second, against verification alone.
    Ingest {
        /// How many events.
        #[arg(long, default_value_t = 20_000)]
        events: usize,
        /// Events under one signature.
        #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=256))]
        run: u16,
    },
    /// Catching up from a peer over loopback, beside ingesting the same events from memory.
    Sync {
        /// How many events.
        #[arg(long, default_value_t = 100_000)]
        events: usize,
        /// Events under one signature.
        #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=256))]
        run: u16,
    },
    /// Prediction and attack resistance of trust on real ratings.
    Trust {
        /// The file.
        csv: PathBuf,
        /// How many of the first raters are roots of trust.
        #[arg(long, default_value_t = 5)]
        roots: usize,
    },
}
