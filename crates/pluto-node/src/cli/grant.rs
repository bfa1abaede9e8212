//! `pluto grant`: what can be asked about grants.

use clap::{Args, Subcommand};
use pluto_identity::grant::{FACTOR_PPM_MAX, HOPS_MAX, Pattern, Rate};

use super::when::{future, span_ms};
use super::{Acting, Reading};

/// `pluto grant`.
#[derive(Debug, Subcommand)]
pub enum GrantCommand {
    /// Give somebody a narrow right until some time; with `--from`, hand a grant on.
    Create(GrantArgs),
    /// List the grants of a realm.
    List {
        /// Only those that this party gave or holds: a DID, a label, or a name in the keystore.
        #[arg(long)]
        of: Option<String>,
        /// Where.
        #[command(flatten)]
        reading: Reading,
    },
    /// Show a grant: what stands above it and hangs below it, what is used up, whether it is valid now.
    Show {
        /// Its id, or the beginning of it.
        id: String,
        /// Where.
        #[command(flatten)]
        reading: Reading,
    },
    /// End a grant, and everything below it.
    Revoke {
        /// Its id, or the beginning of it.
        id: String,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
}

/// `pluto grant create`.
#[derive(Args, Debug)]
pub struct GrantArgs {
    /// Who may act: a DID, a label, or a name in the keystore.
    #[arg(long)]
    pub to: String,
    /// What they may do, such as `db:read` or `db:*`; can be given several times.
    #[arg(long = "action", required = true)]
    pub actions: Vec<Pattern>,
    /// On what, such as `prod/users` or `prod/**`; can be given several times.
    #[arg(long = "resource", required = true)]
    pub resources: Vec<Pattern>,
    /// When it ends, in realm time: a span from now (`90m`, `24h`, `7d`), or a date (`2027-01-31`).
    #[arg(long = "expires", value_parser = future)]
    pub expires_ms: u64,
    /// The grant it hands on: its id, or the beginning of it.
    #[arg(long)]
    pub from: Option<String>,
    /// How many further hops may follow.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(..=i64::from(HOPS_MAX)))]
    pub hops: u8,
    /// How often it may be used in a window of realm time, such as `10/1h`; else as its parent.
    #[arg(long, value_parser = rate)]
    pub rate: Option<Rate>,
    /// The sum of the amounts it may be used for; else as its parent.
    #[arg(long)]
    pub budget: Option<u64>,
    /// Who may approve what a policy hands to people, besides those its parent names; can be given
    /// several times.
    #[arg(long = "approver")]
    pub approvers: Vec<String>,
    /// How much of the issuer's standing goes with it, in parts per million.
    #[arg(long, default_value_t = FACTOR_PPM_MAX, value_parser = clap::value_parser!(u32).range(1..=i64::from(FACTOR_PPM_MAX)))]
    pub factor_ppm: u32,
    /// Who and where.
    #[command(flatten)]
    pub acting: Acting,
}

/// `10/1h`, or `10/h` for one hour.
fn rate(text: &str) -> Result<Rate, &'static str> {
    const EXPECTED: &str = "expected uses in a span of realm time, such as `10/1h`";
    let (count, span) = text.split_once('/').ok_or(EXPECTED)?;
    let count: u32 = count.parse().map_err(|_| EXPECTED)?;
    let window_ms = span_ms(span).or_else(|| span_ms(&format!("1{span}"))).ok_or(EXPECTED)?;
    if count == 0 || window_ms == 0 { Err(EXPECTED) } else { Ok(Rate { count, window_ms }) }
}
