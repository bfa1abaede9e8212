//! `pluto blob`.

use std::path::PathBuf;

use clap::Subcommand;
use pluto_core::BlobId;

/// `pluto blob`.
#[derive(Debug, Subcommand)]
pub enum BlobCommand {
    /// Store a file, of 1 GiB at most; its id is the hash of what is in it.
    Put {
        /// The file.
        file: PathBuf,
    },
    /// Write a blob to a file; one that is not here is fetched from peers by a node that is online.
    Get {
        /// Its id.
        id: BlobId,
        /// The file to write.
        #[arg(long)]
        out: PathBuf,
        /// Fetch it only if it has no more bytes than that.
        #[arg(long, default_value_t = 1 << 30)]
        bytes_max: u64,
        /// How many seconds peers may take.
        #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(0..=86_400))]
        wait: u64,
    },
    /// List the blobs that are here, with their bytes.
    List,
}
