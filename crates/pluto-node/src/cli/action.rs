//! What can be asked about actions: `check`, `act`, `complete`, `approve`, `prove`, `log`, `audit`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use pluto_core::{Digest, EventId};
use pluto_decision::ContextValue;
use pluto_decision::payload::Ended;
use pluto_identity::grant::GrantId;

use super::when::past;
use super::{Acting, Reading};

/// An action, and who wants to do it.
#[derive(Args, Clone, Debug)]
pub struct ActionArgs {
    /// What is to be done, such as `deploy`.
    pub action: String,
    /// What it is done to, such as `repo:web/main`.
    pub resource: String,
    /// What else the policy reads.
    #[command(flatten)]
    pub wish: WishArgs,
    /// Who and where.
    #[command(flatten)]
    pub acting: Acting,
}

/// What a policy reads beside action and resource, and on what grounds.
#[derive(Args, Clone, Debug)]
pub struct WishArgs {
    /// What it takes from the budgets of the grants.
    #[arg(long, default_value_t = 0)]
    pub amount: u64,
    /// A value for a parameter of the policy: true, false, a number, a DID, or any other text.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub settings: Vec<String>,
    /// The grant to act under; looked for when not given.
    #[arg(long)]
    pub grant: Option<GrantId>,
    /// The decision that asked people, now that they have answered.
    #[arg(long)]
    pub approval: Option<EventId>,
}

/// `pluto complete`.
#[derive(Args, Clone, Debug)]
pub struct CompleteArgs {
    /// The decision that allowed the action.
    pub decision: EventId,
    /// How it ended: the code (0 is success), `signal:<number>`, `timeout` or `failed`.
    #[arg(long, default_value = "0", allow_hyphen_values = true, value_parser = ended)]
    pub ended: Ended,
    /// A file that holds the result: its hash is recorded.
    #[arg(long, conflicts_with_all = ["digest", "bytes"])]
    pub result: Option<PathBuf>,
    /// BLAKE3 of the result, where there is no file.
    #[arg(long, value_parser = super::digest)]
    pub digest: Option<Digest>,
    /// Bytes of the result, where there is no file.
    #[arg(long, requires = "digest", default_value_t = 0)]
    pub bytes: u64,
    /// Who and where.
    #[command(flatten)]
    pub acting: Acting,
}

/// `pluto approve`.
#[derive(Args, Clone, Debug)]
pub struct ApproveArgs {
    /// The decision that asks people.
    pub decision: EventId,
    /// Say no.
    #[arg(long)]
    pub deny: bool,
    /// Who and where.
    #[command(flatten)]
    pub acting: Acting,
}

/// `pluto prove`.
#[derive(Args, Clone, Debug)]
pub struct ProveArgs {
    /// The decision.
    pub decision: EventId,
    /// The file to write.
    #[arg(long, short, default_value = "decision.pluto")]
    pub out: PathBuf,
    /// Have this identity, the realm's creator, sign a checkpoint if none covers the decision yet.
    #[arg(long)]
    pub sign_as: Option<String>,
    /// Where.
    #[command(flatten)]
    pub reading: Reading,
}

/// `pluto audit`.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Write every decision of a stretch of the log with its proof, and show that none is missing.
    Export {
        /// From the last checkpoint before this time on: Unix milliseconds, or a span back from now.
        #[arg(long, value_parser = past, default_value = "0")]
        since: u64,
        /// The file to write.
        #[arg(long, short, default_value = "audit.pluto")]
        out: PathBuf,
        /// Have this identity, the realm's creator, sign a checkpoint over everything first.
        #[arg(long)]
        sign_as: Option<String>,
        /// Where.
        #[command(flatten)]
        reading: Reading,
    },
}

/// How an execution ended.
fn ended(text: &str) -> Result<Ended, &'static str> {
    let expected = "expected a code, `signal:<number>`, `timeout` or `failed`";
    match (text, text.strip_prefix("signal:")) {
        ("timeout", _) => Ok(Ended::TimedOut),
        ("failed", _) => Ok(Ended::Failed),
        (_, Some(signal)) => signal.parse().map(Ended::Signalled).map_err(|_| expected),
        (code, None) => code.parse().map(Ended::Exited).map_err(|_| expected),
    }
}

/// `NAME=VALUE`, the value as what it looks like.
pub(crate) fn setting(text: &str) -> Result<(String, ContextValue), &'static str> {
    let (name, value) = text.split_once('=').ok_or("expected <name>=<value>")?;
    Ok((name.to_owned(), ContextValue::of_word(value)))
}

#[cfg(test)]
mod tests;
