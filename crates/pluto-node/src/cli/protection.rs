//! `pluto protection`.

use clap::Subcommand;
use pluto_core::trust::Dimension;

use super::Reading;

/// `pluto protection`.
#[derive(Debug, Subcommand)]
pub enum ProtectionCommand {
    /// How concentrated voice is, how varied events are, what stood out; advice, never a verdict.
    Show {
        /// The dimension of trust that voice is taken from.
        #[arg(long, default_value = "reliability")]
        dimension: Dimension,
        /// Where.
        #[command(flatten)]
        reading: Reading,
    },
}
