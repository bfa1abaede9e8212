//! What stands before agents: `pluto exec` and `pluto mcp`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Acting, WishArgs};

/// `pluto exec`.
#[derive(Args, Clone, Debug)]
pub struct ExecArgs {
    /// The action that is asked for; `exec` when not given.
    #[arg(long, default_value = "exec")]
    pub action: String,
    /// The resource that is asked for; `command:<program>` when not given.
    #[arg(long)]
    pub resource: Option<String>,
    /// What the policy reads.
    #[command(flatten)]
    pub wish: WishArgs,
    /// A variable of the environment that the program may see, beside PATH, HOME, LANG and TERM.
    #[arg(long = "env")]
    pub env: Vec<String>,
    /// Where the program runs; here when not given.
    #[arg(long)]
    pub dir: Option<PathBuf>,
    /// Longest time in seconds.
    #[arg(long, default_value_t = 600)]
    pub timeout: u64,
    /// Who and where.
    #[command(flatten)]
    pub acting: Acting,
    /// Program and arguments; no shell reads them.
    #[arg(required = true, last = true)]
    pub argv: Vec<String>,
}

/// `pluto mcp`.
#[derive(Debug, Subcommand)]
pub enum McpCommand {
    /// Serve check, act, complete, grants, prove and approve as MCP tools to one agent.
    Serve {
        /// Over HTTP at this address instead of standard input and output; the bearer token comes from
        /// PLUTO_MCP_TOKEN.
        #[arg(long)]
        http: Option<SocketAddr>,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// Stand before another MCP server: only what is allowed goes through, and all of it is recorded.
    Proxy {
        /// The configuration (docs/mcp.md), or nothing and the server's command after `--`.
        config: Option<PathBuf>,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
        /// Program and arguments of the server; no shell reads them.
        #[arg(last = true)]
        argv: Vec<String>,
    },
}
