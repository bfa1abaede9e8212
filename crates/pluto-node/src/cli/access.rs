//! `pluto cert` and `pluto token`: who reaches the HTTP face, and by what.

use clap::{Subcommand, ValueEnum};

use super::when::span_ms;

/// `pluto cert`.
#[derive(Debug, Subcommand)]
pub enum CertCommand {
    /// Make a certificate for development, by an authority whose key is thrown away.
    Dev {
        /// Names and addresses beside `localhost`, `127.0.0.1` and `::1`.
        names: Vec<String>,
    },
}

/// `pluto token`.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a bearer token; it is shown once.
    New {
        /// Whose it is.
        subject: String,
        /// What it may do at most.
        #[arg(long, value_enum, default_value = "reader")]
        role: RoleWord,
        /// Narrower rights, such as `events:write`; none are all of the role.
        #[arg(long = "scope")]
        scopes: Vec<String>,
        /// How long it holds, such as `12h` or `30d`; at most 366 days.
        #[arg(long = "for", default_value = "24h", value_parser = life)]
        life_ms: u64,
    },
    /// Take a token back by its id; a running node knows it within a second.
    Revoke {
        /// The id.
        id: String,
    },
}

/// A role as a word.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum RoleWord {
    /// Reads.
    Reader,
    /// Reads, and writes events.
    Writer,
    /// Everything.
    Admin,
}

fn life(text: &str) -> Result<u64, &'static str> {
    span_ms(text).ok_or("expected a span in s, m, h or d such as `24h`")
}
