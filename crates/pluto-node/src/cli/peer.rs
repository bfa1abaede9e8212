//! What goes between nodes: `pluto peer`, `pluto sync`, and how `pluto serve` goes online.

use clap::{Args, Subcommand, ValueEnum};

use super::Reading;

/// `pluto serve`.
#[derive(Args, Clone, Debug, Default)]
pub struct ServeArgs {
    /// Also listen at this address, such as `/ip4/0.0.0.0/tcp/4100`; more than once for several.
    #[arg(long)]
    pub listen: Vec<String>,
    /// Stay offline, whatever `network.toml` says.
    #[arg(long, conflicts_with = "listen")]
    pub offline: bool,
    /// Serve `/v1` and the dashboard over HTTP at this address (docs/api.md); one that others reach needs
    /// settings (docs/api-auth.md). With the passphrase at hand the node also writes for whom its keys
    /// belong to.
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = "127.0.0.1:4717")]
    pub http: Option<std::net::SocketAddr>,
    /// What the realms in memory may take, such as `256MiB`, whatever `node.toml` says (docs/shards.md).
    #[arg(long, value_name = "SIZE", value_parser = crate::node::parse_memory)]
    pub memory: Option<u64>,
    /// Sign checkpoints by itself, as this identity of the keystore, wherever it is a witness. The
    /// passphrase must be at hand.
    #[arg(long, value_name = "IDENTITY")]
    pub witness: Option<String>,
    /// Tell spans, lines of the log and figures to the OpenTelemetry collector at this address, such as
    /// `http://127.0.0.1:4318` (docs/observability.md).
    #[arg(long, value_name = "URL")]
    pub otlp: Option<String>,
    /// Write the same as lines of JSON into this file, rotated and bounded.
    #[arg(long, value_name = "FILE")]
    pub trace_file: Option<std::path::PathBuf>,
}

/// `pluto peer`.
#[derive(Debug, Subcommand)]
pub enum PeerCommand {
    /// Be connected with a peer, now and whenever the node runs.
    Add {
        /// Its address with its id, such as `/ip4/192.0.2.1/tcp/4100/p2p/12D3KooW…`.
        address: String,
    },
    /// Be connected with it no longer.
    Remove {
        /// Its id, or an address that ends with it.
        peer: String,
    },
    /// This node's id and addresses, and its peers.
    List,
    /// Shut a peer out.
    Ban {
        /// Its id, or an address that ends with it.
        peer: String,
    },
    /// Let a peer in again.
    Unban {
        /// Its id, or an address that ends with it.
        peer: String,
    },
    /// The list of peers that may connect: as soon as one stands on it, no other may.
    #[command(subcommand)]
    Allow(AllowCommand),
    /// Sign that this node is an identity's own: members of realms by invitation are known by it.
    Bind {
        /// The identity, by its name in the keystore.
        #[arg(long = "as", default_value = "me")]
        identity: String,
    },
}

/// `pluto peer allow`.
#[derive(Debug, Subcommand)]
pub enum AllowCommand {
    /// Put a peer on the list.
    Add {
        /// Its id, or an address that ends with it.
        peer: String,
    },
    /// Take a peer off the list; an empty list lets everybody in.
    Remove {
        /// Its id, or an address that ends with it.
        peer: String,
    },
    /// Show the list.
    List,
}

/// `pluto sync`.
#[derive(Debug, Subcommand)]
pub enum SyncCommand {
    /// For each realm what is here, and which peers have the same.
    Status {
        /// One realm only.
        #[command(flatten)]
        reading: Reading,
    },
    /// Compare with all peers now; without `--realm`, every realm.
    Now {
        /// One realm only.
        #[command(flatten)]
        reading: Reading,
    },
}

/// `pluto demo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Story {
    /// An owner, an agent, and everything that lies between them.
    Agent,
    /// Three nodes, one of them cut off for a while, one root in the end.
    Cluster,
}
